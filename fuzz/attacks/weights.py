"""Weights that nobody vouches for: changed files, and sound files that belong to something else."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli import network_from_text
from dataflow_cli.weights.load import load_weights
from fuzz.findings import require
from fuzz.making import arrayfiles as made
from fuzz.making import tensorfiles
from fuzz.making.kerasfiles import listed_h5
from fuzz.making.mutations import mutated
from fuzz.making.networks import network, written

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
_INPUT_CODES = ("E301", "E302", "E303", "E500")


def attack(case: Case) -> None:
    """A small network, its weights in a file, and something wrong with them: check and run judge alike."""
    rng = case.rng
    document = network(case, 4).document
    arrays = parameters(written(document))
    weights, format_of = rng.choice(FORMATS)
    document["weights"] = {"file": weights, **({"layout": "torch"} if case.chance(0.2) else {})}
    case.write(FILE, written(document))
    for _ in range(rng.randrange(3)):
        spoil(case, arrays)
    content = format_of(arrays)
    if case.chance(0.3):
        content = mutated(rng, content)
    elif case.chance(0.1):
        content = lie(case, arrays)
    case.write(weights, content)
    case.ask("weights", weights, "--statistics", "-f", "json")
    checked = case.ask("check", FILE, "-f", "json")
    ran = case.ask("run", FILE, "--value", "1", "--max-memory", "500MiB", "-f", "json")
    excused = any(code in ran.messages for code in _INPUT_CODES)
    excused = excused or ("null" in written(document) and "E133" in ran.messages)
    said = (ran.messages, checked.out.decode())
    require(ran.code == 0 or excused or checked.code != 0, f"check is fine, run is not: {ran.first}", *said)


def parameters(text: str) -> dict[str, Any]:
    """Sound parameters by the name that they have in a file."""
    wired = network_from_text(text)
    weights = load_weights(wired)
    return {f"{node.name}/{name}": array for node in wired.nodes for name, array in weights.of(node.name).items()}


def spoil(case: Case, arrays: dict[str, Any]) -> None:
    """One thing that is wrong with a file of parameters."""
    if not arrays:
        arrays["nothing/here"] = np.zeros(3)
        return
    name = case.rng.choice(sorted(arrays))
    array = np.asarray(arrays[name])
    changes = (
        lambda: arrays.pop(name),
        lambda: arrays.update({name: array.T}),
        lambda: arrays.update({name: array.reshape(-1)}),
        lambda: arrays.update({name: np.zeros((*array.shape, 0))}),
        lambda: arrays.update({name: np.full(array.shape, case.rng.choice((np.nan, np.inf, 1e300)))}),
        lambda: arrays.update({name: array.astype(case.rng.choice(("f2", "i8", ">f8", "?", "U4", "c8")))}),
        lambda: arrays.update({name + "_": arrays.pop(name)}),
        lambda: arrays.update({"../" + name: array}),
        lambda: arrays.update({name: np.array(1.0)}),
    )
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)  # a file that was spoiled twice
        case.rng.choice(changes)()


def lie(case: Case, arrays: dict[str, Any]) -> bytes:
    """A zip that inflates to much more than it is, or has a header that says so."""
    name = next(iter(arrays), "a/b") + ".npy"
    if case.chance(0.5):
        return made.npz({name: made.any_header(case.rng)})
    return made.zip_bomb(
        name, made.header("<f4", case.rng.choice(("(4,)", "(262144, 1000)"))), case.rng.choice((1, 1000))
    )


def _npz(arrays: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _safetensors(arrays: dict[str, Any]) -> bytes:
    return tensorfiles.safetensors(
        {name: array for name, array in arrays.items() if array.dtype.str in tensorfiles.KINDS}
    )


def _hdf5(arrays: dict[str, Any]) -> bytes:
    """What Keras before 3 writes; names that lead elsewhere are not for HDF5."""
    layers: dict[str, list[tuple[str, Any]]] = {}
    for name, array in arrays.items():
        layer, _, parameter = name.rpartition("/")
        if layer and ".." not in name and array.dtype.kind in "fiub":
            layers.setdefault(layer, []).append((f"{parameter}:0", array))
    return listed_h5(layers)


FORMATS = (
    ("w.npz", _npz),
    ("w.npz", _npz),
    ("w.safetensors", _safetensors),
    ("w.pt", tensorfiles.state_dict),
    ("w.h5", _hdf5),
)
"""Names of files, and what makes their bytes."""
