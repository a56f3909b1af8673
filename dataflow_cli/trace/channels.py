"""Some channels of a tensor as a tensor of their own: `conv2d_1[9]`, `conv2d_1[0:8]`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.globs import matching
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Step, Trace
    from dataflow_cli.trace.picture_facts import Drawing

_CHANNELS = re.compile(r"(.+)\[(-?[0-9]{1,9}|-?[0-9]{0,9}:-?[0-9]{0,9})\]")
_ELEMENT = re.compile(r"(.+)\[[-0-9: ]*,[-0-9:, ]*\]")


@dataclass(frozen=True)
class Channels:
    """Which channels of which tensor, as they are written: `6`, `0:8`, `-1`."""

    tensor: str
    which: str

    @property
    def name(self) -> str:
        return f"{self.tensor}[{self.which}]"


@dataclass(frozen=True)
class Asked:
    """What the user wants of a trace: patterns of names, and channels of tensors."""

    patterns: tuple[str, ...]
    channels: tuple[Channels, ...]

    @property
    def tensors(self) -> tuple[str, ...]:
        """Patterns that match all that is needed."""
        return (*self.patterns, *(one.tensor for one in self.channels))


def asked(words: Sequence[str], names: Collection[str]) -> Asked:
    """What words mean where there are steps of these names: `conv2d_1[9]` is a channel only if `conv2d_1` is a step.

    Otherwise it is a GLOB, as `conv2d_[12]` is; `lstm_1:*[9]` is that channel of all tensors that have channels.
    Raises UnknownName for an element, such as `conv2d_1[3,5,0]`.
    """
    patterns, channels = [], []
    for word in words:
        found = _CHANNELS.fullmatch(word)
        element = _ELEMENT.fullmatch(word)
        if element is not None and layer_of(element[1]) in names:
            raise UnknownName(
                f"'{word}' is one element, pictures are of whole channels",
                hint=f"name a channel, '{element[1]}[0]'; `dftrace explain NET '{word}'` shows where it is from",
            )
        if found is not None and {found[1], layer_of(found[1])}.intersection(names):
            channels.append(Channels(found[1], found[2]))
        else:
            patterns.append(word)
    return Asked(tuple(patterns), tuple(channels))


def with_channels(
    trace: Trace, names: tuple[str, ...], wanted: Asked
) -> tuple[Trace, tuple[str, ...], dict[str, tuple[int, ...]]]:
    """The trace with a step for what is asked of channels, the names of all steps that are meant, and which they are.

    Raises UnknownName for channels that there are not.
    """
    if not wanted.channels:
        return trace, names, {}
    first = trace.data_format == "channels_first"
    steps: list[Step] = []
    values, numbers, chosen = dict(trace.values), {}, []
    shapes = {step.name: step.output_shape for step in trace.steps}
    parts = [(one, _parted(_means(one.tensor, names), shapes)) for one in wanted.channels]
    whole = matching(wanted.patterns, names, lambda _: None)
    by_part = {name for one in wanted.channels for name in _means(one.tensor, names)}
    for step in trace.steps:
        steps.append(step)
        own = [one for one, parted in parts if step.name in parted]
        if step.name in names and (step.name in whole or step.name not in by_part):
            chosen.append(step.name)
        for one in own:
            made = Channels(step.name, one.which)
            axis = 0 if step.drawing.heads or (first and not step.drawing.by_step) else -1
            kept = _kept(made, step, axis)
            part = np.take(trace.value(step.name), kept, axis=1 if axis == 0 else -1)
            steps.append(_part(step, made.name, kept, part))
            values[made.name], numbers[made.name] = part, kept
            chosen.append(made.name)
    return replace(trace, steps=tuple(steps), values=values), tuple(dict.fromkeys(chosen)), numbers


def _means(tensor: str, names: Collection[str]) -> tuple[str, ...]:
    """The tensor, or what is drawn in its place: what its layer works out on the way; or all that a GLOB means."""
    if tensor in names:
        return (tensor,)
    return tuple(name for name in names if layer_of(name) == tensor) or matching([tensor], names, lambda _: None)


def _parted(names: tuple[str, ...], shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """Those that have channels; where none has, all, so that it is said."""
    return tuple(name for name in names if len(shapes[name]) > 1) or names


def _kept(wanted: Channels, step: Step, axis: int) -> tuple[int, ...]:
    """The numbers of the channels. Raises UnknownName if there are none."""
    if len(step.output_shape) < 2:
        raise UnknownName(
            f"'{step.name}' is {written(step.output_shape)}: it has no channels", hint=f"name it whole: {step.name}"
        )
    count = step.output_shape[axis]
    first, colon, last = wanted.which.partition(":")
    if colon:
        found = tuple(range(*slice(int(first) if first else None, int(last) if last else None).indices(count)))
    else:
        found = tuple(number % count for number in (int(first),) if -count <= number < count)
    if not found:
        raise UnknownName(f"'{step.name}' has no channel {wanted.which}", hint=f"they go from 0 to {count - 1}")
    return found


def _part(step: Step, name: str, kept: tuple[int, ...], part: Array) -> Step:
    floats = part.astype(np.float64)
    nans, infinities = int(np.isnan(floats).sum()), int(np.isinf(floats).sum())
    return replace(
        step,
        name=name,
        inputs=(),
        output_shape=part.shape[1:],
        statistics=replace(step.statistics, nans=nans, infinities=infinities),
        drawing=_drawing(step.drawing, kept),
    )


def _drawing(drawing: Drawing, kept: tuple[int, ...]) -> Drawing:
    """What was done to these channels alone."""
    drawing = replace(drawing, patches=None)  # they were one a channel
    if drawing.prepared is None:
        return drawing
    mean, std = (
        tuple(numbers[one] for one in kept) if len(numbers) > 1 else numbers
        for numbers in (drawing.prepared.mean, drawing.prepared.std)
    )
    turned = drawing.prepared.blue_first and kept == (0, 1, 2)
    return replace(drawing, prepared=replace(drawing.prepared, mean=mean, std=std, blue_first=turned))
