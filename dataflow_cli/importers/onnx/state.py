"""What is known while a model is translated: its tensors so far, and the layers that make them."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.files.problem import printable
from dataflow_cli.importers.described import ImportedInput, ImportedLayer, Missing
from dataflow_cli.importers.naming import Names
from dataflow_cli.importers.onnx.constants import BATCH, Batch, Constant
from dataflow_cli.importers.onnx.held import Held, with_batch
from dataflow_cli.importers.onnx.names import lonely_modules, path_of
from dataflow_cli.importers.spec import made
from dataflow_cli.netfile.layer_item import Conventions
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from dataflow_cli.importers.onnx.model import Model, Node
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.netfile.model import DataFormat
    from dataflow_cli.shapes import Shape

    Value = Held | Constant

_OF_PICTURES = frozenset(
    (
        *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "LRN"),
        *("GlobalLpPool", "InstanceNormalization", "GroupNormalization", "Resize", "Upsample", "DepthToSpace"),
        *("SpaceToDepth", "ConvInteger", "QLinearConv", "BatchNormalization", "MaxUnpool", "GridSample"),
    )
)
"""Operations that take (samples, channels, *space)."""
QUANTIZED = ("uint8", "int8", "uint16", "int16")
"""Types of whole numbers that quantized layers take as they are."""
REPLACE = "import what stands before it: --until NAME"


class State:
    """What is known while a model is translated."""

    def __init__(self, model: Model, batches: Mapping[str, int | None], open_size: int = BATCH) -> None:
        self.model = model
        self.open_size = open_size
        """How many samples there are, where the file leaves that open."""
        self.graph = model.graph
        self.batches = batches
        """Which axis of an input are the samples, where that is known; else the first."""
        self.size: int | None = None
        """How many samples there are; `BATCH` where the file leaves it open."""
        self.leaves_size_open = False
        """Whether the file does, for any input."""
        self.values: MutableMapping[str, Value] = ChainMap({})
        """Every tensor by its name there."""
        self.lost: set[str] = set()
        """Tensors that nobody gives, since dftrace lacks what would."""
        self.names = Names()
        self.lonely = lonely_modules(model.graph.nodes)
        self.data_format = data_format(model)
        self.conventions = Conventions(self.data_format, "keras")
        self.inputs: list[ImportedInput] = []
        self.layers: list[ImportedLayer] = []
        self.missing: list[Missing] = []
        self.absorbed: dict[int, str] = {}
        """Nodes that the layer of another one does too, by `id`: the tensor that is theirs then."""
        self.ends: dict[str, str] = {}
        """By the first of absorbed tensors, the last, which is what the layer gives."""
        self.spent = 0
        """How many numbers were worked out from constants and are kept."""
        self.counted: set[int] = set()
        """Which constants are counted in that, by `id`; all of them are kept."""
        self.readers: dict[str, list[Node]] = defaultdict(list)
        """By tensor, who takes it."""
        self.kept: set[str] = set()
        """Tensors that the graph puts out."""

    @property
    def opset(self) -> int:
        """The version of ONNX's own operations."""
        return self.model.opset

    def lack(self, node: Node, why: str, hint: str = "") -> None:
        """Note a node that there is no kind for, or that does what its kind does not."""
        names = tuple(filter(None, (node.name, *node.outputs)))
        self.missing.append(Missing(printable(node.told), why, hint or REPLACE, names))

    # Layers

    def add(
        self,
        node: Node,
        kind: str,
        fields: Mapping[str, Any],
        inputs: Sequence[Held],
        parameters: Mapping[str, Constant] | None = None,
        *,
        batch: int | None,
        dtype: str,
        behind: str = "",
        gives: str | None = None,
    ) -> Held:
        """A layer of its own. Raises FieldError, LayerError if its kind refuses the fields or shapes."""
        layer = made(kind, fields, self.conventions)
        sample = _output(layer, [held.sample for held in inputs])
        wanted = layer.parameters([held.sample for held in inputs])
        own = dict(parameters or {})
        for name, parameter in wanted.items():
            if name not in own:
                raise FieldError(f"its {name} is not there")
            if own[name].shape != parameter.shape and own[name].count == parameter.count:
                own[name] = own[name].reshaped(parameter.shape)
            if own[name].shape != parameter.shape:
                raise FieldError(
                    f"its {name} has shape {list(own[name].shape)}, where {list(parameter.shape)} is needed"
                )
        path = path_of(node, self.graph.initializers, self.lonely) + behind
        name = self.names.new(path)
        theirs = next(filter(None, node.outputs), "") if gives is None else gives
        if node.within and theirs.startswith(node.within):
            theirs = ""  # which nobody but the definition knows
        self.layers.append(
            ImportedLayer(
                name,
                kind,
                fields,
                tuple(held.name for held in inputs),
                path,
                printable(node.told),
                parameters={name: own[name] for name in wanted},
                gives=self.ends.get(theirs, theirs),
                batch=batch,
                shape=sample,
            )
        )
        return Held(name, with_batch(sample, batch, self.size or BATCH), batch, dtype)

    def handed_on(self, held: Held, theirs: str) -> Held:
        """A layer that only gives a tensor another name: networks put out what layers give, each once."""
        name = self.names.new(f"{held.name}_out")
        self.layers.append(ImportedLayer(name, "identity", {}, (held.name,), gives=theirs, batch=held.batch))
        return replace(held, name=name, root="", axes=())

    def held(self, value: Value, near: Held | None = None) -> Held:
        """The value as a tensor of the network: a constant becomes a layer that gives it. Raises FieldError."""
        if isinstance(value, Held):
            return value
        if not is_known(value.shape):
            return self.of_every_sample(value, near)
        if not value.count:
            raise FieldError("it is a tensor without numbers, which dftrace does not have")
        if not self.inputs:
            raise FieldError("the network takes nothing that is read")
        anchor = near.name if near is not None else self.inputs[0].name
        name = self.names.new(value.name or "constant")
        shape = value.shape
        self.layers.append(
            ImportedLayer(
                name,
                "constant",
                {"shape": list(shape), **({"dtype": value.dtype} if value.dtype in QUANTIZED else {})},
                (anchor,),
                value.name,
                f"constant '{printable(value.name or name)}'",
                parameters={"value": value},
                shape=shape,
            )
        )
        return Held(name, shape, None, value.dtype)

    def of_every_sample(self, value: Constant, near: Held | None) -> Held:
        """A constant with as many samples as there are, all alike. Raises FieldError if it is none."""
        places = [place for place, size in enumerate(value.shape) if isinstance(size, Unknown)]
        sample = value.of_sample(places[0]) if isinstance(value.shape[places[0]], Batch) else None
        if sample is None or len(places) > 1:
            raise FieldError("it takes numbers that depend on sizes that are not known")
        return replace(self.held(sample, near), shape=value.shape, batch=places[0])

    def absorb(self, node: Node, into: Node) -> None:
        """A node is done by the layer of the one before it."""
        self.absorbed[id(node)] = into.outputs[0]
        self.ends[into.outputs[0]] = node.outputs[0]

    def next_alone(self, name: str) -> Node | None:
        """The only node that takes a tensor, if there is one, and the graph does not put the tensor out."""
        readers = self.readers.get(name, ())
        return readers[0] if len(readers) == 1 and name not in self.kept else None


def data_format(model: Model) -> DataFormat:
    """Channels stand first where any operation looks for them; else there is nothing but sequences and vectors."""
    found = any(node.operation in _OF_PICTURES for node in model.graph.nodes)
    return "channels_first" if found else "channels_last"


def _output(layer: Layer, samples: Sequence[Shape]) -> Shape:
    """The shape that a layer gives. What hangs on a size that is not known is not known, though a rule lose its mark.

    Raises LayerError.
    """
    found = tuple(layer.output_shape(samples))
    if all(map(is_known, samples)):
        return found
    with suppress(LayerError):
        larger = [tuple(2 * int(n) if isinstance(n, Unknown) else n for n in sample) for sample in samples]
        others = layer.output_shape(larger)
        return tuple(one if one == other else Unknown(one) for one, other in zip(found, others, strict=True))
    return found
