/**
 * Rows of numbers in brackets, as they stand in an equation.
 *
 * @import { Block } from "./types.js"
 *
 * @typedef {object} Cell
 * @property {string} text
 * @property {string} [href] The element that the number is.
 * @property {string} [title] What it is called.
 * @property {boolean} [isMarked] A maximum's winner.
 * @property {number} [value] What its background is the stronger for.
 */

import { element } from "./dom.js";
import { cells } from "./numbers.js";

const PADDING = "·";

/**
 * A matrix under its title.
 *
 * @param {string} title
 * @param {readonly (readonly Cell[])[]} rows
 * @returns {HTMLElement}
 */
export function matrix(title, rows) {
  const largest = Math.max(0, ...rows.flat().map((cell) => Math.abs(finite(cell.value))));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => cellOf(cell, largest))));
  return element(
    "figure",
    { class: "matrix" },
    element("figcaption", {}, title),
    element("table", { class: "brackets", "aria-label": title }, element("tbody", {}, ...body)),
  );
}

/**
 * A sign between two matrices.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function sign(text) {
  return element("span", { class: "sign" }, text);
}

/**
 * Values of a shape (rows, columns) as rows; of a vector as one row.
 *
 * @template T
 * @param {readonly T[]} flat
 * @param {readonly number[]} shape
 * @returns {T[][]}
 */
export function inRows(flat, shape) {
  const columns = shape[shape.length - 1] ?? 1;
  const rows = [];
  for (let start = 0; start < flat.length; start += columns) rows.push(flat.slice(start, start + columns));
  return rows;
}

/**
 * @param {Cell} cell
 * @param {number} largest
 * @returns {HTMLElement}
 */
function cellOf(cell, largest) {
  const share = largest ? Math.abs(finite(cell.value)) / largest : 0;
  const classes = [cell.isMarked && "marked", finite(cell.value) < 0 ? "negative" : "positive"].filter(Boolean);
  const content = cell.href
    ? element("a", { href: cell.href, title: cell.title, class: "term" }, cell.text)
    : cell.text;
  const made = element("td", { class: classes.join(" ") }, content);
  if (share) made.style.setProperty("--share", `${Math.round(share * 30)}%`);
  return made;
}

/**
 * @param {number | undefined} value
 * @returns {number}
 */
function finite(value) {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}

/**
 * Numbers of some places; padding as a dot.
 *
 * @param {Block} block
 * @param {readonly number[]} places
 * @param {readonly number[]} numbers
 * @returns {{ text: string, value?: number }[]}
 */
export function numberCells(block, places, numbers) {
  const there = places.filter((place) => block.at[place] !== null);
  const texts = cells(there.map((place) => numbers[place] ?? NaN));
  const byPlace = new Map(there.map((place, number) => [place, texts[number] ?? ""]));
  return places.map((place) => {
    const text = byPlace.get(place);
    return text === undefined ? { text: PADDING } : { text, value: numbers[place] };
  });
}
