"""What the arrays of a Keras file are called: `layer/kernel`, however the file addresses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.counted import counted, parts_of
from dataflow_cli.importers.keras.listed import listed
from dataflow_cli.importers.keras.parts import of_whole_layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.files.h5py import Hdf5


def names_of(hdf5: Hdf5, config: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Every array's name, and its path in the file. `config` describes the model, where the file has that."""
    root = "model_weights" if "model_weights" in hdf5.groups else ""
    layers = hdf5.texts(root, "layer_names")
    pairs = list(listed(hdf5, root, layers, config or {}) if layers is not None else counted(hdf5, config))
    names = of_whole_layers([name for name, _ in pairs])
    found: dict[str, str] = {}
    for name, (_, path) in zip(names, pairs, strict=True):
        found[path if name in found else name] = path
    return found


def is_keras(hdf5: Hdf5) -> bool:
    """Whether Keras wrote the file."""
    root = "model_weights" if "model_weights" in hdf5.groups else ""
    return hdf5.texts(root, "layer_names") is not None or any(
        parts_of(path)[-2:-1] == ["vars"] for path in hdf5.datasets
    )
