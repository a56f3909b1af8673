"""The layers of a file, blocks unrolled: names given, references resolved, fields read.

Inside a block, `input` is what the block was given, names are local, and `$name` stands for a parameter's value. A
block's layers get its name in front: residual_1/a. From outside, the block's name means its last layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.keys import BLOCK_USE, INPUTS, MASK_NAME, SOURCE, Name
from dataflow_cli.netfile.layer_item import note_missing_type, note_unknown_type, read_layer, written_alike
from dataflow_cli.netfile.limits import MAX_EXPANDED, MAX_LAYERS, MAX_NESTING
from dataflow_cli.netfile.model import NO_MASK, LayerSpec, Reference
from dataflow_cli.netfile.read_keys import MISSING, mapping, read_keys, read_value
from dataflow_cli.netfile.scope import RESERVED, UNKNOWN, Scope

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.netfile.layer_item import Conventions
    from dataflow_cli.netfile.model import Sharing
    from dataflow_cli.netfile.report import Report


_NAME = Name()


class Expansion:
    """Turns the items under `layers:` into LayerSpecs.

    What cannot be made out is noted and called UNKNOWN; what depends on it is kept, so that all mistakes are told, and
    wired to nothing, so that each is told once.
    """

    def __init__(
        self, report: Report, inputs: tuple[str, ...], conventions: Conventions, blocks: nodes.Node | None
    ) -> None:
        self.report = report
        self.conventions = conventions
        self.blocks = {} if blocks is None else _definitions(blocks, report)
        self.layers: list[LayerSpec] = []
        self.sound: dict[Hashable, Layer] = {}
        """Layers by what is written of them."""
        self.open: list[str] = []
        self.taken = 0
        self.uses = 0
        self.values = 0
        before = inputs[0] if len(inputs) == 1 else None if inputs else UNKNOWN
        self.top = Scope(report, before, {name: name for name in inputs})

    def expand(self, items: nodes.Sequence) -> tuple[LayerSpec, ...]:
        """All layers of the file, in order."""
        self.take_items(items, self.top)
        return tuple(self.layers)

    def output(self, name: str, node: nodes.Node) -> Reference:
        """The layer that a name under `outputs:` means."""
        return Reference(self.top.lookup(name, node), node)

    def take_items(self, items: nodes.Sequence, scope: Scope) -> None:
        """One after the other."""
        for item in items.items:
            self.taken += 1
            if self.taken > MAX_LAYERS:
                self.check_counts(item)
            self.take_item(item, scope)

    def check_counts(self, item: nodes.Node) -> None:
        """Stop before a small file becomes a network that nothing can hold."""
        if max(self.taken, self.uses) > MAX_LAYERS:
            message = f"the network has more than {MAX_LAYERS:,} layers"
            self.report.stop("E142", item.place, message, "use a smaller `repeat`")
        if self.values > MAX_EXPANDED:
            message = f"the blocks expand to more than {MAX_EXPANDED:,} values"
            self.report.stop("E142", item.place, message, "keep large weights in an .npz file")

    def take_item(self, item: nodes.Node, scope: Scope) -> None:
        """One entry of `layers:`: a bare type, a mapping with `type`, or a block."""
        if isinstance(item, nodes.Scalar) and item.plain is not None:
            self.take_layer(nodes.Mapping(item.where, {"type": item}, {"type": item}), item, scope)
        elif not isinstance(item, nodes.Mapping):
            hint = "write `- {type: dense, units: 10}`, or `- flatten`"
            self.report.add("E106", item.place, f"a layer must be a mapping or a type, found {shown(item.plain)}", hint)
            scope.previous = UNKNOWN
        elif not isinstance(kind := item.values.get("type"), nodes.Scalar):
            note_missing_type(item, self.report)
            self.leave_out(item, scope)
        elif kind.text == "block":
            self.take_block(item, kind, scope)
        else:
            self.take_layer(item, kind, scope)

    def leave_out(self, item: nodes.Mapping, scope: Scope) -> None:
        """An entry of no known kind: its name is known to what follows, so that one mistake is told once."""
        name = item.values.get("name")
        if isinstance(name, nodes.Scalar) and name.text not in scope.names:
            scope.names[name.text] = UNKNOWN
        scope.previous = UNKNOWN

    def take_layer(self, item: nodes.Mapping, kind: nodes.Scalar, scope: Scope) -> None:
        """One layer. Its name is known to what follows even if it is unsound."""
        word: str | None = kind.text
        if word not in KINDS:
            note_unknown_type(kind, item, self.report)
            word = _ours(kind.text)
        local = self.local_name(item, word or "layer", scope)
        references = self.references(item, scope)
        readable = word == kind.text or len(item.values) > 1
        layer = self.layer(item, word) if readable and word else None
        weights, shares = self.own_weights(item, scope, local)
        mask = self.mask(item, scope) if "mask" in item.values else None
        if "source" in item.values:
            read_value(item.values["source"], SOURCE, self.report, key="source")
        if references is None:
            references = (self.standing_before(kind, scope),)
        full = scope.prefix + local
        if not scope.define(local, full, item.values.get("name", kind)):
            layer, full = None, UNKNOWN
        scope.previous = full
        self.top.insides.add(full)
        if layer is not None:
            self.layers.append(LayerSpec(full, layer, references, kind, item, weights, mask, shares))

    def layer(self, item: nodes.Mapping, word: str) -> Layer | None:
        """The layer that an entry of this kind describes; one for all that say the same."""
        alike = written_alike(item, word)
        found = self.sound.get(alike)
        if found is None:
            found = read_layer(item, KINDS[word], self.conventions, self.report)
            if found is not None:
                self.sound[alike] = found
        return found

    def own_weights(
        self, item: nodes.Mapping, scope: Scope, local: str
    ) -> tuple[Mapping[str, nodes.Node], Mapping[str, Sharing]]:
        """The parameters that are written out in an entry, and those that are other layers'."""
        if "weights" not in item.values:
            return {}, {}
        hint = "write `weights: {kernel: ..., bias: ...}`"
        own = mapping(item.values["weights"], "weights", self.report, hint)
        if own is None:
            return {}, {}
        from dataflow_cli.netfile.sharing import is_sharing, split_weights

        if not is_sharing(own):
            return own.values, {}
        return split_weights(own, lambda name, node: self.owner(name, node, scope, local), self.report)

    def owner(self, name: str, node: nodes.Node, scope: Scope, local: str) -> str:
        """The full name of a layer whose weights layer `local` has: one of its block, or any above by its full name."""
        if name == local and name not in scope.names:
            message = f"{shown(name)} cannot have its weights from itself"
            self.report.add("E152", node.place, message, "name a layer above that has them")
            return UNKNOWN
        if name not in scope.names and (name in self.top.names or name in self.top.insides):
            return self.top.names.get(name, name)
        return scope.lookup(name, node)

    def mask(self, item: nodes.Mapping, scope: Scope) -> Reference:
        """What `mask:` names."""
        node = item.values["mask"]
        name = read_value(node, MASK_NAME, self.report, key="mask")
        if name is MISSING:
            return Reference(UNKNOWN, node)
        return Reference(NO_MASK if name is None else scope.lookup(name, node), node)

    def local_name(self, item: nodes.Mapping, stem: str, scope: Scope) -> str:
        """The given name, or `<type>_<n>`; layers with a name count too."""
        numbered = scope.counts.following(stem)
        if "name" not in item.values:
            return numbered
        name = read_value(item.values["name"], _NAME, self.report, "E131", "name")
        return numbered if name is MISSING else str(name)

    def references(self, item: nodes.Mapping, scope: Scope) -> tuple[Reference, ...] | None:
        """What `inputs:` names, or None if it is not given."""
        node = item.values.get("inputs")
        if node is None:
            return None
        names = read_value(node, INPUTS, self.report, key="inputs")
        if names is MISSING:
            return (Reference(UNKNOWN, node),)
        if not names:
            hint = "name a layer above, or leave `inputs` out to take what stands before"
            self.report.add("E134", node.place, "inputs is empty", hint)
            return (Reference(UNKNOWN, node),)
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        return tuple([Reference(scope.lookup(name, item), item) for name, item in zip(names, items, strict=True)])

    def standing_before(self, kind: nodes.Scalar, scope: Scope) -> Reference:
        """What a layer without `inputs` takes."""
        if scope.previous is None:
            hint = f"write `inputs:` with one of {', '.join(scope.names)}"
            self.report.add("E134", kind.place, f"{kind.text}: several inputs, and nothing stands before it", hint)
            return Reference(UNKNOWN, kind)
        return Reference(scope.previous, kind)

    def take_block(self, item: nodes.Mapping, kind: nodes.Scalar, scope: Scope) -> None:
        """One `{type: block, use: ...}`: its layers, `repeat` times, each after the one before."""
        found = read_keys(item, BLOCK_USE, self.report)
        use, name, repeat = found.get("use", "block"), found.get("name"), found.get("repeat", 1)
        given = self.block_input(item, kind, scope)
        items = self.block_layers(item, found)
        if items is None:
            self.leave_out_block(item, name or use, repeat, scope)
            return
        self.open.append(use)
        source = self.shared_use(item, found, scope)
        for number in range(1, repeat + 1):
            numbered = scope.counts.following(use)
            local = numbered if name is None else name if repeat == 1 else f"{name}_{number}"
            inner = Scope(self.report, given, {RESERVED: given}, f"{scope.prefix}{local}/")
            self.uses += 1
            self.values += items.size
            self.check_counts(item)
            start = len(self.layers)
            self.take_items(items, inner)
            if source:
                self.share(start, inner.prefix, source, item.values["share"])
            elif found.get("share"):
                source = inner.prefix
            given = inner.previous or UNKNOWN
            if not scope.define(local, given, item.values["name"] if name else kind):
                given = UNKNOWN
            scope.uses[local] = use
        self.open.pop()
        scope.previous = given

    def shared_use(self, item: nodes.Mapping, found: dict[str, Any], scope: Scope) -> str:
        """What the names of the layers begin with whose weights a block has; nothing if it has its own."""
        name = found.get("share", False)
        if not isinstance(name, str):
            return ""
        if scope.uses.get(name) == found["use"]:
            return f"{scope.prefix}{name}/"
        known = [each for each, use in scope.uses.items() if use == found["use"]]
        hint = self.report.suggestion(name, known) or f"uses above: {', '.join(known) or 'none'}"
        message = f"{shown(name)} is no use of block '{found['use']}' above"
        self.report.add("E140", item.values["share"].place, message, hint)
        return ""

    def share(self, start: int, prefix: str, source: str, node: nodes.Node) -> None:
        """Give the layers from `start` on the weights of those whose names begin with `source`."""
        from dataflow_cli.netfile.sharing import as_before

        self.layers[start:] = [as_before(layer, prefix, source, node) for layer in self.layers[start:]]

    def leave_out_block(self, item: nodes.Mapping, stem: str, repeat: int, scope: Scope) -> None:
        """A use of a block that cannot be used."""
        if "name" in item.values and repeat == 1:
            scope.define(stem, UNKNOWN, item.values["name"])
        else:
            scope.leave_out(stem, repeat)
        scope.previous = UNKNOWN

    def block_layers(self, item: nodes.Mapping, found: dict[str, Any]) -> nodes.Sequence | None:
        """The layers of the block that an item uses, filled in; None, and noted, if it cannot be used."""
        where, use = item.values.get("use", item), found.get("use")
        if use is None:
            if "use" not in item.values:
                self.report.add("E124", where.place, "a block needs `use`", "name a block that stands under `blocks:`")
            return None
        if use not in self.blocks:
            hint = self.report.suggestion(use, self.blocks) or "define it under `blocks:`"
            self.report.add("E140", where.place, f"block '{use}' is not defined", hint)
            return None
        if use in self.open:
            chain = " -> ".join([*self.open, use])
            self.report.add("E140", where.place, f"block '{use}' uses itself: {chain}", "blocks cannot be recursive")
            return None
        if len(self.open) >= MAX_NESTING:
            self.report.stop("E142", where.place, f"blocks are nested deeper than {MAX_NESTING}", "nest less")
        self.values += self.blocks[use].size
        self.check_counts(item)
        from dataflow_cli.netfile.blocks import filled_layers

        return filled_layers(use, self.blocks[use], item, self.report)

    def block_input(self, item: nodes.Mapping, kind: nodes.Scalar, scope: Scope) -> str:
        """The full name of what a block is given."""
        references = self.references(item, scope)
        if references is None:
            return self.standing_before(kind, scope).name
        if len(references) > 1:
            place = item.values["inputs"].place
            self.report.add("E134", place, "a block takes one input", "merge several before the block")
            return UNKNOWN
        return references[0].name


def _definitions(blocks: nodes.Node, report: Report) -> dict[str, nodes.Mapping]:
    from dataflow_cli.netfile.blocks import read_blocks

    return read_blocks(blocks, report)


def _ours(word: str) -> str | None:
    """The kind that another framework calls `word`."""
    from dataflow_cli.netfile.dialects.types import our_type

    return our_type(word)
