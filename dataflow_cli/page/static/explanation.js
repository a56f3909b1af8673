/**
 * How an element came about, in full: where it looks, the blocks, the arithmetic that leads to the value.
 *
 * @import { Block, Explanation, Line } from "./types.js"
 * @import { Terms } from "./blocks.js"
 */

import { gathered, hides, laidOut } from "./blocks.js";
import { element } from "./dom.js";
import { allWhole, formulaOf, one, summed } from "./numbers.js";
import { step } from "./steps.js";
import { carriedBy, ranked } from "./terms.js";
import { elementName, placed, regionName, sized, source } from "./words.js";

const WINDOWS = 3;
const MOST_SUMMED = 12;

/**
 * The parts of an explanation, from the heading to the notes.
 *
 * @param {Explanation} explanation
 * @param {Omit<Terms, "isWhole">} shown
 * @param {readonly HTMLElement[]} seen Pictures of what the element looks at.
 * @param {() => void} showAll Called where all terms are asked for.
 * @returns {(HTMLElement | null)[]}
 */
export function explanationParts(explanation, shown, seen, showAll) {
  const terms = { ...shown, isWhole: areWhole(explanation) };
  const blocks = gathered(explanation.blocks);
  const mine = blocks.filter((block) => block.input !== null);
  const kept = chosenBlocks(mine, terms.showsAll);
  const isShortened = mine.length > kept.length || blocks.some(hides) || hiddenHeads(blocks, terms).length > 0;
  return [
    ...headingParts(explanation, terms),
    seen.length ? element("div", { class: "seen-in" }, ...seen) : null,
    ...explanation.moves.map((move) => element("p", {}, move)),
    ...kept.map((block) => laidOut(explanation, block, terms)),
    leftOut(mine, kept, terms),
    ...arithmetic(explanation, blocks, terms),
    isShortened && !terms.showsAll ? more(showAll) : null,
    ...explanation.notes.map((note) => element("p", { class: "note" }, note)),
    ...footnotes(blocks),
  ];
}

/**
 * @param {Explanation} explanation
 * @param {Terms} terms
 * @returns {HTMLElement[]}
 */
function headingParts(explanation, terms) {
  const direct = new Set(explanation.inputs.map((input) => input.name));
  const seen = explanation.receptive_field.filter((region) => !direct.has(region.input));
  const where = explanation.at.length ? `${placed(explanation.axes, explanation.at)} of ` : "";
  return [
    element(
      "h3",
      { id: "explained", tabindex: -1 },
      `${elementName(explanation.layer, explanation.at)} = `,
      terms.result(one(explanation.value, terms.isWhole)),
    ),
    element("p", {}, `${explanation.type}: ${where}${sized(explanation.output_shape)}`),
    ...seen.map((region) => element("p", {}, `receptive field: ${regionName(region)}`)),
    explanation.blocks.some((block) => block.tensor !== null)
      ? element("p", { class: "hint" }, "What is underlined leads one layer back.")
      : null,
  ].filter((part) => part !== null);
}

/**
 * Of many windows only those that carry most, the largest first.
 *
 * @param {readonly Block[]} mine
 * @param {boolean} all
 * @returns {readonly Block[]}
 */
function chosenBlocks(mine, all) {
  if (all || mine.length <= WINDOWS || mine[0]?.kind === "element") return mine;
  const carried = mine.map((block) => totalOf(carriedBy(block)));
  const order = ranked([...mine.keys()], carried).slice(0, WINDOWS);
  return order.flatMap((place) => mine[place] ?? []);
}

/**
 * @param {readonly Block[]} mine
 * @param {readonly Block[]} kept
 * @param {Terms} terms
 * @returns {HTMLElement | null}
 */
function leftOut(mine, kept, terms) {
  const hidden = mine.filter((block) => !kept.includes(block));
  if (!hidden.length) return null;
  const carried = one(totalOf(hidden.flatMap(carriedBy)), terms.isWhole);
  return element("p", {}, `${hidden.length} other channels carry ${carried} together`);
}

/**
 * Where elements were taken from and the lines, with what the layer worked out itself between them.
 *
 * @param {Explanation} explanation
 * @param {readonly Block[]} blocks
 * @param {Terms} terms
 * @returns {HTMLElement[]}
 */
function arithmetic(explanation, blocks, terms) {
  /** @type {(HTMLElement | null)[]} */
  const parts = origins(explanation, blocks, terms);
  const hidden = hiddenHeads(blocks, terms);
  let done = 0;
  for (const block of blocks.filter((each) => each.input === null && !hidden.includes(each))) {
    const until = block.after ?? done;
    parts.push(...explanation.lines.slice(done, until).map((line) => stepOf(line, terms)));
    parts.push(laidOut(explanation, block, terms));
    done = Math.max(done, until);
  }
  if (hidden.length) {
    const given = one(totalOf(hidden.map((block) => block.subtotal)), terms.isWhole);
    parts.push(element("p", {}, `${hidden.length} other heads give ${given} together`));
  }
  parts.push(...explanation.lines.slice(done).map((line) => stepOf(line, terms)));
  return parts.filter((part) => part !== null);
}

/**
 * What is not shown of the looks of many heads: those that give least.
 *
 * @param {readonly Block[]} blocks
 * @param {Terms} terms
 * @returns {readonly Block[]}
 */
function hiddenHeads(blocks, terms) {
  const heads = blocks.filter(
    (block) => block.input === null && block.recalled === null && Object.keys(block.beside).length,
  );
  if (terms.showsAll || heads.length <= WINDOWS) return [];
  const subtotals = heads.map((block) => block.subtotal);
  return ranked([...heads.keys()], subtotals)
    .slice(WINDOWS)
    .flatMap((place) => heads[place] ?? []);
}

/**
 * Where elements were taken from that went in as they are.
 *
 * @param {Explanation} explanation
 * @param {readonly Block[]} blocks
 * @param {Terms} terms
 * @returns {HTMLElement[]}
 */
function origins(explanation, blocks, terms) {
  const found = blocks
    .filter((block) => block.kind === "element")
    .map((block) => {
      const isOnly = block.name === "element" || (block.input !== null && explanation.inputs.length === 1);
      const at = block.at[0] ?? [];
      const name = source(explanation, block);
      const from = element("a", { class: "term", href: terms.href(name, at) }, elementName(name, at));
      const value = terms.result(one(block.subtotal, terms.isWhole));
      const formula = element("span", { class: "formula" }, from, " = ", value);
      return element(
        "p",
        { class: "step" },
        element("span", { class: "step-name" }, isOnly ? "from" : block.name),
        formula,
      );
    });
  if (blocks.length || explanation.lines.length || !explanation.inputs.length) return found;
  return [step("padding", "", terms.result("0"))];
}

/**
 * @param {Line} line
 * @param {Terms} terms
 * @returns {HTMLElement}
 */
function stepOf(line, terms) {
  const result = one(line.value, terms.isWhole);
  if (!line.expression) return step(line.name, sumOf(line.numbers, terms), terms.result(result));
  const formula = formulaOf(line.expression, line.numbers, terms.isWhole);
  return step(line.name, formula === result ? "" : formula, terms.result(result));
}

/**
 * A sum in full, or its largest summands and the rest.
 *
 * @param {readonly number[]} numbers
 * @param {Terms} terms
 * @returns {string}
 */
function sumOf(numbers, terms) {
  if (numbers.length <= MOST_SUMMED) return summed(numbers, terms.isWhole);
  const order = ranked([...numbers.keys()], numbers);
  const largest = order.slice(0, WINDOWS).map((place) => numbers[place] ?? NaN);
  const rest = order.slice(WINDOWS).map((place) => numbers[place] ?? NaN);
  return `${summed([...largest, totalOf(rest)], terms.isWhole)} (${rest.length} others)`;
}

/**
 * @param {() => void} showAll
 * @returns {HTMLElement}
 */
function more(showAll) {
  return element("p", {}, element("button", { type: "button", id: "show-all", click: showAll }, "Show all terms"));
}

/**
 * @param {readonly Block[]} blocks
 * @returns {HTMLElement[]}
 */
function footnotes(blocks) {
  const isPadded = blocks.some((block) => block.at.includes(null));
  const takesNoPart = blocks.some((block) => ["max", "min", "mean"].includes(block.combine));
  if (!isPadded) return [];
  return [element("p", { class: "note" }, takesNoPart ? "· is padding: it takes no part" : "· is padding: 0")];
}

/**
 * Whether everything that goes in is whole.
 *
 * @param {Explanation} explanation
 * @returns {boolean}
 */
function areWhole(explanation) {
  const used = explanation.parameters.map((parameter) => parameter.value);
  return allWhole([...explanation.blocks.flatMap((b) => [...b.values, ...(b.coefficients ?? [])]), ...used]);
}

/**
 * @param {readonly number[]} numbers
 * @returns {number}
 */
function totalOf(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
