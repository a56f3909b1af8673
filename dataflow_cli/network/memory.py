"""How much memory a run needs, from the shapes alone."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dataflow_cli.network.chains import chains, elementwise, largest, readers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.network.chains import Chain
    from dataflow_cli.network.model import Network, Node

ITEM_SIZE = {"float32": 4, "float64": 8}
"""Bytes of one element."""


def output_bytes(node: Node, dtype: str) -> int:
    """Bytes of a node's output for one sample."""
    return math.prod(node.output_shape) * ITEM_SIZE[dtype]


def peak_bytes(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str] = (),
    *,
    reused: bool = False,
    fast_math: bool = False,
) -> int:
    """An estimate of the most bytes that parameters and tensors take while `samples` go through at once.

    The inputs stay. What a chain of layers gives lives until its last reader, then its memory is free for others.
    `reused`: the same memory serves the next minibatch, so the inputs are copied into it.
    """
    item = ITEM_SIZE[dtype] * samples
    inputs = sum(math.prod(spec.shape) * item for spec in network.inputs) * (2 if reused else 1)
    left = readers(network) + Counter(keep)
    memory, most = _Memory(), 0
    held: dict[str, _Piece] = {}
    how = {"kept": reused, "fast_math": fast_math}
    order = [part for chain in chains(network, keep) for part in _made_at_once(chain, samples, how)]
    for number, chain in enumerate(order):
        if not reused:
            memory.trim(largest(order[number:]) * item)
        tiled = chain[0].layer.tiled(chain[0].input_shapes)
        for node in chain[-1:] if tiled else chain:
            size = math.prod(node.output_shape) * item
            sums = () if elementwise(node) else (memory.take(size) if tiled else memory.made(size),)
            pooled = reused or (tiled and not sums)
            held[node.name] = memory.take(size) if pooled else memory.made(size)
            most = max(most, memory.total)
            for piece in sums:
                memory.give(piece)
        left.subtract([name for node in chain for name in node.inputs])
        for name in [name for name in held if left[name] <= 0]:
            memory.give(held.pop(name))
    return inputs + most + network.parameter_count * ITEM_SIZE[dtype]


def _made_at_once(chain: Chain, samples: int, how: Mapping[str, bool]) -> tuple[Chain, ...]:
    """The chain; in two if a pooling at its end may need the tensor before it as a whole."""
    head, last = chain[0], chain[-1]
    if last.output_shape == head.output_shape:
        return (chain,)
    pools = head.layer.method(head.input_shapes, samples, **how).pools and all(len(node.inputs) == 1 for node in chain)
    return (chain,) if pools and not any(n % 2 for n in head.output_shape[:-1]) else (chain[:-1], chain[-1:])


class _Piece(NamedTuple):
    """A piece of memory: its bytes, and whether it is used again once it is free, or goes back to the system."""

    size: int
    reused: bool


class _Memory:
    """The pieces that a run takes: one that is free is used again if it is large enough."""

    def __init__(self) -> None:
        self.total = 0
        self._free: list[int] = []

    def take(self, size: int) -> _Piece:
        """The piece that so many bytes go into."""
        piece = min((free for free in self._free if free >= size), default=None)
        if piece is None:
            self.total += size
            return _Piece(size, reused=True)
        self._free.remove(piece)
        return _Piece(piece, reused=True)

    def made(self, size: int) -> _Piece:
        """Memory of its own."""
        self.total += size
        return _Piece(size, reused=False)

    def trim(self, size: int) -> None:
        """Let go of what is free and larger than anything to come."""
        self.total -= sum(piece for piece in self._free if piece > size)
        self._free = [piece for piece in self._free if piece <= size]

    def give(self, piece: _Piece) -> None:
        """Give it back."""
        if piece.reused:
            self._free.append(piece.size)
        else:
            self.total -= piece.size


def working_bytes(
    network: Network, samples: int, dtype: str, *, threads: int = 1, kept: bool = False, fast_math: bool = False
) -> int:
    """The most bytes that the layers' methods work in beside that: scratch for every thread, and transformed kernels.

    `kept`: transformed kernels stay until the end of the run, else until the next layer's.
    """
    methods = [node.layer.method(node.input_shapes, samples, kept=kept, fast_math=fast_math) for node in network.nodes]
    kernels = [method.prepared for method in methods]
    prepared = sum(kernels) if kept else max(kernels, default=0)
    return ITEM_SIZE[dtype] * (prepared + threads * max((method.scratch for method in methods), default=0))


def bytes_text(count: int) -> str:
    """A number of bytes with its unit, for people: `84.5 KiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if round(amount, 1) < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} PiB"
