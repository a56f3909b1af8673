/**
 * How the values of a tensor are spread: counts as bars, and its numbers in words.
 *
 * @import { Histogram, Layer, Statistics } from "./types.js"
 */

import { drawn, element } from "./dom.js";
import { counted, one, percent } from "./numbers.js";

const WIDE = 320;
const HIGH = 64;

/**
 * @param {Histogram} histogram
 * @returns {HTMLElement}
 */
export function histogramOf(histogram) {
  const { counts, edges } = histogram;
  const most = Math.max(1, ...counts);
  const wide = WIDE / counts.length;
  const bars = counts.map((count, place) => {
    const high = count ? Math.max(1, (HIGH * count) / most) : 0;
    const bar = { x: place * wide, y: HIGH - high, width: Math.max(wide - 0.5, 0.5), height: high, class: "bar" };
    const said = `${one(edges[place] ?? NaN)} to ${one(edges[place + 1] ?? NaN)}: ${counted(count)}`;
    return drawn("rect", bar, drawn("title", {}, said));
  });
  const [low, high] = [edges[0] ?? NaN, edges[edges.length - 1] ?? NaN];
  const label = `Histogram of ${counted(counts.reduce((a, b) => a + b, 0))} values from ${one(low)} to ${one(high)}`;
  return element(
    "figure",
    { class: "histogram" },
    drawn(
      "svg",
      { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
      ...bars,
    ),
    element("figcaption", {}, element("span", {}, one(low)), element("span", {}, one(high))),
  );
}

/**
 * The statistics of one sample; of all of them together where it has none of its own.
 *
 * @param {Layer} layer
 * @param {number} sample
 * @returns {Statistics}
 */
export function statisticsFor(layer, sample) {
  return layer.statistics.samples[sample] ?? layer.statistics.all;
}

/**
 * Smallest, mean, largest, zeros, NaN and infinities as a list of terms.
 *
 * @param {Statistics} statistics
 * @returns {HTMLElement}
 */
export function statisticsOf(statistics) {
  const { count, zeros, nans, infinities } = statistics;
  const pairs = [
    ["values", counted(count)],
    ...Object.entries({
      min: statistics.min,
      mean: statistics.mean,
      max: statistics.max,
      std: statistics.std,
    }).map(([name, value]) => [name, value === null ? "none" : one(Number(value))]),
    ["zeros", count ? percent(zeros / count) : "none"],
    ...(nans ? [["NaN", counted(nans)]] : []),
    ...(infinities ? [["infinite", counted(infinities)]] : []),
  ];
  return element(
    "dl",
    { class: "statistics" },
    ...pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}
