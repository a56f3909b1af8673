"""Which format a file has, by its first bytes, and who reads it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.files import npy, npz
from dataflow_cli.files.foreign import GZIP_MAGIC
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.first_bytes import FORMATS, is_idx, is_text
from dataflow_cli.inputs.foreign import refuse_foreign
from dataflow_cli.inputs.notes import Notes, as_problems
from dataflow_cli.inputs.wanted import ALL, Wanted
from dataflow_cli.lazy import np
from dataflow_cli.netfile.axes import other_end
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.errors import Problem
    from dataflow_cli.files.source import Source
    from dataflow_cli.inputs.columns import LabelColumn
    from dataflow_cli.inputs.samples import Format
    from dataflow_cli.inputs.wanted import Fitting
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array


_WIDEST = 2**20
"""Numbers in a row of text that are read before it is known to be too long."""
_TEXT_PICTURES = tuple(b"P%d%c" % (kind, blank) for kind in range(1, 7) for blank in b" \t\r\n")


@dataclass(frozen=True)
class Loaded:
    """What a reader made of one file."""

    array: Array
    format: Format
    problems: tuple[Problem, ...] = ()
    labels: Array | None = None
    """Of all samples of a table."""
    total: int = 0
    """Samples in the file, of which perhaps only one was read."""

    @property
    def held(self) -> int:
        """Bytes of memory that the array takes; not those that are mapped."""
        return 0 if is_mapped(self.array) else self.array.nbytes


def is_mapped(array: Array) -> bool:
    """Whether an array is a view of a file."""
    base: Any = array
    while base is not None and not isinstance(base, np.memmap):
        base = getattr(base, "base", None)
    return base is not None


def format_of(head: bytes) -> Format:
    """The format of a file that begins with `head`. Raises FileProblem if it is none that is read."""
    if not head:
        raise FileProblem("is empty", hint=FORMATS)
    refuse_foreign(head)
    if head.startswith(npy.MAGIC):
        return "npy"
    if head.startswith(npz.MAGICS):
        return "npz"
    if head.startswith(GZIP_MAGIC) or is_idx(head):
        return "idx"
    return "text" if is_text(head) and not head.startswith(_TEXT_PICTURES) else "picture"


def read(source: Source, key: str, spec: InputSpec, accepts: Fitting, wanted: Wanted = ALL) -> Loaded:
    """Reads a file for `spec`. `key` picks an array of an .npz; `accepts` sees an array's shape before its data.
    `wanted` says how much of it may be read. Of a table with a column of labels all samples are read.

    A picture is read as (height, width, channels), whatever the data format. Raises FileProblem and OSError.
    """
    form = format_of(source.head())
    column = wanted.column()
    if column is not None and form != "text":
        raise FileProblem("a column of labels is one of a table (csv)", hint="give other labels as a file", code="E303")
    if key and form != "npz":
        raise FileProblem(f"'{key}' asks for one array of several, but this is no .npz", hint="leave it out")
    match form:
        case "npy":
            from dataflow_cli.inputs.array_file import read_npy

            return Loaded(read_npy(source, accepts, wanted.room), form)
        case "npz":
            from dataflow_cli.inputs.array_file import read_npz

            return Loaded(read_npz(source, key, accepts, wanted.room), form)
        case "idx":
            from dataflow_cli.inputs.idx import read_idx

            return Loaded(read_idx(source, accepts, wanted.room), form)
        case "picture":
            return _picture(source, spec, wanted)
        case _:
            return _text(source, spec, accepts, wanted, column)


def _text(source: Source, spec: InputSpec, accepts: Fitting, wanted: Wanted, column: LabelColumn | None) -> Loaded:
    """Numbers in lines: rows of any length where the input is padded, else a table, or of that what is wanted."""
    if spec.pad is not None and column is None:
        from dataflow_cli.inputs.ragged import read_ragged

        return Loaded(read_ragged(source, spec.shape, spec.pad, room=wanted.room), "text")
    from dataflow_cli.inputs.text import read_part, read_table

    notes: Notes = []
    widest = None if spec.resizes else max(_WIDEST, math.prod(spec.shape) + 1)
    if wanted.only is None or column is not None:
        table = read_table(source, notes, column=column, widest=widest, room=wanted.room)
    else:
        accepts.flat = True
        table = read_part(source, notes, accepts, widest=widest, room=wanted.room)
    return Loaded(table.array, "text", as_problems(source.name, notes), table.labels)


def _picture(source: Source, spec: InputSpec, wanted: Wanted) -> Loaded:
    if len(spec.shape) not in (2, 3):
        raise FileProblem(
            f"a picture cannot be the input '{spec.name}' of {len(spec.shape)} dimensions",
            hint="declare the input as [height, width, channels] and begin with a flatten layer, or give numbers (csv)",
            code="E301",
        )
    moved = other_end(spec.shape, channels_first=spec.data_format == "channels_first")
    if moved is not None:
        end = "last" if spec.data_format == "channels_first" else "first"
        raise FileProblem(
            f"a picture cannot be the input '{spec.name}' of {spec.channels} channels",
            hint=f"if its channels stand {end}: write `data_format: channels_{end}` at the top level, or the shape "
            f"[{', '.join(map(str, moved))}]",
            code="E301",
        )
    if not spec.stated:
        from dataflow_cli.inputs.presets import NOT_STATED, how_to_state

        raise FileProblem(NOT_STATED.format(spec.name), hint=how_to_state(spec.channels), code="E303")
    from dataflow_cli.inputs.picture import read_picture

    channels, size = (spec.channels, spec.size) if spec.is_picture else (1, (spec.shape[0], spec.shape[1]))
    if wanted.only not in (None, 0):
        return Loaded(np.empty((0, *size, channels), np.uint8), "picture")
    array, problems = read_picture(
        source,
        channels=channels,
        size=size,
        resize=spec.resize,
        crop=spec.crop is not None,
        shorter_side=spec.shorter_side,
        room=wanted.room,
    )
    return Loaded(array, "picture", problems)
