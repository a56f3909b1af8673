/**
 * Where attention looks: the tokens on both sides, an arrow from one to each that it looks at, as strong as it looks.
 *
 * @import { App } from "./app.js"
 */

import { drawn, element, fill } from "./dom.js";
import { one } from "./numbers.js";
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
  const [, queries = 0, keys = 0] = layer.shape;
  if (layer.drawing.heads.join() !== "query,key" || queries > MOST || keys > MOST) return null;
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
  const middle = (/** @type {number} */ at) => at * LINE + LINE / 2;
  const arrows = looks.map((look, key) => {
    const line = { x1: LEFT, y1: middle(query), x2: RIGHT - 6, y2: middle(key), class: "look" };
    const made = drawn("line", { ...line, "marker-end": "url(#arrow)" }, drawn("title", {}, one(look)));
    const share = Number.isFinite(look) ? Math.abs(look) / largest : 0;
    made.style.setProperty("opacity", String(share));
    made.style.setProperty("stroke-width", String(0.5 + 3 * share));
    return made;
  });
  const from = placeNames(app, queries).map((name, at) => {
    return link(app, name, [head, at, 0], { x: LEFT - 8, y: middle(at), "text-anchor": "end" }, at === query);
  });
  const to = placeNames(app, keys).map((name, at) => {
    return link(app, name, [head, query, at], { x: RIGHT + 4, y: middle(at) }, at === place.index?.[2]);
  });
  const strongest = looks.indexOf(Math.max(...looks));
  const label = `head ${head}: ${placeNames(app, queries)[query]} looks most at ${placeNames(app, keys)[strongest] ?? "nothing"}`;
  const size = { viewBox: `0 0 ${LOOKS_WIDE} ${Math.max(queries, keys) * LINE}`, "aria-label": label };
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
 * What stands at the places along the text: its tokens, or their numbers.
 *
 * @param {App} app
 * @param {number} length
 * @returns {string[]}
 */
export function placeNames(app, length) {
  const tokens = app.page.manifest.samples[app.place.sample]?.tokens ?? [];
  return Array.from({ length }, (_, at) => (tokens.length === length ? `${at} ${tokens[at]}` : String(at)));
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
