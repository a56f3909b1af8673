/**
 * The numbers of an element's blocks. Blocks that are told alike are a run: its numbers are those of all its blocks.
 */

import { subtotalBy, sum, termsBy, withColumn } from "./formulas.js";
import { numbersOf, sizeOf } from "./rules.js";
import { flatIndex } from "./tensors.js";

/**
 * @typedef {import("./point.js").Point} Point
 * @typedef {import("./tensors.js").Tensor} Tensor
 */

const ROWS = ["subtotals", "element", "number"];

export class Runs {
  /**
   * @param {Point} at
   * @param {(line: number) => number} lineValue
   */
  constructor(at, lineValue) {
    this.at = at;
    this.lineValue = lineValue;
  }

  /**
   * The numbers of one block of a run.
   * @param {number} number
   * @param {number} block
   */
  cells(number, block) {
    const size = sizeOf(this.at.rule.runs[number].shape);
    const cut = (/** @type {any[]} */ all) => all.slice(block * size, (block + 1) * size);
    const coefficients = this.coefficients(number);
    return {
      values: cut(this.values(number)),
      inside: cut(this.inside(number)),
      terms: cut(this.terms(number)),
      coefficients: coefficients === null ? null : cut(coefficients),
      columns: this.columns(number).map(cut),
    };
  }

  /** @param {number} number @returns {number[][]} */
  places(number) {
    const run = this.at.rule.runs[number];
    return this.at.once(`places ${number}`, () => this.listed(run.places, [run.count, ...run.shape]));
  }

  /** @param {number} number @returns {number[][]} */
  parameterPlaces(number) {
    const run = this.at.rule.runs[number];
    return this.at.once(`parameter ${number}`, () => this.listed(run.parameter_at, [run.count, ...run.shape]));
  }

  /**
   * Places from rules of their axes.
   * @param {any[]} rules
   * @param {number[]} cells
   */
  listed(rules, cells) {
    const axes = rules.map((rule) => numbersOf(this.at.place, rule, cells));
    return Array.from({ length: sizeOf(cells) }, (_, cell) => axes.map((axis) => axis[cell]));
  }

  /** @param {number} number @returns {boolean[]} */
  inside(number) {
    const run = this.at.rule.runs[number];
    const held = this.tensorNamed(tensorName(run, this.at.layer));
    return this.at.once(`inside ${number}`, () => {
      if (run.inside === true && held) return this.places(number).map((place) => flatIndex(held.shape, place) >= 0);
      if (run.inside === true || run.inside === null) return new Array(run.count * sizeOf(run.shape)).fill(true);
      return numbersOf(this.at.place, run.inside, [run.count, ...run.shape]).map(Boolean);
    });
  }

  /** @param {number} number @returns {number[]} */
  values(number) {
    return this.at.once(`values ${number}`, () => {
      const run = this.at.rule.runs[number];
      if (run.values[0] !== "places") return this.row(run.values, [run.count, ...run.shape]);
      const held = /** @type {Tensor} */ (this.tensorNamed(tensorName(run, this.at.layer)));
      const inside = this.inside(number);
      return this.places(number).map((place, at) => (inside[at] ? held.data[flatIndex(held.shape, place)] : 0));
    });
  }

  /** @param {number} number @returns {(number | null)[] | null} */
  coefficients(number) {
    return this.at.once(`coefficients ${number}`, () => {
      const run = this.at.rule.runs[number];
      if (run.coefficients === null) return null;
      if (run.coefficients[0] !== "parameter") return this.row(run.coefficients, [run.count, ...run.shape]);
      const [held, part] = this.parameterNamed(run.parameter);
      return this.parameterPlaces(number).map((place) => {
        const found = held.data[flatIndex(held.shape, place)];
        return part && Number.isNaN(found) ? null : found;
      });
    });
  }

  /** @param {number} number @returns {number[][]} */
  columns(number) {
    const run = this.at.rule.runs[number];
    return this.at.once(`columns ${number}`, () =>
      run.beside.map((/** @type {any[]} */ [, row]) => this.row(row, [run.count, ...run.shape])),
    );
  }

  /** @param {number} number @returns {number[]} */
  terms(number) {
    return this.at.once(`terms ${number}`, () => {
      const run = this.at.rule.runs[number];
      if (ROWS.includes(run.terms[0])) return this.row(run.terms, [run.count, ...run.shape]);
      if (run.terms[0] === "as") return this.terms(run.terms[1]);
      const cells = {
        values: this.values(number),
        coefficients: this.coefficients(number),
        columns: this.columns(number),
      };
      return termsBy(run.terms, cells, this.lineValue);
    });
  }

  /**
   * @param {number} number
   * @param {number} block
   * @returns {number}
   */
  subtotal(number, block) {
    return this.at.once(`subtotal ${number} ${block}`, () => {
      const run = this.at.rule.runs[number];
      if (run.subtotal[0] === "numbers") return this.row(run.subtotal[1], [run.count])[block];
      return subtotalBy(run.subtotal, this.cells(number, block));
    });
  }

  /** @param {number} number @returns {number[]} */
  subtotals(number) {
    return Array.from({ length: this.at.rule.runs[number].count }, (_, block) => this.subtotal(number, block));
  }

  /**
   * Numbers of all cells: subtotals of another run, elements of a tensor, or what a rule says.
   * @param {any[]} row
   * @param {number[]} cells
   * @returns {number[]}
   */
  row([kind, what], cells) {
    if (kind === "subtotals") return this.subtotals(what);
    if (kind === "element") return this.gathered(what, cells);
    return numbersOf(this.at.place, what, cells);
  }

  /**
   * @param {{tensor: number, at: any[]}} gather
   * @param {number[]} cells
   */
  gathered({ tensor: number, at }, cells) {
    const held = /** @type {Tensor} */ (this.at.held.tensors[number]);
    return this.listed(at, cells).map((place) => held.data[flatIndex(held.shape, place)]);
  }

  /**
   * The sum of what a block holds.
   * @param {number} number
   * @param {number} block
   * @param {"values" | "terms"} what
   */
  sumOf(number, block, what) {
    const size = sizeOf(this.at.rule.runs[number].shape);
    return sum(this[what](number).slice(block * size, (block + 1) * size));
  }

  /**
   * The values of a block, with what a column adds to them.
   * @param {number} number
   * @param {number} column
   */
  withColumn(number, column) {
    return withColumn(this.values(number), this.columns(number), column);
  }

  /** @param {string | null} name */
  tensorNamed(name) {
    const at = this.at.recipe.tensors.findIndex((/** @type {any} */ one) => one.of === name);
    return at < 0 ? null : this.at.held.tensors[at];
  }

  /**
   * A parameter, and whether only a part of it is there.
   * @param {string} name
   * @returns {[Tensor, boolean]}
   */
  parameterNamed(name) {
    const at = this.at.recipe.tensors.findIndex((/** @type {any} */ one) => one.parameter === name);
    return [/** @type {Tensor} */ (this.at.held.tensors[at]), this.at.recipe.tensors[at].rows !== undefined];
  }
}

/**
 * The tensor that a run's places are of; null where they are of none.
 * @param {any} run
 * @param {Record<string, any>} layer
 * @returns {string | null}
 */
export function tensorName(run, layer) {
  return run.recalled ?? (run.input === null ? null : layer.inputs[run.input]);
}
