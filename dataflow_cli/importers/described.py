"""A model of another framework in our words: what every importer makes, and what a network is built or written from."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dataflow_cli.files.stored import TensorHeader
    from dataflow_cli.shapes import Array, Shape

FOLLOWING = " (activation)"
"""Behind the name of a layer of theirs whose activation is a layer of its own here: what that one comes from."""


class StoredArray(Protocol):
    """A parameter that is read when it is wanted, in our layout."""

    def header(self) -> TensorHeader:
        """What it is like. Raises FileProblem."""

    def array(self) -> Array:
        """Its numbers. Raises FileProblem."""

    def chunks(self) -> Iterator[bytes]:
        """The bytes of its numbers, in any order, in parts of whole numbers. Raises FileProblem."""


@dataclass(frozen=True)
class ImportedInput:
    """One input: its name, and what the network file would say of it."""

    name: str
    fields: Mapping[str, Any]
    source: str = ""
    """What it is called there, where it is to be found again."""
    batch: int | None = 0
    """Which axis of theirs are the samples; None where a sample is all of it."""


@dataclass(frozen=True)
class ImportedLayer:
    """One use of a layer."""

    name: str
    """By our rules: `block_1/conv` where the model is made of models."""
    kind: str
    fields: Mapping[str, Any]
    """As a network file has them."""
    inputs: tuple[str, ...]
    """Names of inputs and layers above, or `layer:inner`."""
    source: str = ""
    """What the layer is called there, by its whole path; where its parameters stand in the file of weights."""
    told: str = ""
    """The same for an error: `Conv2D 'conv1'`."""
    mask: str = ""
    """The tensor that says which steps count, where that is no mask of its inputs."""
    shares: str = ""
    """The layer, by its name here, whose parameters it uses."""
    parameters: Mapping[str, StoredArray] = field(default_factory=dict)
    """Its parameters, where the file has them in another way than under its name."""
    written: Mapping[str, Any] = field(default_factory=dict)
    """Its parameters, where they are numbers that the model is described with: nested lists."""
    gives: str = ""
    """The tensor there that is its output, where tensors have names of their own."""
    batch: int | None = 0
    """Which axis of that tensor are the samples."""
    shape: Shape = ()
    """Of a sample of its output, where the importer knows it."""


@dataclass(frozen=True)
class Missing:
    """A layer that there is no kind for, or that does what its kind does not."""

    told: str
    """`Lambda 'lambda_1'`."""
    why: str
    hint: str = ""
    names: tuple[str, ...] = ()
    """What it would have been called."""


@dataclass(frozen=True)
class Imported:
    """A whole model."""

    name: str
    origin: str
    """Who wrote it: `Keras 3.5.0`."""
    inputs: tuple[ImportedInput, ...]
    layers: tuple[ImportedLayer, ...]
    outputs: tuple[str, ...]
    data_format: str = "channels_last"
    runtime: str = "keras"
    """The package that runs such models, which the file that holds an imported one against it is named after."""
    missing: tuple[Missing, ...] = field(default_factory=tuple)

    def flat(self) -> Imported:
        """The same without blocks: `block.conv` for `block/conv`. A block takes one input, and not every model does."""
        from dataflow_cli.importers.naming import Names

        names = Names()
        return self.renamed({layer.name: names.new(layer.name.replace("/", ".")) for layer in self.layers})

    def renamed(self, names: Mapping[str, str]) -> Imported:
        """The same with other names for layers, by those that they have."""
        from dataclasses import replace

        layers = tuple(
            replace(
                layer,
                name=names.get(layer.name, layer.name),
                inputs=tuple(moved_as(each, names) for each in layer.inputs),
                mask=moved_as(layer.mask, names),
                shares=names.get(layer.shares, layer.shares),
            )
            for layer in self.layers
        )
        return replace(self, layers=layers, outputs=tuple(moved_as(each, names) for each in self.outputs))

    def without(self, fields: Mapping[str, Collection[str]]) -> Imported:
        """The same without some fields of layers, by the layer's name."""
        from dataclasses import replace

        def left(layer: ImportedLayer) -> ImportedLayer:
            gone = layer.fields.keys() & set(fields.get(layer.name, ()))
            if not gone:
                return layer
            return replace(layer, fields={name: layer.fields[name] for name in layer.fields if name not in gone})

        return replace(self, layers=tuple(map(left, self.layers)))

    def until(self, name: str) -> Imported:
        """The part that a layer needs, which is then the output."""
        from dataclasses import replace

        from dataflow_cli.tensors import layer_of

        needed = {name}
        for layer in reversed(self.layers):
            if layer.name in needed:
                needed |= {layer_of(each) for each in (*layer.inputs, layer.mask) if each}
        layers = tuple(layer for layer in self.layers if layer.name in needed)
        inputs = tuple(each for each in self.inputs if each.name in needed)
        return replace(self, layers=layers, inputs=inputs, outputs=(name,), missing=())


def moved_as(tensor: str, names: Mapping[str, str]) -> str:
    """The tensor where its layer is called as `names` says."""
    from dataflow_cli.tensors import layer_of, moved

    layer = layer_of(tensor)
    return names[tensor] if tensor in names else moved(tensor, names[layer]) if layer in names else tensor
