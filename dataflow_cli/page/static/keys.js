/**
 * The keyboard. A key belongs to what says `data-shortcut` in the markup, and does what a click on it does; the help
 * reads the same attributes.
 */

import { byId, element, fill } from "./dom.js";

const MOVES = [
  ["← → ↑ ↓", "in a picture: the element beside"],
  ["Page up, Page down", "in a picture: the channel before, after"],
  ["Enter", "on a term: the element that it is, one layer back"],
  ["← →", "in the tour: a stop back, a stop on"],
  ["Alt + ←", "back to where you were"],
];

export function startKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const owner = [...document.querySelectorAll("[data-shortcut]")].find((each) => {
      return each instanceof HTMLElement && each.dataset.shortcut === event.key && each.offsetParent;
    });
    if (!(owner instanceof HTMLElement) || event.defaultPrevented) return;
    event.preventDefault();
    owner.click();
  });
  byId("help").addEventListener("click", openHelp);
}

function openHelp() {
  const dialog = byId("keys");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const named = [...document.querySelectorAll("[data-shortcut]")].map((each) => [
    each instanceof HTMLElement ? (each.dataset.shortcut ?? "") : "",
    each.getAttribute("aria-label") ?? each.textContent ?? "",
  ]);
  const rows = [...named, ...MOVES].map(([key, text]) => {
    return element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, text));
  });
  const close = element("button", { type: "button", click: () => dialog.close() }, "Close");
  fill(dialog, element("h2", {}, "Keys"), element("dl", {}, ...rows), close);
  dialog.showModal();
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
function isTyping(target) {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
