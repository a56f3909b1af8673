/**
 * The network as a strip: a box a layer, repeated blocks folded, coloured by family or by a number.
 *
 * @import { App } from "./app.js"
 * @import { Fold, Layer } from "./types.js"
 *
 * @typedef {object} Measure
 * @property {string} key
 * @property {string} title
 * @property {(layer: Layer, sample: number) => number | null} of
 * @property {(value: number) => string} text
 */

import { byId, element, fill } from "./dom.js";
import { statisticsFor } from "./histogram.js";
import { counted, one, percent } from "./numbers.js";
import { sized } from "./words.js";

/** @type {Measure[]} */
const MEASURES = [
  { key: "zeros", title: "zeros", of: zerosOf, text: percent },
  { key: "std", title: "standard deviation", of: deviationOf, text: one },
  { key: "time", title: "time", of: (layer) => layer.seconds, text: (value) => `${one(value * 1000)} ms` },
  { key: "macs", title: "MACs", of: (layer) => layer.macs, text: counted },
  { key: "parameters", title: "parameters", of: (layer) => layer.parameter_count, text: counted },
  { key: "error", title: "error", of: (layer) => layer.error, text: one },
];

let stripDrawn = "";

/**
 * Draw the strip, or only move the mark if nothing else is new.
 *
 * @param {App} app
 */
export function showStrip(app) {
  const { by, sample, tour, guess } = app.place;
  const state = JSON.stringify([by, sample, tour, guess]);
  if (state !== stripDrawn) draw(app);
  stripDrawn = state;
  mark(app);
}

/** @param {App} app */
function draw(app) {
  const measure = MEASURES.find(({ key }) => key === app.place.by);
  const numbers = new Map(
    app.page.manifest.layers.map((layer) => [layer.name, measure?.of(layer, app.place.sample) ?? null]),
  );
  const finite = [...numbers.values()].flatMap((value) => (Number.isFinite(value) ? Number(value) : []));
  const [low, high] = [Math.min(...finite, Infinity), Math.max(...finite, -Infinity)];
  /** @param {Layer} layer */
  const item = (layer) => {
    const value = numbers.get(layer.name) ?? null;
    return element(
      "li",
      {},
      box(app, layer, measure && value !== null ? measure.text(value) : null, share(value, low, high)),
    );
  };
  const folds = app.page.manifest.strip.map((fold) => foldOf(app, fold, item));
  fill(byId("strip"), chooser(app), element("ol", { class: measure ? "boxes by-number" : "boxes" }, ...folds));
}

/**
 * Where a number lies between the smallest and the largest, 0 to 1; null where there is none.
 *
 * @param {number | null} value
 * @param {number} low
 * @param {number} high
 * @returns {number | null}
 */
function share(value, low, high) {
  if (value === null || Number.isNaN(value)) return null;
  return high > low ? (Math.min(Math.max(value, low), high) - low) / (high - low) : 0;
}

/**
 * @param {App} app
 * @param {Fold} fold
 * @param {(layer: Layer) => HTMLElement} item
 * @returns {HTMLElement | null}
 */
function foldOf(app, fold, item) {
  const layers = fold.layers.flatMap((name) => app.page.layers.get(name) ?? []);
  const [first] = layers;
  if (!first) return null;
  if (layers.length === 1) return element("li", { class: "run" }, element("ol", {}, ...layers.map(item)));
  const summary = element("summary", {}, fold.name, element("small", {}, ` ${layers.length} layers`));
  return element("li", { class: "fold" }, element("details", {}, summary, element("ol", {}, ...layers.map(item))));
}

/**
 * @param {App} app
 * @param {Layer} layer
 * @param {string | null} number
 * @param {number | null} share
 * @returns {HTMLElement}
 */
function box(app, layer, number, share) {
  const made = element(
    "a",
    { href: app.href({ tensor: layer.name, index: null, tour: null }), class: "box", "data-layer": layer.name },
    element("b", {}, layer.name),
    element("small", {}, layer.is_input ? "input" : layer.type),
    element("small", {}, number ?? sized(layer.shape)),
  );
  made.dataset.family = layer.is_input ? "input" : (layer.family ?? "");
  if (layer.dead?.places.length)
    made.append(element("small", { class: "dead" }, `${layer.dead.places.length} of ${layer.dead.units} all zero`));
  if (share !== null) made.style.setProperty("--share", `${Math.round(4 + share * 41)}%`);
  return made;
}

/**
 * What the strip is coloured by.
 *
 * @param {App} app
 * @returns {HTMLElement}
 */
function chooser(app) {
  const { layers } = app.page.manifest;
  const there = MEASURES.filter(({ of }) => layers.some((layer) => of(layer, app.place.sample) !== null));
  const options = [{ key: "", title: "kind" }, ...there].map(({ key, title }) => {
    return element("option", { value: key, selected: key === app.place.by }, title);
  });
  /** @param {Event} event */
  const change = (event) => {
    if (event.target instanceof HTMLSelectElement) app.go({ by: event.target.value });
  };
  return element("label", { class: "chooser" }, "Colour by ", element("select", { change }, ...options));
}

/**
 * The chosen layer, brought into view with the block that it is folded in.
 *
 * @param {App} app
 */
function mark(app) {
  const chosen = app.layer.of ?? app.layer.name;
  for (const each of byId("strip").querySelectorAll("a.box")) {
    if (!(each instanceof HTMLElement)) continue;
    const isChosen = each.dataset.layer === chosen;
    if (isChosen === each.hasAttribute("aria-current")) continue;
    each.toggleAttribute("aria-current", isChosen);
    if (!isChosen) continue;
    each.setAttribute("aria-current", "true");
    const fold = each.closest("details");
    if (fold) fold.open = true;
    each.scrollIntoView({ block: "nearest", inline: "center" });
  }
}

/**
 * @param {Layer} layer
 * @param {number} sample
 * @returns {number | null}
 */
function zerosOf(layer, sample) {
  const statistics = statisticsFor(layer, sample);
  return statistics.count ? statistics.zeros / statistics.count : null;
}

/**
 * @param {Layer} layer
 * @param {number} sample
 * @returns {number | null}
 */
function deviationOf(layer, sample) {
  const { std } = statisticsFor(layer, sample);
  return std === null ? null : Number(std);
}
