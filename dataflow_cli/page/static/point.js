/**
 * The element that is explained: its place, its value, and what is known of it so far.
 */

import { chosen, sizeOf } from "./rules.js";

/**
 * @typedef {import("./held.js").Held} Held
 * @typedef {import("./rules.js").Place} Place
 */

export class Point {
  /**
   * @param {Record<string, any>} layer
   * @param {number[]} point The number of the sample, then the index.
   * @param {number} value
   * @param {Held} held
   * @param {number} samples
   */
  constructor(layer, point, value, held, samples) {
    this.layer = layer;
    this.recipe = layer.recipe;
    this.point = point;
    this.value = value;
    this.held = held;
    this.lengths = [samples, ...layer.shape];
    /** @type {Map<string, any>} */
    this.known = new Map();
    this.place = this.placeFor(this.recipe.rules.choose);
    this.rule = this.recipe.rules.classes[this.chosen(this.recipe.rules.choose)];
  }

  /**
   * What is worked out when it is first asked for, and kept.
   * @template T
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  once(key, make) {
    if (!this.known.has(key)) this.known.set(key, make());
    return this.known.get(key);
  }

  /**
   * What a chooser says of the element.
   * @param {any} chooser
   * @param {Place} [place]
   */
  chosen(chooser, place = this.place) {
    return chosen(chooser, this.point, this.value, place);
  }

  /**
   * The point, with its number among those that a chooser says the same of.
   * @param {any} chooser
   * @returns {Place}
   */
  placeFor(chooser) {
    const place = { point: this.point, lengths: this.lengths, tables: this.held.tables, ordinal: () => 0 };
    place.ordinal = () =>
      this.once(`ordinal ${chooser === this.recipe.rules.choose}`, () => this.ordinal(chooser, place));
    return place;
  }

  /**
   * How many elements before this one a chooser says the same of.
   * @param {any} chooser
   * @param {Place} place
   */
  ordinal(chooser, place) {
    const own = this.chosen(chooser, place);
    const size = sizeOf(this.layer.shape);
    const end = this.point.reduce((flat, at, axis) => flat * this.lengths[axis] + at, 0);
    let count = 0;
    for (let flat = 0; flat < end; flat++) {
      const sample = Math.floor(flat / size);
      const other = this.held.every[sample]?.data[flat % size] ?? NaN;
      if (chosen(chooser, unraveled(flat, this.lengths), other, place) === own) count++;
    }
    return count;
  }
}

/**
 * The index of an element from its number in memory.
 * @param {number} flat
 * @param {number[]} lengths
 */
function unraveled(flat, lengths) {
  const index = new Array(lengths.length);
  let left = flat;
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    index[axis] = left % lengths[axis];
    left = Math.floor(left / lengths[axis]);
  }
  return index;
}
