"""The `example` of an input: the path of a file, or numbers, whose shape is looked at when the network is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.scalars import read_number, shown
from dataflow_cli.lazy import pattern
from dataflow_cli.netfile import nodes

if TYPE_CHECKING:
    from dataflow_cli.netfile.report import Report

NO_NUMBER = pattern(r"[+-]?([nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?)")
"""What an example may hold beside finite numbers."""


def note_example(node: nodes.Node, report: Report) -> None:
    """Note the first part of an example that is neither a number nor a list of some."""
    if isinstance(node, nodes.Scalar):
        if not node.plain:
            _refuse(node, "a path or numbers", report)
        return
    wrong = _wrong(node)
    if wrong is not None:
        _refuse(wrong, "a number", report)


def _wrong(node: nodes.Node) -> nodes.Node | None:
    if isinstance(node, nodes.Scalar):
        is_number = read_number(node.text) is not None or NO_NUMBER.fullmatch(node.text)
        return None if is_number else node
    if not isinstance(node, nodes.Sequence) or not node.items:
        return node
    return next((wrong for item in node.items if (wrong := _wrong(item)) is not None), None)


def _refuse(node: nodes.Node, expected: str, report: Report) -> None:
    hint = "write numbers, nested as the input's shape says, or the path of a file"
    report.add("E112", node.place, f"example: expected {expected}, found {shown(node.plain)}", hint)
