"""NetworkSpec -> the text of a network file, as a person would write it: the other way round of `parse.py`.

Names stay as they are, and they alone tell of blocks: `residual_1/a` stands in one, conv2d_1 does not. The text is read
again before anybody gets it: one that says something else never leaves.
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, NetworkError, OutputError
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.netfile.keys import INPUT, NETWORK_NAME, VERSION, WEIGHTS
from dataflow_cli.netfile.parse import parse_network_spec
from dataflow_cli.netfile.sharing import written_shares
from dataflow_cli.netfile.writing.folding import Folding
from dataflow_cli.netfile.writing.grouping import called, grouped
from dataflow_cli.netfile.writing.items import blocks_section, layer_items
from dataflow_cli.netfile.writing.lines import Section, document
from dataflow_cli.netfile.writing.paths import Move
from dataflow_cli.netfile.writing.same import difference, outputs_of
from dataflow_cli.netfile.writing.values import written_layer, written_node, written_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.netfile.model import InputSpec, LayerSpec, NetworkSpec, WeightsSpec


def network_text(spec: NetworkSpec, folder: str | Path | None = None) -> str:
    """The network as the text of a file in `folder`, by default where it comes from.

    Raises OutputError if no network file can say what the description says.
    """
    move = Move(spec.base, None if folder is None else str(folder))
    text = document(_section(spec, move))
    try:
        read = parse_network_spec(text.encode(), spec.file, move.folder)
    except UnicodeEncodeError as error:
        message = f"{error.object[error.start]!a} cannot stand in a network file"
        raise OutputError(message, hint="use names and paths that are text") from error
    except NetworkError as error:
        first = error.problems[0]
        raise OutputError(f"the network cannot be written to a file: {first.message}", hint=first.hint) from error
    found = difference(spec, read)
    if found:
        message = f"the network cannot be written to a file: {found} would be read as something else"
        raise OutputError(message, hint="this is a mistake in dftrace; please report it")
    return text


def write_network(spec: NetworkSpec, path: str | Path) -> None:
    """Write the network to a file, which appears whole or not at all. Raises OutputError."""
    text = network_text(spec, os.path.dirname(path))  # noqa: PTH120  as `read_network_spec` has it
    with atomic_write(path) as stream:
        stream.write(text.encode())


def _section(spec: NetworkSpec, move: Move) -> Section:
    """All keys of the file, in the order in which one reads them."""
    top, names = grouped(spec.layers, [each.name for each in spec.inputs])

    written = {id(layer): _layer(layer, spec) for layer in spec.layers}
    folding = Folding(top, lambda layer: written[id(layer)])
    outputs = [called(name, names) or name for name in outputs_of(spec)]
    parts = {
        "dftrace": VERSION,
        **_name(spec),
        "data_format": spec.data_format if spec.data_format_written else None,
        "framework": spec.framework if spec.framework != "keras" else None,
        **_inputs(spec.inputs, move),
        "weights": _weights(spec.weights, move, spec.framework) if spec.weights else None,
        "tokenizer": move.path(spec.tokenizer) if spec.tokenizer is not None else None,
        "classes": list(spec.classes),
        "blocks": blocks_section(folding),
        "layers": layer_items(folding.top, folding),
        "outputs": [] if outputs == [top.items[-1].local] else outputs,
    }
    return Section({key: value for key, value in parts.items() if value})


def _name(spec: NetworkSpec) -> dict[str, Any]:
    """The network's name, unless it is a file's that cannot be written."""
    try:
        return {"name": written_value(NETWORK_NAME, spec.name)}
    except FieldError:
        return {}


def _inputs(inputs: tuple[InputSpec, ...], move: Move) -> dict[str, Any]:
    if [spec.name for spec in inputs] == ["input"]:
        return {"input": _input(inputs[0], move)}
    return {"inputs": Section({spec.name: _input(spec, move) for spec in inputs})}


def _input(spec: InputSpec, move: Move) -> Any:
    """A shape, or a mapping with what is not as it is by default."""
    found = _differing(spec, INPUT)
    if spec.example is not None:
        found["example"] = move.example(spec.example)
    return found["shape"] if len(found) == 1 else found


def _weights(spec: WeightsSpec, move: Move, framework: str) -> Any:
    """A path, or a mapping with what is not as it is by default."""
    source = {} if spec.path is None else {"file": move.path(spec.path)}
    found = source | ({"map": dict(spec.map)} if spec.map else {}) | _differing(spec, WEIGHTS)
    if spec.layout_written or spec.layout != framework:
        found["layout"] = spec.layout
    else:
        found.pop("layout", None)
    return found["file"] if found.keys() == {"file"} else found


def _differing(spec: Any, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with a type whose value is not the default, in the order of the keys."""
    defaults = {each.name: each.default for each in fields(spec)}
    return {
        name: written_value(key.kind, getattr(spec, name))
        for name, key in keys.items()
        if key.kind is not None and name in defaults and getattr(spec, name) != defaults[name]
    }


def _layer(spec: LayerSpec, network: NetworkSpec) -> tuple[Mapping[str, Any], frozenset[str]]:
    """The fields of a layer, its own weights last, and which of them need not be written."""
    try:
        values, defaults = written_layer(spec.layer, network.data_format, network.framework)
    except FieldError as error:
        hint = error.hint or "a field takes what `dftrace layers TYPE` says"
        raise OutputError(f"{spec.layer.type} '{spec.name}': {error.message}", hint=hint) from error
    if spec.source:
        values = {"source": spec.source, **values}
    own = {name: written_node(node) for name, node in spec.weights.items()} | written_shares(spec.shares)
    return (values | {"weights": own} if own else values), defaults
