"""The files beside a model that hold its large tensors: only those in its own folder, and only as far as they reach."""

from __future__ import annotations

import mmap
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem, printable, reason
from dataflow_cli.files.regular import regular_size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOGETHER = "keep the files of the model together in one folder, as they were exported"


class Outside:
    """Reads tensors from files in the folder of a model, each of which is mapped once."""

    def __init__(self, model: Path) -> None:
        self._folder = model.parent
        self._homes = {os.path.realpath(model.parent), os.path.dirname(os.path.realpath(model))}  # noqa: PTH120
        self._opened: dict[str, memoryview] = {}

    def part(self, name: str, said: Mapping[str, str], size: int) -> memoryview:
        """The bytes of the tensor `name`, as `said` says where they are. Raises FileProblem."""
        location = said.get("location", "")
        if location not in self._opened:
            self._opened[location] = self._mapped(name, location)
        data = self._opened[location]
        start, length = _number(name, said, "offset", 0), _number(name, said, "length", size)
        if length != size or start + length > len(data):
            message = (
                f"tensor '{printable(name)}' takes {size:,} bytes; the file says {length:,} from byte {start:,} on in "
                f"'{printable(location)}', which has {len(data):,}"
            )
            raise FileProblem(message, hint="the files do not belong together, or one is cut off: export them again")
        return data[start : start + length]

    def _mapped(self, name: str, location: str) -> memoryview:
        """A file in the model's folder. Raises FileProblem for one elsewhere, whatever links lead there."""
        told = f"tensor '{printable(name)}' stands in '{printable(location)}'"
        path = self._folder / location
        inside = location and "\0" not in location and not (PurePath(location).anchor or location.startswith("\\"))
        if not inside or ".." in location.replace("\\", "/").split("/") or not self._is_home(path):
            raise FileProblem(f"{told}, outside the model's folder, which is not read", hint=_TOGETHER)
        try:
            if not regular_size(path):
                return memoryview(b"")
            with path.open("rb") as stream:
                return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        except FileProblem as problem:
            raise FileProblem(f"{told}, which {problem.message}", hint=_TOGETHER) from problem
        except OSError as error:
            raise FileProblem(f"{told}: {reason(error)[0]}", hint=_TOGETHER) from error

    def _is_home(self, path: Path) -> bool:
        """Whether the file stands in the folder of the model, as it is called or as it really is."""
        real = os.path.realpath(path)
        return any(os.path.commonpath((home, real)) == home for home in self._homes)


def _number(name: str, said: Mapping[str, str], key: str, otherwise: int) -> int:
    text = said.get(key, str(otherwise))
    if not (text.isascii() and text.isdecimal()) or len(text) > 20:
        raise FileProblem(f"tensor '{printable(name)}' has {key} '{printable(text)[:40]}', which is no number of bytes")
    return int(text)
