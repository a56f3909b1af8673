"""The minibatch that `bench` sends through a network: samples of files, or random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.inputs.assign import assign_inputs, check_counts
from dataflow_cli.inputs.dataset import example_samples, load_samples
from dataflow_cli.inputs.preprocess import is_integer, prepare
from dataflow_cli.inputs.wanted import Wanted
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array


def random_batch(network: Network, samples: int, dtype: str) -> dict[str, Array]:
    """Numbers from 0 to 1, (samples, *shape), by input; zeros where the network takes whole numbers."""
    generator = np.random.default_rng(0)
    return {
        spec.name: np.zeros((samples, *spec.shape), spec.dtype)
        if is_integer(spec)
        else generator.random((samples, *spec.shape)).astype(dtype)
        for spec in network.inputs
    }


def file_batch(
    network: Network,
    arguments: Sequence[str],
    samples: int | None,
    dtype: str,
    *,
    folder: Path,
    stdin: BinaryIO | None,
    room: float = DATA_LIMIT,
) -> dict[str, Array]:
    """What `-i` gives, by input; repeated or cut to so many samples if `samples` is given. Files may take `room` bytes.

    Raises InputError, or LimitError if it does not fit into memory.
    """
    assigned = assign_inputs(arguments, network.inputs)
    given = {
        spec.name: _samples(spec, assigned.get(spec.name, ()), folder, stdin, Wanted(room=room))
        for spec in network.inputs
    }
    count = samples or check_counts(given)
    return {spec.name: _taken(prepare(given[spec.name], spec, dtype=dtype), count) for spec in network.inputs}


def _samples(spec: InputSpec, paths: Sequence[str], folder: Path, stdin: BinaryIO | None, wanted: Wanted) -> Samples:
    """The files' samples, or the network file's example for an input without any, which `assign_inputs` has checked."""
    example = None if paths else example_samples(spec, folder, wanted)
    return example or load_samples(paths, spec, stdin=stdin, wanted=wanted)


def _taken(array: Array, count: int) -> Array:
    """So many samples, from the first again after the last."""
    return array if len(array) == count else np.take(array, np.arange(count) % len(array), axis=0)
