"""How much memory a run needs, from the shapes alone."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dataflow_cli.network.chains import chains, channels_of, elementwise, largest_ahead, makes_tiles, readers
from dataflow_cli.sizes import HALF, ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.network.chains import Chain
    from dataflow_cli.network.model import Network, Node

    Methods = Mapping[str, Method]
    """How a node computes, by its name."""


_COMPUTED = ITEM_SIZE | dict.fromkeys(HALF, ITEM_SIZE["float32"])
"""Bytes of an element while it is computed with, by the type that it is stored in."""


def output_bytes(node: Node, dtype: str) -> int:
    """Bytes of a node's output for one sample."""
    return math.prod(node.output_shape) * _COMPUTED[dtype]


def estimated_peak_bytes(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str] = (),
    whole: Collection[str] = (),
    *,
    reused: bool = False,
    methods: Methods | None = None,
) -> int:
    """An estimate of the most bytes that parameters and tensors take while `samples` go through at once.

    The inputs stay. What a chain of layers gives lives until its last reader, then its memory is free for others. What
    a layer makes beside its output lives as long as it is computed. `reused`: the same memory serves the next
    minibatch, so the inputs are copied into it. What `keep` names
    stays, what `whole` names is made as a whole. `methods` are what `methods_of` says of that, if it was asked before.
    """
    item = _COMPUTED[dtype] * samples
    inputs = sum(math.prod(spec.shape) * item for spec in network.inputs) * (2 if reused else 1)
    left = readers(network) + Counter(keep)
    ordered = _in_order(network)
    methods = methods or methods_of(network, samples, kept=reused)
    pool, most = _Pool(), 0
    held: dict[str, _Piece] = {}
    if dtype in HALF:  # every tensor is there, to be rounded
        order: list[Chain] = [(node,) for node in network.nodes]
    else:
        order = [part for chain in chains(network, {*keep, *whole}) for part in _made_at_once(chain, ordered, methods)]
    for chain, ahead in zip(order, largest_ahead(order), strict=True):
        if not reused:
            pool.trim(ahead * item)
        tiled = makes_tiles(chain[0]) and _lies_for_tiles(chain, ordered)
        size = math.prod(chain[-1].output_shape) * item
        sums, held[chain[-1].name] = _pieces(pool, chain[0], size, tiled=tiled, reused=reused)
        copied = size if reused and (sums or not tiled) else 0  # into memory that the next minibatch finds again
        beside = _beside(chain[0], ordered, methods[chain[0].name], samples) * _COMPUTED[dtype]
        most = max(most, pool.total + copied + beside)
        for piece in sums:
            pool.give(piece)
        left.subtract([name for node in chain for name in node.inputs])
        for name in [name for name in held if left[name] <= 0]:
            pool.give(held.pop(name))
    return max(inputs + most, _preparing(network, samples, dtype)) + network.parameter_count * _COMPUTED[dtype]


def _pieces(pool: _Pool, head: Node, size: int, *, tiled: bool, reused: bool) -> tuple[tuple[_Piece, ...], _Piece]:
    """Memory for the sums of a chain's head, which are given back once it is computed, and for what the chain gives."""
    sums = () if elementwise(head) else (pool.take(size) if tiled else pool.made(size),)
    pooled = reused or (tiled and not sums)
    return sums, pool.take(size) if pooled else pool.made(size)


def _preparing(network: Network, samples: int, dtype: str) -> int:
    """Bytes of the inputs while they are scaled, which is done in float64."""
    item = _COMPUTED[dtype]
    return sum(math.prod(spec.shape) * samples * (item + 8 * spec.scaled) for spec in network.inputs)


def stored_bytes(network: Network, samples: int, dtype: str, keep: Collection[str] = ()) -> int:
    """Bytes of what is kept of so many samples, besides the network's outputs; one of them is there twice at the end.

    It is kept minibatch by minibatch, and then put together, one tensor after the other.
    """
    shapes = {spec.name: spec.shape for spec in network.inputs} | {
        node.name: node.output_shape for node in network.nodes
    }
    sizes = [math.prod(shapes[name]) for name in {*keep, *network.outputs}]
    return (sum(sizes) + max(sizes)) * samples * _COMPUTED[dtype]


def _made_at_once(chain: Chain, ordered: Collection[str], methods: Methods) -> tuple[Chain, ...]:
    """The chain; node by node where tiles cannot be read, in two where a pooling needs the tensor before it."""
    head, last = chain[0], chain[-1]
    if not _lies_for_tiles(chain, ordered):
        return tuple((node,) for node in chain)
    if last.output_shape == head.output_shape:
        return (chain,)
    pools = methods[head.name].pools and all(len(node.inputs) == 1 for node in chain)
    positions = head.output_shape[1:] if channels_of(chain) == "first" else head.output_shape[:-1]
    return (chain,) if pools and not any(n % 2 for n in positions) else (chain[:-1], chain[-1:])


def _in_order(network: Network) -> set[str]:
    """The tensors that lie in memory in the order of their axes, by name."""
    ordered = {spec.name for spec in network.inputs}
    for node in network.nodes:
        if node.layer.in_order(inputs=all(name in ordered for name in node.inputs)):
            ordered.add(node.name)
    return ordered


def _lies_for_tiles(chain: Chain, ordered: Collection[str]) -> bool:
    """Whether tiles are computed of what a chain reads: in the order of its axes, or with the channels behind."""
    return channels_of(chain) == "first" or _reads_in_order(chain, ordered)


def _reads_in_order(chain: Chain, ordered: Collection[str]) -> bool:
    """Whether all that a chain reads, and did not make itself, lies in the order of its axes."""
    inside = {node.name for node in chain}
    return all(name in ordered for node in chain for name in node.inputs if name not in inside)


def _beside(node: Node, ordered: Collection[str], method: Method, samples: int) -> int:
    """Elements that are there beside inputs and output while a node is computed: copies in another order, and sums."""
    tidied = node.layer.in_order(inputs=False) and not _reads_in_order((node,), ordered)
    copied = sum(map(math.prod, node.input_shapes)) if tidied else 0
    after = 0 if elementwise(node) or node.layer.result_activation is None else node.layer.result_activation.temporaries
    outputs = math.prod(node.output_shape)
    return max(method.beside + samples * copied, after * samples * outputs)


class _Piece(NamedTuple):
    """A piece of memory: its bytes, and whether it is used again once it is free, or goes back to the system."""

    size: int
    reused: bool


class _Pool:
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


def methods_of(network: Network, samples: int, *, kept: bool = False, fast_math: bool = False) -> Methods:
    """How every node computes so many samples: `kept` and `fast_math` as the engine has them."""
    return {
        node.name: node.layer.method(node.input_shapes, samples, kept=kept, fast_math=fast_math)
        for node in network.nodes
    }


def working_bytes(
    network: Network,
    samples: int,
    dtype: str,
    *,
    threads: int = 1,
    kept: bool = False,
    methods: Methods | None = None,
) -> int:
    """The most bytes that the layers' methods work in beside that: scratch for every thread, and transformed kernels.

    Scratch stays for the next layer, whose method may need other pieces of it. `kept`: transformed kernels stay until
    the end of the run, else until the next layer's.
    """
    methods = methods or methods_of(network, samples, kept=kept)
    kernels = [method.packed for method in methods.values()]
    packed = sum(kernels) if kept else max(kernels, default=0)
    scratch: dict[str, int] = {}
    for method in methods.values():
        scratch[method.name] = max(method.scratch, scratch.get(method.name, 0))
    return _COMPUTED[dtype] * (packed + threads * sum(scratch.values()))
