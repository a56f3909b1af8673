/**
 * What a profile says of a layer: its numbers over a whole data set, beside those of the sample.
 *
 * @import { App } from "./app.js"
 */

import { element } from "./dom.js";
import { counted, one, percent } from "./numbers.js";

/**
 * Nothing for a page without a profile, or a tensor that it does not have.
 *
 * @param {App} app
 * @returns {(HTMLElement | null)[]}
 */
export function profileOf(app) {
  const { profile: whole } = app.page.manifest;
  const { profile } = app.layer;
  if (!whole || !profile) return [];
  const of = (/** @type {number} */ count) => `${counted(count)} of ${counted(profile.channels)}`;
  const pairs = [
    ["min", one(Number(profile.min))],
    ["mean", one(Number(profile.mean))],
    ["max", one(Number(profile.max))],
    ["std", one(Number(profile.std))],
    ["99.9 %", one(Number(profile.high))],
    ["zeros", profile.zeros === null ? "none" : percent(profile.zeros)],
    ...(profile.always_on ? [["always on", of(profile.always_on)]] : []),
    ...(profile.saturated ? [["saturated", of(profile.saturated)]] : []),
  ];
  const right = whole.judged ? `, ${counted(whole.right ?? 0)} of ${counted(whole.judged)} answers right` : "";
  return [
    element("h3", {}, `Over ${counted(whole.samples)} samples`),
    element("p", { class: "hint" }, `${whole.data}${right}`),
    element(
      "dl",
      { class: "statistics profile" },
      ...pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    ),
  ];
}
