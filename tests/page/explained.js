/**
 * Explains elements of pages outside of a browser: reads {pages: [{manifest, tensors, asked: [[name, index, sample]]}]}
 * from standard input and writes what `explain` says of each.
 */

import { explain } from "./static/explain.js";
import { openPage } from "./static/tensors.js";

const PLAIN = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);

let text = "";
process.stdin.setEncoding("utf8"); // a part may end within a character
for await (const part of process.stdin) text += part;
const told = [];
for (const { manifest, tensors, asked } of JSON.parse(text).pages) {
  const texts = new Map([["manifest", JSON.stringify(manifest)], ...tensors.map((one, at) => [`tensor-${at}`, one])]);
  const page = openPage({ getElementById: (id) => ({ textContent: texts.get(id) ?? "" }) });
  const found = [];
  for (const [name, index, sample] of asked) {
    try {
      found.push(await explain(page, name, index, sample));
    } catch (error) {
      found.push({ failed: String(error.stack) });
    }
  }
  told.push(found);
}
process.stdout.write(JSON.stringify(told, PLAIN));
