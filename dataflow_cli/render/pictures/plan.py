"""Trace -> Picture: which tensor is shown how."""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError, UnknownName
from dataflow_cli.globs import matching
from dataflow_cli.inputs.several import is_picture
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.barcode import barcode_row, stacked_row
from dataflow_cli.render.pictures.bars import bars_row
from dataflow_cli.render.pictures.by_step import step_rows
from dataflow_cli.render.pictures.cells import MOST_ASKED, is_small, windows_on, with_numbers, with_windows
from dataflow_cli.render.pictures.class_map import MEANING, class_map_row, is_class_map
from dataflow_cli.render.pictures.confusion import confusion_picture
from dataflow_cli.render.pictures.groups import group_names, names_in_groups, sample_names
from dataflow_cli.render.pictures.heads import counted, of_heads
from dataflow_cli.render.pictures.histogram import histogram_picture
from dataflow_cli.render.pictures.kernels import numbered_row
from dataflow_cli.render.pictures.model import Picture, Row, Tiles, Window
from dataflow_cli.render.pictures.mosaic import mosaic_row
from dataflow_cli.render.pictures.over_picture import OVER, looks_row
from dataflow_cli.render.pictures.photo import is_photo, photo_row, scale_of_photo, stored_planes
from dataflow_cli.render.pictures.planes import planes_of
from dataflow_cli.render.pictures.plot import MOST_CURVES, plot_row
from dataflow_cli.render.pictures.scale import Map, Scale, scale_of
from dataflow_cli.render.pictures.sliding import numbered
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.picture_facts import Offered
    from dataflow_cli.weights.learned_kernels import Kernel

MOST_COLUMNS = 100
"""So many inputs stand side by side; more are asked to be stacked or fewer."""
_TAKES = {
    "mosaic": (2, 3, 4),
    "barcode": (1,),
    "plot": (1, 2),
    "numbers": (1, 2, 3),
    "histogram": range(1, 33),
    "confusion": range(1, 33),
}
_WHAT = {
    "auto": "one to four axes",
    "mosaic": "height and width",
    "barcode": "a vector",
    "plot": "a signal (length, channels)",
    "numbers": "one to three axes",
    "histogram": "any that has elements",
    "confusion": "any that has elements",
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
    query: int | None = None
    """Whose look is drawn over a picture."""
    channels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The numbers of a step's channels, where it does not have all of its layer's."""


def shown_names(
    network: str, steps: Sequence[Offered], patterns: Sequence[str], kind: str, unknown: Callable[[str], object]
) -> tuple[str, ...]:
    """The steps to draw: those that the patterns match, else all that the kind can show and that change something.

    Where nothing changes, what hands values on is drawn. `unknown` raises what there is to say of a pattern that
    matches nothing. Raises UnknownName if `kind` cannot show what a pattern matches.
    """
    ranks: Sequence[int] = _TAKES.get(kind, (1, 2, 3, 4))
    if not patterns:
        fitting = [step for step in steps if len(step.shape) in ranks and 0 not in step.shape]
        if kind == "numbers":
            fitting = [step for step in fitting if math.prod(step.shape) <= MOST_ASKED]
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


def picture(
    trace: Trace,
    names: Sequence[str],
    wanted: Wanted,
    labels: Array | None = None,
    kernels: Sequence[Kernel] = (),
) -> Picture:
    """The steps called `names`, whose values the trace must hold. Raises OutputError and InputError.

    `kernels` stand before the layers that they are of, if their numbers can be shown.
    """
    if wanted.kind == "histogram":
        return histogram_picture(trace, names)
    if wanted.kind == "confusion":
        return confusion_picture(trace, labels)
    planner = _Planner(trace, tuple(names), wanted, tuple(kernels))
    if wanted.query is not None and not any(map(planner.is_over_picture, names)):
        hint = "name weights whose keys are patches of a picture, such as -l 'encoder_1/attention:weights'"
        raise OutputError(f"--query {wanted.query}: no attention over a picture is drawn", hint=hint)
    stacked = planner.is_stack
    if not stacked and trace.samples > MOST_COLUMNS:
        raise OutputError(
            f"{trace.samples:,} inputs do not fit side by side, the most are {MOST_COLUMNS}",
            hint="give fewer, or stack the bar codes of a dense layer with -l LAYER",
        )
    rows = planner.stacks(group_names(trace, wanted.group, labels)) if stacked else planner.rows()
    heads = sample_names(trace) if not stacked else ()
    return numbered(Picture(text.safe(trace.network), heads, rows, planner.notes(rows)), trace, kernels)


class _Planner:
    """One picture in the making."""

    def __init__(self, trace: Trace, names: tuple[str, ...], wanted: Wanted, kernels: tuple[Kernel, ...] = ()) -> None:
        self.trace = trace
        self.kernels = kernels
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
        by_step = [name for name in self.names if self.is_by_step(name)]
        plotted = [name for name in self.names if self.is_plotted(name) and name not in by_step]
        if sum(self.curves(name) for name in plotted) > MOST_CURVES:
            rows = {name: self.plot([name]) for name in plotted}
        else:
            rows = {plotted[0]: self.plot(plotted)} if plotted else {}
        rows |= step_rows({name: self.trace.value(name) for name in by_step}, self.wanted.channels)
        return tuple(
            row
            for name in self.names
            if name in rows or name not in plotted
            for row in (*self.kernel_rows(name), rows[name] if name in rows else self.row(name))
        )

    def kernel_rows(self, name: str) -> list[Row]:
        """The kernels of a step whose numbers are shown."""
        if not self.is_numbered(name):
            return []
        own = [kernel for kernel in self.kernels if kernel.layer == layer_of(name)]
        how: Map = "minmax" if self.wanted.map == "minmax" else "zero"
        return [row for kernel in own if (row := numbered_row(kernel, how, self.wanted.colormap)) is not None]

    def is_numbered(self, name: str) -> bool:
        """Whether the numbers of a step stand in its cells."""
        if self.wanted.kind != "auto":
            return self.wanted.kind == "numbers"
        if self.steps[name].drawing.heads:
            return False
        color = is_photo(self.steps[name]) and not self.is_gray(name)
        return not color and is_small(self.shape(name), self.trace.samples, channels_first=self.channels_first)

    def is_class_map(self, name: str) -> bool:
        return self.wanted.kind == "auto" and is_class_map(self.trace, name)

    def is_gray(self, name: str) -> bool:
        return self.shape(name)[0 if self.channels_first else -1] == 1

    def plot(self, names: Sequence[str]) -> Row:
        return plot_row([self.steps[name] for name in names], {name: self.signal(name) for name in names})

    def signal(self, name: str) -> Array:
        array = self.trace.value(name)
        return array.swapaxes(1, 2) if self.is_turned(name) else array

    def is_turned(self, name: str) -> bool:
        """Whether a signal is (channels, length)."""
        return self.channels_first and len(self.shape(name)) == 2 and not self.steps[name].drawing.by_step

    def curves(self, name: str) -> int:
        """How many curves a signal (length, channels) is."""
        shape = self.shape(name)
        return 1 if len(shape) == 1 else shape[0 if self.is_turned(name) else -1]

    def is_by_step(self, name: str) -> bool:
        """Whether a tensor is drawn over the steps of its layer."""
        return self.wanted.kind in ("auto", "plot") and self.steps[name].drawing.by_step and not self.is_answer(name)

    def is_plotted(self, name: str) -> bool:
        if self.is_by_step(name):
            return True
        if self.wanted.kind == "plot":
            return not self.is_answer(name) or len(self.names) == 1
        few = len(self.shape(name)) == 2 and self.curves(name) <= MOST_CURVES
        return self.wanted.kind == "auto" and few

    def row(self, name: str) -> Row:
        """One tensor by what it is: a picture, an answer, a vector, planes."""
        array, shape = self.trace.value(name), self.shape(name)
        if self.is_class_map(name) or self.is_numbered(name):
            return class_map_row(self.trace, name) if self.is_class_map(name) else self.numbered(name)
        if is_photo(self.steps[name]):
            return self.photo(name)
        if self.is_answer(name) and self.wanted.kind != "barcode":
            return bars_row(self.trace, name, self.wanted.top)
        scale = self.scale(name)
        if len(shape) == 1:
            return barcode_row(name, array, scale, self.wanted.colormap)
        if self.steps[name].drawing.heads:
            return self.heads(name)
        row = self.mosaic(name, self.planes(name))
        return row if len(shape) > 2 else self.signal_image(row, shape)

    def heads(self, name: str) -> Row:
        """A tensor of heads: over the picture that it is about, or as a picture a head."""
        if self.is_over_picture(name):
            return self.over_picture(name)
        return of_heads(self.mosaic(name, self.planes(name)), self.steps[name], self.trace.tokens)

    def is_over_picture(self, name: str) -> bool:
        """Whether a tensor is drawn over a picture that the trace has."""
        patches = self.steps[name].drawing.patches
        if patches is None or self.wanted.kind != "auto" or patches.of not in self.trace.values:
            return False
        return patches.of in self.steps and is_photo(self.steps[patches.of])

    def over_picture(self, name: str) -> Row:
        patches = self.steps[name].drawing.patches
        panels = self.photo(patches.of if patches else "").panels
        pictures = [panel.pixels[0] for panel in panels if isinstance(panel, Tiles)]
        by_head, array = self.wanted.scale == "channel", self.trace.value(name)
        return looks_row(self.steps[name], array, pictures, self.wanted.query, by_head=by_head)

    def mosaic(self, name: str, planes: Array) -> Row:
        channels, over_steps = self.wanted.channels.get(name), self.steps[name].drawing.over_steps
        scale, colormap = self.scale(name), self.wanted.colormap
        shape = self.shape(name)
        return mosaic_row(name, shape, planes, scale, colormap, channels=channels, over_steps=over_steps)

    def photo(self, name: str) -> Row:
        array = self.trace.value(name)
        return photo_row(self.steps[name], array, invert=self.wanted.invert, is_file=self.is_file)

    @property
    def is_file(self) -> bool:
        """Whether the inputs were read from pictures."""
        return any(map(is_picture, self.trace.sources))

    def numbered(self, name: str) -> Row:
        """A tensor with its numbers in the cells, and where the next layer's window lies on it."""
        step, shape = self.steps[name], self.shape(name)
        if math.prod(shape) > MOST_ASKED:
            what = f"{name} has {math.prod(shape):,} elements, --kind numbers shows {MOST_ASKED:,} at most"
            raise OutputError(what, hint=f"name one channel, such as -l '{name}[0]', or leave out --kind")
        if is_photo(step) and self.is_gray(name):
            planes = stored_planes(step, self.trace.value(name))
            row = self.photo(name)
        else:
            planes = self.planes(name) if len(shape) > 1 else self.trace.value(name)[:, None, None]
            row = self.mosaic(name, planes)
        return with_windows(with_numbers(row, planes), self.windows(name, planes.shape[2:]))

    def windows(self, name: str, lengths: Shape) -> tuple[Window, ...]:
        """The windows of the first step that is drawn and takes this one; else the element of its own first window."""
        taker = self.taker(name)
        if taker is not None:
            return windows_on(self.steps[taker], lengths, self.planes(taker).shape[2:])
        own = self.steps[name]
        if not own.drawing.windows or not any(self.taker(one) == name for one in own.inputs):
            return ()
        apart = all(axis.step >= axis.span for axis in own.drawing.windows)
        return () if apart else (Window(0, 0, 1, 1),)

    def taker(self, name: str) -> str | None:
        """The first step that is drawn, has height and width, and moves a window over this one."""
        if name not in self.names or len(self.shape(name)) != 3:
            return None
        steps = (self.steps[other] for other in self.names)
        return next((step.name for step in steps if name in step.inputs and step.drawing.windows), None)

    def signal_image(self, row: Row, shape: Shape) -> Row:
        """The row of a signal with many channels, or of a plain matrix, with its axes named."""
        if not self.is_sequence:
            return row
        length, channels = reversed(shape) if self.is_turned(row.name) else shape
        return replace(
            row, lines=(row.lines[0], f"{length:,} positions across,", f"{channels:,} channels down", *row.lines[1:])
        )

    @property
    def is_sequence(self) -> bool:
        """Whether two axes are (length, channels): some layer moves along one axis."""
        return any(step.drawing.has_sequences for step in self.trace.steps)

    def planes(self, name: str) -> Array:
        array = self.trace.value(name)
        if self.steps[name].drawing.heads:
            return counted(array, self.steps[name])
        if array.ndim == 3 and self.is_sequence:
            return self.signal(name).swapaxes(1, 2)[:, None]
        if self.channels_first and self.steps[name].drawing.over_steps:
            array = array.swapaxes(1, 2)
        return planes_of(array, channels_first=self.channels_first)

    def scale(self, name: str) -> Scale:
        """The scale of a step: its own, its channels' own, or that of all steps that have one."""
        array = self.trace.value(name)
        if self.wanted.scale == "channel" and array.ndim > 3:
            return scale_of([self.planes(name)], self.map(name), by_channel=True)
        shared = [other for other in self.names if self.wanted.scale == "global" and self.is_scaled(other)]
        return scale_of([self.drawn(other) for other in shared or [name]], self.map(name))

    def drawn(self, name: str) -> Array:
        """What a picture shows of a tensor."""
        array = self.trace.value(name)
        return counted(array, self.steps[name]) if self.steps[name].left_out else array

    def is_scaled(self, name: str) -> bool:
        return not self.steps[name].is_input and (not self.is_answer(name) or self.wanted.kind == "barcode")

    def map(self, name: str) -> Map:
        """`zero`, but `minmax` for a network's output that is a picture of one channel."""
        if self.wanted.map != "auto":
            return "minmax" if self.wanted.map == "minmax" else "zero"
        if self.steps[name].drawing.shares:
            return "share"
        shape = self.shape(name)
        picture_out = len(shape) == 3 and name in self.trace.outputs and shape[0 if self.channels_first else -1] == 1
        return "minmax" if picture_out and self.wanted.colormap != "diverging" else "zero"

    def notes(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """What stands under the picture."""
        shown = {row.name for row in rows}
        colored = [name for name in self.names if name in shown and self.is_colored(name)]
        lines = [notes.meaning(one, self.wanted.colormap) for one in dict.fromkeys(map(self.map, colored))]
        lines += [OVER] if any(map(self.is_over_picture, self.names)) else []
        lines += [MEANING] if any(map(self.is_class_map, shown)) else []
        lines += [self.stretched(name) for name in self.names if name in shown and self.is_stretched(name)]
        if colored:
            lines.append(notes.shared(self.wanted.scale, self.trace.samples))
        steps = [step.statistics for step in self.trace.steps if step.name in self.names]
        if unsound := sum(step.nans + step.infinities for step in steps):
            lines.append(notes.bad(unsound))
        if self.trace.parameter_count and not all(self.steps[name].is_input for name in self.names):
            answers = any(self.is_answer(name) or self.is_class_map(name) for name in shown)
            lines.append(notes.weights(self.trace.weights, self.trace.init, answers=answers))
        return tuple(lines)

    def is_stretched(self, name: str) -> bool:
        """Whether an input is drawn from its smallest value to its largest, and not as pictures are."""
        if not self.is_shown_as_photo(name):
            return False
        low, high = self.photo_ends(name)
        return low < high and (low, high) not in {(0, 1), (0, 255)}

    def stretched(self, name: str) -> str:
        return notes.stretched(name, *map(text.number, self.photo_ends(name)))

    def photo_ends(self, name: str) -> tuple[float, float]:
        """Which values are black and white."""
        planes = stored_planes(self.steps[name], self.trace.value(name))
        scale = scale_of_photo(self.steps[name], planes, is_file=self.is_file)
        return scale.low.item(), scale.high.item()

    def is_shown_as_photo(self, name: str) -> bool:
        return is_photo(self.steps[name]) and (self.wanted.kind != "numbers" or self.is_gray(name))

    def is_colored(self, name: str) -> bool:
        """Whether the step's colors follow its scale."""
        photo = self.is_shown_as_photo(name)
        answer = self.is_answer(name) and self.wanted.kind not in {"barcode", "numbers"}
        over = self.is_over_picture(name)
        return not (photo or answer or over or self.is_plotted(name) or self.is_class_map(name))
