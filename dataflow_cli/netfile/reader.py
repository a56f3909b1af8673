"""Bytes -> YAML text -> a tree of located nodes, safely.

Built from parse events, which carry line and column and need no recursion; never from `yaml.load`. Tags, merge keys,
duplicate keys, a second document, deep nesting and alias bombs are errors, and scalars stay text.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import yaml

from dataflow_cli.errors import NetworkError, Place
from dataflow_cli.netfile.builder import Builder
from dataflow_cli.netfile.limits import MAX_BYTES
from dataflow_cli.netfile.nodes import Source
from dataflow_cli.netfile.report import Report

if TYPE_CHECKING:
    from dataflow_cli.netfile.nodes import Node

_LINE_BREAKS = str.maketrans(dict.fromkeys("\r\x85\u2028\u2029", "\n"))
"""What YAML takes for the end of a line, beside `\\n` and `\\r\\n`."""
_OTHER_FILES = {
    b"PK\x03\x04": ("a zip, as .npz weights are", "name the network's .yaml file; weights go with --weights"),
    b"\x93NUMPY": ("a NumPy array", "name the network's .yaml file; data go with -i"),
    b"\x89PNG": ("a picture", "name the network's .yaml file; pictures go with -i"),
    b"\xff\xd8\xff": ("a picture", "name the network's .yaml file; pictures go with -i"),
    b"\x89HDF": (
        "an HDF5 file, as Keras writes",
        "write its layers in a network file (`dftrace init` has examples); given with --weights it gets a way to .npz",
    ),
}
"""What is often given instead, by its first bytes."""
_SAVED = {
    b"trace.json.npy": (
        "a saved trace",
        "`run`, `show`, `explain` and `draw` take it; here name the network's .yaml file",
    ),
    b"profile.json.npy": ("a saved profile", "`profile` takes it; here name the network's .yaml file"),
}
"""What `--save` wrote, by what is in the zip."""
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_tree(data: bytes, file: str, report: Report) -> Node:
    """The tree of one YAML document. Raises NetworkError for what cannot be read as one."""
    start = Place(file, 1, 1)
    for magic, (what, hint) in _OTHER_FILES.items():
        if data.startswith(magic):
            saved = next((told for inside, told in _SAVED.items() if inside in data), (what, hint))
            report.stop("E101", start, f"{saved[0]}, not a network file", saved[1])
    if len(data) > MAX_BYTES:
        report.stop(
            "E102",
            start,
            f"the file has more than {MAX_BYTES:,} bytes",
            "keep large weights in an .npz file and name it under `weights:`",
        )
    try:
        text = data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        report.stop("E101", start, f"not a text file: byte {error.start} is not UTF-8", "save the file as UTF-8")
    source = Source(file, tuple(text.replace("\r\n", "\n").translate(_LINE_BREAKS).split("\n")))
    try:
        return _tree(text, source, report)
    except yaml.MarkedYAMLError as error:
        from dataflow_cli.netfile.not_yaml import refuse

        _refuse_depth_before(text, error, source)
        refuse(text, error, _PARSER, source, report)
    except yaml.reader.ReaderError as error:
        report.stop(
            "E101",
            _place_of(source, chr(max(error.character, 0))),
            f"the character #x{error.character:04x} is not allowed in YAML",
            "save the file as plain text",
        )


def _tree(text: str, source: Source, report: Report) -> Node:
    parser = _PARSER(text)
    try:
        return Builder(source, report).build(parser)
    finally:
        parser.dispose()


def _refuse_depth_before(text: str, error: yaml.MarkedYAMLError, source: Source) -> None:
    """Raise NetworkError if what stands before a parser's error nests too deep.

    Parsers look ahead, and some have a bound of their own for nesting: theirs may come before ours is noticed.
    """
    mark = error.problem_mark or error.context_mark
    try:
        _tree(text[: mark.index] if mark else "", source, Report())
    except NetworkError as found:
        if found.code == "E102":
            raise
    except yaml.YAMLError:
        return


def _place_of(source: Source, character: str) -> Place:
    """Where a character stands first."""
    for number, text in enumerate(source.lines):
        if character in text:
            return source.place(number, text.index(character), 1)
    return Place(source.file, 1, 1)
