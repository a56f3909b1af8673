/**
 * What the colours of a picture mean: a strip of them, with the numbers that stand on it.
 *
 * @import { Picture } from "./types.js"
 */

import { element } from "./dom.js";

/**
 * @param {Picture} picture
 * @returns {HTMLElement | null}
 */
export function legendOf(picture) {
  if (!picture.legend) return null;
  const { src, marks } = picture.legend;
  const numbers = marks.map(([at, text]) => {
    const mark = element("li", {}, text);
    mark.style.setProperty("--at", `${at * 100}%`);
    return mark;
  });
  const said = `colours from ${marks[0]?.[1]} to ${marks[marks.length - 1]?.[1]}`;
  return element(
    "figure",
    { class: "scale" },
    element("img", { src, alt: said, class: "scale-strip" }),
    element("ol", { "aria-hidden": "true" }, ...numbers),
  );
}
