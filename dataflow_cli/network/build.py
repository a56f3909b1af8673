"""NetworkSpec -> Network: works out every shape, count and receptive field, and gives each error its place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, Problem, UnknownName
from dataflow_cli.garbage import search_put_off
from dataflow_cli.layers.base import MAX_ELEMENTS
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile.axes import misfit_of_classes
from dataflow_cli.netfile.model import Reference
from dataflow_cli.netfile.parse import parse_network_spec, read_network_spec
from dataflow_cli.netfile.report import Report
from dataflow_cli.netfile.scope import UNKNOWN
from dataflow_cli.network.doubts import Doubts
from dataflow_cli.network.model import NO_INNER, Network, Node, listed
from dataflow_cli.network.receptive_fields import ReceptiveFields
from dataflow_cli.shapes import Shape, written
from dataflow_cli.sizes import INTEGERS, LONG
from dataflow_cli.tensors import inner_name, inner_of, is_inner, layer_of
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.errors import NetworkError, Place
    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.netfile.model import InputSpec, LayerSpec, NetworkSpec, WeightsSpec
    from dataflow_cli.network.foreign import Sizes
    from dataflow_cli.network.inline import Fault
    from dataflow_cli.network.masks import Masks, Taken
    from dataflow_cli.network.sound import Stopped
    from dataflow_cli.network.torch_orders import TorchOrders

OWN = (".yaml", ".yml")
"""What network files end with, so that most need no look at their first bytes."""
MAX_AXES = 31
"""As many as NumPy can compute with, beside the samples."""


def load_network(
    path: str | Path, shapes: Mapping[str, Sequence[int]] | None = None, sizes: Sizes | None = None
) -> Network:
    """Read a network file, or a model of another framework, and wire it.

    `shapes` are those of samples by the names of inputs, or by "" of the only one, for a model that leaves its sizes
    open and reckons with them; all other networks take sizes afterwards (`Network.sized`). `sizes` finds those of such
    a model that are not said.

    Raises InputError or NetworkError with everything wrong in it.
    """
    if not str(path).endswith(OWN):
        from dataflow_cli.importers.open import is_model_file

        if is_model_file(path):
            from dataflow_cli.network.foreign import foreign_network

            with search_put_off():
                return foreign_network(path, build_network, shapes or {}, sizes)
    report = Report()
    with search_put_off():
        return build_network(read_network_spec(path, report), report)


def network_from_text(text: str | bytes, file: str = "-", folder: str | Path = "") -> Network:
    """The network in a text: what `load_network` does for a file. `folder` is what paths in it are relative to."""
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    report = Report()
    with search_put_off():
        return build_network(parse_network_spec(data, file, folder, report), report)


def build_network(spec: NetworkSpec, report: Report | None = None) -> Network:
    """Wire a checked description. `report` has the mistakes that were found while it was read.

    Raises NetworkError with all of them, and with every layer that does not fit.
    """
    report = report or Report()
    if not report.problems and not all(entry.is_sized for entry in spec.inputs):
        spec = _probed(spec)
    misread = bool(report.problems)
    builder = _Builder(spec, report)
    nodes = tuple(node for layer in spec.layers if (node := builder.followed(layer)) is not None)
    outputs = tuple(reference.name for reference in spec.outputs) or tuple(node.name for node in nodes[-1:])
    builder.open(spec.outputs)
    builder.check_classes(spec, outputs[0] if outputs else "")
    if len(nodes) == len(spec.layers):
        builder.check_parts(spec.outputs or [Reference(layer.name, layer.kind) for layer in spec.layers[-1:]])
        builder.check_map(spec, nodes)
    if report.problems:
        raise _refused(builder, spec, nodes, misread=misread)
    network = _network(spec, nodes, outputs)
    output, fields = outputs[0], builder.receptive_fields
    warnings = builder.doubts.problems(builder.shapes.get(output, ()), lambda: fields[output])
    dropped = () if builder.masks is None else builder.masks.dropped
    network = replace(network, warnings=(*warnings, *dropped))
    return _opened(network, {*outputs}) if builder.inner else network


def _probed(spec: NetworkSpec) -> NetworkSpec:
    """The description with numbers for the sizes that are not known by which all layers fit, if there are any."""
    from dataflow_cli.network.unsized import PROBES, probed

    for probe in PROBES:
        builder = _Builder(trial := probed(spec, probe), Report())
        if all(builder.followed(layer) is not None for layer in trial.layers):
            return trial
        if builder.stopped is None or all(map(is_known, builder.stopped.input_shapes)):
            break  # no size would help
    return probed(spec, PROBES[0])


def _network(spec: NetworkSpec, nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> Network:
    return Network(
        name=spec.name,
        file=spec.file,
        inputs=_with_indices(spec.inputs, nodes),
        nodes=nodes,
        outputs=outputs,
        classes=spec.classes,
        weights=spec.weights,
        base=spec.base,
        data_format_written=spec.data_format_written,
        framework=spec.framework,
        tokenizer=spec.tokenizer,
        unsized=None if all(entry.is_sized for entry in spec.inputs) else spec,
        spec=spec,
    )


def _refused(builder: _Builder, spec: NetworkSpec, nodes: Sequence[Node], *, misread: bool) -> NetworkError:
    """The error with all problems, and with what is sound above the first of them."""
    error = builder.report.error()
    if misread or not all(entry.name in builder.shapes for entry in spec.inputs):
        return error
    from dataflow_cli.network.sound import Sound

    stopped = builder.stopped
    above = nodes if stopped is None else nodes[: [layer.name for layer in spec.layers].index(stopped.name)]
    outputs = tuple(node.name for node in above[-1:])
    part = replace(_network(spec, tuple(above), outputs), classes=(), is_whole=False)
    error.sound = Sound(_opened(part, set()) if builder.inner else part, stopped)
    return error


def _opened(network: Network, outputs: set[str]) -> Network:
    """The network with nodes for the inner tensors that layers read, or that are outputs."""
    from dataflow_cli.network.opened import opened

    read = {name for node in network.nodes for name in node.inputs} | outputs
    return opened(network, sorted(filter(is_inner, read)))


class _Builder:
    """Walks the layers in order; a layer that fails takes those that depend on it along, in silence."""

    def __init__(self, spec: NetworkSpec, report: Report) -> None:
        self.report = report
        self.noted: set[tuple[str, Place | None]] = set()
        self.shapes: dict[str, Shape] = {}
        self.types: dict[str, str] = {}
        """Of tensors of whole numbers, which ones."""
        self.nodes: dict[str, Node] = {}
        self.inner: list[str] = []
        """Inner tensors that are known: layers read them, the network puts them out, or they say which steps count."""
        self.receptive_fields = ReceptiveFields()
        self.rules: dict[tuple[int, tuple[Shape, ...], str], _Rules] = {}
        """What follows from a layer (by identity: they outlive this) and its input shapes, which of their sizes are
        known included: the same in all its uses."""
        self.faults: dict[tuple[int, Shape], Fault] = {}
        self.doubts = Doubts(spec.inputs, data_format_written=spec.data_format_written)
        self.parted: set[str] = set()
        """Layers that only their inner tensors may be read of."""
        self.masks: Masks | None = None
        """Which steps of tensors count, once anything says so."""
        self.stopped: Stopped | None = None
        """The first layer with a problem."""
        self.torch = _torch_orders(spec) if spec.framework == "torch" else None
        self.wanted = ""
        """What the latest layer that was refused would take."""
        self.sized = all(entry.is_sized for entry in spec.inputs)
        for entry in spec.inputs:
            self.enter(entry)

    def enter(self, entry: InputSpec) -> None:
        """Make a network input known, if its shape is one that can be computed with."""
        try:
            _check_size(entry.shape, "the shape")
        except LayerError as error:
            self.add(Problem("E112", f"{entry.name}: {error.message}", error.hint, entry.place))
            return
        self.shapes[entry.name] = entry.shape
        if entry.dtype in INTEGERS:
            self.types[entry.name] = entry.dtype
        self.receptive_fields.enter(entry)

    def add(self, problem: Problem) -> None:
        """Note a problem; one that a block has in every use is told once."""
        key = (problem.code, problem.place)
        if key not in self.noted and problem.place is not None:
            self.noted.add(key)
            self.report.add(problem.code, problem.place, problem.message, problem.hint)

    def followed(self, spec: LayerSpec) -> Node | None:
        """The wired layer, or None with its problem noted; the first one that has any is kept in mind."""
        before = len(self.report.problems)
        node = self.node(spec)
        if self.stopped is None and (node is None or len(self.report.problems) > before):
            from dataflow_cli.network.sound import Stopped

            names = tuple(reference.name for reference in spec.inputs)
            shapes = tuple(self.shapes[name] for name in names if name in self.shapes)
            self.stopped = Stopped(spec.name, spec.layer.type, names, shapes, self.wanted)
        return node

    def node(self, spec: LayerSpec) -> Node | None:
        """The wired layer, or None with its problem noted."""
        names = tuple([reference.name for reference in spec.inputs])
        if UNKNOWN in names or not self.arity_fits(spec) or not self.check_parts(spec.inputs):
            return None
        if not all(map(self.shapes.__contains__, names)):
            self.open(spec.inputs)
            if not all(map(self.shapes.__contains__, names)):
                return None
        shapes = tuple([self.shapes[name] for name in names])
        try:
            plain = self.masks is None and spec.mask is None and not spec.layer.makes_mask
            node = self.wired(spec, names, shapes) if plain else self.wired_masked(spec, names, shapes)
            if node is not None and self.torch is not None:
                self.torch.follow(node)
        except LayerError as error:
            self.note(spec, shapes, error)
            return None
        return None if node is None else self.known(self.sharing(node, spec) if spec.shares else node, spec)

    def known(self, node: Node, spec: LayerSpec) -> Node:
        """Make a wired layer known to those below it."""
        self.nodes[node.name] = node
        self.shapes[node.name] = node.output_shape
        if node.layer.parts_only:
            self.parted.add(node.name)
        self.receptive_fields.follow(node)
        self.doubts.follow(node)
        if node.inline:
            self.check_inline(node, spec)
        return node

    def open(self, references: Sequence[Reference]) -> None:
        """Make inner tensors known that are named, or note that a layer has none such."""
        for reference in references:
            name, layer = reference.name, layer_of(reference.name)
            if not is_inner(name) or name in self.shapes or layer not in self.shapes:
                continue
            if layer not in self.nodes:
                self.add(Problem("E130", NO_INNER.format(layer), "name those of a layer", reference.place))
                continue
            try:
                node = self.nodes[layer].inside(inner_of(name))
            except UnknownName as error:
                self.add(Problem("E130", error.message, error.hint, reference.place))
                continue
            self.inner.append(name)
            self.shapes[name] = node.output_shape
            self.note_type(name, node.layer, node.inputs)
            self.receptive_fields.follow(node)
            self.doubts.follow(node)
            if self.torch is not None:
                self.torch.follow(node)

    def check_parts(self, references: Sequence[Reference]) -> bool:
        """Whether none of them leaves open which of a layer's tensors it means; the problem is noted."""
        if not self.parted:
            return True
        for name, place in [(each.name, each.place) for each in references if each.name in self.parted]:
            layer = self.nodes[name].layer
            parts = [inner_name(name, inner) for inner in layer.inner_tensors]
            message = f"{layer.type} '{name}' gives {len(parts)} tensors, and one is wanted here"
            self.add(Problem("E134", message, f"name one of them: {listed(parts)}", place))
            return False
        return True

    def sharing(self, node: Node, spec: LayerSpec) -> Node:
        """The node, told which of its parameters are other layers'."""
        from dataflow_cli.network.sharing import Shares

        shares = Shares(node, spec, self.nodes, self.shapes)
        for problem in shares.problems:
            self.add(problem)
        return replace(node, shared=shares.found)

    def check_inline(self, node: Node, spec: LayerSpec) -> None:
        """Parameters that are written in the file fit the layer."""
        from dataflow_cli.network.inline import inline_problems

        for problem in inline_problems(node, self.faults, spec.place_of_weight):
            self.add(problem)

    def wired_masked(self, spec: LayerSpec, names: tuple[str, ...], shapes: tuple[Shape, ...]) -> Node | None:
        """The wired layer with the masks that it uses behind its inputs; None if one of them is not known."""
        if self.masks is None:
            from dataflow_cli.network.masks import Masks

            self.masks = Masks()
        masks = self.masks
        taken = masks.taken(spec)
        self.open(masks.references(spec, taken))
        if not all(name in self.shapes for name in taken.values()):
            return None
        used = masks.used(spec.layer, taken, self.shapes, shapes)
        return masks.follow(self.wired(spec, names, shapes, used), spec, taken, self.shapes)

    def wired(
        self, spec: LayerSpec, names: tuple[str, ...], shapes: tuple[Shape, ...], used: Taken | None = None
    ) -> Node:
        layer = spec.layer if self.torch is None else self.torch.listing(spec.layer, names, shapes)
        if used and self.masks is not None:
            layer = self.masks.layer(layer, used)
            names, shapes = (*names, *used.values()), (*shapes, *(self.shapes[name] for name in used.values()))
        key = id(layer), shapes, "" if self.sized else repr(shapes)
        rules = self.rules.get(key)
        if rules is None:
            rules = _rules(layer, shapes)
            if not self.sized:
                from dataflow_cli.network.unsized import settled

                rules = settled(layer, shapes, rules)
            self.rules[key] = rules
        self.note_type(spec.name, layer, names)
        # By position, which Python hands on twice as fast: there may be ten thousand.
        seen, fields = self.receptive_fields, spec.item.values
        return Node(spec.name, layer, names, shapes, *rules, seen, spec.weights, spec.kind, fields)

    def note_type(self, name: str, layer: Layer, inputs: tuple[str, ...]) -> None:
        """Know which whole numbers a tensor is of, if it is. Raises LayerError for inputs that the layer refuses."""
        kind = layer.result_type([self.types.get(each, "") for each in inputs])
        if kind:
            self.types[name] = kind

    def arity_fits(self, spec: LayerSpec) -> bool:
        least, most = spec.layer.arity
        count = len(spec.inputs)
        if count >= least and (most is None or count <= most):
            return True
        wanted = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        self.wanted = f"{wanted} {'input' if wanted == '1' else 'inputs'}"
        message = f"{spec.layer.type} '{spec.name}' takes {self.wanted}, found {count}"
        hint = "name them: `inputs: [a, b]`" if count < least else "merge them first, with add or concatenate"
        self.add(Problem("E134", message, hint, spec.place_of("inputs")))
        return False

    def note(self, spec: LayerSpec, shapes: Sequence[Shape], error: LayerError) -> None:
        """Give a layer's error its place: the field it names, else its inputs, else its type."""
        from dataflow_cli.network.misfits import misfit

        self.wanted = error.wanted
        place = spec.place_of(error.field, "inputs")
        names = [reference.name for reference in spec.inputs]

        found, hint = misfit(spec.layer, names, shapes, self.receptive_fields, error)
        if not all(map(is_known, shapes)):
            from dataflow_cli.network.unsized import HOW_TO_SIZE

            hints = (self.doubts.counted(), hint, "" if HOW_TO_SIZE in hint else HOW_TO_SIZE)
            hint = "; or ".join(filter(None, hints))
        message = f"{spec.layer.type} '{spec.name}': {found}"
        self.add(Problem(error.code, message, self.doubts.hint(spec.layer, names) or hint, place))

    def check_map(self, spec: NetworkSpec, nodes: Sequence[Node]) -> None:
        """What `map:` translates are parameters of the network."""
        if spec.weights is None or not spec.weights.map:
            return
        from dataflow_cli.netfile.name_map import STAR

        known = {f"{node.name}/{name}" for node in nodes for name in node.parameters}
        for full, stored in spec.weights.map.items():
            if STAR in full:
                self._check_pattern(spec.weights, full, stored, known)
            elif full not in known:
                self._unknown_parameter(spec.weights, full, known)

    def _unknown_parameter(self, weights: WeightsSpec, full: str, known: Collection[str]) -> None:
        hint = self.report.suggestion(full, known) or "write `layer/parameter: name in the file`"
        message = f"map: the network has no parameter {shown(full)}"
        self.add(Problem("E112", message, hint, weights.place_of(full)))

    def _check_pattern(self, weights: WeightsSpec, pattern: str, stored: str, known: Collection[str]) -> None:
        """A pattern fits some parameter, and its name in the file has as many `*`."""
        from dataflow_cli.netfile.name_map import STAR, match

        if pattern.count(STAR) != stored.count(STAR):
            message = f"map: {shown(pattern)} has another number of * than {shown(stored)}"
            hint = "what each * on the left stands for is put in for those on the right, in their order"
            self.add(Problem("E112", message, hint, weights.place_of(pattern)))
        elif all(match(pattern, full) is None for full in known):
            message = f"map: no parameter of the network is called like {shown(pattern)}"
            hint = f"they are called like {shown(next(iter(known)))}" if known else "the network has no parameters"
            self.add(Problem("E112", message, hint, weights.place_of(pattern)))

    def check_classes(self, spec: NetworkSpec, output: str) -> None:
        """As many class names as the (first) output has numbers or channels; two for a single sigmoid."""
        shape, count = self.shapes.get(output), len(spec.classes)
        if not count or shape is None:
            return
        message = misfit_of_classes(count, shape, channels_first=spec.data_format == "channels_first")
        if message:
            self.add(Problem("E112", message, "write one name an output under `classes:`", spec.classes_place))


def _torch_orders(spec: NetworkSpec) -> TorchOrders:
    from dataflow_cli.network.torch_orders import TorchOrders

    return TorchOrders(spec.inputs)


_Rules = tuple["Shape", "Mapping[str, Parameter]", int]
"""Output shape, parameters, and multiply-accumulates."""


def _rules(layer: Layer, shapes: tuple[Shape, ...]) -> _Rules:
    """What a layer makes of such inputs. Raises LayerError if they do not fit, or it would be too large."""
    output, parameters = layer.output_shape(shapes), layer.parameters(shapes)
    _check_activation(layer, output)
    _check_size(output, "output")
    for name, parameter in parameters.items():
        _check_size(parameter.shape, name)
    return output, parameters, layer.macs(shapes)


def _check_activation(layer: Layer, output: Shape) -> None:
    """Raises LayerError for a function that does not take what the layer makes: softmax of a single number."""
    if layer.result_activation is None:
        return
    try:
        layer.result_activation.output_shape([output])
    except LayerError as error:
        raise LayerError(error.message, hint=error.hint, code=error.code, field="activation") from error


def _with_indices(inputs: Sequence[InputSpec], nodes: Sequence[Node]) -> tuple[InputSpec, ...]:
    """The inputs, told whether what they hold ends as it is in an embedding, or in what computes with whole numbers."""
    indices: set[str] = set()
    compared: set[str] = set()
    for node in reversed(nodes):
        layer, read = node.layer, [layer_of(name) for name in node.inputs]
        keeps = (layer.hands_on or layer.selects) and node.name in indices
        if layer.takes_indices or layer.takes_integers or keeps:
            indices.update(read)
        if layer.selects or (layer.hands_on and node.name in compared):
            compared.update(read)
    indices |= {spec.name for spec in inputs if spec.name in compared and spec.dtype in LONG}
    return tuple(replace(spec, indices=True) if spec.name in indices else spec for spec in inputs)


def _check_size(shape: Shape, what: str) -> None:
    if len(shape) > MAX_AXES:
        raise LayerError(
            f"{what} has {len(shape)} axes; at most {MAX_AXES} can be computed with", hint="use fewer axes"
        )
    if math.prod(shape) > MAX_ELEMENTS:
        raise LayerError(f"{what} {written(shape)} has more elements than any memory holds", hint="check the sizes")
