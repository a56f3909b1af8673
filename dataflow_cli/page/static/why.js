/**
 * The chosen element's explanation, with the way that led to it.
 *
 * @import { App } from "./app.js"
 * @import { Explanation, Refusal } from "./types.js"
 */

import { byId, element, fill } from "./dom.js";
import { explain } from "./explain.js";
import { explanationParts } from "./explanation.js";
import { coverable } from "./guess.js";
import { showInput } from "./input.js";
import { refusalParts } from "./refusal.js";
import { planeOf, seenIn } from "./seen.js";
import { followed, isFollowing, wayOf } from "./way.js";
import { elementName } from "./words.js";

let asked = 0;

/**
 * Show the explanation of the chosen element, once its numbers are decoded.
 *
 * @param {App} app
 * @param {boolean} [showsAll]
 */
export async function showWhy(app, showsAll = false) {
  asked += 1;
  const mine = asked;
  const { index, tensor, sample } = app.place;
  const told = index && (await explain(app.page, tensor, index, sample));
  const found = /** @type {Explanation | Refusal | null} */ (told);
  if (mine !== asked) return; // somebody went on meanwhile
  if (!found || !index) nothing(app);
  else if ("refused" in found) refuse(app, index, found);
  else tell(app, found, showsAll);
  document.body.dataset.shown = location.hash;
}

/** @param {App} app */
function nothing(app) {
  fill(byId("explanation"), app.astray ? element("p", { class: "note" }, app.astray) : null);
  showInput(app, null);
}

/**
 * @param {App} app
 * @param {readonly number[]} index
 * @param {Refusal} refusal
 */
function refuse(app, index, refusal) {
  fill(byId("explanation"), element("h3", {}, elementName(app.layer.name, index)), ...refusalParts(refusal));
  showInput(app, null);
}

/**
 * @param {App} app
 * @param {Explanation} explanation
 * @param {boolean} showsAll
 */
function tell(app, explanation, showsAll) {
  const isFollowed = isFollowing() || byId("answer").contains(document.activeElement);
  const seen = seenIn(app, explanation);
  const parts = explanationParts(explanation, termsOf(app, showsAll), seen, () => void showWhy(app, true));
  fill(
    byId("explanation"),
    wayOf(app),
    element("div", { class: "told", click: (/** @type {Event} */ event) => followed(app, event) }, ...parts),
  );
  showInput(app, explanation);
  if (isFollowed) intoView();
}

/** Bring the explanation's heading into view and to who listens: one has come here by following something. */
function intoView() {
  const heading = byId("explained");
  const { top, bottom } = heading.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) heading.scrollIntoView({ block: "nearest" });
  heading.focus({ preventScroll: true });
}

/**
 * @param {App} app
 * @param {boolean} showsAll
 * @returns {Omit<import("./blocks.js").Terms, "isWhole">}
 */
function termsOf(app, showsAll) {
  const { page, place } = app;
  const { classes, outputs, samples } = page.manifest;
  const tokens = samples[place.sample]?.tokens ?? [];
  return {
    showsAll,
    href: (name, at) => (page.layers.get(name) ? app.href({ tensor: name, index: [...at], tour: null }) : undefined),
    label: (at) => (outputs.includes(app.layer.of ?? app.layer.name) ? (classes[at[at.length - 1] ?? -1] ?? "") : ""),
    token: (block, at) => {
      const shape = block.tensor ? (page.layers.get(block.tensor)?.shape ?? []) : [];
      const isKey =
        block.place_name === "key" || (block.input !== null && shape[0] === tokens.length && shape.length < 3);
      return isKey ? (tokens[at[0] ?? -1] ?? "") : "";
    },
    result: (text) => coverable(app, text),
    plane: (block) => planeOf(app, block),
  };
}
