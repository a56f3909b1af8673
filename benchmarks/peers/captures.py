"""Makes captures of a saved trace: python captures.py TRACE A EQUAL ROUNDED WRONG, four .npz of its tensors.

A and EQUAL have the same. ROUNDED is as far from it as another engine's rounding, WRONG by 2 % of every tensor's scale.
"""

import sys

import numpy as np

trace, *files = sys.argv[1:]
with np.load(trace) as npz:
    tensors = {name: npz[name] for name in npz.files if name != "trace.json"}
for path, part in zip(files, (0.0, 0.0, 1e-6, 0.02), strict=True):
    rng = np.random.default_rng(0)
    noise = {name: part * np.abs(x).max() * rng.standard_normal(x.shape, np.float32) for name, x in tensors.items()}
    np.savez(path, **{name: (x + noise[name] * (name != "input")).astype(x.dtype) for name, x in tensors.items()})
