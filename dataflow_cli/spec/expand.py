"""The layers of a file, blocks unrolled: names given, references resolved, fields read.

Inside a block, `input` is what the block was given, names are local, and `$name` stands for a parameter's value. A block's
layers get its name in front: residual_1/a. From outside, the block's name means its last layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import Place, suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.fields import shown
from dataflow_cli.spec import nodes
from dataflow_cli.spec.access import MISSING, mapping, read_keys, read_value
from dataflow_cli.spec.blocks import filled_layers, read_blocks
from dataflow_cli.spec.dialects import our_type
from dataflow_cli.spec.keys import BLOCK_USE, LAYER
from dataflow_cli.spec.layer_item import note_missing_type, note_unknown_type, read_layer
from dataflow_cli.spec.model import DataFormat, LayerSpec, Reference
from dataflow_cli.spec.scope import RESERVED, Scope

if TYPE_CHECKING:
    from dataflow_cli.spec.report import Report

MAX_LAYERS = 10_000


class Expansion:
    """Turns the items under `layers:` into LayerSpecs."""

    def __init__(
        self, report: Report, inputs: tuple[str, ...], data_format: DataFormat, blocks: nodes.Node | None
    ) -> None:
        self.report = report
        self.data_format = data_format
        self.blocks = read_blocks(blocks, report)
        self.layers: list[LayerSpec] = []
        self.open: list[str] = []
        self.top = Scope(report, inputs[0] if len(inputs) == 1 else None, {name: name for name in inputs})

    def expand(self, items: nodes.Sequence) -> tuple[LayerSpec, ...]:
        """All layers of the file, in order."""
        self.take_items(items, self.top)
        return tuple(self.layers)

    def output(self, name: str, place: Place) -> Reference | None:
        """The layer that a name under `outputs:` means."""
        full = self.top.lookup(name, place)
        return None if full is None else Reference(full, place)

    def take_items(self, items: nodes.Sequence, scope: Scope) -> None:
        for item in items.items:
            if len(self.layers) >= MAX_LAYERS:
                message = f"the network has more than {MAX_LAYERS:,} layers"
                self.report.stop("E142", item.place, message, "use a smaller `repeat`")
            self.take_item(item, scope)

    def take_item(self, item: nodes.Node, scope: Scope) -> None:
        """One entry of `layers:`: a bare type, a mapping with `type`, or a block."""
        if isinstance(item, nodes.Scalar) and item.plain is not None:
            self.take_layer(nodes.Mapping(item.place, {"type": item}, {"type": item}), item, scope)
        elif not isinstance(item, nodes.Mapping):
            hint = "write `- {type: dense, units: 10}`, or `- flatten`"
            self.report.add("E106", item.place, f"a layer must be a mapping or a type, found {shown(item.plain)}", hint)
        elif not isinstance(kind := item.values.get("type"), nodes.Scalar):
            note_missing_type(item, self.report)
        elif kind.text == "block":
            self.take_block(item, scope)
        else:
            self.take_layer(item, kind, scope)

    def take_layer(self, item: nodes.Mapping, kind: nodes.Scalar, scope: Scope) -> None:
        """One layer. Its name is known to what follows even if it is unsound, so that one mistake is told once."""
        known = kind.text in KINDS
        if not known:
            note_unknown_type(kind, self.report)
        local = self.local_name(item, kind.text if known else our_type(kind.text) or "layer", scope)
        references = self.references(item, scope)
        layer = read_layer(item, KINDS[kind.text], self.data_format, self.report) if known else None
        if references is None:
            references = self.standing_before(kind, scope)
        full = scope.prefix + local
        scope.define(local, full, item.values["name"].place if "name" in item.values else item.place)
        scope.previous = full
        if scope is not self.top:
            self.top.insides.add(full)
        if layer is not None and references:
            own = mapping(
                item.values.get("weights"), "weights", self.report, "write `weights: {kernel: ..., bias: ...}`"
            )
            places = {key: value.place for key, value in item.values.items()}
            self.layers.append(LayerSpec(full, layer, references, kind.place, own.values if own else {}, places))

    def local_name(self, item: nodes.Mapping, stem: str, scope: Scope) -> str:
        """The given name, or `<type>_<n>`; layers with a name count too."""
        numbered = scope.numbered(stem)
        node, kind = item.values.get("name"), LAYER["name"].kind
        name = MISSING if node is None or kind is None else read_value(node, kind, self.report, "E131", "name")
        return numbered if name is MISSING else str(name)

    def references(self, item: nodes.Mapping, scope: Scope) -> tuple[Reference, ...] | None:
        """What `inputs:` names, or None if it is not given. Unknown names are noted and left out."""
        node, kind = item.values.get("inputs"), LAYER["inputs"].kind
        if node is None or kind is None:
            return None
        names = read_value(node, kind, self.report, key="inputs")
        if names is MISSING:
            return ()
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        places = [item.place for item in items]
        found = [(scope.lookup(name, place), place) for name, place in zip(names, places, strict=True)]
        return tuple(Reference(full, place) for full, place in found if full is not None)

    def standing_before(self, kind: nodes.Scalar, scope: Scope) -> tuple[Reference, ...]:
        """What a layer without `inputs` takes."""
        if scope.previous is not None:
            return (Reference(scope.previous, kind.place),)
        hint = f"write `inputs:` with one of {', '.join(scope.names)}"
        self.report.add("E134", kind.place, f"{kind.text}: nothing stands before it", hint)
        return ()

    def take_block(self, item: nodes.Mapping, scope: Scope) -> None:
        """One `{type: block, use: ...}`: its layers, `repeat` times, each after the one before."""
        found = read_keys(item, BLOCK_USE, self.report)
        items = self.block_layers(item, found)
        if items is None:
            return
        given = self.block_input(item, scope)
        use, name, repeat = found["use"], found.get("name"), found.get("repeat", 1)
        self.open.append(use)
        for number in range(1, repeat + 1):
            local = scope.numbered(use) if name is None else name if repeat == 1 else f"{name}_{number}"
            full = scope.prefix + local
            inner = Scope(self.report, given, {} if given is None else {RESERVED: given}, f"{full}/")
            self.take_items(items, inner)
            given = inner.previous
            scope.define(local, given or full, item.place)
        self.open.pop()
        scope.previous = given

    def block_layers(self, item: nodes.Mapping, found: dict[str, Any]) -> nodes.Sequence | None:
        """The layers of the block that an item uses, filled in; None, and noted, if it cannot be used."""
        place = item.values["use"].place if "use" in item.values else item.place
        use = found.get("use")
        if use is None:
            if "use" not in item.values:
                self.report.add("E124", place, "a block needs `use`", "name a block that stands under `blocks:`")
            return None
        if use not in self.blocks:
            hint = suggestion(use, self.blocks) or "define it under `blocks:`"
            self.report.add("E140", place, f"block '{use}' is not defined", hint)
            return None
        if use in self.open:
            chain = " -> ".join([*self.open, use])
            self.report.add("E140", place, f"block '{use}' uses itself: {chain}", "blocks cannot be recursive")
            return None
        return filled_layers(use, self.blocks[use], item, self.report)

    def block_input(self, item: nodes.Mapping, scope: Scope) -> str | None:
        """The full name of what a block is given."""
        references = self.references(item, scope)
        if references is not None and len(references) > 1:
            place = item.values["inputs"].place
            self.report.add("E134", place, "a block takes one input", "merge several before the block")
        return references[0].name if references else scope.previous
