/**
 * The way back: the elements that one came by, each a layer further from the answer.
 *
 * @import { App } from "./app.js"
 */

import { element } from "./dom.js";
import { elementName } from "./words.js";

/**
 * The way is kept with the address, so that the back button shortens it.
 *
 * @returns {{ name: string, href: string }[]}
 */
function keptWay() {
  return Array.isArray(history.state?.way) ? history.state.way : [];
}

/** @type {{ name: string, href: string }[] | null} */
let coming = null;

/**
 * Whether one comes here by a term.
 *
 * @returns {boolean}
 */
export function isFollowing() {
  return coming !== null;
}

/**
 * Remember, where a term was followed, what it is a term of.
 *
 * @param {App} app
 * @param {Event} event
 */
export function followed(app, event) {
  if (!(event.target instanceof Element) || !event.target.closest("a.term") || !app.place.index) return;
  coming = [...keptWay(), { name: elementName(app.place.tensor, app.place.index), href: app.href({}) }];
}

/**
 * The links back to where one came from, if one came by terms.
 *
 * @param {App} app
 * @returns {HTMLElement | null}
 */
export function wayOf(app) {
  if (coming) history.replaceState({ way: coming }, "");
  coming = null;
  const way = keptWay();
  if (!way.length || !app.place.index) return null;
  const links = way.map(({ name, href }) => element("li", {}, element("a", { href }, name)));
  const here = element("li", { "aria-current": "true" }, elementName(app.place.tensor, app.place.index));
  return element("nav", { class: "way", "aria-label": "The way back" }, element("ol", {}, ...links, here));
}
