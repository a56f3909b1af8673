/**
 * Numbers as `dftrace explain` writes them: so many decimals, none where everything is whole, an exponent for what is
 * too small for them or too large to read.
 */

export const DECIMALS = 3;
const LARGE = 1e7;

/**
 * A number in a formula or alone.
 *
 * @param {number} value
 * @param {boolean} [whole] Whether everything that is shown with it is whole.
 * @returns {string}
 */
export function one(value, whole = false) {
  if (!Number.isFinite(value)) return special(value);
  if (value === 0) return "0";
  if (whole && Number.isInteger(value) && Math.abs(value) < LARGE) return String(value);
  if (Math.abs(value) < 0.5 * 10 ** -DECIMALS || Math.abs(value) >= LARGE) return exponential(value, DECIMALS - 1);
  return fixed(value, DECIMALS);
}

/**
 * The numbers of one matrix or column: all with the same decimals, none if all are whole.
 *
 * @param {readonly number[]} values
 * @returns {string[]}
 */
export function cells(values) {
  const decimals = allWhole(values) ? 0 : DECIMALS;
  return values.map((value) => cell(value, decimals));
}

/**
 * A formula with its numbers; negative ones stand in parentheses, or turn the sign before them.
 *
 * @param {string} expression `{}` for every number.
 * @param {readonly number[]} numbers
 * @param {boolean} [whole]
 * @returns {string}
 */
export function formulaOf(expression, numbers, whole = false) {
  const [first = "", ...pieces] = expression.split("{}");
  return pieces.reduce((text, piece, place) => joined(text, one(numbers[place] ?? NaN, whole)) + piece, first);
}

/**
 * `264 + 0 - 560 + 87`: what is too small for the decimals is a rounded 0 here.
 *
 * @param {readonly number[]} numbers
 * @param {boolean} [whole]
 * @returns {string}
 */
export function summed(numbers, whole = false) {
  const shown = numbers.map((value) => {
    const text = one(value, whole);
    return text.includes("e-") ? cell(value, DECIMALS) : text;
  });
  return shown.reduce((text, next) => (text ? joined(`${text} + `, next) : next), "");
}

/**
 * @param {readonly number[]} values
 * @returns {boolean}
 */
export function allWhole(values) {
  return values.every((value) => !Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < LARGE));
}

/**
 * A count with its thousands apart.
 *
 * @param {number} count
 * @returns {string}
 */
export function counted(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * @param {number} share 0 to 1.
 * @returns {string}
 */
export function percent(share) {
  return `${fixed(share * 100, 1)} %`;
}

/**
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
function cell(value, decimals) {
  if (!Number.isFinite(value)) return special(value);
  if (Math.abs(value) >= LARGE) return exponential(value, DECIMALS);
  return value === 0 ? "0" : fixed(value, decimals);
}

/**
 * @param {number} value
 * @returns {string}
 */
function special(value) {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

/**
 * Two digits of exponent at least, as Python has it.
 *
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
function exponential(value, decimals) {
  return value.toExponential(decimals).replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * Half to even, as Python rounds; what rounds to zero has no sign.
 *
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
function fixed(value, decimals) {
  const scaled = value * 10 ** decimals;
  const below = Math.floor(scaled);
  const isTie = scaled - below === 0.5 && Number.isInteger(value * 2 ** (decimals + 1));
  const text = (isTie ? (below % 2 === 0 ? below : below + 1) / 10 ** decimals : value).toFixed(decimals);
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}

/**
 * @param {string} text
 * @param {string} shown
 * @returns {string}
 */
function joined(text, shown) {
  if (!shown.startsWith("-")) return text + shown;
  if (text.endsWith(" + ")) return `${text.slice(0, -3)} - ${shown.slice(1)}`;
  return /(- |· |-|\/ )$/.test(text) ? `${text}(${shown})` : text + shown;
}
