/**
 * What terms, subtotals, roles and contributions of a block are: one of few formulas, by name.
 *
 * @typedef {{values: number[], coefficients: (number | null)[] | null, inside: boolean[], terms: number[],
 *   columns: number[][]}} Cells
 * @typedef {any[]} Formula
 */

const NOTHING = 0;
const CANDIDATE = 1;
const SOURCE = 2;
const CUT = 1;
const SILENT = 2;
const ROLES = ["none", "candidate", "source"];

/**
 * @param {Formula} formula
 * @param {Pick<Cells, "values" | "coefficients" | "columns">} cells
 * @param {(line: number) => number} lineValue
 * @returns {number[]}
 */
export function termsBy(formula, { values, coefficients, columns }, lineValue) {
  const [kind, first, second] = formula;
  const weight = (/** @type {number} */ at) => coefficients?.[at] ?? null;
  const weighted = (/** @type {number} */ value, /** @type {number} */ at) => times(value, weight(at));
  if (kind === "product") return values.map(weighted);
  if (kind === "shifted") return values.map((value, at) => (value - first) * ((weight(at) ?? 0) - second));
  if (kind === "column") return second ? columns[first].map(weighted) : columns[first];
  if (kind === "squares") return values.map((value) => value * value);
  if (kind === "exponentials") return values.map(Math.exp);
  if (kind === "powers") return values.map((value) => Math.abs(value) ** first);
  if (kind === "deviation") {
    const middle = lineValue(first);
    return values.map((value) => (value - middle) ** 2);
  }
  if (kind === "softened") {
    const most = lineValue(first);
    return withColumn(values, columns, second).map((value) => Math.exp(value - most));
  }
  return values;
}

/**
 * The values, with what a column adds to them, as a mask does to scores; column -1 is none.
 * @param {number[]} values
 * @param {number[][]} columns
 * @param {number} column
 */
export function withColumn(values, columns, column) {
  return column < 0 ? values : values.map((value, at) => value + columns[column][at]);
}

/**
 * A weight that did not come along meets nothing but zeros.
 * @param {number} value
 * @param {number | null} weight
 */
function times(value, weight) {
  return weight === null ? 0 : value * weight;
}

/**
 * @param {Formula} formula
 * @param {Cells} cells
 */
export function subtotalBy([kind], { values, inside, terms }) {
  const within = values.filter((_, at) => inside[at]);
  if (kind === "first") return values[0];
  if (kind === "mean") return sum(terms) / terms.length;
  if (kind === "average") return sum(values) / within.length;
  if (kind === "largest") return within.reduce((best, value) => Math.max(best, value), -Infinity);
  if (kind === "smallest") return within.reduce((best, value) => Math.min(best, value), Infinity);
  if (kind === "product") return product(values);
  return sum(terms);
}

/**
 * @param {number[]} numbers
 */
export function sum(numbers) {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/**
 * A zero makes it zero, however far it overflowed before it met that.
 *
 * @param {number[]} factors
 */
export function product(factors) {
  const found = factors.reduce((all, factor) => all * factor, 1);
  return Number.isNaN(found) && factors.includes(0) && factors.every(Number.isFinite) ? 0 : found;
}

/**
 * What each element is to the value: "source", "candidate" or "none".
 * @param {Formula | null} formula
 * @param {number | null} flag
 * @param {Cells} cells
 */
export function rolesBy(formula, flag, cells) {
  if (formula === null || flag === null) return null;
  const most = flag === SILENT ? NOTHING : flag === CUT ? CANDIDATE : SOURCE;
  return plainRoles(formula[0], cells).map((role) => ROLES[Math.min(role, most)]);
}

/**
 * @param {string} kind
 * @param {Cells} cells
 */
function plainRoles(kind, { values, coefficients, inside, terms }) {
  if (kind === "weighted") {
    return values.map((_, at) =>
      inside[at] && (coefficients?.[at] !== 0 || Number.isNaN(terms[at])) ? SOURCE : NOTHING,
    );
  }
  if (kind === "winner" || kind === "loser") {
    const best = winner(values, inside, kind === "winner" ? 1 : -1);
    return values.map((_, at) => (at === best ? SOURCE : inside[at] ? CANDIDATE : NOTHING));
  }
  if (kind === "shows") {
    const zeros = values.filter((value) => value === 0).length;
    return values.map((value) => (zeros - Number(value === 0) === 0 || !Number.isFinite(value) ? SOURCE : NOTHING));
  }
  return inside.map((here) => (here ? SOURCE : NOTHING));
}

/**
 * Where the largest of a window stands; the first of equals, and of NaN.
 * @param {number[]} values
 * @param {boolean[]} inside
 * @param {number} sign
 */
function winner(values, inside, sign) {
  let best = -1;
  for (let at = 0; at < values.length; at++) {
    const value = inside[at] ? sign * values[at] : -Infinity;
    const lead = best < 0 ? NaN : inside[best] ? sign * values[best] : -Infinity;
    if (best < 0 || value > lead || (Number.isNaN(value) && !Number.isNaN(lead))) best = at;
  }
  return best;
}

/**
 * How much of the value each element carries; null where no formula says it.
 * @param {Formula | null} formula
 * @param {Cells} cells
 * @param {number} carried
 */
export function contributionsBy(formula, { values, inside, terms }, carried) {
  if (formula === null) return null;
  const [kind] = formula;
  if (kind === "terms") return terms;
  if (kind === "nothing") return terms.map(() => 0);
  if (kind === "all") return terms.map(() => 1);
  if (kind === "scaled") return terms.map((term) => term * carried);
  if (kind === "total") return terms.map(() => carried);
  if (kind === "share") {
    const count = Math.max(inside.filter(Boolean).length, 1);
    return values.map((value) => value / count);
  }
  const best = winner(values, inside, kind === "won" ? 1 : -1);
  return values.map((_, at) => Number(at === best));
}
