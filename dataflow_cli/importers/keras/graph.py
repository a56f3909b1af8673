"""The config of a model -> its layers in the order in which the data flows; models within it become blocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.described import Imported, ImportedInput, ImportedLayer, Missing
from dataflow_cli.importers.keras.cells import cells_of
from dataflow_cli.importers.keras.entries import layers_of, name_of, settings_of
from dataflow_cli.importers.keras.fields import class_of
from dataflow_cli.importers.keras.inbound import (
    Call,
    Reference,
    calls_of,
    operation_calls,
    references_in,
)
from dataflow_cli.importers.keras.making import REPLACE, Making
from dataflow_cli.importers.keras.masks import handed_on
from dataflow_cli.importers.keras.models import call_offsets, chain_shape, is_chain, is_model
from dataflow_cli.importers.keras.operations import is_operation
from dataflow_cli.importers.keras.steps import has_masks, layer_in
from dataflow_cli.importers.naming import Names
from dataflow_cli.netfile.limits import MAX_LAYERS, MAX_NESTING
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Layer = Mapping[str, Any]

_INPUT = "InputLayer"
_INTEGERS = ("int32", "int64", "uint8", "float64")


@dataclass
class _Scope:
    """A model: what its layers are called, and the tensors that they give, by layer, call and output."""

    prefix: str
    """What stands before our names: `block_1/`."""
    path: str
    """What stands before theirs."""
    names: Names = field(default_factory=Names)
    tensors: dict[Reference, str] = field(default_factory=dict)


@dataclass
class Graph(Making):
    """Walks a model, and those in it, layer by layer."""

    def whole(self, model: Layer) -> tuple[str, ...]:
        """The model itself, with inputs of its own. Returns its outputs."""
        scope = _Scope("", "")
        entries = [layer for layer in layers_of(model) if class_of(layer) == _INPUT]
        if is_chain(model):
            given = [self.input(scope, entries[0] if entries else {}, chain_shape(model), alone=True)]
        else:
            wanted = [each.layer for each in references_in(settings_of(model).get("input_layers", []))]
            by_name = {name_of(entry): entry for entry in entries}
            wanted = [name for name in dict.fromkeys(wanted) if name in by_name] or list(by_name)
            given = [self.input(scope, by_name[name], None, alone=len(wanted) == 1) for name in wanted]
        return self.inside(model, scope, given)

    def handed_on(self, outputs: Sequence[str]) -> tuple[str, ...]:
        """The outputs, with a layer for each that is an input: networks put out layers. Raises FieldError for none."""
        if not outputs or not (self.layers or self.missing):
            raise FieldError("it has no layers, or puts nothing out")
        given = {each.name for each in self.inputs}
        names = Names(given | {layer.name for layer in self.layers})
        found = []
        for output in outputs:
            if output in given:
                name = names.new(f"{output}_out")
                self.layers.append(ImportedLayer(name, "identity", {}, (output,)))
                found.append(name)
            else:
                found.append(output)
        return tuple(found)

    def input(self, scope: _Scope, entry: Layer, shape: Any, *, alone: bool) -> str:
        """One input of the network."""
        config = settings_of(entry)
        shape = config.get("batch_shape", config.get("batch_input_shape", shape))
        if not isinstance(shape, list) or len(shape) < 2:
            raise FieldError(
                "the model does not say the shape of its input: build it, or give it an Input, and save it"
            )
        name = "input" if alone else scope.names.new(name_of(entry))
        dtype = config.get("dtype")
        fields = {"shape": shape[1:]} | ({"dtype": dtype} if dtype in _INTEGERS else {})
        if dtype == "string":
            self.missing.append(Missing(f"{_INPUT} '{name_of(entry)}'", "takes text, which dftrace does not read"))
        self.inputs.append(ImportedInput(name, fields))
        return name

    def inside(self, model: Layer, scope: _Scope, given: Sequence[str]) -> tuple[str, ...]:
        """The layers of a model that is given tensors, by our names. Returns those that it gives."""
        if scope.prefix.count("/") > MAX_NESTING:
            raise FieldError(f"models are nested deeper than {MAX_NESTING}")
        if is_chain(model):
            return self.chain(model, scope, given)
        return self.wired(model, scope, given)

    def chain(self, model: Layer, scope: _Scope, given: Sequence[str]) -> tuple[str, ...]:
        """A Sequential, or a bare list."""
        for layer in layers_of(model):
            if class_of(layer) != _INPUT:
                given = self.use(layer, scope, given)
        return tuple(given)

    def wired(self, model: Layer, scope: _Scope, given: Sequence[str]) -> tuple[str, ...]:
        """A functional model: each call when all that it takes is there."""
        config = settings_of(model)
        offsets = call_offsets(model)
        entries = references_in(config.get("input_layers", []))
        layers = layers_of(model)
        if not entries:
            entries = [Reference(name_of(layer), 0, 0) for layer in layers if class_of(layer) == _INPUT]
        if len(entries) != len(given):
            raise FieldError(f"model '{name_of(model)}' takes {len(entries)} inputs, and is given {len(given)}")
        scope.tensors |= dict(zip(entries, given, strict=True))
        waiting: dict[Reference, list[tuple[Layer, int, Call]]] = defaultdict(list)
        left = 0
        unsaid = handed_on(layers)
        for layer in layers:
            if class_of(layer) == _INPUT or name_of(layer) in unsaid:
                continue
            for number, call in enumerate(self.calls(layer, scope, unsaid)):
                left += 1
                ready = [(layer, number + offsets.get(name_of(layer), 0), call)]
                while ready:
                    one = ready.pop()
                    absent = next((each for each in one[2].references() if each not in scope.tensors), None)
                    if absent is not None:
                        waiting[absent].append(one)
                        continue
                    left -= 1
                    for reference in self.call(*one, scope):
                        ready += waiting.pop(reference, [])[::-1]
        if left:
            names = ", ".join(sorted({name_of(one[0]) for ones in waiting.values() for one in ones})[:5])
            raise FieldError(f"layers take what no layer gives, or go in a circle: {names}")
        outputs = references_in(config.get("output_layers", []))
        return tuple(self.found(each, scope) for each in outputs)

    def calls(self, layer: Layer, scope: _Scope, unsaid: frozenset[str]) -> Iterator[Call]:
        """Every use of a layer, without masks that go by themselves. One that cannot be told is noted."""
        try:
            for call in operation_calls(layer) if is_operation(layer) else calls_of(layer):
                named = {name: each for name, each in call.named.items() if each.layer not in unsaid}
                yield Call(call.inputs, named, call.others)
        except FieldError as error:
            theirs = scope.path + name_of(layer)
            hint = error.hint or REPLACE
            name = scope.prefix + scope.names.new(name_of(layer))
            self.missing.append(Missing(f"{class_of(layer)} '{theirs}'", error.message, hint, (name,)))
            nodes = layer.get("inbound_nodes")
            for number in range(len(nodes) if isinstance(nodes, list) else 1):
                scope.tensors.setdefault(Reference(name_of(layer), number, 0), name)

    def found(self, reference: Reference, scope: _Scope) -> str:
        """Our name for a tensor. Raises FieldError if there is none."""
        if reference not in scope.tensors:
            raise FieldError(f"'{reference.layer}' is no layer with an output {reference.tensor}")
        return scope.tensors[reference]

    def call(self, layer: Layer, number: int, call: Call, scope: _Scope) -> Iterator[Reference]:
        """One call of a layer of a functional model; gives the tensors that are there now."""
        given = [scope.tensors[each] for each in call.inputs]
        named = {name: scope.tensors[each] for name, each in call.named.items()}
        for place, tensor in enumerate(self.use(layer, scope, given, named, call.others)):
            reference = Reference(name_of(layer), number, place)
            scope.tensors[reference] = tensor
            yield reference

    def use(
        self,
        layer: Layer,
        scope: _Scope,
        given: Sequence[str],
        named: Mapping[str, str] | None = None,
        others: Mapping[str, Any] | None = None,
    ) -> tuple[str, ...]:
        """A layer, or a model as a block, given tensors. Returns what it gives; what it lacks is noted."""
        if len(self.layers) + len(self.missing) > MAX_LAYERS:
            raise FieldError(f"the model has more than {MAX_LAYERS:,} layers")
        theirs = scope.path + name_of(layer)
        told = f"{class_of(layer)} '{theirs}'"
        name = scope.names.new(name_of(layer))
        full = scope.prefix + name
        try:
            if is_model(layer):
                return self.inside(layer, _Scope(f"{full}/", f"{theirs}/"), given)
            inner = layer_in(layer)
            if inner is not None and is_model(inner):
                return self.along(inner, _Scope(f"{full}/", f"{theirs}/"), given, named or {})
            if inner is not None and len(cells_of(inner)) > 1:
                return self.stack_along(inner, full, theirs, (given, named or {}, others or {}))
            return self.kind(layer, full, theirs, (given, named or {}, others or {}))
        except FieldError as error:
            self.missing.append(Missing(told, error.message, error.hint, (full,)))
            return (full,)

    def along(self, model: Layer, scope: _Scope, given: Sequence[str], named: Mapping[str, str]) -> tuple[str, ...]:
        """A model that is given steps of a sequence, one after the other."""
        if named:
            raise FieldError(f"it is called with `{next(iter(named))}`, which dftrace does not hand to a model in it")
        self.depth += 1
        try:
            return self.inside(model, scope, given)
        finally:
            self.depth -= 1


def graph_of(model: Layer, origin: str, *, old: bool, name: str) -> Imported:
    """The whole model. Raises FieldError for a config that is no model's."""
    if not is_model(model):
        raise FieldError(f"it describes '{class_of(model)}', which is no Sequential or functional model", hint=REPLACE)
    graph = Graph(old=old, masks=has_masks(model))
    outputs = graph.handed_on(graph.whole(model))
    first = "channels_first" if graph.formats == {"channels_first"} else "channels_last"
    return Imported(
        name=name_of(model) or name,
        origin=origin,
        inputs=tuple(graph.inputs),
        layers=tuple(graph.layers),
        outputs=outputs,
        data_format=first,
        missing=tuple(graph.missing),
    )
