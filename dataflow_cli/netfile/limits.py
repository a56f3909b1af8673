"""How much a network file may hold, and make of itself: with these, reading any file takes bounded time and memory."""

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
"""Lists and mappings inside each other, as written and after blocks are filled in."""
MAX_VALUES = 1_000_000
"""Values in a file, keys among them."""
MAX_EXPANDED = 200_000
"""Values that all aliases, or all uses of blocks, stand for once they are written out: much from a small file."""
MAX_LAYERS = 10_000
"""Layers in all; and as many uses of blocks."""
MAX_INPUTS = 1_000
"""Inputs, and outputs, of the network; inputs of one layer."""
MAX_NESTING = 32
"""Blocks inside blocks."""
MOST_PROBLEMS = 500
"""A file with so many mistakes is not a network file; reading stops."""
MOST_COMPARED = 60_000
"""Letters of mistaken names that are compared, once for each name that may be meant, in all."""
