/**
 * What all views share: the page's data, where we are, and how to go elsewhere. The address says where we are; views
 * are drawn from it, so that the browser's back button works and every state can be linked to.
 *
 * @import { Layer, Page } from "./types.js"
 * @import { Place } from "./address.js"
 *
 * @typedef {object} App
 * @property {Page} page
 * @property {Place} place
 * @property {Layer} layer What is chosen.
 * @property {string} astray What the address names that is not there; empty where it leads somewhere.
 * @property {(change: Partial<Place>) => string} href An address that differs from the present one.
 * @property {(change: Partial<Place>) => void} go
 * @property {(change: Partial<Place>) => void} move The same without a step for the back button.
 * @property {(text: string) => void} say To who listens to the page.
 */

import { addressOf, read } from "./address.js";
import { byId, fill } from "./dom.js";
import { isWithin } from "./tiles.js";
import { sized } from "./words.js";

/**
 * Start: draw where the address leads, now and whenever it changes.
 *
 * @param {Page} page
 * @param {(app: App) => void} draw
 */
export function run(page, draw) {
  const redraw = () => draw(appAt(page, read(location.hash), redraw));
  addEventListener("hashchange", redraw);
  redraw();
}

/**
 * @param {Page} page
 * @param {Place} place
 * @param {() => void} redraw
 * @returns {App}
 */
function appAt(page, place, redraw) {
  const named = page.layers.get(place.tensor);
  const layer = named ?? openingLayer(page);
  const asked = place.tensor ? place : { ...place, ...worst(page) };
  const index = (named || !place.tensor) && asked.index && isWithin(asked.index, layer.shape) ? asked.index : null;
  const sample = Math.min(asked.sample, page.manifest.samples.length - 1);
  const here = { ...place, tensor: layer.name, index, sample };
  /** @param {Partial<Place>} change */
  const href = (change) => addressOf({ ...here, ...change });
  return {
    page,
    place: here,
    layer,
    astray: astrayText(place, named, index),
    href,
    go: (change) => {
      location.hash = href(change);
    },
    move: (change) => {
      history.replaceState(history.state, "", href(change));
      redraw();
    },
    say: (text) => {
      fill(byId("said"), text);
    },
  };
}

/**
 * The name is not told again: who wrote the link chose it, not the network.
 *
 * @param {Place} place
 * @param {Layer | undefined} named
 * @param {number[] | null} index
 * @returns {string}
 */
function astrayText(place, named, index) {
  if (!named) return place.tensor ? "The address names no layer of this page; it shows what it opens with." : "";
  if (index || !place.index) return "";
  return `${named.name} has no element [${place.index.join(", ")}]: its shape is ${sized(named.shape)}.`;
}

/**
 * Where what differs first differs most; nothing where nothing does.
 *
 * @param {Page} page
 * @returns {Partial<Place>}
 */
function worst({ manifest }) {
  const [sample, ...index] = manifest.compared?.at ?? [];
  return sample === undefined ? {} : { sample, index };
}

/**
 * What the page opens with: the first layer that differs, or the first that computes.
 *
 * @param {Page} page
 * @returns {Layer}
 */
function openingLayer(page) {
  const named = page.layers.get(page.manifest.compared?.first ?? "");
  const found = named ?? page.manifest.layers.find((layer) => !layer.is_input && !layer.of) ?? page.manifest.layers[0];
  if (!found) throw new Error("the page has no layers");
  return found;
}
