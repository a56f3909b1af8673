"""Which tensors are there while a minibatch goes through: who lets one go, and when its memory is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.run.buffers import Buffers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflow_cli.network.chains import Chain
    from dataflow_cli.shapes import Array


class _Memory:
    """What one tensor, and those that are other views of it, are in; and how many nodes are still to read them."""

    def __init__(self, name: str, left: int, memory: Array | None = None) -> None:
        self.names = [name]
        self.left = left
        self.memory = memory


class LiveTensors:
    """The tensors that are still to be read. `readers` says by how many nodes, one more for each that is kept."""

    def __init__(self, given: Mapping[str, Array], readers: Mapping[str, int]) -> None:
        self.arrays = dict(given)
        """By name."""
        self.buffers = Buffers()
        self._readers = readers
        self._memories = {name: _Memory(name, readers[name]) for name in given}

    def add(self, name: str, array: Array, memory: Array | None = None) -> None:
        """A tensor that was made; `memory` is a piece of the buffers that it is in, if it is."""
        self._memories[name] = _Memory(name, self._readers[name], memory)
        self.arrays[name] = array

    def add_view(self, name: str, array: Array, other: str) -> None:
        """A tensor that is another view of one that is there: its memory stays for the readers of both."""
        root = self._memories[name] = self._memories[other]
        root.left += self._readers[name]
        root.names.append(name)
        self.arrays[name] = array

    def seen_in(self, names: Iterable[str], array: Array) -> str:
        """The tensor among `names` whose memory the array is, if it is."""
        return next((name for name in names if np.may_share_memory(self.arrays[name], array)), "")

    def let_go(self, chain: Chain) -> None:
        """Give memory back that nobody reads any more, once a chain of nodes has read its inputs."""
        inside = {node.name for node in chain[:-1]}
        for node in chain:
            for name in node.inputs:
                if name not in inside:
                    self._memories[name].left -= 1
                    self._give_back(name)
        self._give_back(chain[-1].name)

    def _give_back(self, name: str) -> None:
        memory = self._memories[name]
        if memory.left > 0:
            return
        for tensor in memory.names:
            self.arrays.pop(tensor, None)
        if memory.memory is not None:
            self.buffers.give(memory.memory)
            memory.memory = None
