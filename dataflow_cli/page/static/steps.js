/** Lines of arithmetic. */

import { element } from "./dom.js";

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
