/**
 * What is said where the page cannot tell how an element came about: why, and the command that can.
 *
 * @import { Layer, Refusal } from "./types.js"
 */

import { element } from "./dom.js";

/**
 * @param {Refusal} refusal
 */
export function refusalParts({ refused, command }) {
  if (!command) return [element("p", { class: "note" }, refused)];
  return [element("p", { class: "note" }, `${refused} This tells it:`), element("pre", {}, command)];
}

/**
 * Why a layer's elements are not told; its first one stands for all.
 *
 * @param {Layer} layer
 * @returns {Refusal}
 */
export function refusalOf(layer) {
  return refusedAt(layer, new Array(layer.shape.length).fill(0));
}

/**
 * @param {Pick<Layer, "name" | "refused">} layer
 * @param {readonly number[]} index
 * @returns {Refusal}
 */
export function refusedAt({ name, refused }, index) {
  return { refused, command: commandFor(name, index) };
}

/**
 * What a shell takes to explain an element.
 *
 * @param {string} name
 * @param {readonly number[]} index
 */
function commandFor(name, index) {
  return `dftrace explain NET '${`${name}[${index.join(",")}]`.replaceAll("'", "'\\''")}' -i FILE`;
}
