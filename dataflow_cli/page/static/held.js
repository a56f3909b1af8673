/**
 * All numbers that a layer's recipe needs, unpacked.
 */

import { sizeOf } from "./rules.js";
import { tensor, values } from "./tensors.js";

/**
 * @typedef {import("./tensors.js").Page} Data
 * @typedef {import("./tensors.js").Tensor} Tensor
 * @typedef {{tensors: (Tensor | null)[], tables: Tensor[], every: (Tensor | null)[]}} Held
 */

/**
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number} sample
 * @returns {Promise<Held>}
 */
export async function holding(page, layer, sample) {
  const { tensors, tables } = layer.recipe;
  const found = await Promise.all(
    tensors.map((/** @type {Record<string, any>} */ one) =>
      one.of === undefined ? parameterOf(page, one) : values(page, one.of, sample),
    ),
  );
  const unpacked = await Promise.all(tables.map((/** @type {number} */ number) => tensor(page, number)));
  const everywhere = needsEvery(layer.recipe)
    ? await Promise.all(
        page.manifest.samples.map((/** @type {any} */ _, /** @type {number} */ each) => values(page, layer.name, each)),
      )
    : [];
  return { tensors: found, tables: unpacked, every: everywhere };
}

/**
 * Whether some number stands in a table of all elements that are said alike.
 * @param {Record<string, any>} recipe
 */
function needsEvery(recipe) {
  return JSON.stringify(recipe).includes('"x":[-1]');
}

/**
 * A parameter; of one of which some rows meet nothing but zeros, these are NaN.
 * @param {Data} page
 * @param {Record<string, any>} told
 * @returns {Promise<Tensor>}
 */
async function parameterOf(page, told) {
  const part = await tensor(page, told.number);
  if (told.rows === undefined) return part;
  const kept = page.whole.get(told.number);
  if (kept) return kept;
  const rows = (await tensor(page, told.rows)).data;
  const width = sizeOf(told.shape.slice(1));
  const data = new Float64Array(told.shape[0] * width).fill(NaN);
  rows.forEach((row, at) => {
    data.set(part.data.subarray(at * width, (at + 1) * width), row * width);
  });
  const whole = { shape: told.shape, data, rounded: part.rounded };
  page.whole.set(told.number, whole);
  return whole;
}
