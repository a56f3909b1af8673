/**
 * The elements of the chosen tensor: its picture, the tile that the chosen one lies on enlarged, where the pointer is,
 * and the same by keyboard and by number.
 *
 * @import { App } from "./app.js"
 * @import { Layer, Picture } from "./types.js"
 * @import { Box } from "./tiles.js"
 * @import { Mark } from "./raster.js"
 */

import { chooserOf } from "./chooser.js";
import { element, fill } from "./dom.js";
import { writeNumbers } from "./digits.js";
import { legendOf } from "./legend.js";
import { cells } from "./numbers.js";
import { rasterOf, zoomFor } from "./raster.js";
import { refusalOf, refusalParts } from "./refusal.js";
import { flatIndex, tensor, valueAt } from "./tensors.js";
import { tileFigure } from "./tile.js";
import { beside, boxOf, boxOfTile, tileOf, wholeOf } from "./tiles.js";
import { elementName, placed, sized } from "./words.js";

const MOSAIC = { width: 520, height: 380 };
const INVITED = "Point at an element to read it, click it to see how it came about.";
const PICTURE_ALONE = "There is a picture of it alone, its numbers are not in this file.";

/**
 * @param {App} app
 * @returns {{ host: HTMLElement, mark: (app: App) => void }} `mark` moves the marks to the element of an app.
 */
export function elementsOf(app) {
  const readout = element("output", { class: "readout", "aria-live": "off" });
  const form = chooserOf(app);
  const picture = app.layer.pictures[app.place.sample];
  if (!picture) {
    const nothing = { refused: "no picture of it fits into this file", command: "" };
    const said = refusalParts(app.layer.refused ? refusalOf(app.layer) : nothing);
    return { host: element("div", {}, ...said, form.host), mark: form.mark };
  }
  const pictures = element("div", {
    class: "elements",
    tabindex: 0,
    role: "application",
    "aria-label": `Elements of ${app.layer.name}, ${sized(app.layer.shape)}: arrow keys move, page up and down change the channel`,
  });
  let now = app;
  pictures.addEventListener("keydown", (event) => moved(now, picture, event));
  const say = hovering(app, readout);
  /** @param {App} app */
  const mark = (app) => {
    now = app;
    form.mark(app);
    say(null, app);
    fill(pictures, ...shownPictures(app, picture, (index) => say(index, app)));
  };
  return { host: element("div", {}, pictures, legendOf(picture), readout, form.host), mark };
}

/**
 * The whole picture, and beside it the tile of the chosen element.
 *
 * @param {App} app
 * @param {Picture} picture
 * @param {(index: number[] | null) => void} hovered
 * @returns {HTMLElement[]}
 */
function shownPictures(app, picture, hovered) {
  const { layer, place } = app;
  const whole = wholeOf(picture);
  const chosen = (/** @type {number[]} */ index) => app.go({ tensor: layer.name, index });
  const shared = { picture, shape: layer.shape, hovered, chosen, marks: marksOf(layer, picture, place.index) };
  const isMosaic = picture.columns * picture.rows > 1 && picture.tile[0] > 1;
  const room = isMosaic ? MOSAIC : { ...MOSAIC, height: MOSAIC.height - 40 };
  const shown = [rasterOf({ ...shared, box: whole, label: layer.name, zoom: zoomFor(whole, room.width, room.height) })];
  if (isMosaic || layer.drawing.heads.length) shown.push(tileFigure(app, shared));
  else if (shown[0]) void writeNumbers(app, picture, whole, shown[0]);
  return shown;
}

/**
 * @param {Layer} layer
 * @param {Picture} picture
 * @param {number[] | null} index
 * @returns {Mark[]}
 */
function marksOf(layer, picture, index) {
  /** @type {Mark[]} */
  const dead = deadTiles(layer, picture).map((box) => ({ box, kind: "dead" }));
  return index ? [...dead, { box: boxOf(picture, index), kind: "own" }] : dead;
}

/**
 * The tiles of dead channels; dead units of a vector are listed in words alone, they would cover it.
 *
 * @param {Layer} layer
 * @param {Picture} picture
 * @returns {Box[]}
 */
function deadTiles(layer, picture) {
  const channel = picture.places.findIndex((place) => place === "tile" || place === "channel");
  if (channel < 0) return [];
  return (layer.dead?.places ?? []).map((place) => {
    const index = layer.shape.map((_, axis) => (axis === channel ? place : 0));
    return boxOfTile(picture, tileOf(picture, index));
  });
}

/**
 * What says which element is under the pointer, or else which is chosen, and its value once it is decoded.
 *
 * @param {App} app
 * @param {HTMLElement} readout
 * @returns {(index: number[] | null, app: App) => void}
 */
function hovering(app, readout) {
  let latest = "";
  const { layer } = app;
  return async (hovered, { place }) => {
    const index = hovered ?? place.index;
    latest = JSON.stringify(index);
    if (!index) {
      fill(readout, (layer.values[place.sample] ?? null) === null ? PICTURE_ALONE : INVITED);
      return;
    }
    const name = elementName(layer.name, index);
    const value = await valueAt(app.page, layer.name, index, place.sample);
    const theirs = await theirsAt(app, index, place.sample);
    if (latest !== JSON.stringify(index)) return;
    const said = place.guess ? " = ?" : value === null ? ": its number is not in this file" : ` = ${cells([value])[0]}`;
    const beyond = theirs === null ? "" : `, theirs ${cells([theirs])[0]}`;
    fill(readout, `${name}${said}${roundedText(app)}${beyond}`);
    readout.title = placed(layer.axes, index);
  };
}

/**
 * What the other side of a comparison has there; null where there is none.
 *
 * @param {App} app
 * @param {number[]} index
 * @param {number} sample
 * @returns {Promise<number | null>}
 */
async function theirsAt(app, index, sample) {
  const number = app.layer.theirs?.[sample];
  if (number === null || number === undefined) return null;
  const { data, shape } = await tensor(app.page, number);
  return data[flatIndex(shape, index)] ?? null;
}

/**
 * @param {App} app
 * @returns {string}
 */
function roundedText(app) {
  const number = app.layer.values[app.place.sample];
  const isRounded = number !== null && number !== undefined && app.page.manifest.tensors[number]?.rounded;
  return isRounded ? " (rounded)" : "";
}

/**
 * @param {App} app
 * @param {Picture} picture
 * @param {KeyboardEvent} event
 */
function moved(app, picture, event) {
  const by = MOVES_BY_KEY[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const { layer, place } = app;
  const start = place.index ?? layer.shape.map(() => 0);
  const index = place.index ? beside(picture, start, by, layer.shape) : start;
  app.move({ index });
  app.say(`${elementName(layer.name, index)}, ${placed(layer.axes, index)}`);
}

/** @type {Record<string, { rows?: number, columns?: number, tiles?: number }>} */
const MOVES_BY_KEY = {
  ArrowLeft: { columns: -1 },
  ArrowRight: { columns: 1 },
  ArrowUp: { rows: -1 },
  ArrowDown: { rows: 1 },
  PageUp: { tiles: -1 },
  PageDown: { tiles: 1 },
};
