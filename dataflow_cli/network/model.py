"""A network: named inputs, and nodes in the order in which the data flows. Plain data; no parameters, no NumPy."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.errors import Place, Problem, UnknownName, suggestion
from dataflow_cli.network.methods import NetworkMethods
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import HALF
from dataflow_cli.tensors import inner_name, inner_of, is_inner, layer_of, moved
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.tiling import Tiling
    from dataflow_cli.netfile.model import Framework, InputSpec, NetworkSpec, WeightsSpec
    from dataflow_cli.netfile.nodes import Node as FileNode
    from dataflow_cli.shapes import Shape, Shapes


NO_INNER = "'{}' is an input of the network: it has no inner tensors"


@dataclass(frozen=True)
class Share:
    """Whose parameter it is that a layer has in common with another one."""

    owner: Node = field(repr=False)
    parameter: str
    transpose: bool = False
    """Whether its axes stand in the opposite order here."""

    @property
    def full(self) -> str:
        """`layer/parameter`."""
        return f"{self.owner.name}/{self.parameter}"

    def __str__(self) -> str:
        return f"{self.full}, transposed" if self.transpose else self.full


@dataclass(frozen=True)
class Node:
    """One layer in its place: what it takes, what it gives, what it costs. Shapes are of one sample."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    """Names of nodes or network inputs."""
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: Mapping[str, Parameter]
    macs: int
    """Multiply-accumulates for one sample; of convolutions, dense, recurrent and attention layers."""
    receptive_fields: Mapping[str, ReceptiveField] = field(compare=False, repr=False)
    """What every tensor of the network sees of its input."""
    inline: Mapping[str, FileNode] = field(default_factory=dict)
    """Parameters that are written in the network file."""
    kind: FileNode | None = None
    """The layer's type as it stands in the file."""
    fields: Mapping[str, FileNode] = field(default_factory=dict)
    """What the network file writes of the layer; fields that are not here have their default."""
    joined_mask: Node | None = field(default=None, repr=False)
    """Of a merge whose inputs have masks, that of its output: the one inner tensor that is not made of the inputs."""
    mask: str | None = None
    """The mask that the network file names at the layer, `none` included."""
    shared: Mapping[str, Share] = field(default_factory=dict)
    """The parameters that are other layers', by name: they are counted there."""
    masks: int = 0
    """How many of the inputs, the last ones, are masks of the others."""

    @property
    def place(self) -> Place | None:
        """Where its type stands in the network file."""
        return None if self.kind is None else self.kind.place

    @property
    def source(self) -> str:
        """What it is called in the model that it was imported from; nothing where the file does not say."""
        return str(self.fields["source"].plain) if "source" in self.fields else ""

    @property
    def sees(self) -> ReceptiveField:
        """What one element of the output sees of the network's input."""
        return self.receptive_fields[self.name]

    @property
    def receptive_field(self) -> tuple[int | None, ...] | None:
        """The size of the receptive field on every spatial axis, at the position where it is largest.

        None means the whole input; None on an axis that it is too irregular there to be followed.
        """
        lengths = self.output_shape[1:] if self.sees.channels_first else self.output_shape[:-1]
        return self.sees.sizes_within(lengths)

    @property
    def total_stride(self) -> tuple[float | None, ...] | None:
        """How many elements of the network's input lie, on every spatial axis, between what two neighbours see.

        A fraction behind an axis that grew; None means the whole input, None on an axis that it is not known there.
        """
        return self.sees.total_strides

    @property
    def offset(self) -> tuple[int | None, ...] | None:
        """Where what the first position sees begins, on every spatial axis of the network's input; below 0 in padding.

        None means the whole input, None on an axis that it is not known there, or that nothing is seen.
        """
        return self.sees.offsets

    @cached_property
    def tiling(self) -> Tiling:
        """What the layer can do tile by tile here: asked often while a network is made ready to run."""
        return self.layer.tiling(self.input_shapes)

    @property
    def parameter_count(self) -> int:
        """How many numbers the layer's own parameters are."""
        return sum(parameter.count for parameter in self.own_parameters.values())

    @property
    def trainable_count(self) -> int:
        """How many of them training changes."""
        return sum(parameter.count for parameter in self.own_parameters.values() if parameter.trainable)

    @property
    def own_parameters(self) -> Mapping[str, Parameter]:
        """The parameters by name, without those that are other layers'."""
        shared = self.shared
        return {name: one for name, one in self.parameters.items() if name not in shared} if shared else self.parameters

    @property
    def non_trainable_count(self) -> int:
        """How many of them training does not change."""
        return self.parameter_count - self.trainable_count

    @property
    def inner(self) -> str:
        """The name of the tensor within its layer; nothing if it is what the layer puts out."""
        return inner_of(self.name)

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        """The inner tensors of the layer, by name, with what they are, in the order in which they are computed."""
        own = self.layer.inner_tensors
        if self.joined_mask is None:
            return own
        from dataflow_cli.layers.bases.masked import MASK_INSIDE

        return {**MASK_INSIDE, **own}

    @property
    def recalled(self) -> tuple[str, ...]:
        """The tensors of its layer, by their full names, that explanations of this one refer to."""
        return tuple(inner_name(layer_of(self.name), inner) for inner in self.layer.recalls)

    def inside(self, inner: str) -> Node:
        """A tensor that the layer works out on the way, as a node.

        Parameters and multiply-accumulates are counted where the layer stands. Raises UnknownName if there is none.
        """
        kind, known = self.layer.type, self.inner_tensors
        if self.joined_mask is not None and inner == self.joined_mask.inner:
            return self.joined_mask
        if inner not in known:
            hint = suggestion(inner, known) or (f"{kind} has: {', '.join(known)}" if known else f"{kind} has none")
            raise UnknownName(f"{kind} '{self.name}' has no inner tensor '{inner}'", hint=hint)
        return self.ending(inner)

    def ending(self, inner: str) -> Node:
        """The layer up to one of its tensors, which need not be one that can be named."""
        name, layer = inner_name(self.name, inner), self.layer.inside(inner)
        return Node(
            name=name,
            layer=layer,
            inputs=self.inputs,
            input_shapes=self.input_shapes,
            output_shape=_shape(layer, self.input_shapes),
            parameters={},
            macs=0,
            receptive_fields={
                name: layer.sees([self.receptive_fields[each] for each in self.inputs], self.input_shapes)
            },
            kind=self.kind,
        )


def _shape(layer: Layer, inputs: Shapes) -> Shape:
    """The shape of an inner tensor, marked where it hangs on sizes that are not known."""
    shape = layer.output_shape(inputs)
    if all(map(is_known, inputs)):
        return shape
    from dataflow_cli.network.unsized import settled

    return settled(layer, inputs, (shape, {}, 0))[0]


@dataclass(frozen=True)
class Network(NetworkMethods):
    """A whole network, wired and with all shapes known."""

    name: str
    file: str
    inputs: tuple[InputSpec, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    classes: tuple[str, ...] = ()
    weights: WeightsSpec | None = None
    base: str = ""
    """The path of the folder that relative paths in the network file are relative to."""
    warnings: tuple[Problem, ...] = ()
    """What can be computed and is hardly meant, such as channels that seem to stand at the other end of an input."""
    data_format_written: bool = False
    """Whether the network file says where channels stand."""
    tokenizer: str | None = None
    """The path of the tokenizer that makes numbers of a text."""
    framework: Framework = "keras"
    """Whose layout weights have where nothing says it, and whose order flattened elements."""
    unsized: NetworkSpec | None = field(default=None, compare=False, repr=False)
    """What it was built from, and is built from again when the data comes, if the size of an input is not known."""
    spec: NetworkSpec | None = field(default=None, compare=False, repr=False)
    """What it was built from."""
    gives: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What the outputs of layers are called in the model that was read, where tensors have names of their own there."""
    is_whole: bool = True
    """Whether it is all that the file says: what comes out of a part is no answer, and others use the other weights."""

    def __repr__(self) -> str:
        return f"<Network {self.name!r}: {len(self.nodes):,} layers, {self.parameter_count:,} parameters>"

    @cached_property
    def folder(self) -> Path:
        """What relative paths in the network file are relative to."""
        from pathlib import Path

        return Path(self.base)

    @cached_property
    def estimates(self) -> dict[tuple[object, ...], int]:
        """The bytes that running it was found to need, by the way it is run."""
        return {}

    @cached_property
    def sizings(self) -> dict[tuple[Shape, ...], Network]:
        """Networks that it became with inputs of known sizes."""
        return {}

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """The nodes by name, in network order."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def sources(self) -> dict[str, str]:
        """What layers are called in the model that they were imported from, by their names here."""
        return {node.name: node.source for node in self.nodes if node.source}

    def node(self, name: str) -> Node:
        """The node of that name, here or where it came from, or that of an inner tensor.

        Raises UnknownName with the closest one.
        """
        if name in self.by_name:
            return self.by_name[name]
        from dataflow_cli.globs import called

        meant = called(name, self.by_name, self.sources)
        if meant:
            return self.by_name[meant]
        if is_inner(name):
            if any(spec.name == layer_of(name) for spec in self.inputs):
                raise UnknownName(NO_INNER.format(layer_of(name)), hint="name those of a layer")
            return self.node(layer_of(name)).inside(inner_of(name))
        if not name:
            raise UnknownName("no layer is named before the colon", hint="write LAYER:sum, or '*:sum' for all")
        hint = suggestion(name, self.by_name) or f"layers: {listed(list(self.by_name))}"
        raise UnknownName(f"{self.name} has no layer '{name}'", hint=hint)

    @cached_property
    def tensors(self) -> tuple[str, ...]:
        """The names of all tensors in the order in which the data flows, the inner ones of a layer before its own."""
        names = [spec.name for spec in self.inputs]
        for node in self.nodes:
            if not node.inner:
                names += [inner_name(node.name, inner) for inner in node.inner_tensors]
                names.append(node.name)
        return tuple(names)

    def tensors_matching(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Names of the tensors that any of the patterns (`conv*`, `*:sum`) matches. Raises UnknownName."""
        from dataflow_cli.globs import matching

        return matching(patterns, self.tensors, self._unknown, self.sources)

    def _unknown(self, pattern: str) -> None:
        """Raise UnknownName for a pattern that matches no tensor."""
        layers = self.matching([layer_of(pattern)]) if is_inner(pattern) else (pattern,)
        self.node(moved(pattern, layers[0]))

    def matching(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Names of the nodes that any of the patterns (`conv*`) matches, in network order. Raises UnknownName."""
        from dataflow_cli.globs import matching

        return matching(patterns, self.by_name, self.node, self.sources)

    @property
    def parameter_count(self) -> int:
        """How many numbers all parameters are."""
        return sum(node.parameter_count for node in self.nodes)

    @property
    def trainable_count(self) -> int:
        """How many of them training changes."""
        return sum(node.trainable_count for node in self.nodes)

    @property
    def non_trainable_count(self) -> int:
        """How many of them training does not change: the mean and variance of batch normalization."""
        return self.parameter_count - self.trainable_count

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one sample; of convolutions, dense, recurrent and attention layers."""
        return sum(node.macs for node in self.nodes)

    @property
    def dtype(self) -> str:
        """The floating-point type that the network computes in; of half precision, that it stores numbers in."""
        types = {spec.dtype for spec in self.inputs}
        return next((name for name in ("float64", *HALF) if name in types), "float32")


def listed(names: Sequence[str], most: int = 12) -> str:
    """The first of some names, and how many there are if that is not all."""
    return ", ".join(names[:most]) + (f", ... ({len(names)} in all)" if len(names) > most else "")
