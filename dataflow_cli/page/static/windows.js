/**
 * A window of a block: window, kernel and products as matrices, and what comes of them.
 *
 * @import { Terms } from "./blocks.js"
 * @import { Block, Explanation } from "./types.js"
 */

import { element } from "./dom.js";
import { inRows, matrix, numberCells, sign } from "./matrix.js";
import { counted, one, summed } from "./numbers.js";
import { step } from "./steps.js";
import { carriedBy, coefficientTexts } from "./terms.js";
import { partOf, source, under } from "./words.js";

const MOST_SUMMANDS = 12;

/**
 * Window, kernel and products, and what comes of them.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
export function windowOf(explanation, block, terms) {
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
  const coefficients = block.coefficients;
  const kernel = coefficientTexts(block, slice.places).map((text, number) => {
    return { text, value: coefficients[slice.places[number] ?? 0] };
  });
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
  if (block.values.length > MOST_SUMMANDS) return null;
  const sum = inside.reduce((one, other) => one + other, 0);
  return step("sum", summed(inside, terms.isWhole), terms.result(one(sum, terms.isWhole)));
}
