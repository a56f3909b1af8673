"""The layers of a file, blocks unrolled: names given, references resolved, fields read.

Inside a block, `input` is what the block was given, names are local, and `$name` stands for a parameter's value. A block's
layers get its name in front: residual_1/a. From outside, the block's name means its last layer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dataflow_cli.errors import LayerError, Place, suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.fields import shown
from dataflow_cli.spec import nodes
from dataflow_cli.spec.access import MISSING, mapping, read_keys, read_value
from dataflow_cli.spec.dialects import field_hint, our_type, type_hint
from dataflow_cli.spec.keys import BLOCK, BLOCK_USE, LAYER
from dataflow_cli.spec.model import DataFormat, LayerSpec, Reference
from dataflow_cli.spec.report import Report

MAX_LAYERS = 10_000


@dataclass
class _Scope:
    """Where a list of layers stands: the names that it can see, and what its last layer was."""

    previous: str | None
    """The full name of what stands before the next layer; None where several inputs leave it open."""
    names: dict[str, str]
    """Local name to full name."""
    prefix: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    def numbered(self, stem: str) -> str:
        """`conv2d_1`, `conv2d_2`, ..."""
        self.counts[stem] += 1
        return f"{stem}_{self.counts[stem]}"


class Expansion:
    """Turns the items under `layers:` into LayerSpecs."""

    def __init__(
        self, report: Report, inputs: tuple[str, ...], data_format: DataFormat, blocks: nodes.Node | None
    ) -> None:
        self.report = report
        self.data_format = data_format
        self.scope = _Scope(inputs[0] if len(inputs) == 1 else None, {name: name for name in inputs})
        self.blocks = self.read_blocks(blocks)
        self.layers: list[LayerSpec] = []
        self.open: list[str] = []

    def expand(self, items: nodes.Sequence) -> tuple[LayerSpec, ...]:
        """All layers of the file, in order."""
        self.take_items(items, self.scope)
        return tuple(self.layers)

    def output(self, name: str, place: Place) -> Reference | None:
        """The layer that a name under `outputs:` means."""
        full = self.lookup(name, place, self.scope)
        return None if full is None else Reference(full, place)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def read_blocks(self, node: nodes.Node | None) -> dict[str, nodes.Mapping]:
        """The definitions under `blocks:`."""
        definitions = mapping(node, "blocks", self.report, "write `blocks: {name: {params: ..., layers: [...]}}`")
        if definitions is None:
            return {}
        found = {}
        for name, body in definitions.values.items():
            block = mapping(body, f"block '{name}'", self.report, "write `params:` and `layers:` under it")
            if block is None:
                continue
            read_keys(block, BLOCK, self.report)
            if not isinstance(block.values.get("layers"), nodes.Sequence):
                self.report.add("E110", block.place, f"block '{name}' has no list of layers", "write `layers:` under it")
            found[name] = block
        return found

    def take_block(self, item: nodes.Mapping, scope: _Scope) -> None:
        """One `{type: block, use: ...}`."""
        found = read_keys(item, BLOCK_USE, self.report)
        place = item.values["use"].place if "use" in item.values else item.place
        if "use" not in found:
            self.report.add("E124", place, "a block needs `use`", "name a block that stands under `blocks:`")
            return
        use = found["use"]
        body = self.blocks.get(use)
        if body is None:
            hint = suggestion(use, self.blocks) or "define it under `blocks:`"
            self.report.add("E140", place, f"block '{use}' is not defined", hint)
        elif use in self.open:
            chain = " -> ".join([*self.open, use])
            self.report.add("E140", place, f"block '{use}' uses itself: {chain}", "blocks cannot be recursive")
        else:
            given = self.block_input(item, scope)
            filled = self.fill(use, body, item)
            self.repeat_block(use, filled, found, given, scope)

    def block_input(self, item: nodes.Mapping, scope: _Scope) -> str | None:
        """The full name of what a block is given."""
        references = self.references(item, scope)
        if references is not None and len(references) > 1:
            self.report.add("E134", item.values["inputs"].place, "a block takes one input", "merge them before the block")
        return references[0].name if references else scope.previous

    def repeat_block(
        self, use: str, items: nodes.Sequence | None, found: dict[str, Any], given: str | None, scope: _Scope
    ) -> None:
        """Unroll a block `repeat` times, each after the one before."""
        if items is None:
            return
        repeat = found.get("repeat", 1)
        stem = found.get("name")
        self.open.append(use)
        for number in range(1, repeat + 1):
            if not self.room_left(items.place):
                break
            local = scope.numbered(use) if stem is None else stem if repeat == 1 else f"{stem}_{number}"
            full = scope.prefix + local
            inner = _Scope(given, {} if given is None else {"input": given}, f"{full}/")
            self.take_items(items, inner)
            given = inner.previous
            self.define(local, given or full, items.place, scope)
        self.open.pop()
        scope.previous = given

    def room_left(self, place: Place) -> bool:
        """Whether another layer may follow; noted once when not."""
        if len(self.layers) < MAX_LAYERS:
            return True
        self.report.stop("E142", place, f"the network has more than {MAX_LAYERS:,} layers", "use a smaller `repeat`")

    def fill(self, use: str, body: nodes.Mapping, item: nodes.Mapping) -> nodes.Sequence | None:
        """The layers of a block with `$name` replaced by the values of `with`, or the defaults."""
        defaults = mapping(body.values.get("params"), "params", self.report, "write `params: {filters: 16}`")
        given = mapping(item.values.get("with"), "with", self.report, "write `with: {filters: 32}`")
        values = dict(defaults.values) if defaults else {}
        for name, value in given.values.items() if given else ():
            if name not in values:
                hint = suggestion(name, values) or f"it has {', '.join(values) or 'none'}"
                place = given.keys[name].place if given else value.place
                self.report.add("E141", place, f"block '{use}' has no parameter '{name}'", hint)
            values[name] = value
        layers = body.values.get("layers")
        filled = self.substitute(layers, values) if layers else None
        return filled if isinstance(filled, nodes.Sequence) else None

    def substitute(self, node: nodes.Node, values: dict[str, nodes.Node]) -> nodes.Node:
        """`node` with every scalar `$name` replaced."""
        if isinstance(node, nodes.Scalar):
            if not node.text.startswith("$") or node.quoted:
                return node
            name = node.text[1:]
            if name not in values:
                hint = suggestion(name, values) or "declare it under the block's `params:`"
                self.report.add("E141", node.place, f"parameter '${name}' is not declared", hint)
                return node
            return values[name]
        if isinstance(node, nodes.Sequence):
            return nodes.Sequence(node.place, tuple(self.substitute(item, values) for item in node.items))
        if isinstance(node, nodes.Mapping):
            filled = {key: self.substitute(value, values) for key, value in node.values.items()}
            return nodes.Mapping(node.place, node.keys, filled)
        return node

    # -- layers ------------------------------------------------------------------------------------------------------

    def take_items(self, items: nodes.Sequence, scope: _Scope) -> None:
        for item in items.items:
            if self.room_left(item.place):
                self.take_item(item, scope)

    def take_item(self, item: nodes.Node, scope: _Scope) -> None:
        """One entry of `layers:`: a bare type, a mapping with `type`, or a block."""
        if isinstance(item, nodes.Scalar) and item.plain is not None:
            bare = nodes.Mapping(item.place, {"type": item}, {"type": item})
            self.take_layer(bare, item, scope)
        elif not isinstance(item, nodes.Mapping):
            hint = "write `- {type: dense, units: 10}`, or `- flatten`"
            self.report.add("E106", item.place, f"a layer must be a mapping or a type, found {shown(item.plain)}", hint)
        elif not isinstance(kind := item.values.get("type"), nodes.Scalar):
            self.note_missing_type(item)
        elif kind.text == "block":
            self.take_block(item, scope)
        else:
            self.take_layer(item, kind, scope)

    def note_missing_type(self, item: nodes.Mapping) -> None:
        """A mapping without `type`: most often `- conv2d:` with its fields a level off."""
        word = next((key for key in item.keys if key in KINDS or our_type(key)), None)
        if word is None or "type" in item.values:
            place = item.values["type"].place if "type" in item.values else item.place
            self.report.add("E124", place, "a layer without a type", "write `- {type: dense, units: 10}`")
            return
        inner = item.values[word]
        fields = dict(inner.values) if isinstance(inner, nodes.Mapping) else {}
        fields |= {key: value for key, value in item.values.items() if key != word}
        written = ", ".join(f"{key}: {_short(value)}" for key, value in fields.items())
        kind = word if word in KINDS else our_type(word)
        line = f"- {{type: {kind}{', ' if written else ''}{written}}}"
        message = f"'{word}' is a key here, and should be the layer's type"
        self.report.add("E127", item.keys[word].place, message, f"write `{line}`")

    def take_layer(self, item: nodes.Mapping, kind: nodes.Scalar, scope: _Scope) -> None:
        """One layer of a known kind."""
        word = kind.text
        if word not in KINDS:
            ours = our_type(word)
            hint = f"write `{ours}`" if ours else type_hint(word)
            message = f"'{word}' is another framework's name" if ours else f"there is no layer type {shown(word)}"
            self.report.add("E121" if ours else "E120", kind.place, message, hint)
        local = self.layer_name(item, word if word in KINDS else our_type(word) or "layer", scope)
        references = self.references(item, scope)
        layer = self.read_layer(item, word) if word in KINDS else None
        full = scope.prefix + local
        if references is None and scope.previous is not None:
            references = (Reference(scope.previous, kind.place),)
        elif references is None and layer is not None:
            known = ", ".join(scope.names)
            self.report.add("E134", kind.place, f"{word}: nothing stands before it", f"write `inputs:` with one of {known}")
        self.define(local, full, item.place, scope)
        scope.previous = full
        if layer is not None and references is not None:
            places = {key: value.place for key, value in item.values.items()}
            self.layers.append(LayerSpec(full, layer, references, kind.place, self.inline(item), places))

    def layer_name(self, item: nodes.Mapping, stem: str, scope: _Scope) -> str:
        """The given name, or `<type>_<n>`."""
        numbered = scope.numbered(stem)
        node = item.values.get("name")
        if node is None:
            return numbered
        name = read_value(node, LAYER["name"].kind, self.report, "E131", "name")  # type: ignore[arg-type]
        return numbered if name is MISSING else str(name)

    def define(self, local: str, full: str, place: Place, scope: _Scope) -> None:
        """Make a name known. A name stands for one layer, and `input` is reserved."""
        if local == "input" or local in scope.names:
            message = "the name 'input' is reserved" if local == "input" else f"the name '{local}' is taken"
            self.report.add("E131", place, message, "give the layer another `name`")
        scope.names[local] = full

    def references(self, item: nodes.Mapping, scope: _Scope) -> tuple[Reference, ...] | None:
        """What `inputs:` names, or None if it is not given."""
        node = item.values.get("inputs")
        if node is None:
            return None
        names = read_value(node, LAYER["inputs"].kind, self.report, key="inputs")  # type: ignore[arg-type]
        if names is MISSING:
            return ()
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        pairs = [(self.lookup(name, item.place, scope), item.place) for name, item in zip(names, items, strict=True)]
        return tuple(Reference(name, place) for name, place in pairs if name is not None)

    def lookup(self, name: str, place: Place, scope: _Scope) -> str | None:
        """The full name that a local name means."""
        if name in scope.names:
            return scope.names[name]
        if scope is self.scope and any(layer.name == name for layer in self.layers):
            return name
        hint = suggestion(name, scope.names) or f"defined above: {', '.join(list(scope.names)[-8:]) or 'nothing'}"
        self.report.add("E130", place, f"'{name}' is not defined above", hint)
        return None

    def read_layer(self, item: nodes.Mapping, word: str) -> Any:
        """The layer with its fields, or None with the problems noted."""
        kind = KINDS[word]
        options = kind.options()
        values: dict[str, Any] = {}
        meant: set[str] = set()
        sound = True
        for name, node in item.values.items():
            if name in options:
                values[name] = read_value(node, options[name].kind, self.report, "E125", name)
                sound = sound and values[name] is not MISSING
            elif name not in LAYER:
                ours, hint = field_hint(name, word, options)
                message = f"{word} has no field '{name}'" if ours is None else f"'{name}' is another framework's name"
                self.report.add("E122" if ours is None else "E123", item.keys[name].place, message, hint)
                meant.add(ours or "")
                sound = False
        for name, option in options.items():
            if option.required and name not in item.values and name not in meant:
                hint = f"{option.kind.describe()}: {option.doc}"
                self.report.add("E124", item.values["type"].place, f"{word} needs `{name}`", hint)
                sound = False
        if not sound:
            return None
        if "data_format" in options:
            values.setdefault("data_format", self.data_format)
        try:
            return kind(**values)
        except LayerError as error:
            place = item.values[error.field].place if error.field in item.values else item.place
            self.report.add("E126" if error.code == LayerError.default_code else error.code, place, error.message, error.hint)
            return None

    def inline(self, item: nodes.Mapping) -> dict[str, nodes.Node]:
        """The parameters under the layer's own `weights:`."""
        own = mapping(item.values.get("weights"), "weights", self.report, "write `weights: {kernel: ..., bias: ...}`")
        return dict(own.values) if own else {}


def _short(node: nodes.Node) -> str:
    """A value as it would be written on one line."""
    if isinstance(node, nodes.Scalar):
        return node.text
    if isinstance(node, nodes.Sequence):
        return "[" + ", ".join(_short(item) for item in node.items[:8]) + "]"
    return "{...}"
