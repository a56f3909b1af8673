"""What ONNX Runtime computes beside an imported model, layer by layer, where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import printable
from dataflow_cli.importing.compare import CLOSE, apart, checked, least_scale, verdict
from dataflow_cli.lazy import np
from dataflow_cli.unknown import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.importers.described import ImportedInput
    from dataflow_cli.importing.files import Written
    from dataflow_cli.shapes import Array

NAME = "ONNX Runtime"
_SAMPLES = 2
_LENGTH = 32
"""Of axes that the model leaves open."""
_GRAPH, _OUTPUT, _NAMED = 7, 12, 1
"""Fields of a model, of a graph, and of what it puts out."""
_FOLDER = "session.model_external_initializers_file_folder_path"
_TYPES = {"float": "float32", "double": "float64"}
"""NumPy's names by theirs, where they differ."""


def verified(path: str | Path, written: Written) -> str:
    """Runs both on the same random inputs. Returns what was found. Raises InputError if a layer differs."""
    package = _package(path)
    layers = [layer for layer in written.model.layers if layer.gives]
    try:
        session = _session(package, Path(path), dict.fromkeys(layer.gives for layer in layers))
        given = _inputs(written.model.inputs, session, written)
        names = list(dict.fromkeys(layer.gives for layer in layers))
        theirs = _theirs(written.model.inputs, given)
        wanted = dict(zip(names, session.run(names, theirs), strict=True))
    except _raised(package) as error:
        said = printable(error).splitlines()[0][:160]
        message = f"{path}: {NAME} itself cannot run it: {said}"
        raise InputError(message, hint="what was written was checked without it; leave --verify out") from error
    ours = {name: x if x.dtype.kind != "b" else x.astype(np.float32) for name, x in given.items()}
    trace: Any = written.network.trace(ours, keep="all", weights=written.weights)
    differences, exact = {}, None
    for layer in layers:
        value = np.asarray(trace.value(layer.name))
        found = value[0] if layer.batch is None else np.moveaxis(value, 0, layer.batch)
        expected = wanted[layer.gives]
        least = least_scale(written.network.node(layer.name))
        difference = apart(found, expected, least) if found.shape == expected.shape else np.inf
        rounding = 0.0
        if difference > CLOSE:
            exact = exact or written.network.trace(ours, keep="all", weights=written.weights, dtype="float64")
            rounding = apart(value, np.asarray(exact.value(layer.name)), least)
        differences[layer.name] = checked(difference, layer.told, NAME, rounding)
    return verdict(differences, NAME)


def _package(path: str | Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        hint = "pip install onnxruntime, or leave --verify out: what was written was checked without"
        raise InputError(f"{path}: --verify runs {NAME}, which is not installed", hint=hint) from error
    return onnxruntime


def _raised(package: Any) -> tuple[type[Exception], ...]:
    """What it raises: errors of its own, which have nothing in common."""
    state = package.capi.onnxruntime_pybind11_state
    own = [each for each in vars(state).values() if isinstance(each, type) and issubclass(each, Exception)]
    return (*own, RuntimeError, ValueError)


def _session(package: Any, path: Path, names: Mapping[str, None]) -> Any:
    """The model, which puts out every tensor that a layer gives: what stands behind a message is added to it."""
    options = package.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = package.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry(_FOLDER, str(path.resolve().parent))
    more = b"".join(_part(_OUTPUT, _part(_NAMED, name.encode())) for name in names)
    return package.InferenceSession(
        path.read_bytes() + _part(_GRAPH, more), options, providers=["CPUExecutionProvider"]
    )


def _part(field: int, data: bytes) -> bytes:
    """A field of a Protocol Buffers message."""
    length, size = bytearray(), len(data)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([field << 3 | 2, *length, size]) + data


def _inputs(entries: Sequence[ImportedInput], session: Any, written: Written) -> dict[str, Array]:
    """Random samples (N, *sample) for every input, by our names."""
    random = np.random.default_rng(0)
    theirs = {each.name: each for each in session.get_inputs()}
    shapes = {each.name: tuple(known(size) or _LENGTH for size in each.shape) for each in written.network.inputs}
    alone = any(layer.batch is None for layer in written.model.layers if layer.gives)
    samples = 1 if alone else _SAMPLES  # where a tensor is one sample's alone, theirs has room for no other
    found = {}
    for entry in entries:
        there = theirs[entry.source]
        size = samples if entry.batch is None else there.shape[entry.batch]
        count = size if isinstance(size, int) else samples
        found[entry.name] = _random(
            random, (count, *shapes[entry.name]), str(there.type).removeprefix("tensor(").rstrip(")")
        )
    most = max(len(found[entry.name]) for entry in entries if entry.batch is not None) if _has_batch(entries) else 1
    return {
        entry.name: found[entry.name] if entry.batch is not None else np.repeat(found[entry.name][:1], most, 0)
        for entry in entries
    }


def _has_batch(entries: Sequence[ImportedInput]) -> bool:
    return any(entry.batch is not None for entry in entries)


def _random(random: Any, shape: tuple[int, ...], kind: str) -> Array:
    dtype = _TYPES.get(kind, kind)
    if dtype.startswith(("int", "uint", "bool")):
        array: Array = random.integers(0, 2, shape).astype(dtype)
        return array
    normal: Array = random.normal(size=shape).astype(dtype)
    return normal


def _theirs(entries: Sequence[ImportedInput], given: Mapping[str, Array]) -> dict[str, Array]:
    """The same as the model takes it: samples along its own axis, or one of all that are the same."""
    return {
        entry.source: given[entry.name][0] if entry.batch is None else np.moveaxis(given[entry.name], 0, entry.batch)
        for entry in entries
    }
