/**
 * A tour: input, first filter, pooling, flatten, answer. Arrow keys go from stop to stop.
 *
 * @import { App } from "./app.js"
 */

import { byId, element, fill } from "./dom.js";

/** @param {App} app */
export function showTour(app) {
  const stops = app.page.manifest.tour ?? [];
  const bar = byId("tour");
  const start = byId("tour-start");
  start.hidden = !stops.length;
  start.onclick = () => goTo(app, 0);
  const number = app.place.tour;
  const stop = number === null ? undefined : stops[number];
  bar.hidden = !stop;
  if (!stop || number === null) return;
  const [first, last] = [number === 0, number === stops.length - 1];
  fill(
    bar,
    element("p", {}, element("b", {}, `${number + 1} of ${stops.length} · ${stop.title}. `), stop.words),
    element(
      "p",
      { class: "tools" },
      button("Back", "ArrowLeft", first, () => goTo(app, number - 1)),
      button("On", "ArrowRight", last, () => goTo(app, number + 1)),
      button("End the tour", "Escape", false, () => app.go({ tour: null })),
    ),
  );
  app.say(`${stop.title}. ${stop.words}`);
}

/**
 * @param {App} app
 * @param {number} number
 */
function goTo(app, number) {
  const stop = app.page.manifest.tour?.[number];
  if (stop) app.go({ tensor: stop.tensor, index: stop.index, sample: stop.sample, tour: number });
}

/**
 * @param {string} text
 * @param {string} key
 * @param {boolean} disabled
 * @param {() => void} click
 * @returns {HTMLElement}
 */
function button(text, key, disabled, click) {
  return element("button", { type: "button", "data-shortcut": key, "aria-keyshortcuts": key, disabled, click }, text);
}
