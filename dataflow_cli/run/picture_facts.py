"""Network -> what pictures ask of its steps, for the record of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.axes import ALONG
from dataflow_cli.trace.picture_facts import Drawing, Offered, Patches, Positions, Preparation, Sliding

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.run.counting import Counting


def offered(network: Network) -> tuple[Offered, ...]:
    """The steps that a run would have."""
    inputs = tuple(Offered(spec.name, spec.shape) for spec in network.inputs)
    pictures = tuple(spec.name for spec in network.inputs if len(spec.shape) == 3)

    def under(node: Node) -> tuple[str, ...]:
        return () if node.layer.looks_from(node.input_shapes) is None else pictures

    return inputs + tuple(
        Offered(node.name, node.output_shape, node.layer.redrawn, under(node)) for node in network.nodes
    )


def of_input(spec: InputSpec) -> Drawing:
    """How an input is drawn."""
    scale = None if spec.scale is None else float(spec.scale)
    first = spec.data_format == "channels_first"
    turned = spec.turns_channels
    return Drawing(
        prepared=Preparation(scale, spec.mean or (), spec.std or (), channels_first=first, blue_first=turned)
    )


def of_node(node: Node, network: Network, *, kept: bool) -> Drawing:
    """How a layer is drawn; where its places lie takes work to find out, and is asked of what was `kept` alone."""
    layer = node.layer
    shares = bool(layer.has_heads and layer.looks_from(node.input_shapes))
    positions = _positions(node) if kept and len(node.output_shape) == 2 else Positions()
    heads = layer.axes(len(node.output_shape), channels_first=False)[1:] if layer.has_heads else ()
    windows = _windows(node) if kept else ()
    return Drawing(
        layer.redrawn,
        layer.has_sequences,
        heads,
        by_step=layer.has_steps and len(node.output_shape) == 2,
        over_steps=len(node.output_shape) == 4 and layer.axes(4, channels_first=False)[0] in ALONG,
        shares=shares,
        patches=_patches(network, node) if kept and shares else None,
        positions=positions,
        windows=windows,
    )


def counting(network: Network, names: Collection[str]) -> Counting | None:
    """What notes which places of heads count while a network runs, where any of the nodes of these names has heads."""
    if not any(node.layer.has_heads for node in network.nodes if node.name in names):
        return None
    from dataflow_cli.run.counting import Counting

    return Counting(network, names)


def _patches(network: Network, node: Node) -> Patches | None:
    from dataflow_cli.run.patches import patches_of

    return patches_of(network, node)


def _windows(node: Node) -> tuple[Sliding, ...]:
    links = node.layer.moves(node.input_shapes)
    return tuple(Sliding(link.shift, link.stride, link.dilation * (link.taps - 1) + 1) for link in links)


def _positions(node: Node) -> Positions:
    axes = node.sees.axes
    if not axes or len(axes) != 1 or axes[0] is None or node.sees.follows != (0,):
        return Positions()
    length = node.output_shape[-1 if node.sees.channels_first else 0]
    return Positions(*axes[0].middles(length)) if length else Positions()
