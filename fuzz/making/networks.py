"""Networks that build, drawn from the table of kinds and the types of their fields: a new kind needs no line here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from dataflow_cli.errors import DftraceError, NetworkError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Optional
from dataflow_cli.network.build import network_from_text
from dataflow_cli.tensors import inner_name, inner_of, is_inner
from fuzz.making.indices import INDICES, enough, numbered
from fuzz.making.sharing import share_some, twin
from fuzz.making.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.fields import Option
    from fuzz.case import Case

MOST_ELEMENTS, MANY_ELEMENTS = 4096, 60_000
"""How many elements a tensor may have: of most networks, and of some, for which other methods are used."""
MOST_MACS = 10**8
"""What one layer may have to do, as the oracles ask for it a dozen times: attention grows by the square."""
INTEGERS = ("int32", "int64", "uint8")
"""Types of inputs that are indices as well."""
WHOLE = (*INTEGERS, "int8", "uint16")
_FAMILIES, _TRIES = 3, 8
"""How many families of kinds are tried for a layer, and how often each, as not all fit what is there."""
_LENGTHS = (1, 2, 3, 4, 5, 6, 7, 9, 8, 5, 6)
_FEW_LENGTHS = (1, 2, 3, 3)
_LARGE_LENGTHS = (1, 3, 8, 16, 19, 24, 32, 33)


@dataclass
class Drawn:
    """A network file in the making: its document, and the shapes by name of what can be read."""

    document: dict[str, Any]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Of tensors of whole numbers, which ones."""
    indices: set[str] = field(default_factory=set)
    numbered: set[str] = field(default_factory=set)
    """The layers that take numbers of things."""
    taken: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    """The shapes of what each layer takes, by its name."""
    typed: dict[str, list[str]] = field(default_factory=dict)
    """The types of that, likewise."""
    parameters: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    """The shapes of the parameters of each layer that has some."""

    @property
    def before(self) -> list[str]:
        """What stands before the next layer, so that it need not be named; several inputs must be."""
        names = list(self.shapes)
        is_one = "input" in self.shapes or len(names) > len(self.document["inputs"])
        return names[-1:] if is_one and not is_inner(names[-1]) else []

    @property
    def text(self) -> str:
        """The file."""
        return written(self.document)


def written(document: Any) -> str:
    """A document as YAML."""
    text: str = yaml.dump(document, Dumper=yaml.CSafeDumper, default_flow_style=None, sort_keys=False, width=1000)
    return text


@cache
def families() -> tuple[tuple[str, ...], ...]:
    """The kinds by where they live, so that many functions do not outweigh one convolution."""
    by_home: dict[str, list[str]] = {}
    for kind in KINDS:
        module, package = KINDS[kind].__module__, Layer.__module__.rpartition(".")[0]
        by_home.setdefault(module.removeprefix(package + ".").partition(".")[0], []).append(kind)
    return tuple(map(tuple, by_home.values()))


class Maker:
    """Draws one network."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rng = case.rng
        self.large = case.chance(0.2)
        self.has_masks = False
        """Whether some layer may say which steps count, which not all layers take."""
        self.values = Values(case, large=self.large)
        self.data_format = "channels_first" if case.chance(0.3) else "channels_last"

    def network(self, most: int = 8) -> Drawn:
        """A network of up to `most` layers."""
        drawn = Drawn({"dftrace": 1})
        if self.data_format == "channels_first":
            drawn.document["data_format"] = self.data_format
        self.add_inputs(drawn)
        rule = self.rng.choice(("he_normal", "glorot_uniform", "zeros"))
        drawn.document["weights"] = {"init": rule, "seed": self.rng.randrange(4)}
        layers: list[Any] = []
        for number in range(self.rng.randrange(most) + 1):
            layer = self.layer(drawn, f"n{number}")
            layers += [] if layer is None else [layer]
            drawn.document["layers"] = layers
            if layer is not None and self.has_masks and _refuses_mask(drawn):
                layer["mask"] = "none"
            elif layer is not None and self.case.chance(0.1):
                self.name_mask(drawn, layer)
        if not layers:
            drawn.document["layers"] = [{"type": "linear", "inputs": list(drawn.shapes)[:1]}]
        last = list(drawn.shapes)[-1]
        if is_inner(last):
            drawn.document["outputs"] = [last]
        if self.case.chance(0.2):
            self.leave_open(drawn)
        return drawn

    def name_mask(self, drawn: Drawn, layer: dict[str, Any]) -> None:
        """Let something be the mask of a layer, if it takes that."""
        steps = drawn.taken[layer["name"]][0][:1]
        fitting = [name for name, shape in drawn.shapes.items() if shape == steps and name != layer["name"]]
        if not fitting:
            return
        layer["mask"] = self.rng.choice(fitting)
        try:
            network_from_text(drawn.text)
        except DftraceError:
            del layer["mask"]

    def leave_open(self, drawn: Drawn) -> None:
        """Write null for some lengths of an input, if the network builds all the same."""
        inputs = drawn.document.get("inputs", drawn.document)
        name = self.rng.choice(list(drawn.document.get("inputs", ["input"])))
        entry = inputs[name]
        known = entry["shape"] if isinstance(entry, dict) else entry
        lengths = [None if self.case.chance(0.5) else length for length in known]
        inputs[name] = entry | {"shape": lengths} if isinstance(entry, dict) else lengths
        try:
            network_from_text(drawn.text).sized(**{name: known})
        except DftraceError:
            inputs[name] = entry

    def add_inputs(self, drawn: Drawn) -> None:
        """One input or several."""
        names = ["input"] if self.case.chance(0.8) else [f"x{number}" for number in range(self.case.few(3))]
        inputs = {}
        for name in names:
            rank = self.rng.choice((1, 2, 2, 3, 3, 3, 4, 5))
            lengths = _FEW_LENGTHS if rank == 5 else _LARGE_LENGTHS if self.large else _LENGTHS
            shape = tuple(self.rng.choice(lengths) for _ in range(rank))
            dtype = self.rng.choice(("float32",) * 6 + ("float64", *WHOLE))
            inputs[name] = {"shape": list(shape), "dtype": dtype} if dtype != "float32" else list(shape)
            drawn.shapes[name] = shape
            drawn.indices |= {name} if dtype in INTEGERS else set()
            drawn.types |= {name: dtype} if dtype in WHOLE else {}
        drawn.document |= {"input": inputs["input"]} if names == ["input"] else {"inputs": inputs}

    def layer(self, drawn: Drawn, name: str) -> dict[str, Any] | None:
        """A layer that takes what is there; nothing if none of some tries fits."""
        if self.case.chance(0.1) and (found := twin(self.case, drawn, name)) is not None:
            return found
        for _ in range(_FAMILIES):
            family = self.rng.choice(families())
            for _ in range(_TRIES):
                layer = self.layer_of(self.rng.choice(family), drawn, name)
                if layer is not None:
                    return layer
        return None

    def layer_of(self, kind: str, drawn: Drawn, name: str) -> dict[str, Any] | None:
        """A layer of this kind; nothing if what was drawn does not fit."""
        fields = self.fields(kind)
        for inputs in self.inputs(kind, drawn):
            layer = self.made(kind, fields, drawn, inputs)
            if layer is not None and all(
                inputs[which] in drawn.indices and count >= INDICES
                for which, count in numbered(layer, [drawn.shapes[one] for one in inputs]).items()
            ):
                return self.noted({"type": kind, "name": name, **fields}, layer, inputs, drawn)
        return None

    def noted(self, entry: dict[str, Any], layer: Layer, inputs: list[str], drawn: Drawn) -> dict[str, Any] | None:
        """The layer as it stands in the file, once it is noted what it gives; nothing if that is too large."""
        name = entry["name"]
        shapes, types = [drawn.shapes[one] for one in inputs], [drawn.types.get(one, "") for one in inputs]
        parts = list(layer.inner_tensors)
        if not layer.parts_only:
            parts = [self.rng.choice(parts)] if parts and self.case.chance(0.15) else []
        given = {inner_name(name, part): layer.inside(part).output_shape(shapes) for part in parts}
        given |= {} if layer.parts_only else {name: layer.output_shape(shapes)}
        most = MANY_ELEMENTS if self.large else MOST_ELEMENTS
        if any(not 0 < math.prod(shape) <= most for shape in given.values()) or layer.macs(shapes) > MOST_MACS:
            return None
        bare = inputs == drawn.before and self.case.chance(0.5)
        drawn.shapes |= given
        drawn.taken[name], drawn.typed[name] = shapes, types
        drawn.numbered |= {name} if numbered(layer, shapes) else set()
        ends = {one: layer.inside(inner_of(one)) if is_inner(one) else layer for one in given}
        drawn.types |= {one: kind for one, end in ends.items() if (kind := end.result_type(types))}
        self.has_masks |= layer.makes_mask
        entry |= {} if bare else {"inputs": inputs}
        share_some(self.case, drawn, entry, layer.parameters(shapes))
        return entry

    def inputs(self, kind: str, drawn: Drawn) -> Iterator[list[str]]:
        """Names of what a layer may read: mostly what was made last, then all else."""
        names, (least, most) = list(drawn.shapes), KINDS[kind].arity
        count = least if most == least else least + self.rng.randrange(2)
        if count == 1:
            self.rng.shuffle(names)
            last = [list(drawn.shapes)[-1]] if self.case.chance(0.7) else []
            yield from ([one] for one in dict.fromkeys(last + names))
            return
        first = self.rng.choice(names)
        alike = [name for name in names if drawn.shapes[name] == drawn.shapes[first]]
        others = alike if self.case.chance(0.7) else names
        yield [first, *(self.rng.choice(others) for _ in range(count - 1))]
        if count == 2:
            yield from ([first, one] for one in sorted(drawn.indices))

    def fields(self, kind: str) -> dict[str, Any]:
        """Values for the fields that must be set, and for some others."""
        share = self.rng.choice((0, 0.1, 0.3))
        found = {
            name: self.value(option)
            for name, option in KINDS[kind].options().items()
            if option.required or (name != "data_format" and self.case.chance(share))
        }
        return found | enough(KINDS[kind], self.case.few(3))

    def value(self, option: Option) -> Any:
        """A value of a field: a layer in another one has fields of its own, all others are what their schema says."""
        if not option.holds_layer:
            return self.values.of(option.kind.schema())
        kind: Any = option.kind.kind if isinstance(option.kind, Optional) else option.kind
        name = self.rng.choice(within(along_sequences=kind.along_sequences))
        return {"type": name, **self.fields(name)}

    def made(self, kind: str, fields: dict[str, Any], drawn: Drawn, inputs: list[str]) -> Layer | None:
        """The layer, nothing if it cannot be so."""
        options = KINDS[kind].options()
        try:
            values = {name: options[name].kind.read(self.formatted(value)) for name, value in fields.items()}
            if "data_format" in options:
                values["data_format"] = self.data_format
            layer = KINDS[kind](**values)
            shapes = [drawn.shapes[one] for one in inputs]
            given, _ = layer.output_shape(shapes), layer.parameters(shapes)
            if layer.result_activation is not None:
                layer.result_activation.output_shape([given])
            layer.result_type([drawn.types.get(one, "") for one in inputs])
        except DftraceError:
            return None
        return layer

    def formatted(self, value: Any) -> Any:
        """A field's value as it is meant in this network: a layer in it has its channels where all have theirs."""
        if isinstance(value, dict) and "data_format" in KINDS[value["type"]].options():
            return value | {"data_format": self.data_format}
        return value


@cache
def within(*, along_sequences: bool) -> tuple[str, ...]:
    """The kinds that another layer may hold."""
    plain = [kind for kind in KINDS if KINDS[kind].arity[0] == 1 and not holds_layer(kind)]
    return tuple(kind for kind in plain if KINDS[kind].is_recurrent or not along_sequences)


def holds_layer(kind: str) -> bool:
    """Whether a field of a kind is a layer."""
    return any(option.holds_layer for option in KINDS[kind].options().values())


def _refuses_mask(drawn: Drawn) -> bool:
    """Whether the last layer asks to be told that it goes without the mask that came to it."""
    try:
        network_from_text(drawn.text)
    except NetworkError as error:
        return any("`mask: none`" in problem.hint for problem in error.problems)
    return False


def network(case: Case, most: int = 8) -> Drawn:
    """A network that builds."""
    return Maker(case).network(most)
