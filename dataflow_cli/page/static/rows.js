/**
 * A row of a block: as a product of vectors if it is short, else by its largest terms.
 *
 * @import { Terms } from "./blocks.js"
 * @import { Block, Explanation } from "./types.js"
 */

import { element } from "./dom.js";
import { inRows, matrix, numberCells, sign } from "./matrix.js";
import { counted, formulaOf, one } from "./numbers.js";
import { step } from "./steps.js";
import { coefficientTexts, hiddenTerms, largestTerms } from "./terms.js";
import { partOf, source } from "./words.js";

const MOST_FACTORS = 12;

/**
 * A row by its largest terms.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
export function rowOf(explanation, block, terms) {
  const operand = source(explanation, block);
  if (readsAsProduct(block)) return productOf(explanation, block, terms);
  const times = operand && block.coefficients ? ` times ${operand}` : "";
  const hidden = terms.showsAll ? 0 : hiddenTerms(block);
  const which = hidden ? `: the ${counted(block.terms.length - hidden)} largest of ${counted(block.terms.length)}` : "";
  const title = element("h4", {}, `${block.name}${times}${which}`);
  return element("section", { class: "block" }, title, largestTerms(explanation, block, terms));
}

/**
 * Whether a row is short enough to be written as a product of vectors, and that says all that there is to it.
 *
 * @param {Block} block
 * @returns {boolean}
 */
function readsAsProduct(block) {
  const isShort = block.coefficients !== null && block.shape.length === 1 && block.values.length <= MOST_FACTORS;
  return isShort && !Object.keys(block.beside).length && block.term === "product";
}

/**
 * A row times a vector.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
function productOf(explanation, block, terms) {
  const operand = source(explanation, block);
  const places = [...block.values.keys()];
  const weights = coefficientTexts(block, places).map((text, place) => ({ text, value: block.coefficients?.[place] }));
  const column = numberCells(block, places, block.values).map((cell, place) => {
    const at = block.at[place] ?? [];
    return { ...cell, href: operand ? terms.href(operand, at) : undefined, title: `${operand}[${at.join(", ")}]` };
  });
  const pairs = places.flatMap((place) => [block.coefficients?.[place] ?? NaN, block.values[place] ?? NaN]);
  const formula = formulaOf(places.map(() => "{} · {}").join(" + "), pairs, terms.isWhole);
  return element(
    "section",
    { class: "block" },
    element("h4", {}, operand ? `${block.name} times ${operand}` : block.name),
    element(
      "div",
      { class: "equation" },
      matrix(operand ? block.name : partOf(block), [weights]),
      sign("·"),
      matrix(operand || "middle", inRows(column, [1])),
    ),
    step("sum of the products", formula, terms.result(one(block.subtotal, terms.isWhole))),
  );
}
