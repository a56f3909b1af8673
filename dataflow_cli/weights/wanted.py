"""What a weights file must hold for a network: each parameter's name and shape in the file, and the way from there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, Problem
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dataflow_cli.errors import Place
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.netfile.model import WeightsSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.torch_layout import Translation


TORCH_NAMES = {
    "kernel": ("weight",),
    "embeddings": ("weight",),
    "alpha": ("weight",),
    "gamma": ("weight",),
    "scale": ("weight",),
    "beta": ("bias",),
    "moving_mean": ("running_mean",),
    "moving_variance": ("running_var",),
    "position_embeddings": ("weight",),
    "query_kernel": ("in_proj_weight", "q_proj_weight", "q_proj.weight"),
    "key_kernel": ("in_proj_weight", "k_proj_weight", "k_proj.weight"),
    "value_kernel": ("in_proj_weight", "v_proj_weight", "v_proj.weight"),
    "query_bias": ("in_proj_bias", "q_proj.bias"),
    "key_bias": ("in_proj_bias", "k_proj.bias"),
    "value_bias": ("in_proj_bias", "v_proj.bias"),
    "output_kernel": ("out_proj.weight", "o_proj.weight"),
    "output_bias": ("out_proj.bias", "o_proj.bias"),
}
"""What PyTorch's modules, or those of models made of them, call a parameter, where it is not what we do."""


@dataclass(frozen=True)
class Wanted:
    """One parameter that is to come from a file."""

    node: Node
    name: str
    """The parameter's name in the layer."""
    stored: str
    """Its name in the file."""
    shape: Shape
    """Its shape in the file."""
    place: Place | None
    """What of the network file asks for it."""
    said: bool = False
    """Whether a `map:` writes this name out."""
    translation: Translation | None = None
    """From PyTorch's tensor to ours; None if the file has ours."""

    @property
    def full(self) -> str:
        """`layer/parameter`."""
        return f"{self.node.name}/{self.name}"

    @property
    def parameter(self) -> Parameter:
        """What the layer needs."""
        return self.node.parameters[self.name]

    def ours(self, array: Array) -> Array:
        """The array of the file as the layer needs it."""
        return (array if self.translation is None else self.translation(array)).reshape(self.parameter.shape)


def as_stored(spec: WeightsSpec, file: WeightsFile) -> WeightsSpec:
    """PyTorch's layout for a file that PyTorch wrote, unless the network file says which it has."""
    if spec.layout_written or file.arrays.origin != "torch":
        return spec
    return replace(spec, layout="torch")


def wanted(
    network: Network, spec: WeightsSpec, shapes: Mapping[str, Shape] | None = None
) -> tuple[list[Wanted], list[Problem]]:
    """What a file must hold, inline parameters left out, and what cannot be translated from PyTorch.

    `shapes` are those in the file, by name: a parameter that has PyTorch's there, `conv2d_1.weight`, is found by that.
    """
    if spec.layout != "torch":
        return [
            Wanted(
                node,
                name,
                spec.stored_name(node.name, name),
                parameter.shape,
                _place(spec, node, name),
                said=f"{node.name}/{name}" in spec.map,
            )
            for node, name, parameter in from_file(network)
        ], []
    from dataflow_cli.weights.torch_layout import TorchLayout, refusal

    shapes = shapes or {}
    layout = TorchLayout(network)
    found, problems = [], [*layout.refusals]
    for node, name, _ in from_file(network):
        try:
            translation = layout.translation(node, name)
        except LayerError as error:
            problems.append(refusal(node, error))
            continue
        if translation is not None:
            stored, place = name_in_file(spec, node.name, name, shapes), _place(spec, node, name)
            shape = translation.shape_in(shapes.get(stored))
            found.append(Wanted(node, name, stored, shape, place, translation=translation))
    return found, problems


def from_file(network: Network) -> Iterator[tuple[Node, str, Parameter]]:
    """Every parameter that is not written in the network file."""
    for node in network.nodes:
        for name, parameter in node.parameters.items():
            if name not in node.inline:
                yield node, name, parameter


def name_in_file(spec: WeightsSpec, layer: str, parameter: str, names: Collection[str]) -> str:
    """The name that a parameter has in a file of `names`: ours, unless PyTorch's way to write it alone is there."""
    stored = spec.stored_name(layer, parameter)
    if spec.layout != "torch" or stored in names or stored != f"{layer}/{parameter}":
        return stored
    there = layer.replace("/", ".")
    theirs = (f"{there}.{name}" for name in TORCH_NAMES.get(parameter, (parameter,)))
    return next((name for name in theirs if name in names), stored)


def _place(spec: WeightsSpec, node: Node, name: str) -> Place | None:
    return spec.place_of(f"{node.name}/{name}")
