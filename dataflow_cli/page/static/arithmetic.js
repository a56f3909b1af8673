/**
 * Computes the expression of a line, which the page holds as postfix: numbers and ["n", place] of the line's, ["w",
 * place] of the whole numbers in its text, ["+"] and its like of two, ["exp", 1] and its like of as many as it says.
 *
 * @typedef {(number | [string] | [string, number])[]} Postfix
 */

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
  sign: Math.sign,
  max: Math.max,
  min: Math.min,
};

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
