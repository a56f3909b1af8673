/**
 * The address of what is shown: `#conv2d_1[3,5,0]?sample=1&tour=2`.
 *
 * @typedef {object} Place
 * @property {string} tensor What is chosen; empty is what the page opens with.
 * @property {number[] | null} index Its element, if one is.
 * @property {number} sample
 * @property {number | null} tour The stop of the tour.
 * @property {boolean} guess Whether results are covered.
 * @property {string} by The number that colours the strip; empty is the page's own.
 */

/** @type {Place} */
const NOWHERE = { tensor: "", index: null, sample: 0, tour: null, guess: false, by: "" };
const ADDRESS = /^#?([^[?]*)(?:\[([\d,]*)\])?(?:\?(.*))?$/;

/**
 * @param {Partial<Place>} place
 * @returns {string}
 */
export function addressOf(place) {
  const { tensor, index, sample, tour, guess, by } = { ...NOWHERE, ...place };
  const rest = [
    ...(sample ? [`sample=${sample}`] : []),
    ...(by ? [`by=${encodeURIComponent(by)}`] : []),
    ...(tour === null ? [] : [`tour=${tour}`]),
    ...(guess ? ["guess"] : []),
  ];
  const name = encodeURIComponent(tensor).replace(/%2F/g, "/").replace(/%3A/g, ":");
  return `#${name}${index ? `[${index.join(",")}]` : ""}${rest.length ? `?${rest.join("&")}` : ""}`;
}

/**
 * What an address says; what it does not, or says wrongly, is as if it were not there.
 *
 * @param {string} hash
 * @returns {Place}
 */
export function read(hash) {
  const [, name = "", index, rest = ""] = ADDRESS.exec(hash) ?? [];
  const said = new URLSearchParams(rest);
  return {
    tensor: decoded(name),
    index: index === undefined ? null : index.split(",").filter(Boolean).map(Number),
    sample: whole(said.get("sample")) ?? 0,
    tour: whole(said.get("tour")),
    guess: said.has("guess"),
    by: said.get("by") ?? "",
  };
}

/**
 * @param {string | null} text
 * @returns {number | null}
 */
function whole(text) {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/**
 * @param {string} text
 * @returns {string}
 */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
