"""Parameters that pass through memory layer by layer, each read from its file when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.tensors import layer_of
from dataflow_cli.weights.load import reading
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array

    Read = Callable[[Node, str], Array]

KEPT = 2**26
"""Bytes of layers that stay beside the last one: what is computed together is asked for more than once."""


class PassingWeights(Weights):
    """Weights of which only the last layers that were asked for are in memory."""

    arrays: PassingParameters

    def once(self, layer: str) -> Mapping[str, Array]:
        """The same for one who asks only once: it does not stay."""
        return self.arrays.read(layer_of(layer))

    @property
    def nbytes(self) -> int:
        """Bytes of what is in memory at most."""
        return self.arrays.largest + KEPT

    @cached_property
    def types(self) -> frozenset[object]:
        """The types that the arrays have."""
        return self.arrays.types

    def __repr__(self) -> str:
        return f"<Weights of {len(self.arrays):,} layers, from {self.source!r}, read when asked for>"


class PassingParameters(Mapping[str, Mapping[str, "Array"]]):
    """The parameters of every layer that has any, by its name. Reading raises WeightsError as `load_weights` does."""

    def __init__(self, network: Network, dtype: str, read: Read) -> None:
        self._nodes = {node.name: node for node in network.nodes if node.parameters}
        self._dtype = np.dtype(dtype)
        self._read = read
        self._last: dict[str, dict[str, Array]] = {}

    def __getitem__(self, layer: str) -> Mapping[str, Array]:
        if layer not in self._last:
            self._make_room(self._nodes[layer])
            self._last[layer] = self.read(layer)
        return self._last[layer]

    def read(self, layer: str) -> dict[str, Array]:
        """The parameters of a layer, read anew; none for one that has none."""
        node = self._nodes.get(layer)
        return {} if node is None else {name: self._read(node, name) for name in node.parameters}

    def _make_room(self, node: Node) -> None:
        """Let go of the oldest layers, so that not much stays beside the next one."""
        room = KEPT - self._bytes(node)
        while self._last and sum(self._bytes(self._nodes[name]) for name in self._last) > room:
            del self._last[next(iter(self._last))]

    def __contains__(self, layer: object) -> bool:
        return layer in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def largest(self) -> int:
        """Bytes of the largest layer."""
        return max(map(self._bytes, self._nodes.values()), default=0)

    @property
    def types(self) -> frozenset[object]:
        """The types of the arrays, as the layers say them."""
        every = (one.dtype for node in self._nodes.values() for one in node.parameters.values())
        return frozenset(np.dtype(name) if name else self._dtype for name in every)

    def _bytes(self, node: Node) -> int:
        return sum(one.count * np.dtype(one.dtype or self._dtype).itemsize for one in node.parameters.values())


def passing_weights(
    held: ExitStack,
    network: Network,
    path: str | Path | None = None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    whole: Network | None = None,
) -> Weights:
    """What `load_weights` gives, without the warnings about values; the file stays open as long as `held` does.

    Raises what `load_weights` raises, of damaged values only when they are asked for.
    """
    found = held.enter_context(reading(network, path, init=init, seed=seed, dtype=dtype, whole=whole))
    arrays = PassingParameters(network, found.dtype, found.array)
    return PassingWeights(arrays, found.source, found.warnings, found.init, found.stored)
