"""Arrays for the inputs of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.making.indices import INDICES, numbered
from fuzz.making.networks import WHOLE

if TYPE_CHECKING:
    from fuzz.case import Case


WILD = (np.nan, np.inf, -np.inf, 1e-45, -0.0, 0.0, 1e-30, -3e4)


def batch_for(case: Case, network: Any, samples: int, *, wild: bool = False) -> dict[str, Any]:
    """Random samples (N, *shape) for every input, in its type; `wild` ones hold NaN, infinities and the like."""
    batch = tame_batch(case, network, samples)
    for values in batch.values() if wild else ():
        if values.dtype.kind == "f":
            flat = values.reshape(-1)
            flat[case.rng.randrange(flat.size)] = case.rng.choice(WILD)
            flat[case.rng.randrange(flat.size)] = case.rng.choice(WILD)
    return batch


def tame_batch(case: Case, network: Any, samples: int) -> dict[str, Any]:
    """Random samples as they come."""
    numbers = np.random.default_rng(case.rng.getrandbits(32))
    most = INDICES if any(numbered(node.layer, node.input_shapes) for node in network.nodes) else 120
    return {
        spec.name: numbers.integers(0, most, (samples, *spec.shape)).astype(spec.dtype)
        if spec.dtype in WHOLE
        else (numbers.standard_normal((samples, *spec.shape)) * 2).astype(spec.dtype)
        for spec in network.inputs
    }
