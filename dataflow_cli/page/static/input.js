/**
 * The network's inputs, with the receptive field of the chosen element on them; the tokens of a text.
 *
 * @import { App } from "./app.js"
 * @import { Explanation, Layer } from "./types.js"
 */

import { byId, element, fill } from "./dom.js";
import { fieldBoxes } from "./fields.js";
import { counted } from "./numbers.js";
import { rasterOf, zoomFor } from "./raster.js";
import { boxOf, wholeOf } from "./tiles.js";
import { regionName, sized } from "./words.js";

const INPUT_ROOM = 280;

/**
 * @param {App} app
 * @param {Explanation | null} explanation Of the chosen element.
 */
export function showInput(app, explanation) {
  const inputs = app.page.manifest.inputs.flatMap((name) => app.page.layers.get(name) ?? []);
  fill(byId("input"), ...inputs.flatMap((input, place) => inputParts(app, input, place, explanation)));
}

/**
 * @param {App} app
 * @param {Layer} input
 * @param {number} place Among the inputs.
 * @param {Explanation | null} explanation
 * @returns {(HTMLElement | null)[]}
 */
function inputParts(app, input, place, explanation) {
  const sample = app.page.manifest.samples[app.place.sample];
  const picture = input.pictures[app.place.sample];
  const region = explanation?.receptive_field.find((each) => each.input === input.name);
  const isChosen = app.layer.name === input.name && app.place.index;
  const title = element("h2", {}, element("a", { href: app.href({ tensor: input.name, index: null }) }, input.name));
  const given = sample?.sources.length ? sample.sources[place] : sample?.source;
  const source = element("p", { class: "hint" }, [given, sized(input.shape)].filter(Boolean).join(", "));
  if (!picture) return [title, source, tokensOf(app, input), element("p", { class: "note" }, "no picture of it fits")];
  const box = wholeOf(picture);
  const fields = region ? fieldBoxes(region, input, picture) : [];
  const own = isChosen && app.place.index ? [boxOf(picture, app.place.index)] : [];
  const raster = rasterOf({
    picture,
    shape: input.shape,
    box,
    label: region ? `${input.name}; the element sees ${regionName(region)}` : input.name,
    zoom: zoomFor(box, INPUT_ROOM, INPUT_ROOM),
    marks: [
      ...fields.map((each) => ({ box: each, kind: /** @type {const} */ ("field") })),
      ...own.map((each) => ({ box: each, kind: /** @type {const} */ ("own") })),
    ],
    chosen: (index) => app.go({ tensor: input.name, index }),
  });
  const said = region ? element("p", { class: "hint" }, `the element sees ${regionName(region)}`) : null;
  return [title, source, tokensOf(app, input), raster, said];
}

/**
 * The tokens of a text, each of which leads to its number.
 *
 * @param {App} app
 * @param {Layer} input
 * @returns {HTMLElement | null}
 */
function tokensOf(app, input) {
  const tokens = app.page.manifest.samples[app.place.sample]?.tokens ?? [];
  if (!tokens.length || tokens.length !== input.shape[0] || input.shape.length > 1) return null;
  const links = tokens.flatMap((token, place) => {
    if (!token) return [];
    return element("li", {}, element("a", { href: app.href({ tensor: input.name, index: [place] }) }, token));
  });
  const others = tokens.length - links.length;
  const rest = others ? element("li", {}, `and ${counted(others)} without a token`) : "";
  return element("ol", { class: "tokens" }, ...links, rest);
}
