/**
 * Where attention looks: the tokens on both sides, an arrow from one to each that it looks at, as strong as it looks.
 *
 * @import { App } from "./app.js"
 */

import { drawn, element, fill } from "./dom.js";
import { one } from "./numbers.js";
import { drawnPlaces } from "./padding.js";
import { values } from "./tensors.js";

const LINE = 18;
const LOOKS_WIDE = 420;
const LEFT = 150;
const RIGHT = LOOKS_WIDE - 150;
const MOST = 80;
const LETTERS = 20;

/**
 * The looks of a head (head, query, key); null for what is none.
 *
 * @param {App} app
 * @returns {HTMLElement | null}
 */
export function looksOf(app) {
  const { layer } = app;
  const most = Math.max(...[0, 1].map((side) => drawnPlaces(layer, side).length));
  if (layer.drawing.heads.join() !== "query,key" || most > MOST) return null;
  const host = element("figure", { class: "looks" });
  void drawLooks(app, host);
  return host;
}

/**
 * @param {App} app
 * @param {HTMLElement} host
 */
async function drawLooks(app, host) {
  const { layer, place, page } = app;
  const [, queries = 0, keys = 0] = layer.shape;
  const [head = 0, query = 0] = place.index ?? [];
  const stored = await values(page, layer.name, place.sample);
  if (!stored) return;
  const start = (head * queries + query) * keys;
  const looks = Array.from({ length: keys }, (_, key) => Number(stored.data[start + key]));
  const largest = Math.max(...looks.map(Math.abs).filter(Number.isFinite), 1e-30);
  const [left, right] = [withPlace(drawnPlaces(layer, 0), query), withPlace(drawnPlaces(layer, 1), place.index?.[2])];
  const middle = (/** @type {number[]} */ side, /** @type {number} */ at) => (side.indexOf(at) + 0.5) * LINE;
  const arrows = right.map((key) => {
    const look = looks[key] ?? NaN;
    const line = { x1: LEFT, y1: middle(left, query), x2: RIGHT - 6, y2: middle(right, key), class: "look" };
    const made = drawn("line", { ...line, "marker-end": "url(#arrow)" }, drawn("title", {}, one(look)));
    const share = Number.isFinite(look) ? Math.abs(look) / largest : 0;
    made.style.setProperty("opacity", String(share));
    made.style.setProperty("stroke-width", String(0.5 + 3 * share));
    return made;
  });
  const [ofQueries, ofKeys] = [placeNames(app, queries), placeNames(app, keys)];
  const from = left.map((at) => {
    const on = { x: LEFT - 8, y: middle(left, at), "text-anchor": "end" };
    return link(app, ofQueries[at] ?? "", [head, at, right[0] ?? 0], on, at === query);
  });
  const to = right.map((at) => {
    const on = { x: RIGHT + 4, y: middle(right, at) };
    return link(app, ofKeys[at] ?? "", [head, query, at], on, at === place.index?.[2]);
  });
  const strongest = looks.indexOf(Math.max(...looks));
  const label = `head ${head}: ${ofQueries[query]} looks most at ${ofKeys[strongest] ?? "nothing"}`;
  const high = Math.max(left.length, right.length) * LINE;
  const size = { viewBox: `0 0 ${LOOKS_WIDE} ${high}`, "aria-label": label };
  const arrow = drawn(
    "marker",
    {
      id: "arrow",
      viewBox: "0 0 6 6",
      refX: 5,
      refY: 3,
      markerWidth: 5,
      markerHeight: 5,
      orient: "auto",
      markerUnits: "userSpaceOnUse",
    },
    drawn("path", { d: "M0,0 L6,3 L0,6 z", class: "arrow" }),
  );
  fill(
    host,
    element("figcaption", {}, label),
    drawn("svg", { ...size, role: "group" }, arrow, ...arrows, ...from, ...to),
  );
}

/**
 * The places that are drawn, and one that is chosen.
 *
 * @param {number[]} drawn
 * @param {number | undefined} chosen
 * @returns {number[]}
 */
function withPlace(drawn, chosen) {
  return chosen === undefined || drawn.includes(chosen) ? drawn : [...drawn, chosen].sort((a, b) => a - b);
}

/**
 * What stands at the places along an axis: the tokens of the text, or numbers.
 *
 * @param {App} app
 * @param {number} length
 * @param {string} [axis]
 * @returns {string[]}
 */
export function placeNames(app, length, axis = "key") {
  const tokens = app.page.manifest.samples[app.place.sample]?.tokens ?? [];
  const isText = tokens.length === length && axis !== "number";
  return Array.from({ length }, (_, at) => (isText ? `${at} ${tokens[at]}`.trim() : String(at)));
}

/**
 * @param {App} app
 * @param {string} name
 * @param {number[]} index
 * @param {Record<string, string | number>} at
 * @param {boolean} isOwn
 * @returns {SVGElement}
 */
function link(app, name, index, at, isOwn) {
  const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
  const text = drawn("text", { ...at, "dominant-baseline": "central", class: isOwn ? "own" : null }, short);
  return drawn("a", { href: app.href({ index }) }, text);
}
