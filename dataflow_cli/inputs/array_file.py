"""NumPy's files as inputs: `digits.npy`, `digits.npz` with one array, `digits.npz:images` for one of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.files.npy import DATA_LIMIT, load_array, read_array, read_header
from dataflow_cli.files.npz import Npz, listed, open_npz
from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from dataflow_cli.files.source import Source
    from dataflow_cli.inputs.idx import Accepts
    from dataflow_cli.shapes import Array


def read_npy(source: Source, accepts: Accepts = lambda _: None, room: float = DATA_LIMIT) -> Array:
    """The array of an .npy file, memory-mapped if it is large. Raises FileProblem and OSError."""
    with source.open() as stream:
        part = accepts(read_header(stream).shape)
        if isinstance(source.data, bytes):
            stream.seek(0)
            return read_array(stream, source.size, room, part)
    return load_array(source.data, room, part)


def read_npz(source: Source, key: str = "", accepts: Accepts = lambda _: None, room: float = DATA_LIMIT) -> Array:
    """The only array of an .npz file, or the one called `key`. Raises FileProblem and OSError."""
    with source.open() as stream, open_npz(stream) as archive:
        name = _chosen(archive, key, source.name)
        return archive.read(name, room, accepts(archive.header(name).shape))


def split_key(path: str) -> tuple[str, str]:
    """A path and the name of an array in it: `a.npz:images` gives (`a.npz`, `images`), unless all of it is a file."""
    if not Path(path).exists():
        for position in (at for at, letter in enumerate(path) if letter == ":"):
            if Path(path[:position]).is_file():
                return path[:position], path[position + 1 :]
    return path, ""


def _chosen(archive: Npz, key: str, file: str) -> str:
    if key in archive.names:
        return key
    if key:
        hint = suggestion(key, archive.names) or listed(archive.names)
        raise FileProblem(f"has no array '{printable(key)}'", hint=hint)
    if len(archive.names) != 1:
        example = f"; pick one: {printable(file)}:{archive.names[0]}" if archive.names else ""
        raise FileProblem(f"holds {len(archive.names)} arrays, expected one", hint=listed(archive.names) + example)
    return archive.names[0]
