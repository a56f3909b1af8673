"""What a weights file must hold for a network: each parameter's name and shape in the file, and the way from there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, Problem
from dataflow_cli.records import dataclass
from dataflow_cli.weights.names import StoredNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflow_cli.errors import Place
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.netfile.model import WeightsSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.torch_layout import Translation


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
    transposed: bool = False
    """Whether the tensor lies in the file with its axes the other way round."""

    @property
    def full(self) -> str:
        """`layer/parameter`."""
        return f"{self.node.name}/{self.name}"

    @property
    def parameter(self) -> Parameter:
        """What the layer needs."""
        return self.node.parameters[self.name]

    @property
    def tensors(self) -> tuple[Wanted, ...]:
        """What the file must hold for it: PyTorch has two biases where others have their sum, or a row for each."""
        first, _, second = ("" if self.translation is None else self.translation.stored.twin).partition(", ")
        if not second or f"_{first}_" not in self.stored:
            return (self,)
        return self, replace(self, stored=self.stored.replace(f"_{first}_", f"_{second}_"))

    def ours(self, *arrays: Array) -> Array:
        """The array of the file, or both of `tensors`, as the layer needs it."""
        arrays = tuple(array.T for array in arrays) if self.transposed else arrays
        if self.translation is None:
            found = arrays[0]
        else:
            found = self.translation.of_two(*arrays) if len(arrays) > 1 else self.translation(*arrays)
        return found.reshape(self.parameter.shape)


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
    shapes = shapes or {}
    names = StoredNames(spec, shapes)
    if spec.layout != "torch":
        return [_as_it_is(names, node, name, parameter) for node, name, parameter in from_file(network)], []
    from dataflow_cli.weights.torch_layout import TorchLayout, refusal

    layout = TorchLayout(network)
    found, problems = [], [*layout.refusals]
    for node, name, _ in from_file(network):
        try:
            translation = layout.translation(node, name)
        except LayerError as error:
            problems.append(refusal(node, error, network))
            continue
        if translation is not None:
            found.append(_translated(names, node, name, translation, shapes))
    return found, problems


def _as_it_is(names: StoredNames, node: Node, name: str, parameter: Parameter) -> Wanted:
    """A parameter that the file has in our layout."""
    turned = names.transposed(node.name, name)
    shape = parameter.shape[::-1] if turned else parameter.shape
    stored, place = names.of(node.name, name), _place(names.spec, node, name)
    return Wanted(node, name, stored, shape, place, said=f"{node.name}/{name}" in names.spec.map, transposed=turned)


def _translated(
    names: StoredNames, node: Node, name: str, translation: Translation, shapes: Mapping[str, Shape]
) -> Wanted:
    """A parameter that the file has in PyTorch's layout."""
    stored, turned = names.of(node.name, name), names.transposed(node.name, name)
    found = shapes.get(stored)
    shape = translation.shape_in(found[::-1] if turned and found is not None else found)
    place = _place(names.spec, node, name)
    shape = shape[::-1] if turned else shape
    return Wanted(node, name, stored, shape, place, translation=translation, transposed=turned)


def from_file(network: Network) -> Iterator[tuple[Node, str, Parameter]]:
    """Every parameter that is not written in the network file; one that layers share is the first one's alone."""
    for node in network.nodes:
        for name, parameter in node.own_parameters.items():
            if name not in node.inline:
                yield node, name, parameter


def _place(spec: WeightsSpec, node: Node, name: str) -> Place | None:
    return spec.place_of(f"{node.name}/{name}")
