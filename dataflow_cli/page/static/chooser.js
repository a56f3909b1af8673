/**
 * A field that takes an element's place in numbers: for who has no pointer, and for who knows where to go.
 *
 * @import { App } from "./app.js"
 */

import { element, fill } from "./dom.js";
import { isWithin } from "./tiles.js";
import { sized } from "./words.js";

/**
 * A field that takes an element's place in numbers.
 *
 * @param {App} app
 * @returns {{ host: HTMLElement, mark: (app: App) => void }}
 */
export function chooserOf(app) {
  const { layer } = app;
  const example = layer.shape.map(() => 0).join(", ");
  const field = element("input", {
    type: "text",
    inputmode: "numeric",
    placeholder: example,
    size: 12,
    autocomplete: "off",
  });
  const wrong = element("span", { class: "note", role: "alert" });
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const index = field.value
      .split(/[^\d]+/)
      .filter(Boolean)
      .map(Number);
    const isThere = isWithin(index, layer.shape);
    const said = `${layer.name} is ${sized(layer.shape)}: ${layer.shape.length} numbers from 0, such as ${example}`;
    fill(wrong, isThere ? "" : said);
    if (isThere) app.go({ tensor: layer.name, index });
  };
  const label = element("label", {}, `Element [${layer.axes.join(", ")}] `, field);
  const host = element("form", { class: "chooser", submit }, label, element("button", {}, "Explain"), wrong);
  return {
    host,
    mark: ({ place }) => {
      field.value = place.index ? place.index.join(", ") : "";
    },
  };
}
