"""What Keras itself computes beside an imported model, layer by layer, where it is installed.

Keras loads the file for that. It has run code from files that it called safe, so whatever in the config is not plainly
Keras' own is refused before.
"""

from __future__ import annotations

import math
import os
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.importers.described import FOLLOWING
from dataflow_cli.importers.keras.config import read_model
from dataflow_cli.importing.compare import apart, checked, verdict
from dataflow_cli.lazy import np
from dataflow_cli.unknown import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.importing.files import Written
    from dataflow_cli.shapes import Array

_BACKENDS = ("tensorflow", "jax", "torch")
_MODULES = frozenset(
    (
        *(None, "keras", "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints"),
        *("keras.activations", "keras.dtype_policies", "keras.src.models.functional", "keras.src.ops.numpy"),
        *(
            "keras.src.ops.nn",
            "keras.src.ops.linalg",
            "keras.src.models.sequential",
            "keras.src.applications.convnext",
            "keras.optimizers",
            "keras.losses",
            "keras.metrics",
        ),
    )
)
_SAMPLES = 2
_LENGTH = 32
"""Of axes that the model leaves open."""


def verified(path: str | Path, written: Written) -> str:
    """Runs both on the same random inputs. Returns what was found. Raises InputError if a layer differs."""
    keras = _package(path)
    with reported(InputError, path):
        _check_plain(read_model(Path(path)).config, str(path))
    try:
        model = keras.saving.load_model(str(path), compile=False)
    except (ValueError, TypeError, KeyError, OSError, AttributeError, NotImplementedError) as error:
        said = printable(error).splitlines()[0][:120] if str(error) else type(error).__name__
        message = f"{path}: Keras itself cannot load it: {said}"
        raise InputError(message, hint="what was written was checked without it; leave --verify out") from error
    return held_against(model, written)


def held_against(model: Any, written: Written) -> str:
    """Runs a model of Keras' and what was imported of it on the same random inputs. Raises as `verified` does."""
    inputs = written.network.inputs
    shapes = [tuple(known(size) or _LENGTH for size in each.shape) for each in inputs]
    random = np.random.default_rng(0)
    values = [_values(random, shape, each.dtype) for shape, each in zip(shapes, inputs, strict=True)]
    theirs = _recorded(model, values)
    given = dict(zip((each.name for each in inputs), values, strict=True))
    trace: Any = written.network.trace(given, keep="all", weights=written.weights)
    return _compared(written, trace, theirs)


def _package(path: str | Path) -> Any:
    if "KERAS_BACKEND" not in os.environ:
        os.environ["KERAS_BACKEND"] = next((name for name in _BACKENDS if find_spec(name)), _BACKENDS[0])
    try:
        import keras
    except ImportError as error:
        hint = "install Keras and one of its backends, or leave --verify out: what was written was checked without"
        raise InputError(f"{path}: --verify runs Keras, which is not installed", hint=hint) from error
    return keras


def _check_plain(value: Any, path: str) -> None:
    """Raises InputError for a config that names anything but Keras' own classes."""
    if isinstance(value, dict):
        function = value.get("class_name") == "function" and value.get("module") in ("builtins", None)
        foreign = ">" in str(value.get("registered_name") or "")
        if "class_name" in value and ((value.get("module") not in _MODULES and not function) or foreign):
            message = f"{path}: Keras would load {value['class_name']!s} from {value.get('module')!s} to verify it"
            raise InputError(
                message, hint="leave --verify out: only files with nothing but Keras' own are run in Keras"
            )
        for each in value.values():
            _check_plain(each, path)
    elif isinstance(value, list):
        for each in value:
            _check_plain(each, path)


def _values(random: Any, shape: tuple[int, ...], dtype: str) -> Array:
    if dtype.startswith(("int", "uint")):
        array: Array = random.integers(0, 2, (_SAMPLES, *shape)).astype(dtype)
        return array
    normal: Array = random.normal(size=(_SAMPLES, *shape)).astype("float32")
    return normal


def _recorded(model: Any, inputs: list[Array]) -> dict[str, list[Array]]:
    """What every layer gives, call by call, by its path of names."""
    found: dict[str, list[Array]] = {}
    calls = []
    for path, layer in _layers(model, ""):
        calls.append((layer, layer.call))
        within = getattr(layer, "layer", None)
        if hasattr(within, "layers"):
            layer.call = _stepping(layer.call, within, f"{path}/", found)
        else:
            layer.call = _recording(layer.call, found.setdefault(path, []))
    try:
        model(inputs if len(inputs) > 1 else inputs[0], training=False)
    finally:
        for layer, call in calls:
            layer.call = call
    return found


def _layers(model: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for layer in getattr(model, "operations", None) or model.layers:
        path = f"{prefix}{layer.name}"
        if hasattr(layer, "layers"):
            yield from _layers(layer, f"{path}/")
        else:
            yield path, layer


def _recording(call: Callable[..., Any], kept: list[Array]) -> Callable[..., Any]:
    @wraps(call)  # Keras asks which arguments there are
    def recorded(*given: Any, **named: Any) -> Any:
        result = call(*given, **named)
        first = result[0] if isinstance(result, list | tuple) else result
        kept.append(np.asarray(first.detach().cpu() if hasattr(first, "detach") else first))
        return result

    return recorded


def _stepping(call: Callable[..., Any], model: Any, prefix: str, kept: dict[str, list[Array]]) -> Callable[..., Any]:
    """What a layer does that goes along steps with a model. Keras may have all steps in one there, in no array: what is
    in the model is recorded of all steps as samples of it.
    """

    @wraps(call)
    def recorded(sequence: Any, *given: Any, **named: Any) -> Any:
        result = call(sequence, *given, **named)
        x = np.asarray(sequence.detach().cpu() if hasattr(sequence, "detach") else sequence)
        for path, arrays in _recorded(model, [x.reshape(-1, *x.shape[2:])]).items():
            kept.setdefault(f"{prefix}{path}", []).extend(one.reshape(*x.shape[:2], *one.shape[1:]) for one in arrays)
        return result

    return recorded


def _nearest(found: Array, calls: list[Array]) -> float:
    """How far a use of a layer is from that of Keras' which it is nearest to, and which is taken out of its `calls`.

    Keras runs several uses of a layer in an order of its own.
    """
    fits = [one.size == found.size for one in calls]
    places = [place for place, fit in enumerate(fits) if fit] or [0]
    far = {place: apart(found.reshape(calls[place].shape), calls[place]) for place in places}
    best = min(far, key=lambda place: math.inf if math.isnan(far[place]) else far[place])
    del calls[best]
    return far[best]


def _compared(written: Written, trace: Any, theirs: dict[str, list[Array]]) -> str:
    """The largest difference of all layers, in parts of each tensor's scale. Raises InputError if one is too large."""
    sources = {layer.source for layer in written.model.layers}
    left = {name: list(calls) for name, calls in theirs.items()}
    differences: dict[str, float] = {}
    for layer in written.model.layers:
        if layer.source + FOLLOWING in sources:  # Keras has its activation in it
            continue
        calls = left.get(layer.source.removesuffix(FOLLOWING), [])
        if calls:
            difference = _nearest(np.asarray(trace.value(layer.name)), calls)
            differences[layer.name] = checked(difference, layer.told, "Keras")
    return verdict(differences, "Keras")
