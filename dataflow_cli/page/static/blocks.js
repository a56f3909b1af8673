/**
 * The blocks of an explanation: windows as matrices, rows as the list of their largest terms.
 *
 * @import { Block, Explanation } from "./types.js"
 *
 * @typedef {object} Terms How terms are shown.
 * @property {boolean} showsAll Whether none is left out.
 * @property {boolean} isWhole Whether everything that goes in is whole.
 * @property {(name: string, at: readonly number[]) => string | undefined} href The address of an element, if it has one.
 * @property {(at: readonly number[]) => string} label The class of an element of the answer.
 * @property {(block: Block, at: readonly number[]) => string} token What stands in the text there.
 * @property {(text: string) => HTMLElement} result What one may be asked to guess first.
 * @property {(block: Block) => HTMLElement | null} plane Where a window lies, as a picture.
 */

import { element } from "./dom.js";
import { inRows, matrix, sign } from "./matrix.js";
import { cells, counted, one, summed } from "./numbers.js";
import { carriedBy, hiddenTerms, largestTerms, logits } from "./terms.js";
import { partOf, source, under } from "./words.js";

const MOST_ROWS = 12;
const MOST_COLUMNS = 12;
const MOST_SUMMANDS = 12;
const PADDING = "·";

/**
 * What shows one block; nothing for an element that is handed on, which its line says.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement | null}
 */
export function laidOut(explanation, block, terms) {
  if (block.kind === "window" && fits(block)) return windowOf(explanation, block, terms);
  if (block.kind === "window" || block.kind === "row") return rowOf(explanation, block, terms);
  return block.kind === "logits" ? logits(explanation, block, terms) : null;
}

/**
 * Windows of a single element, as a 1 x 1 convolution has, as one row over the channels.
 *
 * @param {readonly Block[]} blocks
 * @returns {readonly Block[]}
 */
export function gathered(blocks) {
  const mine = blocks.filter((block) => block.input !== null);
  const [first] = mine;
  const areSingle = mine.every((block) => block.kind === "window" && block.values.length === 1);
  if (mine.length < 2 || !first || !areSingle) return blocks;
  if (mine.some((block) => block.combine !== "sum" || !block.coefficients)) return blocks;
  const row = {
    ...first,
    kind: "row",
    shape: [mine.length],
    values: mine.flatMap((block) => block.values),
    at: mine.flatMap((block) => block.at),
    coefficients: mine.flatMap((block) => block.coefficients ?? []),
    parameter_at: mine.flatMap((block) => block.parameter_at ?? []),
    terms: mine.flatMap((block) => block.terms),
    roles: mine.flatMap((block) => block.roles ?? []),
    contributions: mine.flatMap(carriedBy),
    subtotal: mine.reduce((sum, block) => sum + block.subtotal, 0),
  };
  return [{ ...row, name: partOf(row) }, ...blocks.filter((block) => block.input === null)];
}

/**
 * Whether a block shows fewer terms than it has.
 *
 * @param {Block} block
 * @returns {boolean}
 */
export function hides(block) {
  return block.kind !== "element" && !(block.kind === "window" && fits(block)) && hiddenTerms(block) > 0;
}

/**
 * @param {Block} block
 * @returns {boolean}
 */
export function fits(block) {
  const columns = block.shape[block.shape.length - 1] ?? 1;
  const rows = block.values.length / (columns || 1);
  return rows <= MOST_ROWS && columns <= MOST_COLUMNS;
}

/**
 * Window, kernel and products, and what comes of them.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
function windowOf(explanation, block, terms) {
  const title = element("h4", {}, under(explanation, block));
  const slices = slicesOf(block).map((slice, number) => {
    const plane = number === 0 ? terms.plane(block) : null;
    return element("div", { class: "equation" }, plane, ...matricesOf(explanation, block, slice, terms));
  });
  return element("section", { class: "block" }, title, ...slices, combined(block, terms));
}

/**
 * A window over a volume, depth by depth; any other is one slice.
 *
 * @param {Block} block
 * @returns {{ name: string, shape: number[], places: number[] }[]}
 */
function slicesOf(block) {
  const all = [...block.values.keys()];
  if (block.shape.length <= 2) return [{ name: "", shape: block.shape, places: all }];
  const plane = block.shape.slice(-2);
  const size = plane.reduce((product, length) => product * length, 1);
  const count = size ? all.length / size : 0;
  return Array.from({ length: count }, (_, slice) => ({
    name: ` at depth ${slice}`,
    shape: plane,
    places: all.slice(slice * size, (slice + 1) * size),
  }));
}

/**
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {{ name: string, shape: number[], places: number[] }} slice
 * @param {Terms} terms
 * @returns {HTMLElement[]}
 */
function matricesOf(explanation, block, slice, terms) {
  const wins = block.combine === "max" || block.combine === "min";
  const name = source(explanation, block);
  /** @param {number} place */
  const hrefOf = (place) => (name ? terms.href(name, block.at[place] ?? []) : undefined);
  /** @param {readonly number[]} numbers */
  const linked = (numbers) => {
    return numberCells(block, slice.places, numbers).map((cell, number) => {
      const place = slice.places[number] ?? 0;
      const isMarked = wins && carriedBy(block)[place] !== 0;
      const href = block.at[place] ? hrefOf(place) : undefined;
      return { ...cell, isMarked, href, title: href && `${name}[${block.at[place]?.join(", ")}]` };
    });
  };
  const looked = matrix(`window${slice.name}`, inRows(linked(block.values), slice.shape));
  if (!block.coefficients) return [looked];
  const kernel = numberCells(block, slice.places, block.coefficients, true);
  const products = numberCells(block, slice.places, block.terms);
  return [
    looked,
    sign("×"),
    matrix(partOf(block), inRows(kernel, slice.shape)),
    sign("="),
    matrix(`${block.term}s`, inRows(products, slice.shape)),
  ];
}

/**
 * Numbers of some places; padding as a dot.
 *
 * @param {Block} block
 * @param {readonly number[]} places
 * @param {readonly number[]} numbers
 * @param {boolean} [everywhere] Whether there are numbers at padding, too.
 * @returns {{ text: string, value?: number }[]}
 */
function numberCells(block, places, numbers, everywhere = false) {
  const there = places.filter((place) => everywhere || block.at[place] !== null);
  const texts = cells(there.map((place) => numbers[place] ?? NaN));
  const byPlace = new Map(there.map((place, number) => [place, texts[number] ?? ""]));
  return places.map((place) => {
    const text = byPlace.get(place);
    return text === undefined ? { text: PADDING } : { text, value: numbers[place] };
  });
}

/**
 * The line under a window: the sum of its products, its largest, its sum.
 *
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement | null}
 */
function combined(block, terms) {
  const total = terms.result(one(block.subtotal, terms.isWhole));
  if (block.combine === "sum") {
    if (block.terms.length > MOST_SUMMANDS) return step(`sum of ${counted(block.terms.length)} products`, "", total);
    return step("sum of the products", summed(block.terms, terms.isWhole), total);
  }
  if (block.combine === "max" || block.combine === "min") {
    return step(block.combine === "max" ? "largest" : "smallest", "", total);
  }
  const inside = block.values.filter((_, place) => block.at[place] !== null);
  if (inside.length > MOST_SUMMANDS) return null;
  const sum = inside.reduce((one, other) => one + other, 0);
  return step("sum", summed(inside, terms.isWhole), terms.result(one(sum, terms.isWhole)));
}

/**
 * A line of arithmetic: what it is, the formula with its numbers (may be empty), the result.
 *
 * @param {string} name
 * @param {string} formula
 * @param {HTMLElement} result
 * @returns {HTMLElement}
 */
export function step(name, formula, result) {
  return element(
    "p",
    { class: "step" },
    element("span", { class: "step-name" }, name),
    element("span", { class: "formula" }, formula ? `${formula} = ` : "= ", result),
  );
}

/**
 * A row by its largest terms.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
function rowOf(explanation, block, terms) {
  const operand = source(explanation, block);
  const times = operand && block.coefficients ? ` times ${operand}` : "";
  const hidden = terms.showsAll ? 0 : hiddenTerms(block);
  const which = hidden ? `: the ${counted(block.terms.length - hidden)} largest of ${counted(block.terms.length)}` : "";
  const title = element("h4", {}, `${block.name}${times}${which}`);
  return element("section", { class: "block" }, title, largestTerms(explanation, block, terms));
}
