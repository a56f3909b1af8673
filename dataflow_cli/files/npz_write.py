"""Writing NumPy's .npz format: the same arrays give the same bytes, on every machine."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflow_cli.files.npy import write_array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_npz(target: str | Path | BinaryIO, arrays: Mapping[str, Array]) -> None:
    """Writes arrays by name, compressed; the same arrays give the same bytes. A path appears whole or not at all.

    Raises OutputError if a path cannot be written.
    """
    if isinstance(target, str | Path):
        from dataflow_cli.files.atomic import atomic_write

        with atomic_write(target) as stream:
            _write(stream, arrays)
    else:
        _write(target, arrays)


def _write(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix on every machine, so that the bytes are the same on every machine
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                write_array(cast("BinaryIO", member), array)
