"""Several files by one word: a folder, or a GLOB in quotes, in the order in which people count: 2.png before 10.png."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import printable, reported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_FILES = 100_000
_DATA = frozenset({".npy", ".npz", ".csv", ".tsv", ".txt", ".idx", ".gz", ".idx1-ubyte", ".idx3-ubyte"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif"})
_PLAIN_PICTURES = frozenset({".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".ico", ".tga"})
_ENDINGS = _DATA | _PICTURES | _PLAIN_PICTURES
_NAMED = ", ".join(sorted(_ENDINGS))


def each_file(words: Iterable[str]) -> Iterator[str]:
    """The files that the words mean, a word's in natural order; `-`, and what is no folder or GLOB, as it stands.

    Of a folder, the files whose endings are those of data and pictures. Raises InputError if there are none.
    """
    for word in words:
        if os.path.isdir(word):  # noqa: PTH112  strings, as they were given
            yield from _some(
                _in_folder(word), word, "is a folder, expected a file, or files of data in it", f"they end in {_NAMED}"
            )
        elif os.path.lexists(word.partition(":")[0]) or os.path.lexists(word):
            yield word
        else:
            yield from _matching(word)


def is_picture(path: str) -> bool:
    """Whether a file is a picture, by its ending."""
    return os.path.splitext(path)[1].lower() in _PICTURES | _PLAIN_PICTURES  # noqa: PTH122  strings, as given


def natural(path: str) -> tuple[tuple[int, str], ...]:
    """What to sort paths by so that numbers in them count as numbers: more digits are a larger one."""
    parts = re.split(r"(\d+)", path)
    plain = [part.lstrip("0") if part.isdecimal() else "" for part in parts]
    return tuple((len(digits), digits or part) for digits, part in zip(plain, parts, strict=True))


def _matching(word: str) -> list[str]:
    from glob import glob, has_magic

    if not has_magic(word):
        return [word]
    return _some(glob(word), word, "no file is called so", "check the path")  # noqa: PTH207


def _in_folder(folder: str) -> list[str]:
    with reported(InputError, folder), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".") and not entry.is_dir()]
    return [os.path.join(folder, name) for name in names if _ending(name) in _ENDINGS]  # noqa: PTH118


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122


def _some(files: list[str], word: str, none: str, hint: str) -> list[str]:
    if not files:
        raise InputError(f"{printable(word)}: {none}", hint=hint)
    if len(files) > MOST_FILES:
        raise InputError(f"{printable(word)}: {len(files):,} files, at most {MOST_FILES:,} are read", hint="take some")
    return sorted(files, key=natural)
