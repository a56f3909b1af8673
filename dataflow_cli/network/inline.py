"""Parameters written in the network file: checked against the layer without NumPy, so that `check` and `params` can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem, suggestion
from dataflow_cli.layers.integers import ENDS
from dataflow_cli.layers.scalars import read_number, shown
from dataflow_cli.netfile import nodes
from dataflow_cli.shapes import Shape, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.errors import Place
    from dataflow_cli.network.model import Node


Fault = tuple[nodes.Node, str] | None
"""The part of nested lists that is wrong, and what is wrong with it."""


_SHARING = "for another layer's parameter write `{{share: {}}}`, with `transpose: true` if its axes are turned around"


def inline_problems(
    node: Node, faults: dict[tuple[int, Shape], Fault], place_of: Callable[[str], Place]
) -> Iterator[Problem]:
    """Everything wrong with a node's inline parameters: unknown names, wrong shapes, values that are not numbers.

    `faults` remembers what was looked at: in a block that is used many times it is the same. `place_of` says where
    the name of a parameter stands.
    """
    for name, value in node.inline.items():
        if name not in node.parameters:
            known = ", ".join(node.parameters) or "none"
            hint = suggestion(name, node.parameters) or f"its parameters: {known}"
            yield Problem(
                "E151",
                f"{node.layer.type} '{node.name}' has no parameter '{name}'",
                hint,
                place_of(name),
            )
            continue
        shape, whole = node.parameters[name].shape, node.parameters[name].dtype
        key = (id(value), shape)
        if key not in faults:
            faults[key] = None if _is_number(value) else _fault(value, shape)
        fault = faults[key]
        if fault is None and whole:
            bad = _unheld(value, whole)
            if bad is not None:
                message = f"{node.name}/{name}: expected a whole number of {whole}, found {shown(bad.plain)}"
                hint = f"write whole numbers from {ENDS[whole][0]} to {ENDS[whole][1]}"
                yield Problem("E150", message, hint, bad.place)
            continue
        if fault is not None:
            message = f"{node.name}/{name}: {fault[1]}"
            if _is_reference(fault[0]):
                theirs = fault[0].text if isinstance(fault[0], nodes.Scalar) else "embedding_1/embeddings"
                yield Problem("E150", message, _SHARING.format(theirs), fault[0].place)
                continue
            hint = f"write {written(shape)} numbers, nested in this order, or a single one to fill the tensor"
            yield Problem("E150", message, hint, fault[0].place)


def _fault(value: nodes.Node, shape: Shape) -> Fault:
    """The first part of nested lists that does not have the shape, and what is wrong with it."""
    if not shape:
        return None if _is_number(value) else (value, f"expected a number, found {shown(value.plain)}")
    if not isinstance(value, nodes.Sequence):
        what = "the number " if _is_number(value) else ""
        return value, f"expected a list of {shape[0]}, found {what}{shown(value.plain)}"
    if len(value.items) != shape[0]:
        return value, f"expected a list of {shape[0]}, found {len(value.items)}"
    return next((fault for item in value.items if (fault := _fault(item, shape[1:])) is not None), None)


def _unheld(value: nodes.Node, dtype: str) -> nodes.Node | None:
    """The first of nested numbers that is no whole one of a type."""
    if isinstance(value, nodes.Sequence):
        return next((bad for item in value.items if (bad := _unheld(item, dtype)) is not None), None)
    number = read_number(value.text) if isinstance(value, nodes.Scalar) else None
    low, high = ENDS[dtype]
    return None if number is not None and number == int(number) and low <= number <= high else value


def _is_reference(value: nodes.Node) -> bool:
    """Whether a value looks like the name of another layer's parameter."""
    return isinstance(value, nodes.Mapping) or (isinstance(value, nodes.Scalar) and "/" in value.text)


def _is_number(value: nodes.Node) -> bool:
    return isinstance(value, nodes.Scalar) and read_number(value.text) is not None
