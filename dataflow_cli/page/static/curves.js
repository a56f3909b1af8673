/**
 * What a recurrent layer works out, over its steps: a curve a gate, for one unit.
 *
 * @import { App } from "./app.js"
 * @import { Layer } from "./types.js"
 */

import { drawn, element, fill } from "./dom.js";
import { one } from "./numbers.js";
import { values } from "./tensors.js";

const CHART_WIDE = 600;
const CHART_HIGH = 150;

/**
 * The curves of all tensors of the layer that have the same steps and units, at the chosen unit; null if it has none.
 *
 * @param {App} app
 * @returns {HTMLElement | null}
 */
export function curvesOf(app) {
  const { layer, page } = app;
  if (!layer.drawing.by_step || layer.shape.length !== 2) return null;
  const owner = layer.of ?? layer.name;
  const alike = page.manifest.layers.filter((each) => {
    return (each.name === owner || each.of === owner) && each.shape.join() === layer.shape.join();
  });
  const unit = app.place.index?.[1] ?? 0;
  const host = element("figure", { class: "curves" });
  void drawCurves(app, alike, unit, host);
  return host;
}

/**
 * @param {App} app
 * @param {readonly Layer[]} alike
 * @param {number} unit
 * @param {HTMLElement} host
 */
async function drawCurves(app, alike, unit, host) {
  const [steps = 0, units = 1] = app.layer.shape;
  const found = await Promise.all(alike.map((each) => values(app.page, each.name, app.place.sample)));
  const curves = alike.flatMap((each, number) => {
    const data = found[number]?.data;
    return data ? [{ layer: each, y: Array.from({ length: steps }, (_, at) => Number(data[at * units + unit])) }] : [];
  });
  const all = curves.flatMap(({ y }) => y).filter(Number.isFinite);
  if (!all.length) return;
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const scale = (/** @type {number} */ value) => CHART_HIGH - ((value - low) / (high - low || 1)) * CHART_HIGH;
  const lines = curves.map(({ y, layer }, number) => {
    const points = y.flatMap((value, step) => (Number.isFinite(value) ? `${across(step, steps)},${scale(value)}` : []));
    const line = { points: points.join(" "), class: `curve curve-${number % 6}` };
    return drawn("polyline", line, drawn("title", {}, layer.name));
  });
  const zero = drawn("line", { x1: 0, x2: CHART_WIDE, y1: scale(0), y2: scale(0), class: "axis" });
  const label = `${curves.map(({ layer }) => layer.name).join(", ")} over ${steps} steps, unit ${unit}`;
  const at = app.place.index ? across(app.place.index[0] ?? 0, steps) : -1;
  const own = at < 0 ? null : drawn("line", { x1: at, x2: at, y1: 0, y2: CHART_HIGH, class: "own-step" });
  const chart = drawn(
    "svg",
    { viewBox: `0 -4 ${CHART_WIDE} ${CHART_HIGH + 8}`, role: "img", "aria-label": label },
    zero,
    own,
    ...lines,
  );
  chart.addEventListener("click", (event) => {
    const seen = chart.getBoundingClientRect();
    const step = Math.round(((event.clientX - seen.left) / seen.width) * (steps - 1));
    app.go({ index: [Math.min(Math.max(step, 0), steps - 1), unit] });
  });
  const keys = curves.map(({ layer }, number) => {
    const href = app.href({ tensor: layer.name, index: app.place.index });
    return element("li", { class: `key curve-${number % 6}` }, element("a", { href }, layer.name));
  });
  const said = `unit ${unit} over ${steps} steps, from ${one(low)} to ${one(high)}; click a step to see how it came about`;
  fill(host, element("figcaption", {}, said), chart, element("ul", { class: "legend" }, ...keys));
}

/**
 * @param {number} step
 * @param {number} steps
 * @returns {number}
 */
function across(step, steps) {
  return steps > 1 ? (step / (steps - 1)) * CHART_WIDE : CHART_WIDE / 2;
}
