/**
 * The numbers of a small tensor, written into the cells of its picture.
 *
 * @import { App } from "./app.js"
 * @import { Picture } from "./types.js"
 * @import { Box } from "./tiles.js"
 */

import { drawn } from "./dom.js";
import { cells } from "./numbers.js";
import { flatIndex, values } from "./tensors.js";
import { indexAt } from "./tiles.js";

const MOST_CELLS = 8;

/**
 * Write the numbers of what is shown of a picture, if there are few and the page has them.
 *
 * @param {App} app
 * @param {Picture} picture
 * @param {Box} box What is shown.
 * @param {HTMLElement} raster
 */
export async function writeNumbers(app, picture, box, raster) {
  const { layer, place, page } = app;
  const isSmall = Math.max(box.width, box.height) <= MOST_CELLS && box.height > 1;
  if (!isSmall || place.guess || (picture.factor ?? 1) > 1) return;
  const stored = await values(page, layer.name, place.sample);
  if (!stored) return;
  /** @type {{ x: number, y: number, value: number }[]} */
  const found = [];
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) {
      const index = indexAt(picture, x, y, layer.shape);
      if (index) found.push({ x, y, value: Number(stored.data[flatIndex(stored.shape, index)]) });
    }
  }
  const texts = cells(found.map(({ value }) => value));
  const written = found.map(({ x, y }, number) => {
    return drawn("text", { x: x + 0.5, y: y + 0.5, class: "digit" }, texts[number]);
  });
  raster.querySelector("svg")?.append(...written);
}
