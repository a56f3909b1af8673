"""A model file -> a network file and a file of weights, written together, read again, and held against the model."""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, NetworkError, OutputError, UnknownName, suggestion
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.together import write_together
from dataflow_cli.given import Given
from dataflow_cli.importers.open import import_model, is_model_file
from dataflow_cli.importers.spec import network_spec
from dataflow_cli.inputs.prepared import completed
from dataflow_cli.netfile.model import WeightsSpec
from dataflow_cli.netfile.report import Report
from dataflow_cli.netfile.write import network_text
from dataflow_cli.network.build import build_network, load_network, network_from_text
from dataflow_cli.network.foreign import described_network
from dataflow_cli.network.sizing import said_shapes
from dataflow_cli.records import dataclass
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.importers.described import Imported, ImportedLayer
    from dataflow_cli.netfile.model import NetworkSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

SAFETENSORS, NPZ = ".safetensors", ".npz"
NETWORK = ".yaml"
NOTHING = Given()


@dataclass(frozen=True)
class Written:
    """What was written, and what was found to be the same."""

    model: Imported
    network: Network
    """As the network file gives it."""
    weights: Weights
    path: Path
    files: Mapping[str, int]
    """Every file, by its name, and how many bytes it has."""
    stated: bool
    """Whether it is said how pictures become the input, or there is none that takes them."""
    renamed: Mapping[str, str]
    """Ours by theirs, where our rules do not allow theirs."""


def import_to_files(
    source: str | Path,
    target: str | Path | None,
    *,
    until: str = "",
    weights_format: str = SAFETENSORS,
    given: Given = NOTHING,
    force: bool = False,
) -> Written:
    """Import a model.

    `target` is the network file, or a folder; beside the network file stand its weights. `until` is the last layer that
    is wanted, by its name here or there. `given` says how its inputs are prepared, and what its classes are called.

    Raises:
        InputError: for a file that holds no model that can be read.
        NetworkError: with all that dftrace lacks.
        OutputError: if a file is there that says something else, and `force` is not given, or cannot be written.
    """
    model = _read(source, given, until)
    path = _network_file(Path(source), target)
    stored = path.stem + weights_format
    model, network, text = _described(model, source, given, path, stored)
    files = {path.name: text.encode(), **_weights_file(network, stored, weights_format)}
    _refuse_edited(files, path.parent, force=force)
    write_together(files, path.parent, overwrite=True)
    read = load_network(path)
    _check_same(network, read)
    renamed = {layer.source: layer.name for layer in model.layers if _is_renamed(layer)}
    stated = all(each.stated or not each.is_picture for each in network.inputs)
    sizes = {name: len(data) for name, data in files.items()}
    return Written(model, read, load_weights(read), path, sizes, stated, renamed)


def _read(source: str | Path, given: Given, until: str) -> Imported:
    """The model, or its part up to a layer, told as concisely as its shapes allow."""
    with reported(InputError, source):
        regular_size(source)
    if not is_model_file(source):
        hint = "it takes .keras, .h5 and .onnx files; a network file needs no import, and weights are read as they are"
        raise InputError(f"{printable(source)}: is no model of another framework", hint=hint)
    model = import_model(source, said_shapes(given.shape))
    model = _until(model, until) if until else model
    return _concise(model, described_network(model, source, build_network))


def _described(
    model: Imported, source: str | Path, given: Given, path: Path, stored: str
) -> tuple[Imported, Network, str]:
    """The model as it is written, without its blocks if these cannot be said; its network; the file's text."""
    network = completed(described_network(model, source, build_network), given)
    try:
        return model, network, _text(model, network, path, stored)
    except OutputError:
        if not any("/" in layer.name for layer in model.layers):
            raise
    return _described(model.flat(), source, given, path, stored)


def _weights_file(network: Network, stored: str, weights_format: str) -> dict[str, bytes]:
    """The network's parameters as a file called `stored`; nothing if it has none."""
    own = load_weights(network).arrays
    arrays = {f"{layer}/{name}": array for layer, parameters in own.items() for name, array in parameters.items()}
    return {stored: _packed(arrays, weights_format)} if arrays else {}


def _is_renamed(layer: ImportedLayer) -> bool:
    return bool(layer.source) and layer.source != layer.name and not layer.shares


def _concise(model: Imported, network: Network) -> Imported:
    """The model without what its file says of layers and their inputs' shapes say too."""
    return model.without({node.name: node.layer.follows(node.input_shapes) for node in network.nodes})


def _until(model: Imported, name: str) -> Imported:
    """The part up to a layer, by our name for it or theirs. Raises UnknownName, also if that needs what is missing."""
    found = next((layer.name for layer in model.layers if name in (layer.name, layer.source, layer.gives)), None)
    if found is None:
        lacking = next((one for one in model.missing if name in one.names), None)
        if lacking is not None:
            raise UnknownName(f"{lacking.told} is missing: {lacking.why}", hint="name a layer that stands before it")
        names = [layer.name for layer in model.layers]
        raise UnknownName(f"the model has no layer '{printable(name)}'", hint=suggestion(name, names) or _listed(names))
    part = model.until(found)
    gone = {each for one in model.missing for each in one.names}
    needs = next((each for layer in part.layers for each in layer.inputs if each in gone), None)
    if needs is not None:
        raise UnknownName(f"'{found}' needs '{needs}', which is missing", hint="name a layer that stands before that")
    return part


def _listed(names: list[str]) -> str:
    return f"it has {', '.join(names[:8])}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _network_file(source: Path, target: str | Path | None) -> Path:
    """Where the network file goes: what is named, or a file of the model's name in the folder that is."""
    name = source.name.partition(".")[0] + NETWORK
    if target is None:
        return Path(name)
    path = Path(target)
    if path.suffix in (".yaml", ".yml"):
        return path
    if path.suffix and not path.is_dir() and not str(target).endswith(("/", os.sep)):
        raise OutputError(f"{printable(target)}: is no name of a network file", hint="write -o NAME.yaml, or a folder")
    return path / name


def _text(model: Imported, network: Network, path: Path, stored: str) -> str:
    """The network file's text."""
    spec = network_spec(model, str(path), Report())
    has_weights = any(node.parameters for node in network.nodes)
    where = os.path.join(str(path.parent), stored)  # noqa: PTH118  as a file's parser joins it
    weights = WeightsSpec(path=where) if has_weights else None
    inputs = tuple(replace(each, stated=True, asked=frozenset()) for each in network.inputs)
    alone = {node.name for node in network.nodes if not node.parameters}
    layers = tuple(replace(layer, shares={}) if layer.name in alone else layer for layer in spec.layers)
    spec = replace(spec, layers=layers, weights=weights, base=str(path.parent), inputs=inputs, classes=network.classes)
    texts = [network_text(spec, str(path.parent)), *_with_torchs_defaults(spec, network, str(path.parent))]
    return min(texts, key=_fields_of_layers)


def _fields_of_layers(text: str) -> int:
    """How many fields are written out in a network file, but for those of the whole."""
    return sum(line.count(": ") for line in text.splitlines() if line.startswith(" "))


def _with_torchs_defaults(spec: NetworkSpec, network: Network, folder: str) -> list[str]:
    """The same text where fields that are not written have PyTorch's values, if it is read as the same network.

    A model of PyTorch has an epsilon of 1e-5 in every normalization, which is 1e-3 by Keras' rules.
    """
    weights = None if spec.weights is None else replace(spec.weights, layout_written=True)  # they stay in our order
    try:
        text = network_text(replace(spec, framework="torch", weights=weights), folder)
        _check_same(network, network_from_text(text, spec.file, folder))
    except (OutputError, NetworkError):
        return []
    return [text]


def _packed(arrays: Mapping[str, Array], weights_format: str) -> bytes:
    if weights_format == NPZ:
        from dataflow_cli.files.npz_write import write_npz

        stream = BytesIO()
        write_npz(stream, arrays)
        return stream.getvalue()
    from dataflow_cli.files.safetensors_write import safetensors_bytes

    return safetensors_bytes(arrays)


def _refuse_edited(files: Mapping[str, bytes], folder: Path, *, force: bool) -> None:
    """Raise OutputError if a file is there that says something else than what is to be written."""
    for name, content in files.items():
        path = folder / name
        if force or not os.path.lexists(path):
            continue
        if not path.is_file() or path.stat().st_size != len(content) or path.read_bytes() != content:
            message = f"{printable(path)}: is there already, and says something else"
            raise OutputError(message, hint="it may have been edited: name another file with -o, or --force")


def _check_same(network: Network, read: Network) -> None:
    """Raise OutputError if what was written is read as another network."""
    ours = [(node.name, node.layer, node.inputs, node.output_shape) for node in network.nodes]
    theirs = [(node.name, node.layer, node.inputs, node.output_shape) for node in read.nodes]
    if (ours, network.outputs) != (theirs, read.outputs):
        hint = "this is a mistake in dftrace; please report it"
        raise OutputError("what was written is read as another network", hint=hint)
