"""Files as Keras writes them, put together by h5py and zipfile without Keras."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def listed_h5(
    weights: Mapping[str, Sequence[tuple[str, Any]]], config: Any = None, *, version: str = "2.2.4", root: bool = True
) -> bytes:
    """What Keras before 3 writes: the names of layers and of their weights as attributes."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["keras_version"] = version.encode()
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        group = file.create_group("model_weights") if root else file
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, arrays in weights.items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [name.encode() for name, _ in arrays]
            for name, array in arrays:
                inner.create_dataset(name, data=array)
    return stream.getvalue()


def counted_h5(arrays: Mapping[str, Any], names: Mapping[str, str] | None = None) -> bytes:
    """What Keras 3 writes: arrays at `layers/conv2d/vars/0`; `names` are those of layers, by the path of `vars`."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for path, array in arrays.items():
            file.create_dataset(path, data=array)
        for path, name in (names or {}).items():
            file.require_group(path).attrs["name"] = name
    return stream.getvalue()


def keras_zip(config: Any, weights: bytes, *, packed: bool = False, **members: bytes) -> bytes:
    """A .keras file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0", "date_saved": "2024-08-01@10:00:00"}))
        archive.writestr("config.json", config if isinstance(config, bytes) else json.dumps(config))
        archive.writestr("model.weights.h5", weights)
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as a config has it."""
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config}}


def sequential(*layers: Any, name: str = "sequential") -> dict[str, Any]:
    """A model that is a chain."""
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}
