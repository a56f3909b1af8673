/**
 * Numbers, words and choices that follow from an element's point: the number of the sample, then its index.
 *
 * A rule of numbers is a number (as text where it is not finite), or {o: start, s: slope of each axis of the point, d:
 * step of each axis of the cells, t: table, x: the axes of the point that the table has first, f: [axis, divisor,
 * modulus] of a digit of a place, u: [axis, offset, number, other] of cells up to a place, and beyond it}.
 *
 * @typedef {[number, number, number | string, number | string]} Until
 * @typedef {number | string | {o?: number, s?: number[], d?: number[], t?: number, x?: number[], f?: number[],
 *   u?: Until}} Rule
 * @typedef {[string, Rule[] | null, boolean[]]} Wording
 * @typedef {{shape: number[], data: ArrayLike<number>}} Table
 * @typedef {{point: number[], lengths: number[], tables: Table[], ordinal: () => number}} Place
 */

const ORDINAL = -1;
const FLAT = -2;
const HOLE = "\u0000";

/**
 * How many cells there are.
 * @param {number[]} shape
 */
export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * The numbers of all cells, in their order in memory.
 * @param {Place} place
 * @param {Rule} rule
 * @param {number[]} cells
 * @returns {number[]}
 */
export function numbersOf(place, rule, cells) {
  const count = sizeOf(cells);
  if (typeof rule === "number") return new Array(count).fill(rule);
  if (typeof rule === "string") return new Array(count).fill(notFinite(rule));
  if (rule.u) return untilPlace(place, rule.u, count);
  let start = rule.o ?? 0;
  rule.s?.forEach((slope, axis) => {
    start += slope * place.point[axis];
  });
  if (rule.f) start += digitOf(place, rule.f);
  const found = new Array(count).fill(start);
  if (rule.d) addSteps(found, rule.d, cells);
  if (rule.t !== undefined) addTable(place, found, place.tables[rule.t], rule.x ?? []);
  return found;
}

/**
 * @param {Place} place
 * @param {Until} until
 * @param {number} count
 */
function untilPlace({ point }, [axis, offset, number, other], count) {
  const [one, another] = [number, other].map((each) => (typeof each === "string" ? notFinite(each) : each));
  return Array.from({ length: count }, (_, cell) => (cell <= point[axis] + offset ? one : another));
}

/**
 * The number that a text of JSON stands for: "nan", "inf" or "-inf".
 * @param {string} text
 */
function notFinite(text) {
  return text === "inf" ? Infinity : text === "-inf" ? -Infinity : NaN;
}

/**
 * A single number.
 * @param {Place} place
 * @param {Rule} rule
 */
export function numberOf(place, rule) {
  return typeof rule === "number" ? rule : numbersOf(place, rule, [])[0];
}

/**
 * @param {Place} place
 * @param {number[]} digit
 */
function digitOf(place, [axis, divisor, modulus]) {
  const source = axis === FLAT ? flatOf(place) : place.point[axis];
  const part = Math.floor(source / divisor);
  return modulus ? part % modulus : part;
}

/**
 * The number of the element in memory.
 * @param {Place} place
 */
function flatOf({ point, lengths }) {
  return point.slice(1).reduce((flat, at, axis) => flat * lengths[axis + 1] + at, 0);
}

/**
 * @param {number[]} found
 * @param {number[]} steps
 * @param {number[]} cells
 */
function addSteps(found, steps, cells) {
  let below = found.length;
  steps.forEach((step, axis) => {
    below /= cells[axis];
    const [stride, length] = [below, cells[axis]];
    for (let at = 0; at < found.length; at++) found[at] += step * (Math.floor(at / stride) % length);
  });
}

/**
 * @param {Place} place
 * @param {number[]} found
 * @param {Table} table
 * @param {number[]} axes
 */
function addTable(place, found, table, axes) {
  let row = 0;
  axes.forEach((axis, at) => {
    row = row * table.shape[at] + (axis === ORDINAL ? place.ordinal() : place.point[axis]);
  });
  for (let cell = 0; cell < found.length; cell++) found[cell] += table.data[row * found.length + cell];
}

/**
 * A text with its numbers filled in.
 * @param {Place} place
 * @param {Wording} wording
 */
export function wordsOf(place, wording) {
  return filled(wording, wholeNumbersOf(place, wording));
}

/**
 * The numbers that are filled into a text.
 * @param {Place} place
 * @param {Wording} wording
 * @returns {number[]}
 */
export function wholeNumbersOf(place, [, rules, commas]) {
  if (!rules) return [];
  if (rules.length === commas.length && commas.length > 1) return rules.map((rule) => numberOf(place, rule));
  return numbersOf(place, rules[0], [commas.length]);
}

/**
 * @param {Wording} wording
 * @param {number[]} numbers
 */
export function filled([text, , commas], numbers) {
  const parts = text.split(HOLE);
  return parts.reduce((before, part, at) => before + written(numbers[at - 1], commas[at - 1]) + part);
}

/**
 * @param {number} number
 * @param {boolean} commas
 */
function written(number, commas) {
  return commas ? String(number).replace(/\B(?=(\d{3})+$)/g, ",") : String(number);
}

/**
 * What a chooser says of an element: a number, by its value, its place on an axis, or a table.
 * @param {any} chooser
 * @param {number[]} point
 * @param {number} value
 * @param {Place} place
 * @returns {number}
 */
export function chosen(chooser, point, value, place) {
  let left = chooser;
  while (typeof left !== "number") {
    if (left.table !== undefined) {
      const table = place.tables[left.table];
      return table.data[point.reduce((flat, at, axis) => flat * table.shape[axis] + at, 0)];
    }
    if (left.axis !== undefined) left = left.to[left.labels[point[left.axis]]];
    else left = left.to[cutAt(left.cuts, value)];
  }
  return left;
}

/**
 * @param {[number, boolean][]} cuts
 * @param {number} value
 */
function cutAt(cuts, value) {
  const found = cuts.findIndex(([cut, inclusive]) => value < cut || (inclusive && value === cut));
  return found < 0 ? cuts.length : found;
}
