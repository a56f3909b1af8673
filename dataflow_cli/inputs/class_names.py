"""What classes are called, from a file beside the network: a name a line, or JSON as others publish it.

JSON is a list of names; or an object from numbers to names, or to lists that end in the name (ImageNet's index:
`{"0": ["n01440764", "tench"]}`); or one from names to numbers (a vocabulary).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, InputError
from dataflow_cli.files.problem import FileProblem, printable, reported
from dataflow_cli.netfile.axes import misfit_of_classes
from dataflow_cli.netfile.keys import TOP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.network.model import Network

_ROOM = 2**25
"""The most bytes that are read."""
_HOW = "write a name a line, in the order of the network's outputs"


def with_classes(network: Network, classes: str | Path | Sequence[str]) -> Network:
    """The network with names of its classes, given or from a file.

    Raises InputError: E300 for a file that cannot be read, E303 if its own file names them otherwise, or if there are
    not as many as the first output has numbers.
    """
    if isinstance(classes, str | PurePath):
        names, what = load_class_names(str(classes)), printable(str(classes))
    else:
        names, what = tuple(map(str, classes)), "classes"
    if network.classes and network.classes != names:
        message = f"the network file names {len(network.classes):,} classes already"
        raise InputError(message, hint="leave out --classes", code="E303")
    shape = network.node(network.outputs[0]).output_shape
    found = misfit_of_classes(len(names), shape, channels_first=network.inputs[0].data_format == "channels_first")
    if found:
        raise InputError(f"{what}: {found}", hint=_HOW, code="E303")
    return replace(network, classes=names)


def load_class_names(path: str) -> tuple[str, ...]:
    """The names in a file, by the number of the class. Raises InputError."""
    from dataflow_cli.files.source import from_path

    with reported(InputError, path):
        source = from_path(path)
        head = source.head().lstrip()[:1]
        data = source.read(_ROOM)
        names = _of_json(data) if head in (b"{", b"[") else _of_lines(data)
        return _checked(names)


def _of_lines(data: bytes) -> list[Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem("is no text in UTF-8", hint=_HOW) from error
    names = [line.strip() for line in text.rstrip().split("\n")]
    for at, name in enumerate(names, 1):
        if not name:
            raise FileProblem(f"line {at} is empty", hint=_HOW)
    return list(names)


def _of_json(data: bytes) -> list[Any]:
    from dataflow_cli.files.untrusted_json import read_json

    if data.lstrip()[:1] == b"[":
        return list(read_json(b'{"names":' + data + b"}", "the list")["names"])
    found = read_json(data, "it")
    numbered = found if all(name.isdecimal() for name in found) else _turned(found)
    try:
        return [_last(numbered[str(at)]) for at in range(len(numbered))]
    except KeyError as error:
        raise FileProblem(f"has no class {error.args[0]}", hint="number the classes from 0, without gaps") from error


def _turned(found: dict[str, Any]) -> dict[str, Any]:
    """From names to numbers, the other way round."""
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in found.values()):
        raise FileProblem("is no list of names, nor names by their numbers", hint=_HOW)
    return {str(number): name for name, number in found.items()}


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list) and value else value


def _checked(names: list[Any]) -> tuple[str, ...]:
    kind = TOP["classes"].kind
    try:
        return tuple(kind.read(names)) if kind is not None else ()
    except FieldError as error:
        where = f"class {error.path[0]}: " if error.path else ""
        raise FileProblem(f"{where}{error.message}", hint=error.hint or _HOW) from error
