/**
 * Which places of heads are drawn: those that are no padding.
 *
 * @import { Layer } from "./types.js"
 */

import { counted } from "./numbers.js";

/** @type {Record<string, string>} */
const PLURALS = { query: "queries", key: "keys" };

/**
 * The places down (0) or across (1) the pictures of heads.
 *
 * @param {Layer} layer
 * @param {number} side
 * @returns {number[]}
 */
export function drawnPlaces(layer, side) {
  const out = new Set(layer.drawing.left_out[side]);
  return Array.from({ length: layer.shape[1 + side] ?? 0 }, (_, at) => at).filter((at) => !out.has(at));
}

/**
 * What is not drawn, in words; nothing where all is.
 *
 * @param {Layer} layer
 * @returns {string}
 */
export function leftOutText(layer) {
  const some = layer.drawing.heads.flatMap((axis, side) => {
    const count = layer.drawing.left_out[side]?.length ?? 0;
    return count ? [`${counted(count)} of ${counted(layer.shape[1 + side] ?? 0)} ${PLURALS[axis] ?? axis}`] : [];
  });
  return some.length ? `Left out of the pictures, as padding: ${some.join(", ")}` : "";
}
