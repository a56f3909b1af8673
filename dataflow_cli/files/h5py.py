"""HDF5, as Keras writes it, by the package h5py: groups, attributes, and arrays that are read when asked for.

A link may lead to another file, and an array may stand in others, be packed by what a plugin unpacks, or claim more
than the file can hold. All of that is refused when a file is opened, before a number is read.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.npz import DEFLATE_RATIO
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.stored import ITEM_SIZES, TensorHeader, check_memory, check_shape
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO, Self

    from dataflow_cli.shapes import Array

INSTALL = "pip install 'dftrace[keras]'"
MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 200_000
MOST_DEEP = 64
_LONGEST_TEXT = 2**26
"""Bytes of an attribute: a model of ten thousand layers describes itself in ten million."""
_PART = 2**18
_FILTERS = frozenset(("gzip", "lzf", None))
"""What HDF5 and h5py unpack themselves; all else would be done by plugins from wherever the system looks for them."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"
_BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError, LookupError)
"""What h5py raises on files that are cut off, damaged or made to harm."""


@dataclass(frozen=True)
class Hdf5:
    """An open file: its groups' attributes by their paths, and its arrays by theirs, without the leading slash."""

    file: Any
    groups: Mapping[str, Any]
    """Every group by its path, the root's is empty."""
    datasets: Mapping[str, Any]
    stream: BinaryIO | None = None
    """What the file is read from, where it is no path; closed with it."""

    def text(self, group: str, name: str) -> str | None:
        """An attribute that is text; None if there is none."""
        found = self._attribute(group, name)
        if isinstance(found, bytes):
            return found.decode("utf-8", "replace")
        return found if isinstance(found, str) else None

    def texts(self, group: str, name: str) -> list[str] | None:
        """An attribute that is a list of text, in one part or numbered ones; None if there is none."""
        parts = self._parts(group, name)
        if parts is None:
            return None
        return [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in parts]

    def _parts(self, group: str, name: str) -> list[Any] | None:
        """Keras splits a list that is too long for one attribute: `layer_names0`, `layer_names1`."""
        whole = self._attribute(group, name)
        if whole is not None:
            return list(np.atleast_1d(whole))
        found: list[Any] = []
        number = 0
        while (part := self._attribute(group, f"{name}{number}")) is not None:
            found += list(np.atleast_1d(part))
            number += 1
        return found if number else None

    def _attribute(self, group: str, name: str) -> Any:
        with damage_reported():
            if group not in self.groups or name not in self.groups[group].attrs:
                return None
            attributes = self.groups[group].attrs
            kept = attributes.get_id(name)
            if math.prod(kept.shape) * kept.dtype.itemsize > _LONGEST_TEXT:
                raise FileProblem(f"an attribute '{name}' of more than {_LONGEST_TEXT:,} bytes", hint=_DAMAGED)
            return attributes[name]

    def header(self, path: str) -> TensorHeader:
        """What an array is like. Raises FileProblem if it is none of numbers, or not wholly in this file."""
        with damage_reported(), _named(path):
            return _header(self.datasets[path])

    def read(self, path: str) -> Array:
        """An array in this machine's byte order. Raises FileProblem."""
        check_memory(self.header(path))
        with damage_reported(), _named(path):
            data: Array = self.datasets[path][()]
            return np.asarray(data).astype(data.dtype.newbyteorder("="), copy=False)

    def chunks(self, path: str) -> Iterator[bytes]:
        """An array's data as it is stored, in parts of whole numbers. Raises FileProblem."""
        header = self.header(path)
        dataset = self.datasets[path]
        with damage_reported(), _named(path):
            if not header.shape or not header.count:
                yield np.asarray(dataset[()]).tobytes()
                return
            rows = max(1, _PART // max(1, header.nbytes // header.shape[0]))
            for start in range(0, header.shape[0], rows):
                yield np.ascontiguousarray(dataset[start : start + rows]).tobytes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        if self.stream is not None:
            self.stream.close()


def open_hdf5(source: Path | BinaryIO) -> Hdf5:
    """Opens a file. Raises FileProblem if it is damaged or refers to others, or if h5py is not there."""
    package = _package()
    with damage_reported():
        file = package.File(source, "r")
    try:
        with damage_reported():
            groups, datasets = _walked(package, file)
        return Hdf5(file, groups, datasets, None if isinstance(source, PurePath) else source)
    except BaseException:
        file.close()
        raise


def _package() -> Any:
    try:
        import h5py
    except ImportError as error:
        message = "is an HDF5 file, as Keras writes, which the package h5py reads, and it is not installed"
        raise FileProblem(message, hint=f"install it: {INSTALL}") from error
    return h5py


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turns whatever h5py raises on a damaged file into a FileProblem."""
    try:
        yield
    except _BROKEN as error:
        said = printable(error).strip("'\"").splitlines()[0][:160] if str(error) else type(error).__name__
        raise FileProblem(f"not a readable HDF5 file ({said})", hint=_DAMAGED) from error


@contextmanager
def _named(path: str) -> Iterator[None]:
    try:
        yield
    except FileProblem as problem:
        message = f"array '{printable(path)}': {problem.message}"
        raise FileProblem(message, hint=problem.hint, code=problem.code) from problem


def _walked(package: Any, file: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """All groups and arrays. Raises FileProblem for links that lead elsewhere, circles, and more than is read."""
    groups: dict[str, Any] = {"": file}
    datasets: dict[str, Any] = {}
    seen = {_address(package, file)}
    waiting = [""]
    while waiting:
        above = waiting.pop()
        for name in groups[above]:
            path = f"{above}/{name}" if above else name
            _check_link(package, groups[above], name, path)
            found = groups[above][name]
            if isinstance(found, package.Dataset):
                datasets[path] = found
                continue
            if not isinstance(found, package.Group):
                continue
            address = _address(package, found)
            if address in seen or path.count("/") >= MOST_DEEP:
                raise FileProblem(f"its groups go in a circle at '{printable(path)}'", hint=_DAMAGED)
            seen.add(address)
            groups[path] = found
            waiting.append(path)
        if len(groups) + len(datasets) > MOST_OBJECTS:
            raise FileProblem(f"more than {MOST_OBJECTS:,} groups and arrays", hint="split the file")
    return groups, in_order(datasets)


def in_order(datasets: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays by their paths, as these are counted."""
    return dict(sorted(datasets.items(), key=lambda item: _counted(item[0])))


def _counted(path: str) -> list[tuple[str, int]]:
    """By which `vars/10` comes behind `vars/9`."""
    parts = (part.rpartition("_") if not part.isdecimal() else ("", "", part) for part in path.split("/"))
    return [(stem or last, int(last) if last.isdecimal() and len(last) < 10 else -1) for stem, _, last in parts]


def _address(package: Any, item: Any) -> Any:
    info = package.h5o.get_info(item.id)
    return info.fileno, info.addr


def _check_link(package: Any, group: Any, name: str, path: str) -> None:
    if not path.isprintable():
        raise FileProblem(f"holds '{printable(path)[:200]}'", hint="give it a printable name")
    link = group.get(name, getlink=True)
    if not isinstance(link, package.HardLink):
        what = "to another file" if isinstance(link, package.ExternalLink) else "to another place"
        message = f"'{path}' is a link {what}, which is not followed"
        raise FileProblem(message, hint="copy what it leads to into this file: h5repack, or save the model again")


def _header(dataset: Any) -> TensorHeader:
    if dataset.shape is None:
        raise FileProblem("it holds nothing")
    if dataset.external or dataset.is_virtual:
        raise FileProblem("its numbers stand in other files, which are not read", hint="save the model again")
    shape, dtype = check_shape(tuple(map(int, dataset.shape))), dataset.dtype.name
    if dtype not in ITEM_SIZES:
        kinds = {"O": "text or objects", "S": "text", "c": "complex numbers", "V": "records"}
        what = kinds.get(dataset.dtype.kind, f"elements of type {printable(dtype)}")
        raise FileProblem(f"it holds {what}, not numbers that are read", hint="save an array of numbers")
    header = TensorHeader(shape, dtype, dataset.dtype.byteorder == ">")
    _check_stored(dataset, header)
    return header


def _check_stored(dataset: Any, header: TensorHeader) -> None:
    """What the header claims is there, packed by what unpacks without plugins."""
    packed = dataset.compression
    count = dataset.id.get_create_plist().get_nfilters()
    known = (packed is not None) + bool(dataset.shuffle) + bool(dataset.fletcher32)
    if packed not in _FILTERS or count != known:
        raise FileProblem("it is packed in a way that is not read", hint="save it unpacked, or with gzip")
    there = int(dataset.id.get_storage_size())
    most = there * (DEFLATE_RATIO if packed is not None else 1)
    if header.nbytes > most or math.prod(header.shape) < 0:
        message = f"it claims {header.nbytes:,} bytes, but {there:,} are stored"
        raise FileProblem(message, hint=_DAMAGED)
