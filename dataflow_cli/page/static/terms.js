/**
 * Long rows as tables: the largest terms with their places and the rest in one line; the logits of a softmax.
 *
 * @import { Block, Explanation } from './types.js'
 * @import { Terms } from './blocks.js'
 */

import { element } from "./dom.js";
import { product } from "./formulas.js";
import { cells, counted, one } from "./numbers.js";
import { partOf, source } from "./words.js";

const TERM_ROWS = 8;
const MOST_LOGITS = 12;
const LEFT_OUT = "–";

/**
 * The largest terms of a block, the others in one line, and their sum.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
export function largestTerms(explanation, block, terms) {
  const weight = block.combine === "max" || block.combine === "min" ? carriedBy(block) : block.terms;
  const there = [...block.terms.keys()].filter((place) => block.at[place] !== null);
  const order = ranked(there, weight);
  const most = terms.showsAll ? order.length : TERM_ROWS;
  const shown = order.length > most ? order.slice(0, most) : there;
  const others = order.slice(most);
  const columns = columnsOf(block, shown);
  const rows = shown.map((place, row) => [
    linkTo(explanation, block, place, terms),
    ...columns.map((column) => column.texts[row] ?? ""),
  ]);
  const blanks = columns.slice(1).map(() => "");
  if (others.length) rows.push([`${counted(others.length)} others`, ...blanks, rest(block, others)]);
  if (block.combine === "sum") rows.push(["sum", ...blanks, terms.result(one(block.subtotal, terms.isWhole))]);
  const first = source(explanation, block) || block.place_name || "middle";
  return table([first, ...columns.map((column) => column.title)], rows);
}

/**
 * How much of the value each element carries; its term, where that is not known.
 *
 * @param {Block} block
 * @returns {number[]}
 */
export function carriedBy(block) {
  return block.contributions ?? block.terms;
}

/**
 * How many terms there are beyond those that are shown.
 *
 * @param {Block} block
 * @returns {number}
 */
export function hiddenTerms(block) {
  return Math.max(0, block.at.filter((place) => place !== null).length - TERM_ROWS);
}

/**
 * The logits with their exponentials, the one that is asked about among them.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
export function logits(explanation, block, terms) {
  const order = ranked([...block.values.keys()], block.values, (value) => value);
  const own = block.at.findIndex((place) => place?.join() === explanation.at.join());
  const few = order.length <= MOST_LOGITS || terms.showsAll;
  const shown = few ? [...block.values.keys()] : order.slice(0, TERM_ROWS);
  if (!shown.includes(own) && own >= 0) shown.push(own);
  const rows = shown.map((place) => [
    element(
      "span",
      { class: place === own ? "own" : null },
      `[${(block.at[place] ?? []).join(", ")}]${place === own ? " *" : ""}`,
    ),
    terms.label(block.at[place] ?? []),
    one(block.values[place] ?? NaN),
    one(block.terms[place] ?? NaN),
  ]);
  const left = order.filter((place) => !shown.includes(place)).map((place) => block.terms[place] ?? 0);
  if (left.length)
    rows.push([`${counted(left.length)} others`, "", "", one(left.reduce((sum, term) => sum + term, 0))]);
  return table([explanation.layer, "class", block.value_name || "logit", block.term], rows);
}

/**
 * @param {readonly string[]} heads
 * @param {readonly (readonly (string | HTMLElement)[])[]} rows
 * @returns {HTMLElement}
 */
function table(heads, rows) {
  const isEmpty = heads.map((_, column) => rows.every((row) => row[column] === ""));
  const used = heads.map((_, column) => column).filter((column) => !isEmpty[column]);
  const head = element("tr", {}, ...used.map((column) => element("th", { scope: "col" }, heads[column])));
  const body = rows.map((row) => element("tr", {}, ...used.map((column) => element("td", {}, row[column]))));
  return element(
    "div",
    { class: "scrolls", tabindex: 0, role: "region", "aria-label": `terms of ${heads[0]}` },
    element("table", { class: "terms" }, element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

/**
 * @param {Block} block
 * @param {readonly number[]} shown
 * @returns {{ title: string, texts: string[] }[]}
 */
function columnsOf(block, shown) {
  /** @param {readonly number[]} numbers */
  const chosen = (numbers) => cells(shown.map((place) => numbers[place] ?? NaN));
  const beside = Object.entries(block.beside).map(([title, numbers]) => ({ title, texts: chosen(numbers) }));
  const values = { title: block.value_name || "value", texts: chosen(block.values) };
  const weights = block.coefficients ? [{ title: partOf(block), texts: coefficientTexts(block, shown) }] : [];
  const isSaid = block.coefficients || block.term !== "product";
  return [...beside, values, ...weights, ...(isSaid ? [{ title: block.term, texts: chosen(block.terms) }] : [])];
}

/**
 * The coefficients of some places; a dash for one that is not in the file, since it meets nothing but zeros.
 *
 * @param {Block} block
 * @param {readonly number[]} places
 * @returns {string[]}
 */
export function coefficientTexts(block, places) {
  const coefficients = places.map((place) => block.coefficients?.[place] ?? NaN);
  const texts = cells(coefficients);
  return texts.map((text, number) => {
    const isLeftOut = Number.isNaN(coefficients[number]) && !Number.isNaN(block.terms[places[number] ?? 0]);
    return isLeftOut ? LEFT_OUT : text;
  });
}

/**
 * @param {Explanation} explanation
 * @param {Block} block
 * @param {number} place
 * @param {Terms} terms
 * @returns {string | HTMLElement}
 */
function linkTo(explanation, block, place, terms) {
  const at = block.at[place] ?? [];
  const name = source(explanation, block);
  const text = `[${at.join(", ")}]`;
  const token = terms.token(block, at);
  const said = token ? `${text} ${token}` : text;
  const href = name ? terms.href(name, at) : undefined;
  return href ? element("a", { href, class: "term" }, said) : said;
}

/**
 * What the terms that are not shown come to.
 *
 * @param {Block} block
 * @param {readonly number[]} others
 * @returns {string}
 */
function rest(block, others) {
  const left = others.map((place) => block.terms[place] ?? 0);
  if (block.combine === "max") return `at most ${one(left.reduce((a, b) => Math.max(a, b)))}`;
  if (block.combine === "min") return `at least ${one(left.reduce((a, b) => Math.min(a, b)))}`;
  if (block.combine === "product") return `times ${one(product(left))}`;
  return one(left.reduce((a, b) => a + b));
}

/**
 * Places from the largest number to the smallest; NaN stands before all, and what is alike keeps its order.
 *
 * @param {readonly number[]} places
 * @param {readonly number[]} numbers
 * @param {(value: number) => number} [size]
 * @returns {number[]}
 */
export function ranked(places, numbers, size = Math.abs) {
  const sizes = new Map(
    places.map((place) => {
      const value = size(numbers[place] ?? NaN);
      return [place, Number.isNaN(value) ? Infinity : value];
    }),
  );
  return [...places].sort((a, b) => {
    const [one, other] = [sizes.get(a) ?? 0, sizes.get(b) ?? 0];
    return one === other ? a - b : other - one;
  });
}
