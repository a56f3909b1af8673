"""Trace -> Picture: which tensor is shown how."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError, UnknownName
from dataflow_cli.globs import matching
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.barcode import barcode_row, stacked_row
from dataflow_cli.render.pictures.bars import bars_row
from dataflow_cli.render.pictures.groups import group_names, names_in_groups, sample_names
from dataflow_cli.render.pictures.model import Picture, Row
from dataflow_cli.render.pictures.mosaic import mosaic_row
from dataflow_cli.render.pictures.photo import is_photo, photo_row
from dataflow_cli.render.pictures.planes import planes_of
from dataflow_cli.render.pictures.plot import MOST_CURVES, plot_row
from dataflow_cli.render.pictures.scale import Map, Scale, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.picture_facts import Offered

MOST_COLUMNS = 100
"""So many inputs stand side by side; more are asked to be stacked or fewer."""
_TAKES = {"mosaic": (2, 3, 4), "barcode": (1,), "plot": (1, 2)}
_WHAT = {
    "auto": "one to four axes",
    "mosaic": "height and width",
    "barcode": "a vector",
    "plot": "a signal (length, channels)",
}


@dataclass(frozen=True)
class Wanted:
    """How the user wants tensors to be shown."""

    kind: str = "auto"
    scale: str = "layer"
    map: str = "auto"
    colormap: str = "gray"
    invert: bool = False
    top: int = 10
    group: str = "auto"


def shown_names(
    network: str, steps: Sequence[Offered], patterns: Sequence[str], kind: str, unknown: Callable[[str], object]
) -> tuple[str, ...]:
    """The steps to draw: those that the patterns match, else all that the kind can show and that change something.

    Where nothing changes, what hands values on is drawn. `unknown` raises what there is to say of a pattern that
    matches nothing. Raises UnknownName if `kind` cannot show what a pattern matches.
    """
    ranks = _TAKES.get(kind, (1, 2, 3, 4))
    if not patterns:
        fitting = [step for step in steps if len(step.shape) in ranks and 0 not in step.shape]
        if not fitting:
            raise _nothing_to_show(network, kind)
        return tuple(step.name for step in fitting if step.redrawn) or tuple(step.name for step in fitting)
    shapes = {step.name: step.shape for step in steps}
    names = matching(patterns, shapes, unknown)
    for name in names:
        if 0 in shapes[name]:
            raise UnknownName(
                f"{name} is {text.shape(shapes[name])}: it has no element to draw", hint="name other layers"
            )
        if kind != "kernels" and len(shapes[name]) not in ranks:
            what = f"{name} is {text.shape(shapes[name])}, --kind {kind} takes {_WHAT[kind]}"
            raise UnknownName(what, hint="leave out --kind, or name other layers")
    return names


def _nothing_to_show(network: str, kind: str) -> UnknownName:
    if kind == "auto":
        hint = f"pictures are of {_WHAT[kind]}; `dftrace run NET -l LAYER -f npy` writes the numbers of any tensor"
        return UnknownName(f"{network} has no tensor that can be drawn", hint=hint)
    return UnknownName(f"{network} has no tensor that --kind {kind} shows", hint=f"it takes {_WHAT[kind]}")


def picture(trace: Trace, names: Sequence[str], wanted: Wanted, labels: Array | None = None) -> Picture:
    """The steps called `names`, whose values the trace must hold. Raises OutputError and InputError."""
    planner = _Planner(trace, tuple(names), wanted)
    stacked = planner.is_stack
    if not stacked and trace.samples > MOST_COLUMNS:
        raise OutputError(
            f"{trace.samples:,} inputs do not fit side by side, the most are {MOST_COLUMNS}",
            hint="give fewer, or stack the bar codes of a dense layer with -l LAYER",
        )
    rows = planner.stacks(group_names(trace, wanted.group, labels)) if stacked else planner.rows()
    heads = sample_names(trace) if not stacked else ()
    return Picture(text.safe(trace.network), heads, rows, planner.notes(rows))


class _Planner:
    """One picture in the making."""

    def __init__(self, trace: Trace, names: tuple[str, ...], wanted: Wanted) -> None:
        self.trace = trace
        self.steps = {step.name: step for step in trace.steps}
        self.names = names
        self.wanted = wanted
        self.channels_first = trace.data_format == "channels_first"

    @property
    def is_stack(self) -> bool:
        """Whether bar codes are stacked: several samples, and nothing but vectors that are no answer."""
        if self.trace.samples == 1 or self.wanted.kind not in ("auto", "barcode"):
            return False
        return all(
            len(self.shape(name)) == 1 and (self.wanted.kind == "barcode" or not self.is_answer(name))
            for name in self.names
        )

    def shape(self, name: str) -> Shape:
        return self.steps[name].output_shape

    def is_answer(self, name: str) -> bool:
        return bool(self.trace.score) and name == self.trace.outputs[0]

    def stacks(self, groups: Sequence[str]) -> tuple[Row, ...]:
        labels = names_in_groups(self.trace, groups)
        return tuple(
            stacked_row(
                name, self.trace.value(name), self.scale(name), self.wanted.colormap, labels=labels, groups=groups
            )
            for name in self.names
        )

    def rows(self) -> tuple[Row, ...]:
        plotted = [name for name in self.names if self.is_plotted(name)]
        if sum(self.curves(name) for name in plotted) > MOST_CURVES:
            rows = {name: self.plot([name]) for name in plotted}
        else:
            rows = {plotted[0]: self.plot(plotted)} if plotted else {}
        return tuple(
            rows[name] if name in rows else self.row(name) for name in self.names if name in rows or name not in plotted
        )

    def plot(self, names: Sequence[str]) -> Row:
        return plot_row([self.steps[name] for name in names], {name: self.signal(name) for name in names})

    def signal(self, name: str) -> Array:
        array = self.trace.value(name)
        return array.swapaxes(1, 2) if self.channels_first and array.ndim == 3 else array

    def curves(self, name: str) -> int:
        """How many curves a signal (length, channels) is."""
        shape = self.shape(name)
        return 1 if len(shape) == 1 else shape[0 if self.channels_first else -1]

    def is_plotted(self, name: str) -> bool:
        if self.wanted.kind == "plot":
            return not self.is_answer(name) or len(self.names) == 1
        few = len(self.shape(name)) == 2 and self.curves(name) <= MOST_CURVES
        return self.wanted.kind == "auto" and few

    def row(self, name: str) -> Row:
        """One tensor by what it is: a picture, an answer, a vector, planes."""
        array, shape = self.trace.value(name), self.shape(name)
        if is_photo(self.steps[name]):
            return photo_row(self.steps[name], array, invert=self.wanted.invert)
        if self.is_answer(name) and self.wanted.kind != "barcode":
            return bars_row(self.trace, name, self.wanted.top)
        scale = self.scale(name)
        if len(shape) == 1:
            return barcode_row(name, array, scale, self.wanted.colormap)
        row = mosaic_row(name, shape, self.planes(name), scale, self.wanted.colormap)
        return row if len(shape) > 2 else self.signal_image(row, shape)

    def signal_image(self, row: Row, shape: Shape) -> Row:
        """The row of a signal with many channels, or of a plain matrix, with its axes named."""
        if not self.is_sequence:
            return row
        length, channels = reversed(shape) if self.channels_first else shape
        return replace(
            row, lines=(row.lines[0], f"{length:,} positions across,", f"{channels:,} channels down", *row.lines[1:])
        )

    @property
    def is_sequence(self) -> bool:
        """Whether two axes are (length, channels): some layer moves along one axis."""
        return any(step.drawing.has_sequences for step in self.trace.steps)

    def planes(self, name: str) -> Array:
        array = self.trace.value(name)
        if array.ndim == 3 and self.is_sequence:
            return self.signal(name).swapaxes(1, 2)[:, None]
        return planes_of(array, channels_first=self.channels_first)

    def scale(self, name: str) -> Scale:
        """The scale of a step: its own, its channels' own, or that of all steps that have one."""
        array = self.trace.value(name)
        if self.wanted.scale == "channel" and array.ndim > 3:
            return scale_of([self.planes(name)], self.map(name), by_channel=True)
        shared = [other for other in self.names if self.wanted.scale == "global" and self.is_scaled(other)]
        return scale_of([self.trace.value(other) for other in shared or [name]], self.map(name))

    def is_scaled(self, name: str) -> bool:
        return not self.steps[name].is_input and (not self.is_answer(name) or self.wanted.kind == "barcode")

    def map(self, name: str) -> Map:
        """`zero`, but `minmax` for a network's output that is a picture of one channel."""
        if self.wanted.map != "auto":
            return "minmax" if self.wanted.map == "minmax" else "zero"
        shape = self.shape(name)
        picture_out = len(shape) == 3 and name in self.trace.outputs and shape[0 if self.channels_first else -1] == 1
        return "minmax" if picture_out and self.wanted.colormap != "diverging" else "zero"

    def notes(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """What stands under the picture."""
        shown = {row.name for row in rows}
        colored = [name for name in self.names if name in shown and self.is_colored(name)]
        lines = [notes.meaning(one, self.wanted.colormap) for one in dict.fromkeys(map(self.map, colored))]
        if colored:
            lines.append(notes.shared(self.wanted.scale, self.trace.samples))
        steps = [step.statistics for step in self.trace.steps if step.name in self.names]
        if unsound := sum(step.nans + step.infinities for step in steps):
            lines.append(notes.bad(unsound))
        if self.trace.parameter_count and not all(self.steps[name].is_input for name in self.names):
            answers = any(map(self.is_answer, shown))
            lines.append(notes.weights(self.trace.weights, self.trace.init, answers=answers))
        return tuple(lines)

    def is_colored(self, name: str) -> bool:
        """Whether the step's colors follow its scale."""
        photo = is_photo(self.steps[name])
        answer = self.is_answer(name) and self.wanted.kind != "barcode"
        return not (photo or answer or self.is_plotted(name))
