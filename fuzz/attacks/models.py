"""Models of Keras that were changed: counted, run and imported alike, or one error that says what is wrong.

HDF5 is read by a library in C: what ends the process is found as a worker that died, and said.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.findings import require
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, listed_h5, sequential
from fuzz.making.mutations import mutated, transplanted

if TYPE_CHECKING:
    from fuzz.case import Case

_KINDS = ("Dense", "Activation", "Dropout", "Flatten", "LeakyReLU", "BatchNormalization", "Lambda")
_FUNCTIONS = ("relu", "softmax", "hard_sigmoid", "exponential", "linear", "no such")


def attack(case: Case) -> None:
    """A small chain, perhaps of models, in either format, with something wrong in its config or its bytes."""
    name = case.rng.choice(("m.keras", "m.h5", "m.weights.h5"))
    arrays: dict[str, Any] = {}
    config = model(case, arrays)
    if case.chance(0.4):
        config = transplanted(case.rng, json.loads(json.dumps(config)))
    content = (
        listed(arrays, config) if name.endswith("h5") else keras_zip(config, counted(arrays), packed=case.chance(0.3))
    )
    if case.chance(0.4):
        content = mutated(case.rng, content)
    case.write(name, content)
    case.ask("weights", name, "--statistics", "-f", "json")
    counts = case.ask("params", name, "-f", "json")
    case.ask("run", name, "--value", "1,2", "--max-memory", "500MiB", "-f", "json")
    imported = case.ask("import", name, "-o", "out/net.yaml", "--force")
    if imported.code == 0:
        again = case.ask("params", "out/net.yaml", "-f", "json")
        require(shapes(again.out) == shapes(counts.out), "the imported network counts otherwise", counts.out.decode())


def shapes(document: bytes) -> Any:
    """What the layers of a summary are and cost."""
    keys = ("type", "output_shape", "params", "macs")
    return [[row.get(key) for key in keys] for row in json.loads(document)["layers"]]


def model(case: Case, arrays: dict[str, Any], depth: int = 0, prefix: str = "") -> dict[str, Any]:
    """A chain of layers; `arrays` gets its kernels by `path/of/layer`."""
    layers: list[dict[str, Any]] = [layer("InputLayer", f"{prefix}i", batch_shape=[None, 2])]
    for number in range(case.few(4)):
        name = f"{prefix}{case.rng.choice('ab c/')}{number}"
        if depth < 2 and case.chance(0.2):
            layers.append(model(case, arrays, depth + 1, f"{prefix}m{number}"))
            continue
        kind = case.rng.choice(_KINDS)
        layers.append(layer(kind, name, **_fields(case, kind)))
        if kind == "Dense":
            arrays[name] = np.eye(2, dtype=case.rng.choice(("f4", "f8", "f2", "i4")))
    return sequential(*layers, name=f"{prefix}model")


def _fields(case: Case, kind: str) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "Dense": {"units": 2, "use_bias": False, "activation": case.rng.choice(_FUNCTIONS)},
        "Activation": {"activation": case.rng.choice(_FUNCTIONS)},
        "Dropout": {"rate": 0.5},
    }
    return fields.get(kind, {})


def listed(arrays: dict[str, Any], config: Any) -> bytes:
    """The HDF5 file of Keras before 3."""
    return listed_h5({name: [(f"{name}/kernel:0", array)] for name, array in arrays.items()}, config)


def counted(arrays: dict[str, Any]) -> bytes:
    """The weights of Keras 3, all in one model."""
    paths = {f"layers/dense{f'_{number}' if number else ''}/vars": name for number, name in enumerate(arrays)}
    return counted_h5({f"{path}/0": arrays[name] for path, name in paths.items()}, paths)
