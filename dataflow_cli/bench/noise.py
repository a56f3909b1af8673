"""The minibatch that `bench` sends through a network: samples of files, or random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.assign import check_counts
from dataflow_cli.inputs.prepared import prepared
from dataflow_cli.inputs.preprocess import is_integer, prepare
from dataflow_cli.inputs.wanted import Wanted
from dataflow_cli.lazy import np
from dataflow_cli.sizes import computed_in

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array


def random_batch(network: Network, samples: int, dtype: str) -> dict[str, Array]:
    """Numbers from 0 to 1, (samples, *shape), by input; zeros where the network takes whole numbers."""
    generator = np.random.default_rng(0)
    return {
        spec.name: np.zeros((samples, *spec.shape), spec.dtype)
        if is_integer(spec)
        else generator.random((samples, *spec.shape)).astype(computed_in(dtype))
        for spec in network.inputs
    }


def file_batch(network: Network, given: Given, dtype: str, *, room: float = DATA_LIMIT) -> dict[str, Array]:
    """What `-i` gives, by input; repeated or cut to `given.batch` samples. Files may take `room` bytes.

    Raises InputError, or LimitError if it does not fit into memory.
    """
    network, samples = prepared(network, given), samples_of(network, given, room=room)
    count = given.batch or check_counts(samples)
    return {spec.name: _taken(prepare(samples[spec.name], spec, dtype=dtype), count) for spec in network.inputs}


def samples_of(network: Network, given: Given, *, room: float = DATA_LIMIT) -> dict[str, Samples]:
    """The samples that `-i` gives, or the network file, by input. Raises what `file_batch` raises."""
    network, wanted = prepared(network, given), Wanted(room=room)
    found = gather.file_samples(network, given.inputs, (), given.stdin, wanted)
    return gather.with_examples(network, found, wanted)


def _taken(array: Array, count: int) -> Array:
    """So many samples, from the first again after the last."""
    return array if len(array) == count else np.take(array, np.arange(count) % len(array), axis=0)
