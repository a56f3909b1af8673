"""Makes a capture in float32 of a saved trace in float64: python narrow.py TRACE CAPTURE."""

import sys

import numpy as np

with np.load(sys.argv[1]) as npz:
    tensors = {name: npz[name] for name in npz.files if name != "trace.json"}
np.savez(sys.argv[2], **{name: x.astype(np.float32) if x.dtype.kind == "f" else x for name, x in tensors.items()})
