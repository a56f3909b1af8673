"""A tree of nodes -> NetworkSpec. Every mistake that can be told apart is noted, then all are raised together."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError, Place
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.example import note_example
from dataflow_cli.netfile.expand import Expansion
from dataflow_cli.netfile.keys import INPUT, SHAPE, TOP, VERSION, WEIGHTS, Name, Version
from dataflow_cli.netfile.layer_item import Conventions
from dataflow_cli.netfile.limits import MAX_BYTES, MAX_INPUTS
from dataflow_cli.netfile.model import InputSpec, NetworkSpec, Reference, WeightsSpec
from dataflow_cli.netfile.read_keys import MISSING, mapping, read_keys, read_value, sequence
from dataflow_cli.netfile.report import Report

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def read_network_spec(path: str | Path, report: Report | None = None) -> NetworkSpec:
    """Read a network file. Raises InputError if it cannot be opened, and what `parse_network_spec` raises."""
    file = str(path).rstrip("/") or os.curdir
    try:
        data = _bytes(file)
    except ValueError as error:
        raise InputError(f"{path}: a path cannot hold a NUL character") from error
    except OSError as error:
        from dataflow_cli.files.problem import reason

        said, hint = reason(error)
        wanted = "`dftrace init` writes a worked example" if isinstance(error, FileNotFoundError) else hint
        raise InputError(f"{path}: {said}", hint=wanted) from error
    return parse_network_spec(data, str(path), os.path.dirname(file), report)  # noqa: PTH120  see above


def parse_network_spec(data: bytes, file: str, folder: str | Path = "", report: Report | None = None) -> NetworkSpec:
    """The checked description of the network in `data`.

    Raises NetworkError with everything wrong in it. Given a `report`, mistakes after which one can go on are noted
    there instead; what they touch is left out of the description, or refers to UNKNOWN.
    """
    from dataflow_cli.netfile.reader import read_tree

    noted = Report() if report is None else report
    root = read_tree(data, file, noted)
    top = mapping(root, "a network file", noted, "start with `dftrace: 1`, then name, input, layers")
    if top is None:
        raise noted.error()
    spec = _Parser(top, file, str(folder), noted).parse()
    if report is None:
        noted.raise_if_any()
    return spec


def _bytes(file: str) -> bytes:
    """What a regular file holds, one byte more than is accepted at most. Raises InputError if it is none."""
    found = os.stat(file)  # noqa: PTH116  importing pathlib takes longer than reading
    if not stat.S_ISREG(found.st_mode):
        from dataflow_cli.files.problem import reported
        from dataflow_cli.files.regular import regular_size

        with reported(InputError, file):
            regular_size(file)
    if found.st_size == 0:  # what the system makes up says so, and may never end
        return b""
    with open(file, "rb") as stream:  # noqa: PTH123  see above
        return stream.read(MAX_BYTES + 1)


class _Parser:
    """Reads the parts of the top mapping."""

    def __init__(self, top: nodes.Mapping, file: str, base: str, report: Report) -> None:
        self.top = top
        self.file = file
        self.base = base
        self.report = report
        self.start = Place(file, 1, 1, 1, top.place.text if top.place.line == 1 else "")

    def parse(self) -> NetworkSpec:
        found = read_keys(self.top, TOP, self.report)
        self.require_version()
        data_format, framework = found.get("data_format", "channels_last"), found.get("framework", "keras")
        inputs = self.inputs(data_format)
        named = self.top.values.get("inputs")
        names = (
            tuple(named.values) if isinstance(named, nodes.Mapping) and "input" not in self.top.values else ("input",)
        )
        conventions = Conventions(data_format, framework)
        expansion = Expansion(self.report, names, conventions, self.top.values.get("blocks"))
        layers = self.layers(expansion)
        return NetworkSpec(
            file=self.file,
            name=found.get("name", _stem(self.file) if self.file != "-" else "network"),
            inputs=inputs,
            layers=layers,
            outputs=self.outputs(found.get("outputs", ()), expansion, frozenset(names)),
            weights=self.weights(framework),
            classes=found.get("classes", ()),
            classes_place=self.top.values["classes"].place if "classes" in self.top.values else None,
            data_format=data_format,
            data_format_written="data_format" in found,
            framework=framework,
            tokenizer=self.beside(found["tokenizer"]) if "tokenizer" in found else None,
            base=self.base,
        )

    def require_version(self) -> None:
        node = self.top.values.get("dftrace")
        if node is None:
            hint = f"write `dftrace: {VERSION}` as the first line"
            self.report.add("E110", self.start, "the key `dftrace` is missing", hint)
        else:
            read_value(node, Version(), self.report, "E113")

    def inputs(self, data_format: Any) -> tuple[InputSpec, ...]:
        """`input:` or `inputs:`, exactly one of them."""
        one, several = self.top.values.get("input"), self.top.values.get("inputs")
        if one is not None and several is not None:
            self.report.add("E111", self.top.keys["inputs"].place, "both `input` and `inputs`", "keep one of them")
        if one is not None:
            return self.input("input", one, data_format)
        if isinstance(several, nodes.Mapping) and not several.values:
            self.report.add("E112", several.place, "inputs is empty", "write `inputs: {image: [28, 28, 1], meta: [4]}`")
        named = mapping(several, "inputs", self.report, "write `inputs: {image: [28, 28, 1], meta: [4]}`")
        if several is None:
            self.report.add(
                "E110", self.start, "the key `input` is missing", "write `input: [height, width, channels]`"
            )
        if named is None:
            return ()
        if len(named.values) > MAX_INPUTS:
            message = f"the network has more than {MAX_INPUTS:,} inputs"
            self.report.stop("E102", named.place, message, "give one input more axes, or more channels")
        return tuple(spec for name in named.values for spec in self.named_input(name, named, data_format))

    def named_input(self, name: str, named: nodes.Mapping, data_format: Any) -> tuple[InputSpec, ...]:
        if read_value(named.keys[name], Name(), self.report, "E131") is MISSING:
            return ()
        return self.input(name, named.values[name], data_format)

    def input(self, name: str, node: nodes.Node, data_format: Any) -> tuple[InputSpec, ...]:
        """One input: a shape, or a mapping with `shape`. Nothing if it has no usable shape."""
        if not isinstance(node, nodes.Mapping):
            shape = read_value(node, SHAPE, self.report, key=name)
            return () if shape is MISSING else (InputSpec(name, shape, data_format=data_format, place=node.place),)
        found = read_keys(node, INPUT, self.report)
        if "example" in node.values:
            note_example(node.values["example"], self.report)
        if "shape" not in node.values:
            self.report.add("E110", node.place, f"{name} has no shape", "write `shape: [height, width, channels]`")
        if "shape" not in found:
            return ()
        spec = InputSpec(name, **found, data_format=data_format, example=node.values.get("example"), place=node.place)
        if any(key in found for key in ("mean", "std", "channel_order", "shorter_side", "pad", "tokens")):
            from dataflow_cli.netfile.input_fields import contradictions

            for key, message, hint in contradictions(spec):
                self.report.add("E112", node.values[key].place, message, hint)
        return (spec,)

    def layers(self, expansion: Expansion) -> tuple[Any, ...]:
        hint = "write `layers:` and one `- {type: ...}` a line"
        node = self.top.values.get("layers")
        if node is None:
            self.report.add("E110", self.start, "the key `layers` is missing", hint)
            return ()
        items = sequence(node, "layers", self.report, hint)
        if items is None:
            return ()
        if not items.items:
            self.report.add("E112", node.place, "layers is empty", hint)
        return expansion.expand(items)

    def outputs(self, names: tuple[str, ...], expansion: Expansion, inputs: Collection[str]) -> tuple[Reference, ...]:
        """What `outputs:` names, layers only."""
        node = self.top.values.get("outputs")
        if isinstance(node, nodes.Sequence) and not node.items:
            self.report.add("E112", node.place, "outputs is empty", "name a layer, or leave it out for the last one")
        if not names or not isinstance(node, nodes.Sequence):
            return ()
        found = [expansion.output(name, item) for item, name in zip(node.items, names, strict=True)]
        before: set[str] = set()
        for reference in found:
            if reference.name in inputs:
                hint = "name a layer; `- linear` hands an input on as it is"
                self.report.add("E130", reference.place, f"'{reference.name}' is an input, not a layer", hint)
            elif reference.name and reference.name in before:
                self.report.add("E112", reference.place, f"output '{reference.name}' stands twice", "keep one of them")
            before.add(reference.name)
        return tuple(reference for reference in found if reference.name and reference.name not in inputs)

    def weights(self, framework: Any) -> WeightsSpec | None:
        """`weights:` as a path, or as a mapping with `file` or `init`."""
        node = self.top.values.get("weights")
        if node is None:
            return None
        if isinstance(node, nodes.Scalar) and node.plain:
            return WeightsSpec(path=self.beside(node.text), layout=framework, place=node.place)
        hint = "write a path, or {file, map, layout}, or {init, seed}"
        node = mapping(node, "weights", self.report, hint)
        if node is None:
            return None
        found = read_keys(node, WEIGHTS, self.report)
        if ("file" in node.values) == ("init" in node.values):
            self.report.add("E112", node.place, "weights needs `file` or `init`, and only one of them", hint)
        if "file" in found:
            found["path"] = self.beside(found.pop("file"))
        names = node.values.get("map")
        return WeightsSpec(
            **{"layout": framework} | found,
            map=self.name_map(names),
            place=node.place,
            map_keys=names.keys if isinstance(names, nodes.Mapping) else {},
            layout_written="layout" in found,
        )

    def beside(self, name: str) -> str:
        """A path in the file, which is relative to the file's folder."""
        return os.path.join(self.base, name)  # noqa: PTH118  see above

    def name_map(self, node: nodes.Node | None) -> dict[str, str]:
        """`map:` as plain text to text."""
        pairs = mapping(node, "map", self.report, "write `layer/parameter: name in the file`")
        if pairs is None:
            return {}
        for name, value in pairs.values.items():
            if not value.plain or not isinstance(value, nodes.Scalar):
                found = shown(value.plain)
                self.report.add("E112", value.place, f"map: {shown(name)} must be one name, found {found}")
        return {name: value.text for name, value in pairs.values.items() if isinstance(value, nodes.Scalar)}


def _stem(file: str) -> str:
    """The name of a file without what stands behind its last dot."""
    name = os.path.basename(file.rstrip("/"))  # noqa: PTH119  see above
    stem, _, suffix = name.rpartition(".")
    return stem if stem and suffix else name
