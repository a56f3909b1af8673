/**
 * The layer before, with what the element looks at marked in it; a click goes one layer back.
 *
 * @import { App } from "./app.js"
 * @import { Block, Explanation } from "./types.js"
 */

import { fits } from "./blocks.js";
import { element } from "./dom.js";
import { windowBoxes } from "./fields.js";
import { rasterOf, zoomFor } from "./raster.js";
import { boxOfTile, wholeOf } from "./tiles.js";

const MOST_TILES = 64;
const ROOM = { width: 300, height: 260 };
const SMALL_ROOM = { width: 120, height: 120 };

/**
 * A picture for every tensor that the blocks are of.
 *
 * @param {App} app
 * @param {Explanation} explanation
 * @returns {HTMLElement[]}
 */
export function seenIn(app, explanation) {
  const others = explanation.blocks.filter((block) => !(block.kind === "window" && fits(block)));
  const names = [...new Set(others.flatMap((block) => block.tensor ?? []))];
  return names.flatMap((name) => {
    const blocks = others.filter((block) => block.tensor === name);
    return figureOf(app, name, blocks, ROOM) ?? [];
  });
}

/**
 * The tile that a window lies on, small; null where there is no picture.
 *
 * @param {App} app
 * @param {Block} block
 * @returns {HTMLElement | null}
 */
export function planeOf(app, block) {
  return block.tensor === null ? null : figureOf(app, block.tensor, [block], SMALL_ROOM);
}

/**
 * @param {App} app
 * @param {string} name
 * @param {readonly Block[]} blocks
 * @param {{ width: number, height: number }} room
 * @returns {HTMLElement | null}
 */
function figureOf(app, name, blocks, room) {
  const layer = app.page.layers.get(name);
  const picture = layer?.pictures[app.place.sample];
  if (!layer || !picture) return null;
  const boxes = blocks.flatMap((block) => [...windowBoxes(block, picture)]);
  const [first] = boxes;
  if (!first) return null;
  const isAlone = new Set(boxes.map(([tile]) => tile)).size === 1;
  const box = isAlone ? boxOfTile(picture, first[0]) : wholeOf(picture);
  const marks = boxes.slice(0, MOST_TILES).map(([, each]) => ({ box: each, kind: /** @type {const} */ ("window") }));
  const raster = rasterOf({
    picture,
    shape: layer.shape,
    box,
    label: `${name}, what the element looks at is outlined`,
    zoom: zoomFor(box, room.width, room.height),
    marks,
    chosen: (index) => app.go({ tensor: name, index, tour: null }),
  });
  const link = element("a", { href: app.href({ tensor: name, index: null }) }, name);
  return element("figure", { class: "seen" }, element("figcaption", {}, "in ", link), raster);
}
