/**
 * Where the elements of a tensor lie on its picture: tiles of one size in a grid, a pixel a value, or `factor` values
 * along each axis of a large one.
 *
 * @import { Picture } from "./types.js"
 *
 * @typedef {object} Box Pixels of the picture.
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {Picture} picture
 * @returns {Box}
 */
export function wholeOf(picture) {
  const [height, width] = picture.tile;
  return {
    x: 0,
    y: 0,
    width: picture.columns * (width + picture.gap) - picture.gap,
    height: picture.rows * (height + picture.gap) - picture.gap,
  };
}

/**
 * The pixels of a tile.
 *
 * @param {Picture} picture
 * @param {number} tile
 * @returns {Box}
 */
export function boxOfTile(picture, tile) {
  const [height, width] = picture.tile;
  const column = tile % picture.columns;
  const row = Math.floor(tile / picture.columns);
  return { x: column * (width + picture.gap), y: row * (height + picture.gap), width, height };
}

/**
 * The tile that an element lies on.
 *
 * @param {Picture} picture
 * @param {readonly number[]} index
 * @returns {number}
 */
export function tileOf(picture, index) {
  const slices = picture.slices ?? 1;
  const width = picture.tile[1];
  return picture.places.reduce((tile, place, axis) => {
    const at = index[axis] ?? 0;
    if (place === "tile" || place === "slice") return tile + at;
    if (place === "channel") return tile + at * slices;
    return place === "folded" ? tile + Math.floor(at / width) : tile;
  }, 0);
}

/**
 * The pixel of an element; nothing of its tile where it is not drawn.
 *
 * @param {Picture} picture
 * @param {readonly number[]} index
 * @returns {Box}
 */
export function boxOf(picture, index) {
  const box = boxOfTile(picture, tileOf(picture, index));
  const width = picture.tile[1];
  let [row, column] = [0, 0];
  for (const [axis, place] of picture.places.entries()) {
    const along = positionOf(picture, place, index[axis] ?? 0);
    if (along < 0) return { ...box, width: 0, height: 0 };
    const at = Math.floor(along / (picture.factor ?? 1));
    if (place === "row") row = at;
    if (place === "column" || place === "flat") column = at;
    if (place === "folded") column = at % width;
  }
  return { x: box.x + column, y: box.y + row, width: 1, height: 1 };
}

/**
 * Where an index stands among those of its axis that are drawn; -1 if it is not.
 *
 * @param {Picture} picture
 * @param {string | null} place
 * @param {number} at
 * @returns {number}
 */
function positionOf(picture, place, at) {
  const shown = place === "row" || place === "column" ? picture.shown?.[place] : undefined;
  return shown ? shown.indexOf(at) : at;
}

/**
 * The index of its axis at a position among those that are drawn.
 *
 * @param {Picture} picture
 * @param {string | null} place
 * @param {number} position
 * @returns {number} -1 beyond the last.
 */
function indexOf(picture, place, position) {
  const shown = place === "row" || place === "column" ? picture.shown?.[place] : undefined;
  return shown ? (shown[position] ?? -1) : position;
}

/**
 * The element at a point of the picture; null between tiles, and beyond the last element.
 *
 * @param {Picture} picture
 * @param {number} x Pixels from the left.
 * @param {number} y Pixels from above.
 * @param {readonly number[]} shape Of the tensor.
 * @returns {number[] | null}
 */
export function indexAt(picture, x, y, shape) {
  const [height, width] = picture.tile;
  const [across, down] = [width + picture.gap, height + picture.gap];
  const column = Math.floor(x - Math.floor(x / across) * across);
  const row = Math.floor(y - Math.floor(y / down) * down);
  if (x < 0 || y < 0 || column >= width || row >= height || x >= across * picture.columns) return null;
  const tile = Math.floor(y / down) * picture.columns + Math.floor(x / across);
  const slices = picture.slices ?? 1;
  const factor = picture.factor ?? 1;
  /** @type {Map<string | null, number>} */
  const from = new Map([
    ["row", row * factor],
    ["column", column * factor],
    ["flat", column * factor],
    ["tile", tile],
    ["slice", tile % slices],
    ["channel", Math.floor(tile / slices)],
    ["folded", tile * width + column],
  ]);
  const index = picture.places.map((place) => indexOf(picture, place, from.get(place) ?? 0));
  return isWithin(index, shape) ? index : null;
}

/**
 * The element beside another one: so many rows down, columns across, tiles further.
 *
 * @param {Picture} picture
 * @param {readonly number[]} index
 * @param {{ rows?: number, columns?: number, tiles?: number }} by
 * @param {readonly number[]} shape
 * @returns {number[]} The same where there is none.
 */
export function beside(picture, index, by, shape) {
  const { rows = 0, columns = 0, tiles = 0 } = by;
  const width = picture.tile[1];
  /** @type {Map<string | null, number>} */
  const moves = new Map([
    ["row", rows],
    ["column", columns],
    ["flat", columns],
    ["tile", tiles],
    ["channel", tiles],
    ["folded", columns + rows * width],
    [null, tiles],
  ]);
  const moved = picture.places.map((place, axis) => {
    return indexOf(picture, place, positionOf(picture, place, index[axis] ?? 0) + (moves.get(place) ?? 0));
  });
  return isWithin(moved, shape) ? moved : [...index];
}

/**
 * @param {readonly number[]} index
 * @param {readonly number[]} shape
 * @returns {boolean}
 */
export function isWithin(index, shape) {
  return index.length === shape.length && index.every((place, axis) => place >= 0 && place < (shape[axis] ?? 0));
}
