"""What can be chosen for a picture, by the same words on the command line and from Python."""

from __future__ import annotations

OF_TENSORS = ("auto", "mosaic", "barcode", "plot", "numbers", "histogram", "confusion")
"""Kinds of pictures of what flows through a network."""
KERNELS = "kernels"
"""The kind of picture of what is learned."""
SCATTER = "scatter"
"""The kind of picture of samples of two values."""
SCALES = ("layer", "channel", "global")
MAPS = ("auto", "zero", "minmax")
COLORMAPS = ("gray", "diverging", "viridis")
GROUPS = ("auto", "label", "folder", "answer", "none")
ON = ("light", "dark")
"""Backgrounds."""
FONT_SIZES = (6, 72)
"""Of the letters beside values, in pixels."""
MOST_COLUMNS = 100
"""So many inputs, or tensors, stand side by side at most."""
MOST_ZOOM = 256
"""Pixels a value, or values a pixel, at most."""
