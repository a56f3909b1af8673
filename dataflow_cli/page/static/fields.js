/**
 * What an element looks at, as boxes on pictures: the receptive field in an input, the windows in the layer before.
 *
 * @import { Block, Layer, Picture, Region } from "./types.js"
 * @import { Box } from "./tiles.js"
 */

import { boxOf, boxOfTile, tileOf } from "./tiles.js";

/**
 * The receptive field on every tile of an input's picture; none where only padding is seen.
 *
 * @param {Region} region
 * @param {Layer} input
 * @param {Picture} picture
 * @returns {Box[]}
 */
export function fieldBoxes(region, input, picture) {
  /** @param {string} place */
  const spanOf = (place) => {
    const axis = picture.places.indexOf(place);
    if (axis < 0) return [0, 0];
    const all = [0, (input.shape[axis] ?? 1) - 1];
    const named = region.axes.indexOf(input.axes[axis] ?? "");
    const span = region.spans === "all" || named < 0 ? all : (region.spans[named] ?? all);
    return span.map((at) => Math.floor(at / (picture.factor ?? 1)));
  };
  const [top = 0, bottom = 0] = spanOf("row");
  const [left = 0, right = 0] = spanOf(picture.places.includes("folded") ? "folded" : "column");
  if (top > bottom || left > right) return [];
  return Array.from({ length: tiles(picture, input.shape) }, (_, tile) => {
    const box = boxOfTile(picture, tile);
    return { x: box.x + left, y: box.y + top, width: right - left + 1, height: bottom - top + 1 };
  });
}

/**
 * The smallest box around the places of a block, on every tile that they lie on.
 *
 * @param {Block} block
 * @param {Picture} picture
 * @returns {Map<number, Box>} By tile.
 */
export function windowBoxes(block, picture) {
  /** @type {Map<number, Box>} */
  const found = new Map();
  for (const place of block.at) {
    if (!place) continue;
    const tile = tileOf(picture, place);
    const box = boxOf(picture, place);
    if (box.width) found.set(tile, around(found.get(tile), box));
  }
  return found;
}

/**
 * @param {Box | undefined} box
 * @param {Box} other
 * @returns {Box}
 */
function around(box, other) {
  if (!box) return other;
  const [x, y] = [Math.min(box.x, other.x), Math.min(box.y, other.y)];
  const right = Math.max(box.x + box.width, other.x + other.width);
  const bottom = Math.max(box.y + box.height, other.y + other.height);
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * How many tiles a picture has that are not left empty.
 *
 * @param {Picture} picture
 * @param {readonly number[]} shape
 * @returns {number}
 */
function tiles(picture, shape) {
  const last = shape.map((length) => length - 1);
  return tileOf(picture, last) + 1;
}
