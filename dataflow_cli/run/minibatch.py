"""A minibatch, checked against the network that it is given to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.errors import InputError
from dataflow_cli.inputs.preprocess import is_integer
from dataflow_cli.inputs.whole import check_rounded, check_whole
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written
from dataflow_cli.sizes import LONG

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

Batch = Mapping[str, "Array"]
"""Arrays (n, *shape) by the name of the network's input."""


def checked(network: Network, weights: Weights, batch: Batch) -> tuple[dict[str, Array], int]:
    """The arrays of the network's inputs, in the type that the network computes in, and the number of samples.

    Indices stay whole numbers, as what a network of whole numbers takes is of its type. Raises InputError if one is
    missing, has another shape or a type that nothing computes in, or one that does not hold its numbers, or has no
    samples, or not as many as the others.
    """
    given = {spec.name: _given(batch, spec) for spec in network.inputs}
    counts = {name: len(array) for name, array in given.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"'{name}' {count}" for name, count in counts.items())
        message = f"the inputs have different numbers of samples: {listed}"
        raise InputError(message, hint="give each as many samples", code="E303")
    count = next(iter(counts.values()))
    if not count:
        raise no_sample()
    dtype = computed_in(given, weights)
    kept = {spec.name: spec for spec in network.inputs if spec.indices}
    ready = {name: _computable(array, dtype, name, kept.get(name)) for name, array in given.items()}
    if weights.stored:
        others = {name: array for name, array in ready.items() if name not in kept}
        ready |= {name: kernels.activations.as_stored(array, weights.stored) for name, array in others.items()}
    return ready, count


def no_sample() -> InputError:
    """The error for a run of nothing."""
    return InputError("there is no sample to run", hint="give at least one", code="E303")


def computed_in(given: Batch, weights: Weights) -> str:
    """The type that a network computes these in: float32, or float64 if any of them or of the parameters is that."""
    types = weights.types.union(array.dtype for array in given.values())
    return str(np.result_type(np.float32, *(dtype for dtype in types if dtype.kind == "f")))


def _computable(array: Array, dtype: str, name: str, kept: InputSpec | None) -> Array:
    """An array in the type that is computed in; with `kept` in the input's, or in its own, if that is of integers."""
    if kept is not None and is_integer(kept):
        if array.dtype != kept.dtype:
            check_whole(array, kept.dtype, kept.name, lambda sample: f"sample {sample}")
        return array.astype(kept.dtype, copy=False)
    whole = kept is not None and array.dtype.kind in "iu"
    if not whole and array.dtype.name in LONG and array.size:
        check_rounded(array, dtype, name, lambda sample: f"sample {sample}")
    return array.astype(array.dtype.newbyteorder("=") if whole else dtype, copy=False)


def _given(batch: Batch, spec: InputSpec) -> Array:
    if spec.name not in batch:
        raise InputError(f"no data for input '{spec.name}'", hint="give an array for every input", code="E303")
    array = batch[spec.name]
    if array.shape[1:] != spec.shape or not array.ndim:
        raise InputError(
            f"input '{spec.name}' has shape {written(array.shape)}, expected (N, {written(spec.shape)[1:]}",
            hint="give samples along the first axis",
            code="E301",
        )
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        message = f"input '{spec.name}' is of type {array.dtype}, which no network computes in"
        raise InputError(message, hint="convert it to float32 or float64", code="E303")
    return array
