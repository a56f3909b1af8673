/**
 * A picture of a tensor, or a part of it, with marks on it. It tells which element the pointer is over.
 *
 * @import { Picture } from "./types.js"
 * @import { Box } from "./tiles.js"
 *
 * @typedef {object} Mark
 * @property {Box} box
 * @property {"own" | "window" | "field" | "dead"} kind
 *
 * @typedef {object} Raster
 * @property {Picture} picture
 * @property {readonly number[]} shape Of the tensor.
 * @property {Box} box What is shown of it.
 * @property {string} label
 * @property {number} zoom Pixels of the screen for one of the picture, at most.
 * @property {readonly Mark[]} [marks]
 * @property {(index: number[] | null) => void} [hovered]
 * @property {(index: number[]) => void} [chosen]
 */

import { drawn, element } from "./dom.js";
import { indexAt, wholeOf } from "./tiles.js";

const LEAST_HEIGHT = 28;
const STRIP_HEIGHT = 12;
const MOST_ZOOM = 48;
/** From this zoom on values are whole pixels, below they fill the room. */
const WHOLE_FROM = 6;

/**
 * The picture at its place; as wide as it likes to be, and no wider than there is room.
 *
 * @param {Raster} raster
 * @returns {HTMLElement}
 */
export function rasterOf(raster) {
  const { picture, box, zoom } = raster;
  const image = drawn("image", {
    ...wholeOf(picture),
    href: picture.src,
    class: "pixels",
    preserveAspectRatio: "none",
  });
  const view = drawn(
    "svg",
    { viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    image,
    ...(raster.marks ?? []).map(markOf),
  );
  const classes = raster.chosen ? "raster chooses" : "raster";
  const host = element("div", { class: classes, role: "img", "aria-label": raster.label }, view);
  host.style.setProperty("--width", `${Math.round(box.width * zoom)}px`);
  const high = Math.max(box.height * zoom, leastHeight(picture));
  if (high > box.height * zoom) host.style.setProperty("--height", `${high}px`);
  else host.style.setProperty("--ratio", `${box.width} / ${box.height}`);
  listen(host, raster);
  return host;
}

/**
 * So many pixels of the screen for a value that a picture fits into some room.
 *
 * @param {Box} box
 * @param {number} width Pixels of the room.
 * @param {number} height
 * @returns {number}
 */
export function zoomFor(box, width, height) {
  const fitting = Math.min(width / box.width, box.height > 1 ? height / box.height : width);
  return fitting >= WHOLE_FROM ? Math.min(Math.floor(fitting), MOST_ZOOM) : fitting;
}

/**
 * Strips are as high as one can point at, whatever their width: their height means nothing.
 *
 * @param {Picture} picture
 * @returns {number}
 */
function leastHeight(picture) {
  return picture.tile[0] === 1 ? Math.max(LEAST_HEIGHT, picture.rows * STRIP_HEIGHT) : LEAST_HEIGHT;
}

/**
 * @param {HTMLElement} host
 * @param {Raster} raster
 */
function listen(host, raster) {
  const { picture, box, shape, hovered, chosen } = raster;
  /** @param {MouseEvent} event */
  const under = (event) => {
    const seen = host.getBoundingClientRect();
    const x = box.x + ((event.clientX - seen.left) / seen.width) * box.width;
    const y = box.y + ((event.clientY - seen.top) / seen.height) * box.height;
    return indexAt(picture, x, y, shape);
  };
  if (hovered) {
    host.addEventListener("pointermove", (event) => hovered(under(event)));
    host.addEventListener("pointerleave", () => hovered(null));
  }
  if (chosen) {
    host.addEventListener("click", (event) => {
      const index = under(event);
      if (index) chosen(index);
    });
  }
}

/**
 * @param {Mark} mark
 * @returns {SVGElement}
 */
function markOf(mark) {
  return drawn("rect", { ...mark.box, class: `mark ${mark.kind}`, "vector-effect": "non-scaling-stroke" });
}
