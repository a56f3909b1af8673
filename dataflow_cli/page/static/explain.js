/**
 * How an element came about, from the recipe of its tensor: the very structure that `dftrace explain -f json` prints.
 * What is gathered, and how it is added up, the recipe says; here it is done.
 */

import { computed } from "./arithmetic.js";
import { contributionsBy, rolesBy, subtotalBy, sum, termsBy, withColumn } from "./formulas.js";
import { magnitude, remarksOn } from "./remarks.js";
import { chosen, filled, numberOf, numbersOf, sizeOf, wholeNumbersOf, wordsOf } from "./rules.js";
import { flatIndex, tensor, values } from "./tensors.js";

/**
 * @typedef {import("./tensors.js").Page} Data
 * @typedef {import("./tensors.js").Tensor} Tensor
 * @typedef {import("./rules.js").Place} Place
 */

/**
 * The explanation of an element; in words why not, where the page cannot tell, and the command that can.
 * @param {Data} page
 * @param {string} name
 * @param {number[]} index
 * @param {number} sample
 * @returns {Promise<Record<string, any>>}
 */
export async function explain(page, name, index, sample) {
  const layer = page.layers.get(name);
  if (!layer) return { refused: `There is no ${name}.`, command: "" };
  const own = await values(page, name, sample);
  const value = own ? own.data[flatIndex(own.shape, index)] : null;
  if (layer.is_input && !layer.recipe) return ofInput(page, layer, index, sample, value);
  if (!layer.recipe || value === null) return { refused: layer.refused, command: commandFor(layer, index) };
  const held = await holding(page, layer, sample);
  const telling = new Telling(page, layer, [sample, ...index], value, held);
  return { ...heading(page, layer, index, sample, value), ...telling.explanation() };
}

/**
 * What a shell takes to explain the element.
 * @param {Record<string, any>} layer
 * @param {number[]} index
 */
function commandFor(layer, index) {
  const element = `${layer.name}[${index.join(",")}]`.replaceAll("'", "'\\''");
  return `dftrace explain NET '${element}' -i FILE`;
}

/**
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number[]} index
 * @param {number} sample
 * @param {number | null} value
 */
function heading({ manifest }, layer, index, sample, value) {
  return {
    about: "element",
    network: manifest.network,
    file: manifest.file,
    weights: manifest.weights,
    dtype: manifest.dtype,
    source: manifest.samples[sample]?.source ?? "",
    sample,
    layer: layer.name,
    type: layer.type,
    output_shape: layer.shape,
    at: index,
    axes: layer.axes,
    value,
  };
}

/**
 * An element of an input: nothing computed it.
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number[]} index
 * @param {number} sample
 * @param {number | null} value
 */
function ofInput(page, layer, index, sample, value) {
  const nothing = { total: value, inputs: [], receptive_field: [], moves: [], blocks: [], lines: [], parameters: [] };
  return { ...heading(page, layer, index, sample, value), ...nothing, offset: 0, notes: [] };
}

/**
 * All numbers that a layer's recipe needs, unpacked.
 * @param {Data} page
 * @param {Record<string, any>} layer
 * @param {number} sample
 */
async function holding(page, layer, sample) {
  const { tensors, tables } = layer.recipe;
  const found = await Promise.all(
    tensors.map((/** @type {Record<string, any>} */ one) =>
      one.of === undefined ? parameterOf(page, one) : values(page, one.of, sample),
    ),
  );
  const unpacked = await Promise.all(tables.map((/** @type {number} */ number) => tensor(page, number)));
  const everywhere = needsEvery(layer.recipe)
    ? await Promise.all(
        page.manifest.samples.map((/** @type {any} */ _, /** @type {number} */ each) => values(page, layer.name, each)),
      )
    : [];
  return {
    tensors: /** @type {(Tensor | null)[]} */ (found),
    tables: /** @type {Tensor[]} */ (unpacked),
    every: everywhere,
  };
}

/**
 * Whether some number stands in a table of all elements that are said alike.
 * @param {Record<string, any>} recipe
 */
function needsEvery(recipe) {
  return JSON.stringify(recipe).includes('"x":[-1]');
}

/**
 * A parameter; of one of which some rows meet nothing but zeros, these are NaN.
 * @param {Data} page
 * @param {Record<string, any>} told
 * @returns {Promise<Tensor>}
 */
async function parameterOf(page, told) {
  const part = await tensor(page, told.number);
  if (told.rows === undefined) return part;
  const kept = page.whole.get(told.number);
  if (kept) return kept;
  const rows = (await tensor(page, told.rows)).data;
  const width = sizeOf(told.shape.slice(1));
  const data = new Float64Array(told.shape[0] * width).fill(NaN);
  rows.forEach((row, at) => {
    data.set(part.data.subarray(at * width, (at + 1) * width), row * width);
  });
  const whole = { shape: told.shape, data, rounded: part.rounded };
  page.whole.set(told.number, whole);
  return whole;
}

/** One element, told by its rule. Everything is worked out once, when it is first asked for. */
class Telling {
  /**
   * @param {Data} page
   * @param {Record<string, any>} layer
   * @param {number[]} point
   * @param {number} value
   * @param {{tensors: (Tensor | null)[], tables: Tensor[], every: (Tensor | null)[]}} held
   */
  constructor(page, layer, point, value, held) {
    this.page = page;
    this.layer = layer;
    this.recipe = layer.recipe;
    this.point = point;
    this.value = value;
    this.held = held;
    this.lengths = [page.manifest.samples.length, ...layer.shape];
    this.place = this.placeFor(this.recipe.rules.choose);
    this.rule = this.recipe.rules.classes[chosen(this.recipe.rules.choose, point, value, this.place)];
    /** @type {Map<string, any>} */
    this.known = new Map();
  }

  /**
   * The point, with its number among those that a chooser says the same of.
   * @param {any} chooser
   * @returns {Place}
   */
  placeFor(chooser) {
    const place = { point: this.point, lengths: this.lengths, tables: this.held.tables, ordinal: () => 0 };
    place.ordinal = () =>
      this.once(`ordinal ${chooser === this.recipe.rules.choose}`, () => this.ordinal(chooser, place));
    return place;
  }

  /**
   * @param {any} chooser
   * @param {Place} place
   */
  ordinal(chooser, place) {
    const own = chosen(chooser, this.point, this.value, place);
    const size = sizeOf(this.layer.shape);
    const end = this.point.reduce((flat, at, axis) => flat * this.lengths[axis] + at, 0);
    let count = 0;
    for (let flat = 0; flat < end; flat++) {
      const sample = Math.floor(flat / size);
      const other = this.held.every[sample]?.data[flat % size] ?? NaN;
      if (chosen(chooser, unraveled(flat, this.lengths), other, place) === own) count++;
    }
    return count;
  }

  /**
   * @template T
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  once(key, make) {
    if (!this.known.has(key)) this.known.set(key, make());
    return this.known.get(key);
  }

  /** The parts of the explanation that are the layer's own. */
  explanation() {
    const { page, layer, rule } = this;
    const known = (/** @type {string} */ name) => page.layers.get(name);
    return {
      total: this.scalar(rule.total, -1),
      inputs: layer.inputs.map((/** @type {string} */ name) => ({
        name,
        shape: known(name)?.shape ?? [],
        axes: known(name)?.axes ?? [],
      })),
      receptive_field: this.regions(),
      moves: rule.moves.map((/** @type {any} */ move) => wordsOf(this.place, move)),
      blocks: this.blocks(),
      lines: rule.lines.map((/** @type {any} */ _, /** @type {number} */ line) => this.line(line)),
      parameters: rule.uses.map((/** @type {any} */ _, /** @type {number} */ use) => this.use(use)),
      offset: rule.offset === null ? null : this.scalar(rule.offset, -1),
      notes: this.notes(),
    };
  }

  notes() {
    const { choose, classes } = this.recipe.notes;
    const place = this.placeFor(choose);
    const said = classes[chosen(choose, this.point, this.value, place)];
    return [...said.map((/** @type {any} */ note) => wordsOf(place, note)), ...this.remarks(), ...this.unsound()];
  }

  /** What there is to say where the run's value is not the account's total. */
  remarks() {
    const { dtype, rounding } = this.page.manifest;
    const { rule, value, held } = this;
    if (held.tensors.some((tensor) => tensor?.rounded)) return []; // then it is the page that rounds
    const total = this.scalar(rule.total, -1);
    const sums = this.blocks().filter((/** @type {any} */ block) => block.input !== null || block.recalled !== null);
    const carried = sums.flatMap((/** @type {any} */ block) => block.contributions ?? block.terms);
    const offset = rule.offset === null ? 0 : this.scalar(rule.offset, -1);
    return remarksOn(value, total, magnitude([...carried, offset]), rounding, dtype);
  }

  /** Where what is NaN or infinite comes from. */
  unsound() {
    const { nan, infinite } = this.page.manifest.unsound ?? {};
    const words = Number.isNaN(this.value) ? nan : Number.isFinite(this.value) ? null : infinite;
    return words ? [words] : [];
  }

  /** What the element sees of the inputs of the network. */
  regions() {
    return (this.layer.regions ?? []).map((/** @type {any} */ { input, axes, spans }) => ({
      input,
      axes,
      spans: spans === "all" ? "all" : this.spans(spans),
    }));
  }

  /** @param {any[]} rules */
  spans(rules) {
    const found = rules.map((span) => this.span(span));
    return found.every(([first, last], at) => first === 0 && last === rules[at].length - 1) ? "all" : found;
  }

  /** @param {{first: any, last: any, length: number}} span */
  span({ first, last, length }) {
    const within = (/** @type {number} */ at) => Math.min(Math.max(at, 0), length - 1);
    return [within(numberOf(this.place, first)), within(numberOf(this.place, last))];
  }

  blocks() {
    return this.rule.runs.flatMap((/** @type {any} */ run, /** @type {number} */ number) =>
      Array.from({ length: run.count }, (_, block) => this.block(number, block)),
    );
  }

  /**
   * @param {number} number
   * @param {number} block
   */
  block(number, block) {
    const run = this.rule.runs[number];
    const cells = this.cells(number, block);
    const size = sizeOf(run.shape);
    const cut = (/** @type {any[]} */ all) => all.slice(block * size, (block + 1) * size);
    const places = cut(this.places(number));
    return {
      name: this.blockName(run, block),
      kind: run.kind,
      input: run.input,
      recalled: run.recalled,
      tensor: tensorName(run, this.layer),
      shape: run.shape,
      values: cells.values,
      beside: Object.fromEntries(
        run.beside.map((/** @type {any[]} */ [title], /** @type {number} */ at) => [title, cells.columns[at]]),
      ),
      at: places.map((place, at) => (cells.inside[at] ? place : null)),
      coefficients: cells.coefficients,
      parameter: run.parameter || null,
      parameter_at: run.parameter && run.parameter_at ? cut(this.parameterPlaces(number)) : null,
      terms: cells.terms,
      term: run.term,
      roles: rolesBy(run.roles, this.flag(number), cells),
      contributions: contributionsBy(run.contributions, cells, this.carried(number, block)),
      combine: run.combine,
      subtotal: this.subtotal(number, block),
      after: run.after,
      value_name: run.value_name,
      coefficient_name: run.coefficient_name,
      place_name: run.place_name,
    };
  }

  /**
   * What contributions are a part, or multiples, of.
   * @param {number} number
   * @param {number} block
   */
  carried(number, block) {
    const run = this.rule.runs[number];
    if (run.contributions?.[0] === "scaled") return this.row(run.contributions[1], [run.count])[block];
    const { total, offset } = this.rule;
    return this.scalar(total, -1) - (offset === null ? 0 : this.scalar(offset, -1));
  }

  /** @param {number} number */
  flag(number) {
    const { roles } = this.recipe;
    if (!roles) return null;
    return roles.classes[chosen(roles.choose, this.point, this.value, this.place)][number];
  }

  /**
   * @param {any} run
   * @param {number} block
   */
  blockName(run, block) {
    const [, rules, commas] = run.name;
    if (!rules) return wordsOf(this.place, run.name);
    const all = numbersOf(this.place, rules[0], [run.count, commas.length]);
    return filled(run.name, all.slice(block * commas.length, (block + 1) * commas.length));
  }

  /**
   * The numbers of one block of a run.
   * @param {number} number
   * @param {number} block
   */
  cells(number, block) {
    const size = sizeOf(this.rule.runs[number].shape);
    const cut = (/** @type {any[]} */ all) => all.slice(block * size, (block + 1) * size);
    const coefficients = this.coefficients(number);
    return {
      values: cut(this.values(number)),
      inside: cut(this.inside(number)),
      terms: cut(this.terms(number)),
      coefficients: coefficients === null ? null : cut(coefficients),
      columns: this.columns(number).map(cut),
    };
  }

  /** @param {number} number @returns {number[][]} */
  places(number) {
    const run = this.rule.runs[number];
    return this.once(`places ${number}`, () => this.listed(run.places, [run.count, ...run.shape]));
  }

  /** @param {number} number @returns {number[][]} */
  parameterPlaces(number) {
    const run = this.rule.runs[number];
    return this.once(`parameter ${number}`, () => this.listed(run.parameter_at, [run.count, ...run.shape]));
  }

  /**
   * Places from rules of their axes.
   * @param {any[]} rules
   * @param {number[]} cells
   */
  listed(rules, cells) {
    const axes = rules.map((rule) => numbersOf(this.place, rule, cells));
    return Array.from({ length: sizeOf(cells) }, (_, cell) => axes.map((axis) => axis[cell]));
  }

  /** @param {number} number @returns {boolean[]} */
  inside(number) {
    const run = this.rule.runs[number];
    const held = this.tensorNamed(tensorName(run, this.layer));
    return this.once(`inside ${number}`, () => {
      if (run.inside === true && held) return this.places(number).map((place) => flatIndex(held.shape, place) >= 0);
      if (run.inside === true || run.inside === null) return new Array(run.count * sizeOf(run.shape)).fill(true);
      return numbersOf(this.place, run.inside, [run.count, ...run.shape]).map(Boolean);
    });
  }

  /** @param {number} number @returns {number[]} */
  values(number) {
    return this.once(`values ${number}`, () => {
      const run = this.rule.runs[number];
      if (run.values[0] !== "places") return this.row(run.values, [run.count, ...run.shape]);
      const held = /** @type {Tensor} */ (this.tensorNamed(tensorName(run, this.layer)));
      const inside = this.inside(number);
      return this.places(number).map((place, at) => (inside[at] ? held.data[flatIndex(held.shape, place)] : 0));
    });
  }

  /** @param {number} number @returns {(number | null)[] | null} */
  coefficients(number) {
    return this.once(`coefficients ${number}`, () => {
      const run = this.rule.runs[number];
      if (run.coefficients === null) return null;
      if (run.coefficients[0] !== "parameter") return this.row(run.coefficients, [run.count, ...run.shape]);
      const [held, part] = this.parameterNamed(run.parameter);
      return this.parameterPlaces(number).map((place) => {
        const found = held.data[flatIndex(held.shape, place)];
        return part && Number.isNaN(found) ? null : found;
      });
    });
  }

  /** @param {number} number @returns {number[][]} */
  columns(number) {
    const run = this.rule.runs[number];
    return this.once(`columns ${number}`, () =>
      run.beside.map((/** @type {any[]} */ [, row]) => this.row(row, [run.count, ...run.shape])),
    );
  }

  /** @param {number} number @returns {number[]} */
  terms(number) {
    return this.once(`terms ${number}`, () => {
      const run = this.rule.runs[number];
      if (ROWS.includes(run.terms[0])) return this.row(run.terms, [run.count, ...run.shape]);
      if (run.terms[0] === "as") return this.terms(run.terms[1]);
      const cells = {
        values: this.values(number),
        coefficients: this.coefficients(number),
        columns: this.columns(number),
      };
      return termsBy(run.terms, cells, (line) => this.line(line).value);
    });
  }

  /**
   * @param {number} number
   * @param {number} block
   * @returns {number}
   */
  subtotal(number, block) {
    return this.once(`subtotal ${number} ${block}`, () => {
      const run = this.rule.runs[number];
      if (run.subtotal[0] === "numbers") return this.row(run.subtotal[1], [run.count])[block];
      return subtotalBy(run.subtotal, this.cells(number, block));
    });
  }

  /** @param {number} number @returns {number[]} */
  subtotals(number) {
    return Array.from({ length: this.rule.runs[number].count }, (_, block) => this.subtotal(number, block));
  }

  /**
   * Numbers of all cells: subtotals of another run, elements of a tensor, or what a rule says.
   * @param {any[]} row
   * @param {number[]} cells
   * @returns {number[]}
   */
  row([kind, what], cells) {
    if (kind === "subtotals") return this.subtotals(what);
    if (kind === "element") return this.gathered(what, cells);
    return numbersOf(this.place, what, cells);
  }

  /**
   * @param {{tensor: number, at: any[]}} gather
   * @param {number[]} cells
   */
  gathered({ tensor: number, at }, cells) {
    const held = /** @type {Tensor} */ (this.held.tensors[number]);
    return this.listed(at, cells).map((place) => held.data[flatIndex(held.shape, place)]);
  }

  /**
   * The sum of what a block holds.
   * @param {number} number
   * @param {number} block
   * @param {"values" | "terms"} what
   */
  sumOf(number, block, what) {
    const size = sizeOf(this.rule.runs[number].shape);
    return sum(this[what](number).slice(block * size, (block + 1) * size));
  }

  /**
   * The values of a block, with what a column adds to them.
   * @param {number} number
   * @param {number} column
   */
  withColumn(number, column) {
    return withColumn(this.values(number), this.columns(number), column);
  }

  /** @param {string | null} name */
  tensorNamed(name) {
    const at = this.recipe.tensors.findIndex((/** @type {any} */ one) => one.of === name);
    return at < 0 ? null : this.held.tensors[at];
  }

  /**
   * A parameter, and whether only a part of it is there.
   * @param {string} name
   * @returns {[Tensor, boolean]}
   */
  parameterNamed(name) {
    const at = this.recipe.tensors.findIndex((/** @type {any} */ one) => one.parameter === name);
    return [/** @type {Tensor} */ (this.held.tensors[at]), this.recipe.tensors[at].rows !== undefined];
  }

  /** @param {number} number */
  use(number) {
    return this.once(`use ${number}`, () => {
      const { parameter, at } = this.rule.uses[number];
      const [held] = this.parameterNamed(parameter);
      const place = at.map((/** @type {any} */ axis) => numberOf(this.place, axis));
      return { name: parameter, at: place, value: held.data[flatIndex(held.shape, place)] };
    });
  }

  /** @param {number} number @returns {{name: string, expression: string, numbers: number[], value: number}} */
  line(number) {
    return this.once(`line ${number}`, () => {
      const { name, expression, numbers, value, program } = this.rule.lines[number];
      const given = this.lineNumbers(numbers, number);
      const whole = wholeNumbersOf(this.place, expression);
      const arrives = () => (program === null ? sum(given) : computed(program, given, whole));
      return {
        name: wordsOf(this.place, name),
        expression: filled(expression, whole),
        numbers: given,
        value: value[0] === "computed" ? arrives() : this.scalar(value, number),
      };
    });
  }

  /**
   * @param {any[]} rule
   * @param {number} line
   * @returns {number[]}
   */
  lineNumbers(rule, line) {
    const [kind, run] = rule;
    if (kind === "subtotals of") return this.subtotals(run);
    if (kind === "terms of") return this.terms(run);
    if (kind === "values of") return this.values(run);
    if (kind === "all subtotals")
      return this.rule.runs.flatMap((/** @type {any} */ _, /** @type {number} */ each) => this.subtotals(each));
    return rule.map((one) => this.scalar(one, line));
  }

  /**
   * @param {any[]} rule
   * @param {number} _line
   * @returns {number}
   */
  scalar(rule, _line) {
    const [kind, first, second, third] = rule;
    if (kind === "line") return this.line(first).value;
    if (kind === "subtotal") return this.subtotal(first, second);
    if (kind === "use") return this.use(first).value;
    if (kind === "uses")
      return sum(this.rule.uses.map((/** @type {any} */ _, /** @type {number} */ use) => this.use(use).value));
    if (kind === "subtotals")
      return sum(this.rule.runs.flatMap((/** @type {any} */ _, /** @type {number} */ run) => this.subtotals(run)));
    if (kind === "sum") return this.sumOf(first, second, third);
    if (kind === "largest") return this.withColumn(first, second).reduce((best, one) => Math.max(best, one), -Infinity);
    if (kind === "own") return this.withColumn(first, second)[this.point[third]];
    if (kind === "element") return this.gathered(first, [])[0];
    if (kind === "value") return this.value;
    if (kind === "multiple") return first + second * this.value;
    return numberOf(this.place, first);
  }
}

const ROWS = ["subtotals", "element", "number"];

/**
 * The tensor that a run's places are of; null where they are of none.
 * @param {any} run
 * @param {Record<string, any>} layer
 * @returns {string | null}
 */
function tensorName(run, layer) {
  return run.recalled ?? (run.input === null ? null : layer.inputs[run.input]);
}

/**
 * The index of an element from its number in memory.
 * @param {number} flat
 * @param {number[]} lengths
 */
function unraveled(flat, lengths) {
  const index = new Array(lengths.length);
  let left = flat;
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    index[axis] = left % lengths[axis];
    left = Math.floor(left / lengths[axis]);
  }
  return index;
}
