/**
 * How an element came about, from the recipe of its tensor: the very structure that `dftrace explain -f json` prints.
 * What is gathered, and how it is added up, the recipe says; here it is done.
 */

import { holding } from "./held.js";
import { Point } from "./point.js";
import { refusedAt } from "./refusal.js";
import { Telling } from "./telling.js";
import { flatIndex, values } from "./tensors.js";

/**
 * @typedef {import("./tensors.js").Page} Data
 */

/**
 * The explanation of an element; in words why not, where the page cannot tell, and the command that can.
 * @param {Data} page
 * @param {string} name
 * @param {number[]} index
 * @param {number} sample
 * @returns {Promise<Record<string, any>>}
 */
export async function explain(page, name, index, sample) {
  const layer = page.layers.get(name);
  if (!layer) return { refused: `There is no ${name}.`, command: "" };
  const own = await values(page, name, sample);
  const value = own ? own.data[flatIndex(own.shape, index)] : null;
  if (layer.is_input && !layer.recipe) return ofInput(page, layer, index, sample, value);
  if (!layer.recipe || value === null) return refusedAt(/** @type {any} */ (layer), index);
  const held = await holding(page, layer, sample);
  const at = new Point(layer, [sample, ...index], value, held, page.manifest.samples.length);
  return { ...heading(page, layer, index, sample, value), ...new Telling(page, at).explanation() };
}

/**
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number[]} index
 * @param {number} sample
 * @param {number | null} value
 */
function heading({ manifest }, layer, index, sample, value) {
  return {
    about: "element",
    network: manifest.network,
    file: manifest.file,
    weights: manifest.weights,
    dtype: manifest.dtype,
    source: manifest.samples[sample]?.source ?? "",
    sample,
    layer: layer.name,
    type: layer.type,
    output_shape: layer.shape,
    at: index,
    axes: layer.axes,
    value,
  };
}

/**
 * An element of an input: nothing computed it.
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number[]} index
 * @param {number} sample
 * @param {number | null} value
 */
function ofInput(page, layer, index, sample, value) {
  const nothing = { total: value, inputs: [], receptive_field: [], moves: [], blocks: [], lines: [], parameters: [] };
  return { ...heading(page, layer, index, sample, value), ...nothing, offset: 0, notes: [] };
}
