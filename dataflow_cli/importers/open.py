"""Which files are models of other frameworks, told by their names or first bytes, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import reported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.importers.described import Imported

KERAS = (".keras", ".h5", ".hdf5")
"""What files of Keras' end with."""
NOTHING_SAID: Mapping[str, Sequence[int]] = {}


def is_model_file(path: str | Path) -> bool:
    """Whether a file is a model of another framework: a .keras, HDF5 or ONNX file, or one that is called so."""
    from dataflow_cli.files.beginning import beginning, is_zip
    from dataflow_cli.importers.onnx.recognize import is_onnx

    head = beginning(path)
    if is_onnx(str(path), head) or str(path).endswith(KERAS):
        return True
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return True
    return is_zip(head) and _has_config(path)


def import_model(path: str | Path, shapes: Mapping[str, Sequence[int]] = NOTHING_SAID) -> Imported:
    """The model in a file, described. Raises InputError if it holds none that can be read.

    `shapes` are those of a sample of inputs whose sizes the file leaves open, by name; of the only one also by "". A
    model that reckons with them can be described only then.
    """
    from pathlib import Path

    from dataflow_cli.files.beginning import beginning
    from dataflow_cli.importers.blocks import blocked
    from dataflow_cli.importers.onnx.recognize import is_onnx

    with reported(InputError, path):
        if is_onnx(str(path), beginning(path)):
            from dataflow_cli.importers.onnx.importer import import_onnx

            return blocked(import_onnx(Path(path), shapes))
        from dataflow_cli.importers.keras.model import import_keras

        return blocked(import_keras(Path(path)))


def _has_config(path: str | Path) -> bool:
    """Whether a zip describes a model of Keras'."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return False
