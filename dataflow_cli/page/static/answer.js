/**
 * What the network answers: its candidates as bars, each of which leads to its element. Where one is to guess, the
 * candidates first.
 *
 * @import { App } from "./app.js"
 * @import { Candidate } from "./types.js"
 */

import { byId, element, fill } from "./dom.js";
import { one } from "./numbers.js";

let answerDrawn = "";
let guessed = "";

/** @param {App} app */
export function showAnswer(app) {
  const { sample, guess } = app.place;
  const state = JSON.stringify([sample, guess]);
  if (state === answerDrawn) return;
  answerDrawn = state;
  guessed = "";
  redraw(app);
}

/** @param {App} app */
function redraw(app) {
  const found = app.page.manifest.samples[app.place.sample]?.answer ?? [];
  const [best] = found;
  if (!best) fill(byId("answer"), ...outputs(app));
  else if (app.place.guess && !guessed) fill(byId("answer"), ...question(app, found));
  else fill(byId("answer"), ...bars(app, found, best));
}

/**
 * Where the network gives no one answer, what it puts out.
 *
 * @param {App} app
 * @returns {HTMLElement[]}
 */
function outputs(app) {
  const links = app.page.manifest.outputs.map((name) => {
    return element("li", {}, element("a", { href: app.href({ tensor: name, index: null, tour: null }) }, name));
  });
  return [element("h2", {}, "What comes out"), element("ul", {}, ...links)];
}

/**
 * @param {App} app
 * @param {readonly Candidate[]} candidates
 * @returns {HTMLElement[]}
 */
function question(app, candidates) {
  const inOrder = [...candidates].sort((one, other) => one.index - other.index);
  const buttons = inOrder.map((candidate) => {
    const click = () => {
      guessed = candidate.name;
      redraw(app);
      app.say(byId("answer").textContent ?? "");
    };
    return element("button", { type: "button", click }, candidate.name);
  });
  return [element("h2", {}, "What does it answer?"), element("p", { class: "choices" }, ...buttons)];
}

/**
 * @param {App} app
 * @param {readonly Candidate[]} candidates
 * @param {Candidate} best
 * @returns {(HTMLElement | null)[]}
 */
function bars(app, candidates, best) {
  const largest = Math.max(...candidates.map(({ value }) => Math.abs(Number(value))).filter(Number.isFinite), 1e-30);
  const rows = candidates.map((candidate) => {
    const bar = element("span", { class: Number(candidate.value) < 0 ? "bar below" : "bar" });
    bar.style.setProperty("--part", `${(100 * Math.abs(Number(candidate.value) || 0)) / largest}%`);
    const content = [element("span", { class: "name" }, candidate.name), bar, one(Number(candidate.value))];
    const href = hrefOf(app, candidate);
    const isBest = candidate === best ? "best" : null;
    return element(
      "li",
      { class: isBest },
      href ? element("a", { href }, ...content) : element("span", {}, ...content),
    );
  });
  const said = guessed === best.name ? "Right: it answers" : `You said ${guessed}. It answers`;
  const { samples, doubt } = app.page.manifest;
  const score = samples[app.place.sample]?.score ?? "";
  return [
    element("h2", {}, guessed ? `${said} ` : "Answer: ", element("b", {}, best.name)),
    element(
      "p",
      { class: "hint" },
      `${score ? `Its ${score} is ${one(Number(best.value))}. ` : ""}Click one to see why.`,
    ),
    doubt ? element("p", { class: "note" }, `${doubt}.`) : null,
    element("ol", { class: "bars" }, ...rows),
  ];
}

/**
 * The element of the output that a candidate is, if it is one of a vector.
 *
 * @param {App} app
 * @param {Candidate} candidate
 * @returns {string | null}
 */
function hrefOf(app, candidate) {
  const output = app.page.layers.get(app.page.manifest.outputs[0] ?? "");
  if (output?.shape.length !== 1) return null;
  const index = output.shape[0] === 1 ? 0 : candidate.index;
  return app.href({ tensor: output.name, index: [index], tour: null });
}
