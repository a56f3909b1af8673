/**
 * The tile of the chosen element, enlarged, with what stands along its sides.
 *
 * @import { App } from "./app.js"
 * @import { Raster } from "./raster.js"
 */

import { writeNumbers } from "./digits.js";
import { element } from "./dom.js";
import { placeNames } from "./looks.js";
import { drawnPlaces } from "./padding.js";
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
  const slice = layer.axes[picture.places.indexOf("slice")];
  const slices = picture.slices ?? 1;
  const label = `${axis} ${Math.floor(tile / slices)}${slice ? `, ${slice} ${tile % slices}` : ""}`;
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
  const [down, across] = [drawnPlaces(layer, 0), drawnPlaces(layer, 1)];
  if (!layer.drawing.heads.length || Math.max(down.length, across.length) > MOST_SIDES) return [];
  /** @param {number} side @param {number[]} places */
  const items = (side, places) => {
    const names = placeNames(app, layer.shape[1 + side] ?? 0, layer.drawing.heads[side]);
    return places.map((at) => element("li", {}, element("span", {}, names[at] ?? "")));
  };
  return [element("ol", { class: "across" }, ...items(1, across)), element("ol", { class: "down" }, ...items(0, down))];
}
