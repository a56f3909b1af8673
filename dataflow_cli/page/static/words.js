/**
 * Names and places in words, as `dftrace explain` has them.
 *
 * @import { Block, Explanation, Region } from './types.js'
 */

const FEW = 6;

/**
 * `conv2d_1[3, 5, 0]`.
 *
 * @param {string} name
 * @param {readonly number[]} at
 * @returns {string}
 */
export function elementName(name, at) {
  return `${name}[${at.join(", ")}]`;
}

/**
 * `height 3, width 5, channel 0`.
 *
 * @param {readonly string[]} axes
 * @param {readonly number[]} at
 * @returns {string}
 */
export function placed(axes, at) {
  return at.map((place, axis) => `${axes[axis] ?? `axis ${axis}`} ${place}`).join(", ");
}

/**
 * `28 x 28 x 1`, said by `times` between the lengths.
 *
 * @param {readonly number[]} shape
 * @returns {string}
 */
export function sized(shape) {
  return shape.length ? shape.join(" × ") : "one number";
}

/**
 * `height 3 to 5, width 5 to 7 of input`.
 *
 * @param {Region} region
 * @returns {string}
 */
export function regionName(region) {
  if (region.spans === "all") return `all of ${region.input}`;
  if (region.spans.some(([first, last]) => first > last)) return `nothing of ${region.input} but padding`;
  const axes = region.spans.map(([first, last], axis) => `${region.axes[axis]} ${span(first, last)}`);
  return `${axes.join(", ")} of ${region.input}`;
}

/**
 * The tensor that a block's values are of: an input, or one of the layer's own; nothing if that has no name.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @returns {string}
 */
export function source(explanation, block) {
  if (block.recalled !== null) return block.recalled;
  return block.input === null ? "" : (explanation.inputs[block.input]?.name ?? "");
}

/**
 * Where a window lies: `channel 2 of conv2d_1, height 3 to 5, width 5 to 7`; padding is cut off.
 *
 * @param {Explanation} explanation
 * @param {Block} block
 * @returns {string}
 */
export function under(explanation, block) {
  const operand = source(explanation, block);
  const axes = block.input === null ? explanation.axes : (explanation.inputs[block.input]?.axes ?? []);
  const inside = block.at.filter((place) => place !== null);
  if (!inside.length) return `${block.name} of ${operand}: nothing but padding`;
  const seen = axes.map((axis, number) => ({ axis, places: distinct(inside.map((place) => place[number] ?? 0)) }));
  const isNamed = seen.some(({ axis, places }) => places.length === 1 && block.name.endsWith(`${axis} ${places[0]}`));
  const where = seen
    .filter(({ axis }) => !(isNamed && axis === "channel"))
    .map(({ axis, places }) => `${axis} ${stretch(places)}`);
  return [`${block.name}${operand ? ` of ${operand}` : ""}`, ...where].join(", ");
}

/**
 * The part of the parameter that is applied: `kernel[:, :, 2, 0]`; flipped if it is run through backwards.
 *
 * @param {Block} block
 * @returns {string}
 */
export function partOf(block) {
  const places = block.parameter_at;
  const first = places?.[0];
  if (!places || !first || !block.parameter) return block.coefficient_name || "weights";
  const isOne = places.length === 1;
  const fixed = first.map((place, axis) => {
    return isOne || places.every((other) => other[axis] === place) ? String(place) : ":";
  });
  const last = places[places.length - 1] ?? first;
  const backwards = first.some((place, axis) => place > (last[axis] ?? place));
  return `${block.parameter}[${fixed.join(", ")}]${backwards ? " flipped" : ""}`;
}

/**
 * @param {number} first
 * @param {number} last
 * @returns {string}
 */
function span(first, last) {
  return first === last ? String(first) : `${first} to ${last}`;
}

/**
 * `3 to 5`; the places themselves where a dilated window leaves some out.
 *
 * @param {readonly number[]} places
 * @returns {string}
 */
function stretch(places) {
  const first = places[0] ?? 0;
  const last = places[places.length - 1] ?? 0;
  return places.length === last - first + 1 || places.length > FEW ? span(first, last) : places.join(", ");
}

/**
 * @param {readonly number[]} numbers
 * @returns {number[]}
 */
function distinct(numbers) {
  return [...new Set(numbers)].sort((one, other) => one - other);
}
