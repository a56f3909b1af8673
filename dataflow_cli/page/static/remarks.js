/**
 * What is said where the run's value is not what its account arrives at, as `dftrace explain` says it.
 */

const FEW_DIGITS = 3;
const FULL = ["float32", "float64"];

/**
 * How large the numbers are together that were added.
 * @param {readonly number[]} numbers
 */
export function magnitude(numbers) {
  return numbers.reduce((total, number) => total + Math.abs(number), 0);
}

/**
 * @param {number} value What the run gave.
 * @param {number} total What the account arrives at.
 * @param {number} scale How large the numbers are that went in.
 * @param {number} rounding What rounding may do, as a part of these.
 * @param {string} dtype
 * @returns {string[]}
 */
export function remarksOn(value, total, scale, rounding, dtype) {
  if (!FULL.includes(dtype)) return []; // what half precision stores is a line of the account
  if (Object.is(value, total) || (Number.isNaN(value) && Number.isNaN(total))) return [];
  const stored = dtype === "float32" ? Math.fround(total) : total;
  if (total !== value && Number.isFinite(total) && stored === value && (value === 0 || !Number.isFinite(value))) {
    const there = Number.isFinite(value) ? "0" : value < 0 ? "-inf" : "inf";
    const size = value ? "large" : "small";
    return [`${total.toPrecision(FEW_DIGITS)} is too ${size} for ${dtype}: there it is ${there}, as \`run\` shows`];
  }
  const allowed = rounding * Math.max(scale, Math.abs(total));
  if (stored === value || !Number.isFinite(total) || Math.abs(value - total) <= allowed) return [];
  if (!Number.isFinite(value)) return [];
  return [`the run gave ${inFull(value)}, this account ${inFull(total)}: more than rounding`];
}

/**
 * A number in full.
 * @param {number} number
 */
function inFull(number) {
  return Number.isInteger(number) ? number.toFixed(1) : String(number);
}
