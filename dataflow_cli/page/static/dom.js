/**
 * Elements. Strings become text nodes and attribute values, so that nothing from a file is ever read as markup, and what
 * nobody sees in a text (a control character, one that turns the direction of reading) is written out.
 *
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

const SVG = "http://www.w3.org/2000/svg";
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
/** Attributes that people read or hear. */
const READ = new Set(["title", "aria-label", "alt", "placeholder"]);

/**
 * An HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes] A function is listened with: `click: () => ...`.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  attributed(made, attributes);
  made.append(...kept(children));
  return made;
}

/**
 * An element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  attributed(made, attributes);
  made.append(...kept(children));
  return made;
}

/**
 * Put children in place of what an element holds.
 *
 * @param {Element} host
 * @param {...Child} children
 */
export function fill(host, ...children) {
  host.replaceChildren(...kept(children));
}

/**
 * The element of the template with an id, which is there.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @param {Element} made
 * @param {Attributes} attributes
 */
function attributed(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = READ.has(name) ? visible(String(value)) : String(value);
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, text);
  }
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function kept(children) {
  return children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : visible(String(child))];
  });
}

/**
 * A text in which every character can be seen: others as `\\u202e`.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text.replace(UNSEEN, (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
