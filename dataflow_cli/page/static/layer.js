/**
 * The chosen layer: what it is, its tensors, the picture of the chosen one, its numbers.
 *
 * @import { App } from "./app.js"
 * @import { Layer } from "./types.js"
 */

import { comparisonText, bothSidesOf } from "./comparison.js";
import { curvesOf } from "./curves.js";
import { byId, element, fill } from "./dom.js";
import { elementsOf } from "./elements.js";
import { histogramOf, statisticsFor, statisticsOf } from "./histogram.js";
import { looksOf } from "./looks.js";
import { counted } from "./numbers.js";
import { leftOutText } from "./padding.js";
import { profileOf } from "./profile.js";
import { sized } from "./words.js";

let layerDrawn = "";
/** @type {(app: App) => void} */
let moveMarks = () => {};

/**
 * Draw the layer; where only the element is another one, move the marks.
 *
 * @param {App} app
 */
export function showLayer(app) {
  const { tensor, sample, tour, guess, by } = app.place;
  const state = JSON.stringify([tensor, sample, tour, guess, by]);
  if (state !== layerDrawn) {
    layerDrawn = state;
    drawLayer(app);
  }
  moveMarks(app);
  fill(byId("along"), curvesOf(app), looksOf(app));
}

/** @param {App} app */
function drawLayer(app) {
  const { layer, place } = app;
  const elements = elementsOf(app);
  moveMarks = elements.mark;
  fill(byId("layer"), ...headingOf(app), tabsOf(app), ...bothSidesOf(app), elements.host);
  const histogram = layer.histogram[place.sample];
  fill(
    byId("numbers"),
    element("h3", {}, `The numbers of ${layer.name}`),
    svgOf(layer, place.sample),
    statisticsOf(statisticsFor(layer, place.sample)),
    histogram ? histogramOf(histogram) : null,
    ...profileOf(app),
  );
}

/**
 * @param {App} app
 * @returns {(HTMLElement | null)[]}
 */
function headingOf(app) {
  const { layer } = app;
  const from = layer.inputs.flatMap((name, number) => [
    number ? ", " : "",
    element("a", { href: app.href({ tensor: name, index: null }) }, name),
  ]);
  const learned = layer.parameter_count ? `, ${counted(layer.parameter_count)} parameters` : "";
  const work = layer.macs ? `, ${counted(layer.macs)} multiply-accumulates` : "";
  return [
    element(
      "h2",
      {},
      layer.name,
      " ",
      element("small", {}, `${layer.is_input ? "input" : layer.type} ${sized(layer.shape)}`),
    ),
    element(
      "p",
      { class: "hint" },
      layer.title || layer.type,
      ...(from.length ? ["; from ", ...from] : []),
      learned,
      work,
    ),
    layer.words ? element("p", {}, layer.words) : null,
    layer.note ? element("p", { class: "note" }, layer.note) : null,
    layer.dead?.places.length ? element("p", { class: "note" }, deadText(app, layer.dead)) : null,
    leftOutText(layer) ? element("p", { class: "note" }, leftOutText(layer)) : null,
    comparisonText(app) ? element("p", { class: "note" }, comparisonText(app)) : null,
  ];
}

/**
 * @param {App} app
 * @param {{ places: number[], units: number }} dead
 * @returns {string}
 */
function deadText(app, dead) {
  const { profile } = app.page.manifest;
  const where = profile && app.layer.profile ? `for all ${counted(profile.samples)} samples` : "here";
  const what = app.layer.axes.includes("unit") ? "units" : "channels";
  return `${counted(dead.places.length)} of ${counted(dead.units)} ${what} give nothing but zeros ${where}: ${dead.places.slice(0, 20).join(", ")}`;
}

/**
 * The tensors of a layer: what it puts out, the same before its activation, what it works out on the way.
 *
 * @param {App} app
 * @returns {HTMLElement | null}
 */
function tabsOf(app) {
  const owner = app.page.layers.get(app.layer.of ?? app.layer.name) ?? app.layer;
  const tensors = app.page.manifest.layers.filter((each) => each === owner || each.of === owner.name);
  if (tensors.length < 2) return null;
  const index = app.place.index;
  const links = tensors.map((each) => {
    const keeps = index && each.shape.join() === app.layer.shape.join() ? index : null;
    const href = app.href({ tensor: each.name, index: keeps });
    const isChosen = each === app.layer;
    return element("li", {}, element("a", { href, "aria-current": isChosen ? "true" : null }, tabName(owner, each)));
  });
  return element("nav", { class: "tabs", "aria-label": `Tensors of ${owner.name}` }, element("ul", {}, ...links));
}

/**
 * @param {Layer} owner
 * @param {Layer} each
 * @returns {string}
 */
function tabName(owner, each) {
  if (each === owner) return owner.activation ? `after ${owner.activation}` : "output";
  const isBefore = each.name === owner.before && owner.activation;
  return isBefore ? `before ${owner.activation}` : each.name.slice(owner.name.length + 1);
}

/**
 * What `show` draws where it is no raster: bars, curves, numbers in cells.
 *
 * @param {Layer} layer
 * @param {number} sample
 * @returns {HTMLElement | null}
 */
function svgOf(layer, sample) {
  const src = layer.pictures[sample]?.svg;
  return src ? element("img", { class: "drawing", src, alt: `${layer.name} as a drawing` }) : null;
}
