/**
 * Which of several inputs is shown.
 *
 * @import { App } from "./app.js"
 */

import { byId, element, fill } from "./dom.js";
import { rasterOf, zoomFor } from "./raster.js";
import { wholeOf } from "./tiles.js";

const THUMBNAIL = 44;
const MOST_THUMBNAILS = 24;

/** @param {App} app */
export function showSamples(app) {
  const { samples } = app.page.manifest;
  if (samples.length < 2) return;
  const next = app.href({ sample: (app.place.sample + 1) % samples.length });
  fill(
    byId("samples"),
    element("h2", {}, `Sample ${app.place.sample + 1} of ${samples.length} `),
    element("a", { href: next, "data-shortcut": "s", "aria-keyshortcuts": "s" }, "next"),
    samples.length > MOST_THUMBNAILS ? list(app) : thumbnails(app),
  );
}

/**
 * A small picture of each, where there are few.
 *
 * @param {App} app
 * @returns {HTMLElement}
 */
function thumbnails(app) {
  const links = app.page.manifest.samples.map((sample, number) => {
    const isChosen = number === app.place.sample;
    const attributes = { href: app.href({ sample: number }), "aria-current": isChosen ? "true" : null };
    return element("li", {}, element("a", attributes, thumbnail(app, number), element("small", {}, sample.source)));
  });
  return element("ol", { class: "samples" }, ...links);
}

/**
 * Their names in a list, where there are many.
 *
 * @param {App} app
 * @returns {HTMLElement}
 */
function list(app) {
  const options = app.page.manifest.samples.map((sample, number) => {
    const selected = number === app.place.sample;
    return element("option", { value: number, selected }, `${number + 1} ${sample.source}`);
  });
  /** @param {Event} event */
  const change = (event) => {
    if (event.target instanceof HTMLSelectElement) app.go({ sample: Number(event.target.value) });
  };
  return element("select", { "aria-label": "Sample", change }, ...options);
}

/**
 * @param {App} app
 * @param {number} sample
 * @returns {HTMLElement | null}
 */
function thumbnail(app, sample) {
  const input = app.page.layers.get(app.page.manifest.inputs[0] ?? "");
  const picture = input?.pictures[sample];
  if (!input || !picture || input.shape.length < 2) return null;
  const box = wholeOf(picture);
  return rasterOf({ picture, shape: input.shape, box, label: "", zoom: zoomFor(box, THUMBNAIL, THUMBNAIL) });
}
