"""The learned kernels of layers, as a finished record: what pictures of them need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights


@dataclass(frozen=True, eq=False)
class Kernel:
    """A parameter of two axes or more, the last two being what goes in and what comes out."""

    layer: str
    parameter: str
    values: Array
    flipped: bool
    """Whether it is applied the other way round than it is stored."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """The kernels of some layers of a network, at least one."""

    network: str
    weights: str
    """Where they are from."""
    kernels: tuple[Kernel, ...]


def kernels_of(network: Network, weights: Weights, names: Sequence[str]) -> Kernels:
    """The kernels of the layers called `names`; other steps have none. Raises UnknownName if none of them has any."""
    found = all_kernels(network, weights, names)
    if not found:
        having = [node.name for node in network.nodes if any(len(p.shape) > 1 for p in node.parameters.values())]
        hint = f"these have: {', '.join(having[:12])}" if having else "no layer of the network has any"
        raise UnknownName("none of these layers has a kernel", hint=hint)
    return Kernels(network.name, weights.source, found)


def all_kernels(network: Network, weights: Weights, names: Sequence[str]) -> tuple[Kernel, ...]:
    """The kernels of the layers called `names`, if there are any."""
    return tuple(
        Kernel(name, parameter, values, getattr(network.by_name[name].layer, "flip_kernel", False))
        for name in names
        if name in network.by_name
        for parameter, values in weights.of(name).items()
        if values.ndim > 1
    )


def kernels_in(origin: tuple[Network, Weights] | None, tensors: Sequence[str]) -> tuple[Kernel, ...]:
    """The kernels of the layers of some tensors of a run; none if it is not known what was run."""
    return () if origin is None else all_kernels(*origin, tuple(dict.fromkeys(map(layer_of, tensors))))
