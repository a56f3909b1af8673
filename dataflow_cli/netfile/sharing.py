"""Weights that a layer has in common with one above: `weights: {share: conv2d_1}`, as they stand in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.keys import SHARED
from dataflow_cli.netfile.model import ALL, LayerSpec, Sharing
from dataflow_cli.netfile.read_keys import read_keys
from dataflow_cli.netfile.scope import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.netfile.report import Report

    FullName = Callable[[str, nodes.Node], str]
    """The full name of the layer that a name means, UNKNOWN (and noted) if it means none."""

SHARE = "share"
_WHOLE = "name a layer above: `weights: {share: conv2d_1}`"
_ONE = "name a layer above and its parameter: `{share: embedding_1/embeddings}`"


def is_sharing(own: nodes.Mapping) -> bool:
    """Whether any parameter in an entry's `weights` is another layer's."""
    return SHARE in own.values or any(isinstance(value, nodes.Mapping) for value in own.values.values())


def split_weights(
    own: nodes.Mapping, full_name: FullName, report: Report
) -> tuple[dict[str, nodes.Node], dict[str, Sharing]]:
    """What an entry's `weights` writes out, by parameter, and what it takes from other layers."""
    written, shared = {}, {}
    for name, value in own.values.items():
        if name == SHARE:
            found = _whole(value, full_name, report)
        elif isinstance(value, nodes.Mapping):
            found = _one(name, value, full_name, report)
        else:
            written[name] = value
            continue
        if found is not None:
            shared[ALL if name == SHARE else name] = found
    return written, shared


def _whole(value: nodes.Node, full_name: FullName, report: Report) -> Sharing | None:
    if not isinstance(value, nodes.Scalar) or not value.plain:
        report.add("E112", value.place, f"share: expected the name of a layer, found {shown(value.plain)}", _WHOLE)
        return None
    layer = full_name(value.text, value)
    return Sharing(layer, value) if layer != UNKNOWN else None


def _one(name: str, value: nodes.Mapping, full_name: FullName, report: Report) -> Sharing | None:
    found = read_keys(value, SHARED, report)
    if SHARE not in found:
        if SHARE not in value.values:
            report.add("E110", value.place, f"{name}: a mapping without `share`", _ONE)
        return None
    layer, _, parameter = found[SHARE].rpartition("/")
    where = value.values[SHARE]
    if not layer:
        report.add("E112", where.place, f"share: {shown(parameter)} is no layer's parameter", _ONE)
        return None
    full = full_name(layer, where)
    return Sharing(full, where, parameter, transpose=found.get("transpose", False)) if full != UNKNOWN else None


def as_before(layer: LayerSpec, prefix: str, first: str, node: nodes.Node) -> LayerSpec:
    """A layer of a block's use with the weights that it has in another use; `prefix` and `first` begin their names."""
    if any(one.parameter or not one.if_any for one in layer.shares.values()):
        return layer  # of some layer that both uses take them from
    source = first + layer.name[len(prefix) :]
    return replace(layer, weights={}, shares={ALL: Sharing(source, node, if_any=True)})


def written_shares(shares: Mapping[str, Sharing]) -> dict[str, Any]:
    """What an entry's `weights` says of them."""
    return {name or SHARE: _written(one) for name, one in shares.items()}


def _written(one: Sharing) -> Any:
    if not one.parameter:
        return one.layer
    return {SHARE: f"{one.layer}/{one.parameter}"} | ({"transpose": True} if one.transpose else {})
