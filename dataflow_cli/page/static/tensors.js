/**
 * The page's data: the manifest, and tensors, which are unpacked when they are first looked at.
 *
 * @typedef {{shape: number[], type: string, rounded: boolean, scale?: number, text: number}} Told
 * @typedef {{shape: number[], data: Float32Array | Float64Array | Int32Array, rounded: boolean}} Tensor
 * @typedef {Record<string, any>} Layer
 * @typedef {{manifest: Record<string, any>, layers: Map<string, Layer>, text: (number: number) => string,
 *   unpacked: Map<number, Promise<Tensor>>, whole: Map<number, Tensor>}} Page
 */

/**
 * The page in a document. Nothing is unpacked yet.
 * @param {{getElementById: (id: string) => ({textContent: string | null} | null)}} root
 * @returns {Page}
 */
export function openPage(root = document) {
  const read = (/** @type {string} */ id) => root.getElementById(id)?.textContent ?? "";
  const manifest = JSON.parse(read("manifest"));
  const layers = new Map(manifest.layers.map((/** @type {Layer} */ layer) => [layer.name, layer]));
  return { manifest, layers, text: (number) => read(`tensor-${number}`), unpacked: new Map(), whole: new Map() };
}

/**
 * A tensor by its number.
 * @param {Page} page
 * @param {number} number
 * @returns {Promise<Tensor>}
 */
export function tensor(page, number) {
  let found = page.unpacked.get(number);
  if (!found) {
    found = unpack(page, number);
    page.unpacked.set(number, found);
  }
  return found;
}

/**
 * The values of a layer, or of one of its inner tensors, for a sample; null if they are not in the page.
 * @param {Page} page
 * @param {string} name
 * @param {number} sample
 * @returns {Promise<Tensor | null>}
 */
export async function values(page, name, sample) {
  const number = page.layers.get(name)?.values[sample] ?? null;
  return number === null ? null : tensor(page, number);
}

/**
 * One value; null if it is not in the page.
 * @param {Page} page
 * @param {string} name
 * @param {number[]} index
 * @param {number} sample
 * @returns {Promise<number | null>}
 */
export async function valueAt(page, name, index, sample) {
  const found = await values(page, name, sample);
  return found === null ? null : found.data[flatIndex(found.shape, index)];
}

/**
 * Where an element stands in a tensor's data; -1 if it lies outside.
 * @param {number[]} shape
 * @param {number[]} index
 */
export function flatIndex(shape, index) {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (index[axis] < 0 || index[axis] >= shape[axis]) return -1;
    flat = flat * shape[axis] + index[axis];
  }
  return flat;
}

/**
 * @param {Page} page
 * @param {number} number
 * @returns {Promise<Tensor>}
 */
async function unpack(page, number) {
  const told = /** @type {Told} */ (page.manifest.tensors[number]);
  const bytes = await inflated(page.text(told.text));
  return { shape: told.shape, data: numbersIn(bytes, told), rounded: told.rounded };
}

/**
 * The bytes that a text of the page stands for.
 * @param {string} text
 */
async function inflated(text) {
  const packed = Uint8Array.from(atob(text.trim()), (one) => one.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Bytes that stand first bytes first, as numbers.
 * @param {Uint8Array} bytes
 * @param {Told} told
 */
function numbersIn(bytes, { type, scale = 1 }) {
  const width = { float64: 8, float32: 4, int32: 4, float16: 2 }[type] ?? 4;
  const count = bytes.length / width;
  const ordered = new Uint8Array(bytes.length);
  for (let byte = 0; byte < width; byte++) {
    for (let at = 0; at < count; at++) ordered[at * width + byte] = bytes[byte * count + at];
  }
  if (type === "float64") return new Float64Array(ordered.buffer);
  if (type === "int32") return new Int32Array(ordered.buffer);
  if (type === "float32") return new Float32Array(ordered.buffer);
  return Float64Array.from(new Uint16Array(ordered.buffer), (bits) => fromHalf(bits) * scale);
}

/**
 * The number that 16 bits stand for.
 * @param {number} bits
 */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const part = bits & 0x3ff;
  if (exponent === 0x1f) return part ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + part / 1024) : 2 ** -14 * (part / 1024));
}
