/**
 * The page: what stands on it, drawn from where the address leads.
 *
 * @import { App } from "./app.js"
 * @import { Manifest, Page } from "./types.js"
 */

import { showAnswer } from "./answer.js";
import { run } from "./app.js";
import { byId, element, fill } from "./dom.js";
import { introduceComparison } from "./comparison.js";
import { showGuess } from "./guess.js";
import { startKeys } from "./keys.js";
import { showLayer } from "./layer.js";
import { showSamples } from "./samples.js";
import { showStrip } from "./strip.js";
import { openPage } from "./tensors.js";
import { startTheme } from "./theme.js";
import { showTour } from "./tour.js";
import { showWhy } from "./why.js";

/**
 * What never changes.
 *
 * @param {Manifest} manifest
 */
function introduce(manifest) {
  const { network, weights, dtype, omitted, version } = manifest;
  fill(byId("title"), network);
  fill(byId("setting"), [weights && `weights ${weights}`, dtype].filter(Boolean).join(", "));
  const left = omitted.map((text) => element("li", {}, text));
  fill(
    byId("notes"),
    left.length ? element("h2", {}, "Not in this file") : null,
    left.length ? element("ul", {}, ...left) : null,
    element("p", {}, `Made by dftrace ${version}. Shown with 3 decimals, computed in full. This file calls nobody.`),
  );
}

/** @param {App} app */
function show(app) {
  showSamples(app);
  showAnswer(app);
  showStrip(app);
  showLayer(app);
  showTour(app);
  showGuess(app);
  void showWhy(app);
}

const opened = /** @type {Page} */ (/** @type {unknown} */ (openPage()));
introduce(opened.manifest);
introduceComparison(opened.manifest);
startTheme();
startKeys();
run(opened, show);
