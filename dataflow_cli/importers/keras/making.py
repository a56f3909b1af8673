"""A layer of Keras' as one of ours, or several: what it is, what it is called, what stands behind it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.described import FOLLOWING, ImportedInput, ImportedLayer, Missing
from dataflow_cli.importers.keras.advice import ADVICE
from dataflow_cli.importers.keras.arguments import arguments
from dataflow_cli.importers.keras.cells import WAYS, alone, both_ways, goes_back, unstacked
from dataflow_cli.importers.keras.entries import settings_of
from dataflow_cli.importers.keras.fields import class_of, is_foreign, kind_of, written_of
from dataflow_cli.importers.keras.inbound import ARGUMENTS, STATES
from dataflow_cli.importers.keras.operands import written_out
from dataflow_cli.importers.keras.operations import is_operation, merging, steps_of
from dataflow_cli.importers.keras.sizes import Sizes
from dataflow_cli.importers.keras.steps import by_step, check_constants
from dataflow_cli.layers import KINDS
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Layer = Mapping[str, Any]
    Called = tuple[Sequence[str], Mapping[str, str], Mapping[str, Any]]
    """Tensors by place and by name, and what else it is called with."""

_NONE = "dftrace has no such kind of layer"
_CUSTOM = "it is a class of somebody's own, not Keras'"
_STATES = ("final_hidden", "final_cell")
_MERGES: Mapping[Any, tuple[str, Mapping[str, Any]]] = {
    "concat": ("concatenate", {"axis": -1}),
    "sum": ("add", {}),
    "ave": ("average", {}),
    "mul": ("multiply", {}),
}
"""By what a Bidirectional does with both directions, the kind that does; None leaves them apart."""
REPLACE = "replace it by layers of Keras', or import what stands before it: --until NAME"


@dataclass
class Making:
    """The layers that are made so far, and what was lacking."""

    old: bool
    """Whether Keras before 3 wrote it."""
    layers: list[ImportedLayer] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    inputs: list[ImportedInput] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    """By the whole path of theirs: what the first use of a layer is called here."""
    formats: set[str] = field(default_factory=set)
    depth: int = 0
    """How many wrappers go along steps of what is looked at."""
    masks: bool = False
    """Whether anything in the model makes masks."""
    sizes: Sizes = field(default_factory=Sizes)
    """How many axes its tensors have."""

    def new(self, made: ImportedLayer, layer: Layer) -> None:
        """One more layer; in a model that goes along steps, as what does so by itself. Raises FieldError."""
        kind, fields = made.kind, made.fields
        ranks = self.sizes.ranks(made.inputs, self.inputs, self.layers) if self.depth else []
        for _ in range(self.depth):
            kind, fields = by_step(layer, kind, fields, ranks, masks=self.masks or bool(made.mask))
        self.layers.append(replace(made, kind=kind, fields=fields) if self.depth else made)

    def stack_along(self, stack: Layer, full: str, theirs: str, call: Called) -> tuple[str, ...]:
        """A stack of cells that is given steps of a sequence, each of which is a sequence itself."""
        self.depth += 1
        try:
            return self.kind(stack, full, theirs, call)
        finally:
            self.depth -= 1

    def there_and_back(self, layer: Layer, full: str, theirs: str, call: Called) -> tuple[str, ...]:
        """Stacks of cells in both directions, one beside the other. Raises FieldError."""
        if self.masks or call[1]:
            raise FieldError("its stacks of cells take a mask, or states to begin with, which dftrace hands to none")
        stacks, config = both_ways(layer), settings_of(layer)
        if any(settings_of(stack).get("return_state") is True for stack in stacks):
            raise FieldError("its stacks of cells put out their states, which dftrace does not put behind each other")
        ways = [f"{full}_{way}" for way in WAYS]
        for stack, name, way in zip(stacks, ways, WAYS, strict=True):
            self.kind(stack, name, f"{theirs}/{way}", call)
        told = f"{class_of(layer)} '{theirs}'"
        if settings_of(stacks[0]).get("return_sequences") is True:
            turned = f"{full}_backward_in_order"
            self.new(ImportedLayer(turned, "slice", {"starts": [None], "steps": [-1]}, (ways[1],), "", told), layer)
            ways[1] = turned
        merge = _MERGES.get(config["merge_mode"])
        if merge is None:
            return tuple(ways)
        self.new(ImportedLayer(full, *merge, tuple(ways), theirs, told), layer)
        return (full,)

    def kind(
        self,
        layer: Layer,
        full: str,
        theirs: str,
        call: Called,
    ) -> tuple[str, ...]:
        """A layer that is no model. Raises FieldError if dftrace lacks it."""
        if is_operation(layer):
            return self.operation(layer, full, theirs, call)
        if both_ways(layer):
            return self.there_and_back(layer, full, theirs, call)
        *below, layer = unstacked(layer)
        if goes_back([*below, layer]) and (self.masks or call[1]):
            raise FieldError("it goes backwards through a stack of cells, with a mask or states to begin with")
        if kind_of(layer) is None:
            raise _lacking(layer)
        states, call = self.below(below, full, theirs, call)
        kind, fields, behind = written_of(layer, old=self.old)
        given, named, others = call
        more, mask = arguments(kind, fields, named, others)
        if isinstance(fields.get("data_format"), str) and not KINDS[kind].hands_on:  # a flatten may say either
            self.formats.add(fields["data_format"])
        shares = self.used.setdefault(theirs, full)
        told = f"{class_of(layer)} '{theirs}'"
        shared = shares if shares != full else ""
        self.new(ImportedLayer(full, kind, fields, (*given, *more), theirs, told, mask, shared), layer)
        for number, (function, details) in enumerate(behind):
            name = f"{full}_activation" if not number else f"{full}_activation_{number + 1}"
            self.new(ImportedLayer(name, function, details, (full,), theirs + FOLLOWING, told), layer)
            full = name
        return (full, *states, *(f"{full}:{state}" for state in _states(layer, kind)))

    def operation(self, layer: Layer, full: str, theirs: str, call: Called) -> tuple[str, ...]:
        """An operation that stands beside the layers, perhaps as several of ours."""
        given, _, others = call
        told = f"{class_of(layer)} '{theirs}'"
        try:
            steps = steps_of(layer, others.get(ARGUMENTS))
        except FieldError:
            if not merging(layer):
                raise
            return self.merged(layer, full, theirs, call)
        for number, (kind, fields) in enumerate(steps, start=1):
            last = number == len(steps)
            name, source = (full, theirs) if last else (f"{full}_step_{number}", "")
            self.new(ImportedLayer(name, kind, fields, tuple(given), source, told), layer)
            given = (name,)
        return (full,)

    def merged(self, layer: Layer, full: str, theirs: str, call: Called) -> tuple[str, ...]:
        """An operation on tensors and constants, which are layers of their own. Raises FieldError."""
        tensors, told = iter(call[0]), f"{class_of(layer)} '{theirs}'"
        operands = written_out(call[2].get(ARGUMENTS) or [])
        inputs: list[str] = []
        if self.depth:
            ranks = self.sizes.ranks(call[0], self.inputs, self.layers)
            check_constants(ranks, self.depth, [len(operand[0]) for operand in operands if operand is not None])
        for number, operand in enumerate(operands, start=1):
            if operand is None:
                inputs.append(next(tensors))
                continue
            name = f"{full}_constant" if operands.count(None) == len(operands) - 1 else f"{full}_constant_{number}"
            fields, written = {"shape": operand[0], "trainable": False}, {"value": operand[1]}
            self.layers.append(ImportedLayer(name, "constant", fields, (call[0][0],), told=told, written=written))
            inputs.append(name)
        self.layers.append(ImportedLayer(full, merging(layer), {}, tuple(inputs), theirs, told))
        return (full,)

    def below(self, layers: Sequence[Layer], full: str, theirs: str, call: Called) -> tuple[list[str], Called]:
        """The layers of a stack of cells that stand below its last one. Returns their states, and the call of that."""
        given, named, others = call
        left, found = dict(named), []
        for number, layer in enumerate(layers):
            kind, fields, behind = written_of(layer, old=self.old)
            if behind:
                raise FieldError(f"the activation of {class_of(layer)} inside of it can only be a layer in dftrace")
            count = sum(state in KINDS[kind].insides for state in _STATES)
            starts = [name for name in left if name.startswith(STATES)][:count]
            name, source = f"{full}_cell_{number + 1}", f"{theirs}/{number}"
            shares = self.used.setdefault(source, name)
            more, told = [left.pop(one) for one in starts], f"{class_of(layer)} '{theirs}'"
            shared = shares if shares != name else ""
            self.new(
                ImportedLayer(name, kind, fields, (*given, *more), source, told, left.get("mask", ""), shared), layer
            )
            given = (name,)
            found += [f"{name}:{state}" for state in _states(layer, kind)]
        return found, (given, left, others)


def _states(layer: Layer, kind: str) -> list[str]:
    """The states that a recurrent layer puts out behind its output, as tensors within it."""
    config = settings_of(layer)
    inner = config.get("layer")
    if "merge_mode" in config and isinstance(inner, dict) and kind_of(alone(inner)):
        states = _states(alone(inner), kind_of(alone(inner)) or "")
        return [f"{direction}_{state}" for direction in ("forward", "backward") for state in states]
    return [name for name in _STATES if name in KINDS[kind].insides] if config.get("return_state") is True else []


def _lacking(layer: Layer) -> FieldError:
    """Why there is no kind for a layer, and what to do about it."""
    why, hint = ADVICE.get(class_of(layer), (_CUSTOM if is_foreign(layer) else _NONE, REPLACE))
    return FieldError(why, hint=hint)
