"""Tensors in PyTorch's layout -> ours: which shape a file must have, what would be computed otherwise, the arrays.

PyTorch keeps kernels as (out, in, height, width) and flattens channels first, so that the dense layer after a flatten
has its columns in the order channels, height, width; ours are in the order height, width, channels. Shapes, and what
cannot be translated, are known without reading a value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, Problem
from dataflow_cli.layers.torch_order import AS_THERE, Piece, unknown
from dataflow_cli.lazy import np
from dataflow_cli.network.torch_orders import TorchOrders
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Shape

_AS_HERE = "write `layout: keras`, and save the tensors in the shapes that `dftrace params NET --by tensor` lists"
"""What is left where the file's order is PyTorch's already."""


@dataclass(frozen=True)
class Translation:
    """The way from PyTorch's tensor to ours: its axes, then the order of its rows."""

    stored: Stored
    rows: tuple[Piece, ...] = ()
    sure: bool = True

    def __call__(self, array: Array) -> Array:
        """The tensor in our layout, up to axes of one."""
        array = self._in_our_order(self._own_part(array))
        ours = np.transpose(array.reshape(self.stored.split), self.stored.axes)
        return _rows(ours, self.rows) if self.rows else ours

    def shape_in(self, found: Shape | None) -> Shape:
        """The shape that the file must have: that of all parts, if what it has is as long as they are together."""
        single = self.stored.shape
        if self.stored.part is None or found is None or found[:1] != (single[0] * self.stored.part[1],):
            return single
        return (single[0] * self.stored.part[1], *single[1:])

    def of_two(self, first: Array, second: Array) -> Array:
        """Our parameter from the two tensors that PyTorch has of it."""
        one, other = self(first), self(second)
        return np.stack([one, other]) if self.stored.stacked else one + other

    def _in_our_order(self, array: Array) -> Array:
        """The parts of the first axis as we have them, such as the gates of a recurrent layer."""
        if not self.stored.blocks:
            return array
        parts = np.split(array, len(self.stored.blocks))
        return np.concatenate([parts[number] for number in self.stored.blocks])

    def _own_part(self, array: Array) -> Array:
        """Of several parameters in one tensor, this one's part."""
        if self.stored.part is None or self.shape_in(array.shape) == self.stored.shape:
            return array
        which, count = self.stored.part
        length = len(array) // count
        return array[which * length : (which + 1) * length]


class TorchLayout:
    """A network as PyTorch has it, followed from its inputs: the order of every tensor's elements."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.orders = TorchOrders(network.inputs)
        self.refusals: list[Problem] = []
        """Layers that PyTorch would compute otherwise, or of which that is not known."""
        for node in network.nodes:
            self._follow(node)

    def translation(self, node: Node, parameter: str) -> Translation | None:
        """How the parameter comes from PyTorch's tensor; None behind a layer that was refused.

        Raises LayerError if the order of its rows is not known.
        """
        orders = self.orders.of(node.inputs[:1])
        if orders is None:
            return None
        order, shape = orders[0], node.parameters[parameter].shape
        stored = node.layer.torch_stored(parameter, shape, node.input_shapes, order)
        if not self._has_rows(node, parameter):
            return Translation(stored)
        row = order.row(node.input_shapes[0])
        if row.pieces is None:
            count = f"{math.prod(node.input_shapes[0]):,}"
            raise unknown(f"in which order PyTorch has the {count} numbers that '{parameter}' meets is not known")
        return Translation(stored, () if row.is_plain else row.pieces, row.sure)

    def _has_rows(self, node: Node, parameter: str) -> bool:
        """Whether the parameter has a row for every number that comes in."""
        shape, inputs = node.parameters[parameter].shape, node.input_shapes[0]
        return parameter in node.layer.torch_rows and len(inputs) == 1 and shape[:1] == inputs

    def _follow(self, node: Node) -> None:
        try:
            self.orders.follow(node)
        except LayerError as error:
            self.refusals.append(refusal(node, error, self.network))


def refusal(node: Node, error: LayerError, network: Network) -> Problem:
    """What cannot be translated, in its place."""
    place = node.fields[error.field].place if error.field in node.fields else node.place
    message = f"layout torch: {node.layer.type} '{node.name}': {error.message}"
    there = all(spec.data_format == "channels_first" for spec in network.inputs)
    return Problem(error.code, message, _AS_HERE if there and error.hint == AS_THERE else error.hint, place)


def other_defaults(network: Network) -> Iterator[Problem]:
    """A warning for each default that PyTorch has otherwise and that is not written, one for all layers of a kind."""
    found: dict[tuple[Layer, bool], list[Node]] = {}
    for node in network.nodes:
        for layer in (node.layer, node.layer.result_activation):
            if layer is not None and layer.torch_defaults:
                found.setdefault((layer, layer is node.layer), []).append(node)
    for (layer, itself), nodes in found.items():
        for field, theirs in layer.torch_defaults.items():
            silent = [
                node
                for node in nodes
                if (not itself or field not in node.fields) and layer.torch_default_matters(field, node.input_shapes)
            ]
            if silent and getattr(layer, field) != theirs:
                yield _other_default(layer, field, silent, itself=itself)


def _other_default(layer: Layer, field: str, nodes: Sequence[Node], *, itself: bool) -> Problem:
    ours, theirs = _shown(getattr(layer, field)), _shown(layer.torch_defaults[field])
    names = ", ".join(f"'{node.name}'" for node in nodes[:3]) + (f" and {len(nodes) - 3} more" if nodes[3:] else "")
    who = f"{layer.type} {names}" if itself else f"activation {layer.type} of {names}"
    message = f"layout torch: {who}: `{field}` is not written, so it is {ours}; PyTorch's default is {theirs}"
    where = "" if itself else f" in a layer of its own, `{{type: {layer.type}, ...}}`"
    hint = (
        f"write `{field}: {theirs}`{where}, or `{field}: {ours}` if that is what it was trained with; "
        "`framework: torch` at the top level says PyTorch's defaults of all layers"
    )
    return Problem("W102", message, hint, nodes[0].place, severity="warning")


def _shown(value: object) -> str:
    """A default as a network file has it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(list(value))
    return str(value)


def _rows(array: Array, pieces: tuple[Piece, ...]) -> Array:
    """The rows of the first axis, which PyTorch has in the order of the pieces, in ours."""
    parts, start, others = [], 0, array.shape[1:]
    for piece in pieces:
        end = start + math.prod(piece.shape)
        there: Shape = tuple(piece.shape[axis] for axis in piece.axes)
        count = len(there)
        back = [*(piece.axes.index(axis) for axis in range(count)), *range(count, count + len(others))]
        parts.append(array[start:end].reshape(*there, *others).transpose(back).reshape(-1, *others))
        start = end
    return np.concatenate(parts) if len(parts) > 1 else parts[0]
