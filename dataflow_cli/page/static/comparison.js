/**
 * Two runs beside each other: the answer and its cause in words, what has no partner, both sides' pictures of a layer.
 *
 * @import { App } from "./app.js"
 * @import { Manifest, Picture } from "./types.js"
 */

import { byId, element, fill } from "./dom.js";
import { one } from "./numbers.js";
import { rasterOf, zoomFor } from "./raster.js";
import { wholeOf } from "./tiles.js";

const SIDE_ROOM = 270;
const MOST_NAMED = 12;

/**
 * What the comparison found, as the command says it.
 *
 * @param {Manifest} manifest
 */
export function introduceComparison({ compared }) {
  if (!compared) return;
  const lines = compared.lines ?? [];
  const said = lines.map((line) => element("p", {}, line));
  const unpaired = [...(compared.missing ?? []).map((name) => `${name} of ours`), ...(compared.unpaired ?? [])];
  const others = unpaired.length - MOST_NAMED;
  const named = unpaired.slice(0, MOST_NAMED).join(", ") + (others > 0 ? ` and ${others} others` : "");
  fill(
    byId("comparison"),
    element("h2", {}, `${compared.ours} beside ${compared.theirs}`),
    ...said,
    unpaired.length ? element("p", {}, `Without a partner: ${named}.`) : null,
  );
  byId("comparison").hidden = false;
}

/**
 * How far both sides of a layer are apart; nothing where nothing is compared.
 *
 * @param {App} app
 * @returns {string}
 */
export function comparisonText(app) {
  const { comparison, name } = app.layer;
  const sides = app.page.manifest.compared;
  if (sides?.missing?.includes(name)) return `Without a partner in ${sides.theirs}: it is not compared.`;
  if (!comparison) return "";
  const first = sides?.first === name ? ", the first that does" : "";
  const largest = comparison.largest;
  const apart = largest === null || largest === undefined ? "" : `: at most ${one(Number(largest))} apart`;
  return `${comparison.verdict}${first}${apart}${comparison.note ? ` (${comparison.note})` : ""}`;
}

/**
 * Of a comparison, what the other side has and the difference, beside ours.
 *
 * @param {App} app
 * @returns {(HTMLElement | null)[]}
 */
export function bothSidesOf(app) {
  const { layer, page, place } = app;
  const { compared: sides } = page.manifest;
  if (!sides) return [];
  /** @type {[string, (Picture | null)[] | undefined][]} */
  const rows = [
    [sides.ours, layer.pictures],
    [sides.theirs, layer.their_pictures],
    ["difference", layer.difference_pictures],
  ];
  const figures = rows.map(([name, pictures]) => {
    const picture = pictures?.[place.sample];
    if (!picture) return null;
    const box = wholeOf(picture);
    const chosen = (/** @type {number[]} */ index) => app.go({ tensor: layer.name, index });
    const raster = rasterOf({
      picture,
      shape: layer.shape,
      box,
      label: name,
      zoom: zoomFor(box, SIDE_ROOM, SIDE_ROOM),
      chosen,
    });
    return element("figure", {}, element("figcaption", {}, name), raster);
  });
  const shown = figures.filter((figure) => figure !== null);
  if (shown.length < 2) return [];
  const hint = "Both sides on one scale, the difference on its own.";
  return [element("div", { class: "sides" }, ...shown), element("p", { class: "hint" }, hint)];
}
