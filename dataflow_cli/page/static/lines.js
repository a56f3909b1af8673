/**
 * The lines of an element's account, the parameters that it uses once, and single numbers.
 */

import { computed } from "./arithmetic.js";
import { sum } from "./formulas.js";
import { filled, numberOf, wholeNumbersOf, wordsOf } from "./rules.js";
import { flatIndex } from "./tensors.js";

/**
 * @typedef {import("./point.js").Point} Point
 * @typedef {import("./runs.js").Runs} Runs
 */

export class Lines {
  /**
   * @param {Point} at
   * @param {Runs} runs
   */
  constructor(at, runs) {
    this.at = at;
    this.runs = runs;
  }

  /** @param {number} number */
  use(number) {
    return this.at.once(`use ${number}`, () => {
      const { parameter, at } = this.at.rule.uses[number];
      const [held] = this.runs.parameterNamed(parameter);
      const place = at.map((/** @type {any} */ axis) => numberOf(this.at.place, axis));
      return { name: parameter, at: place, value: held.data[flatIndex(held.shape, place)] };
    });
  }

  /** @param {number} number @returns {{name: string, expression: string, numbers: number[], value: number}} */
  line(number) {
    return this.at.once(`line ${number}`, () => {
      const { name, expression, numbers, value, program } = this.at.rule.lines[number];
      const given = this.lineNumbers(numbers);
      const whole = wholeNumbersOf(this.at.place, expression);
      const arrives = () => (program === null ? sum(given) : computed(program, given, whole));
      return {
        name: wordsOf(this.at.place, name),
        expression: filled(expression, whole),
        numbers: given,
        value: value[0] === "computed" ? arrives() : this.scalar(value),
      };
    });
  }

  /**
   * @param {any[]} rule
   * @returns {number[]}
   */
  lineNumbers(rule) {
    const [kind, run] = rule;
    if (kind === "subtotals of") return this.runs.subtotals(run);
    if (kind === "terms of") return this.runs.terms(run);
    if (kind === "values of") return this.runs.values(run);
    if (kind === "all subtotals")
      return this.at.rule.runs.flatMap((/** @type {any} */ _, /** @type {number} */ each) => this.runs.subtotals(each));
    return rule.map((one) => this.scalar(one));
  }

  /**
   * @param {any[]} rule
   * @returns {number}
   */
  scalar(rule) {
    const [kind, first, second, third] = rule;
    if (kind === "line") return this.line(first).value;
    if (kind === "subtotal") return this.runs.subtotal(first, second);
    if (kind === "use") return this.use(first).value;
    if (kind === "uses")
      return sum(this.at.rule.uses.map((/** @type {any} */ _, /** @type {number} */ use) => this.use(use).value));
    if (kind === "subtotals")
      return sum(
        this.at.rule.runs.flatMap((/** @type {any} */ _, /** @type {number} */ run) => this.runs.subtotals(run)),
      );
    if (kind === "sum") return this.runs.sumOf(first, second, third);
    if (kind === "largest")
      return this.runs.withColumn(first, second).reduce((best, one) => Math.max(best, one), -Infinity);
    if (kind === "own") return this.runs.withColumn(first, second)[this.at.point[third]];
    if (kind === "element") return this.runs.gathered(first, [])[0];
    if (kind === "value") return this.at.value;
    if (kind === "multiple") return first + second * this.at.value;
    return numberOf(this.at.place, first);
  }
}
