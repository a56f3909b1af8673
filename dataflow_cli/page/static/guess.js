/**
 * "Guess, then reveal": results stand under a cover until one asks for them.
 *
 * @import { App } from "./app.js"
 */

import { byId, element } from "./dom.js";

/**
 * A result, covered if one is to guess it.
 *
 * @param {App} app
 * @param {string} text
 * @returns {HTMLElement}
 */
export function coverable(app, text) {
  const shown = element("b", { class: "result" }, text);
  if (!app.place.guess) return shown;
  const reveal = () => {
    cover.replaceWith(shown);
    app.say(text);
  };
  const cover = element("button", { type: "button", class: "cover", "aria-label": "reveal", click: reveal }, "?");
  return cover;
}

/** @param {App} app */
export function showGuess(app) {
  const button = byId("guess");
  button.setAttribute("aria-pressed", String(app.place.guess));
  button.onclick = () => app.move({ guess: !app.place.guess });
}
