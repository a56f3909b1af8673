/**
 * The tile of the chosen element, enlarged, with what stands along its sides.
 *
 * @import { App } from "./app.js"
 * @import { Raster } from "./raster.js"
 */

import { writeNumbers } from "./digits.js";
import { element } from "./dom.js";
import { placeNames } from "./looks.js";
import { rasterOf, zoomFor } from "./raster.js";
import { boxOfTile, tileOf } from "./tiles.js";

const TILE = { width: 300, height: 300 };
const MOST_SIDES = 32;

/**
 * The tile of the chosen element, enlarged, with what stands along its sides.
 *
 * @param {App} app
 * @param {Omit<Raster, "box" | "label" | "zoom">} shared
 * @returns {HTMLElement}
 */
export function tileFigure(app, shared) {
  const { layer, place } = app;
  const { picture } = shared;
  const tile = tileOf(picture, place.index ?? layer.shape.map(() => 0));
  const box = boxOfTile(picture, tile);
  const axis = layer.axes[picture.places.findIndex((place) => place === "tile" || place === "channel")] ?? "tile";
  const label = `${axis} ${Math.floor(tile / (picture.slices ?? 1))}`;
  const raster = rasterOf({ ...shared, box, label, zoom: zoomFor(box, TILE.width, TILE.height) });
  void writeNumbers(app, picture, box, raster);
  const sides = sidesOf(app);
  return element(
    "figure",
    { class: sides.length ? "sided" : null },
    ...sides,
    raster,
    element("figcaption", {}, label),
  );
}

/**
 * Of a head, what its rows and its columns are: tokens or their numbers.
 *
 * @param {App} app
 * @returns {HTMLElement[]}
 */
function sidesOf(app) {
  const { layer } = app;
  const [, rows = 0, columns = 0] = layer.shape;
  if (!layer.drawing.heads.length || Math.max(rows, columns) > MOST_SIDES) return [];
  /** @param {number} length */
  const items = (length) => placeNames(app, length).map((name) => element("li", {}, element("span", {}, name)));
  return [element("ol", { class: "across" }, ...items(columns)), element("ol", { class: "down" }, ...items(rows))];
}
