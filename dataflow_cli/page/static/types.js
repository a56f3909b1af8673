/**
 * What the page is given, as types: the manifest, and how an element came about.
 *
 * @typedef {object} Manifest
 * @property {string} schema
 * @property {string} version
 * @property {string} network
 * @property {string} file
 * @property {string} weights
 * @property {string} dtype
 * @property {string} doubt What an answer is worth by weights that nobody trained; nothing where it is one.
 * @property {number} rounding What rounding may do, as a part of the numbers that go in.
 * @property {string[]} classes
 * @property {number} max_size Bytes.
 * @property {string[]} omitted What did not fit into the file, in words.
 * @property {Sample[]} samples
 * @property {string[]} outputs
 * @property {string[]} inputs
 * @property {Fold[]} strip
 * @property {Layer[]} layers Inputs, layers and inner tensors, in the order of the run.
 * @property {Stored[]} tensors
 * @property {Stop[]} [tour]
 * @property {Compared | null} [compared]
 * @property {Profiled} [profile] The data set that the layers' profiles are of.
 *
 * @typedef {object} Sample
 * @property {string} source
 * @property {string[]} sources Of each of several inputs; empty for one input.
 * @property {string[]} tokens
 * @property {Candidate[]} answer The best first.
 * @property {string} score What the values of the answer are: `probability`, `logit`, or nothing.
 *
 * @typedef {object} Candidate
 * @property {number} index
 * @property {string} name
 * @property {number | string} value
 *
 * @typedef {object} Fold
 * @property {string} [name] What repeated layers are together.
 * @property {string[]} layers
 *
 * @typedef {object} Stored
 * @property {number[]} shape
 * @property {string} type
 * @property {boolean} rounded
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} type
 * @property {string} [family]
 * @property {string} title
 * @property {string} [words]
 * @property {boolean} is_input
 * @property {string | null} of The layer whose inner tensor it is.
 * @property {string} inner What an inner tensor is called within its layer.
 * @property {string | null} before The tensor before the activation.
 * @property {string} activation
 * @property {string[]} inputs
 * @property {number[]} shape
 * @property {string[]} axes
 * @property {{ heads: string[], by_step: boolean, left_out: number[][] }} drawing `left_out` are the places down and
 *   across heads that are padding.
 * @property {{ name: string, shape: number[] }[]} parameters
 * @property {number | null} macs
 * @property {number | null} parameter_count
 * @property {number | null} seconds
 * @property {string} note
 * @property {(number | null)[]} values Which tensor has the numbers of a sample.
 * @property {(Picture | null)[]} pictures
 * @property {{ all: Statistics, samples: (Statistics | null)[] }} statistics
 * @property {(Histogram | null)[]} histogram
 * @property {number | null} error
 * @property {Dead | null} dead
 * @property {boolean} explained
 * @property {string} refused
 * @property {LayerProfile} [profile]
 * @property {Comparison} [comparison]
 * @property {(number | null)[]} [theirs]
 * @property {(Picture | null)[]} [their_pictures]
 * @property {(Picture | null)[]} [difference_pictures]
 *
 * @typedef {object} Profiled
 * @property {number} samples
 * @property {string} data
 * @property {number | null} right
 * @property {number | null} judged
 *
 * @typedef {object} LayerProfile Numbers of a tensor over all samples of a data set.
 * @property {number | string} min
 * @property {number | string} mean
 * @property {number | string} max
 * @property {number | string} std
 * @property {number | string} high 99.9 % of the values are not larger.
 * @property {number | null} zeros
 * @property {number} always_on
 * @property {number} saturated
 * @property {number} channels 0 where they are not told apart.
 *
 * @typedef {object} Comparison
 * @property {string} verdict
 * @property {number | string | null} largest
 * @property {string} note
 *
 * @typedef {object} Dead
 * @property {number[]} places Along the last axis.
 * @property {number} units
 *
 * @typedef {object} Picture
 * @property {string} kind
 * @property {string} src
 * @property {[number, number]} tile Rows and columns of one.
 * @property {number} columns Of tiles.
 * @property {number} rows
 * @property {number} gap Pixels between two tiles.
 * @property {(string | null)[]} places For every axis where its index is from: row, column, tile, slice, channel, flat;
 *   null for one that has no place of its own, such as the colours of a photo.
 * @property {number} [factor] Values along each axis of a pixel.
 * @property {{ row?: number[], column?: number[] }} [shown] The indices that rows and columns are of, if not all are drawn.
 * @property {number} [slices]
 * @property {string} [svg]
 * @property {{ src: string, marks: [number, string][] }} [legend] A strip of its colours, and what stands where on it.
 *
 * @typedef {object} Statistics
 * @property {number} count
 * @property {number} zeros
 * @property {number} nans
 * @property {number} infinities
 * @property {number | string | null} min
 * @property {number | string | null} max
 * @property {number | string | null} mean
 * @property {number | string | null} std
 *
 * @typedef {object} Histogram
 * @property {number[]} edges
 * @property {number[]} counts
 *
 * @typedef {object} Stop
 * @property {string} tensor
 * @property {number[] | null} index
 * @property {number} sample
 * @property {string} title
 * @property {string} words
 *
 * @typedef {object} Compared
 * @property {string} ours
 * @property {string} theirs
 * @property {string} first The layer that differs first.
 * @property {number[] | null} [at] The sample and the element where it differs most.
 * @property {string[]} [lines] What the command says: the answer, its cause, what has no partner.
 * @property {string[]} [missing] Tensors of ours without a partner.
 * @property {string[]} [unpaired] Tensors of theirs without one.
 *
 * @typedef {object} Explanation
 * @property {string} layer
 * @property {string} type
 * @property {number[]} output_shape
 * @property {number[]} at
 * @property {string[]} axes
 * @property {number} value
 * @property {number} total
 * @property {boolean} agrees
 * @property {{ name: string, shape: number[], axes: string[] }[]} inputs
 * @property {Region[]} receptive_field
 * @property {string[]} moves
 * @property {Block[]} blocks
 * @property {Line[]} lines
 * @property {{ name: string, at: number[], value: number }[]} parameters
 * @property {number | null} offset
 * @property {string[]} notes
 *
 * @typedef {object} Region
 * @property {string} input
 * @property {string[]} axes
 * @property {[number, number][] | "all"} spans
 *
 * @typedef {object} Block
 * @property {string} name
 * @property {string} kind
 * @property {number | null} input
 * @property {string | null} recalled
 * @property {string | null} tensor What `at` are places of.
 * @property {number[]} shape
 * @property {number[]} values
 * @property {Record<string, number[]>} beside
 * @property {(number[] | null)[]} at
 * @property {number[] | null} coefficients
 * @property {string | null} parameter
 * @property {number[][] | null} parameter_at
 * @property {number[]} terms
 * @property {string} term
 * @property {string[] | null} roles
 * @property {number[] | null} contributions
 * @property {string} combine
 * @property {number} subtotal
 * @property {number} [after]
 * @property {string} [value_name]
 * @property {string} [coefficient_name]
 * @property {string} [place_name]
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {string} expression
 * @property {number[]} numbers
 * @property {number} value
 *
 * @typedef {Omit<import("./tensors.js").Page, "manifest" | "layers"> & {manifest: Manifest,
 *   layers: Map<string, Layer>}} Page
 *
 * @typedef {object} Refusal
 * @property {string} refused
 * @property {string} command
 */

export {};
