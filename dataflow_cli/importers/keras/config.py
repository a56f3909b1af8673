"""What a Keras file says of its model: the config, as data. Classes are named in it, and none is looked up or made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.untrusted_json import read_json
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.files.h5py import Hdf5

CONFIG = "config.json"
METADATA = "metadata.json"
ASSETS = "assets/"
"""What layers store beside their weights."""
LONGEST = 2**26
_START = 512
_NO_MODEL = (
    "holds weights without their model: write the network in a file and name this one under `weights:`, or save the "
    "whole model with model.save('model.keras')"
)


@dataclass(frozen=True)
class KerasModel:
    """What a file says of its model."""

    config: Mapping[str, Any]
    """`class_name`, and `config` with the layers."""
    version: str
    """Of Keras, as far as the file says; nothing where it does not."""


def config_in(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The config of an open .keras file. Raises FileProblem."""
    from dataflow_cli.files.zip_member import read_member

    return _read(read_member(archive, CONFIG, LONGEST), f"its {CONFIG}")


def read_model(path: Path) -> KerasModel:
    """The model in a .keras or HDF5 file, or in the JSON of `model.to_json()`. Raises FileProblem, OSError."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    if start.startswith(b"PK"):
        return _of_archive(path)
    from dataflow_cli.files.h5py import MAGIC

    if start.startswith(MAGIC):
        return _of_hdf5(path)
    if start.lstrip().startswith(b"{"):
        return _of_json(path)
    raise _foreign(start)


def _foreign(start: bytes) -> FileProblem:
    """What a file is that is called as Keras' are, and begins otherwise."""
    from dataflow_cli.files.foreign import HINTS, called

    if not start:
        return FileProblem("is empty", hint="write or copy it again")
    what = called(start)
    hint = "name a file that model.save('model.keras') wrote"
    return FileProblem(f"is {what or 'neither a zip nor HDF5'}, not a model of Keras", hint=HINTS.get(what, hint))


def _of_archive(path: Path) -> KerasModel:
    from dataflow_cli.files.zip_member import open_archive, read_member

    with open_archive(path) as archive:
        config = config_in(archive)
        if any(name.startswith(ASSETS) for name in archive.namelist()):
            from dataflow_cli.importers.keras.assets import with_vocabularies

            with_vocabularies(config, archive)
        metadata = {}
        if METADATA in archive.namelist():
            metadata = read_json(read_member(archive, METADATA, 2**20), f"its {METADATA}")
    return KerasModel(config, _version(metadata))


def _of_hdf5(path: Path) -> KerasModel:
    from dataflow_cli.files.h5py import open_hdf5

    with open_hdf5(path) as hdf5:
        config = config_of(hdf5)
        root = "model_weights" if "model_weights" in hdf5.groups else ""
        version = hdf5.text("", "keras_version") or hdf5.text(root, "keras_version") or ""
    return KerasModel(config, version)


def config_of(hdf5: Hdf5) -> dict[str, Any]:
    """The config in an open HDF5 file. Raises FileProblem if there is none."""
    text = hdf5.text("", "model_config")
    if text is None:
        raise FileProblem("is an HDF5 file without a model", hint=f"it {_NO_MODEL}")
    return _read(text.encode(errors="surrogatepass"), "its model_config")


def _of_json(path: Path) -> KerasModel:
    from dataflow_cli.files.regular import regular_size

    if regular_size(path) > LONGEST:
        raise FileProblem(f"more than {LONGEST:,} bytes of JSON", hint="this is no description of a model")
    config = _read(path.read_bytes(), "the file")
    return KerasModel(config, _version(config))


def _read(data: bytes, what: str) -> dict[str, Any]:
    """A config, all of whose text is text. Raises FileProblem."""
    import json

    config = read_json(data, what)
    try:
        json.dumps(config, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise FileProblem(f"{what} holds half characters, which are no text", hint="write or copy it again") from error
    return config


def _version(metadata: Mapping[str, Any]) -> str:
    version = metadata.get("keras_version")
    return version if isinstance(version, str) else ""
