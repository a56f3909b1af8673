"""Network -> NetworkSpec: what was wired, as a network file describes it. The other way round of `build.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import Place
from dataflow_cli.netfile.model import LayerSpec, NetworkSpec, Reference, Sharing
from dataflow_cli.netfile.nodes import Mapping, Scalar
from dataflow_cli.unknown import standing

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network, Node, Share

_NOWHERE = Place("", 1, 1)


def described(network: Network) -> NetworkSpec:
    """The description of a network. Nothing in it has a place in a file."""
    return NetworkSpec(
        file=network.file,
        name=network.name,
        inputs=tuple(replace(spec, shape=standing(spec.shape)) for spec in network.inputs),
        layers=tuple(_layer(node) for node in network.nodes if not node.inner),
        outputs=tuple(map(_reference, network.outputs)),
        weights=network.weights,
        classes=network.classes,
        data_format=network.inputs[0].data_format,
        data_format_written=network.data_format_written,
        base=network.base,
    )


def _layer(node: Node) -> LayerSpec:
    return LayerSpec(
        name=node.name,
        layer=node.layer.masked(()) if node.masks else node.layer,
        inputs=tuple(map(_reference, node.inputs[: len(node.inputs) - node.masks])),
        kind=Scalar(_NOWHERE, node.layer.type),
        item=Mapping(_NOWHERE, {}, {}),
        weights=node.inline,
        shares={name: _sharing(share) for name, share in node.shared.items()},
        mask=None if node.mask is None else _reference(node.mask),
    )


def _sharing(share: Share) -> Sharing:
    return Sharing(share.owner.name, Scalar(_NOWHERE, share.full), share.parameter, transpose=share.transpose)


def _reference(name: str) -> Reference:
    return Reference(name, Scalar(_NOWHERE, name))
