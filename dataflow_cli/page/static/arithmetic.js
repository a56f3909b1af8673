/**
 * Computes the expression of a line, which the page holds as postfix: numbers and ["n", place] of the line's, ["w",
 * place] of the whole numbers in its text, ["+"] and its like of two, ["exp", 1] and its like of as many as it says.
 *
 * @typedef {(number | [string] | [string, number])[]} Postfix
 */

/** Up to here the series has all digits. */
const BY_SERIES = 1.5;
const TERMS = 120;

/** @type {Record<string, (a: number, b: number) => number>} */
const OF_TWO = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "·": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "=": (a, b) => Number(a === b),
  "≠": (a, b) => Number(a !== b),
  "<": (a, b) => Number(a < b),
  "≤": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  "≥": (a, b) => Number(a >= b),
};

/** @type {Record<string, (...numbers: number[]) => number>} */
const FUNCTIONS = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  Φ: normal,
  sign: Math.sign,
  max: Math.max,
  min: Math.min,
};

/**
 * The part of the standard normal distribution that lies below a number.
 * @param {number} x
 */
function normal(x) {
  const z = Math.abs(x) / Math.SQRT2;
  const upper = z < BY_SERIES ? 1 - errorFunction(z) : upperTail(z);
  return x < 0 ? upper / 2 : 1 - upper / 2;
}

/**
 * erf(z) by its series, whose terms are all of one sign.
 * @param {number} z
 */
function errorFunction(z) {
  let [term, total] = [z, z];
  for (let n = 1; n < TERMS && term; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total;
}

/**
 * 1 - erf(z) by its continued fraction, where that difference would have few digits left.
 * @param {number} z
 */
function upperTail(z) {
  let below = 0;
  for (let k = TERMS; k > 0; k--) below = k / 2 / (z + below);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + below);
}

/**
 * What a postfix arrives at.
 * @param {Postfix} program
 * @param {number[]} numbers
 * @param {number[]} whole
 */
export function computed(program, numbers, whole) {
  /** @type {number[]} */
  const stack = [];
  for (const step of program) {
    if (typeof step === "number") stack.push(step);
    else stack.push(applied(step, stack, numbers, whole));
  }
  return stack[0];
}

/**
 * @param {[string] | [string, number]} step
 * @param {number[]} stack
 * @param {number[]} numbers
 * @param {number[]} whole
 */
function applied(step, stack, numbers, whole) {
  const [name, count = 0] = step;
  if (name === "n") return numbers[count];
  if (name === "w") return whole[count];
  if (name === "neg") return -(/** @type {number} */ (stack.pop()));
  if (name in OF_TWO) {
    const second = /** @type {number} */ (stack.pop());
    return OF_TWO[name](/** @type {number} */ (stack.pop()), second);
  }
  return FUNCTIONS[name](...stack.splice(stack.length - count, count));
}
