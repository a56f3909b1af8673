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

import { rowOf } from "./rows.js";
import { carriedBy, hiddenTerms, logits } from "./terms.js";
import { windowOf } from "./windows.js";
import { partOf } from "./words.js";

const MOST_ROWS = 12;
const MOST_COLUMNS = 12;

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
