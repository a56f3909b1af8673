/**
 * One element, told by its rule: the parts of its explanation that are the layer's own.
 */

import { contributionsBy, rolesBy } from "./formulas.js";
import { Lines } from "./lines.js";
import { magnitude, remarksOn } from "./remarks.js";
import { filled, numberOf, numbersOf, sizeOf, wordsOf } from "./rules.js";
import { Runs, tensorName } from "./runs.js";

/**
 * @typedef {import("./tensors.js").Page} Data
 * @typedef {import("./point.js").Point} Point
 */

export class Telling {
  /**
   * @param {Data} page
   * @param {Point} at
   */
  constructor(page, at) {
    this.page = page;
    this.at = at;
    this.runs = new Runs(at, (line) => this.lines.line(line).value);
    this.lines = new Lines(at, this.runs);
  }

  /** The parts of the explanation that are the layer's own. */
  explanation() {
    const { page } = this;
    const { layer, rule } = this.at;
    const known = (/** @type {string} */ name) => page.layers.get(name);
    return {
      total: this.lines.scalar(rule.total),
      inputs: layer.inputs.map((/** @type {string} */ name) => ({
        name,
        shape: known(name)?.shape ?? [],
        axes: known(name)?.axes ?? [],
      })),
      receptive_field: this.regions(),
      moves: rule.moves.map((/** @type {any} */ move) => wordsOf(this.at.place, move)),
      blocks: this.blocks(),
      lines: rule.lines.map((/** @type {any} */ _, /** @type {number} */ line) => this.lines.line(line)),
      parameters: rule.uses.map((/** @type {any} */ _, /** @type {number} */ use) => this.lines.use(use)),
      offset: rule.offset === null ? null : this.lines.scalar(rule.offset),
      notes: this.notes(),
    };
  }

  notes() {
    const { choose, classes } = this.at.recipe.notes;
    const place = this.at.placeFor(choose);
    const said = classes[this.at.chosen(choose, place)];
    return [...said.map((/** @type {any} */ note) => wordsOf(place, note)), ...this.remarks(), ...this.unsound()];
  }

  /** What there is to say where the run's value is not the account's total. */
  remarks() {
    const { dtype, rounding } = this.page.manifest;
    const { rule, value, held } = this.at;
    if (held.tensors.some((tensor) => tensor?.rounded)) return []; // then it is the page that rounds
    const total = this.lines.scalar(rule.total);
    const sums = this.blocks().filter((/** @type {any} */ block) => block.input !== null || block.recalled !== null);
    const carried = sums.flatMap((/** @type {any} */ block) => block.contributions ?? block.terms);
    const offset = rule.offset === null ? 0 : this.lines.scalar(rule.offset);
    return remarksOn(value, total, magnitude([...carried, offset]), rounding, dtype);
  }

  /** Where what is NaN or infinite comes from. */
  unsound() {
    const { nan, infinite } = this.page.manifest.unsound ?? {};
    const words = Number.isNaN(this.at.value) ? nan : Number.isFinite(this.at.value) ? null : infinite;
    return words ? [words] : [];
  }

  /** What the element sees of the inputs of the network. */
  regions() {
    return (this.at.layer.regions ?? []).map((/** @type {any} */ { input, axes, spans }) => ({
      input,
      axes,
      spans: spans === "all" ? "all" : this.spans(spans),
    }));
  }

  /** @param {any[]} rules */
  spans(rules) {
    const found = rules.map((span) => this.span(span));
    return found.every(([first, last], at) => first === 0 && last === rules[at].length - 1) ? "all" : found;
  }

  /** @param {{first: any, last: any, length: number}} span */
  span({ first, last, length }) {
    const within = (/** @type {number} */ at) => Math.min(Math.max(at, 0), length - 1);
    return [within(numberOf(this.at.place, first)), within(numberOf(this.at.place, last))];
  }

  blocks() {
    return this.at.rule.runs.flatMap((/** @type {any} */ run, /** @type {number} */ number) =>
      Array.from({ length: run.count }, (_, block) => this.block(number, block)),
    );
  }

  /**
   * @param {number} number
   * @param {number} block
   */
  block(number, block) {
    const run = this.at.rule.runs[number];
    const cells = this.runs.cells(number, block);
    const size = sizeOf(run.shape);
    const cut = (/** @type {any[]} */ all) => all.slice(block * size, (block + 1) * size);
    const places = cut(this.runs.places(number));
    return {
      name: this.blockName(run, block),
      kind: run.kind,
      input: run.input,
      recalled: run.recalled,
      tensor: tensorName(run, this.at.layer),
      shape: run.shape,
      values: cells.values,
      beside: Object.fromEntries(
        run.beside.map((/** @type {any[]} */ [title], /** @type {number} */ at) => [title, cells.columns[at]]),
      ),
      at: places.map((place, at) => (cells.inside[at] ? place : null)),
      coefficients: cells.coefficients,
      parameter: run.parameter || null,
      parameter_at: run.parameter && run.parameter_at ? cut(this.runs.parameterPlaces(number)) : null,
      terms: cells.terms,
      term: run.term,
      roles: rolesBy(run.roles, this.flag(number), cells),
      contributions: contributionsBy(run.contributions, cells, this.carried(number, block)),
      combine: run.combine,
      subtotal: this.runs.subtotal(number, block),
      after: run.after,
      value_name: run.value_name,
      coefficient_name: run.coefficient_name,
      place_name: run.place_name,
    };
  }

  /**
   * What contributions are a part, or multiples, of.
   * @param {number} number
   * @param {number} block
   */
  carried(number, block) {
    const run = this.at.rule.runs[number];
    if (run.contributions?.[0] === "scaled") return this.runs.row(run.contributions[1], [run.count])[block];
    const { total, offset } = this.at.rule;
    return this.lines.scalar(total) - (offset === null ? 0 : this.lines.scalar(offset));
  }

  /** @param {number} number */
  flag(number) {
    const { roles } = this.at.recipe;
    if (!roles) return null;
    return roles.classes[this.at.chosen(roles.choose)][number];
  }

  /**
   * @param {any} run
   * @param {number} block
   */
  blockName(run, block) {
    const [, rules, commas] = run.name;
    if (!rules) return wordsOf(this.at.place, run.name);
    const all = numbersOf(this.at.place, rules[0], [run.count, commas.length]);
    return filled(run.name, all.slice(block * commas.length, (block + 1) * commas.length));
  }
}
