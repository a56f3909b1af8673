"""Which shapes of an array fit an input: one sample or N of them, with a channels axis of one present or missing.

Everything here works on shapes alone, so a file that does not fit is refused by its header, before it is read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.layers.base import Shape, written

if TYPE_CHECKING:
    from dataflow_cli.spec.model import InputSpec


def fitted(found: Shape, spec: InputSpec, *, flat: bool = False) -> Shape:
    """The shape (N, *sample) to which an array of shape `found` is reshaped so that it fits `spec`.

    Height and width are the array's own if the input is resized. `flat` allows samples as rows of numbers, as text has
    them. Raises FileProblem E301 with what was expected and how to get there.
    """
    sample = _sized(found, spec)
    target = _target(found, sample) or (_flat_target(found, sample) if flat else None)
    if target is None:
        expected = f"{written(spec.shape)} or {_many(spec.shape)}"
        raise FileProblem(
            f"shape {written(found)} does not fit input '{spec.name}': expected {expected}",
            hint=_hint(found, spec, flat=flat),
            code="E301",
        )
    if target[0] == 0:
        raise FileProblem("holds no samples", hint="the first axis counts the samples; it is 0", code="E301")
    return target


def without_ones(shape: Shape) -> Shape:
    """The shape without a first or last axis of one, such as a gray picture's channels."""
    if shape[-1:] == (1,):
        return shape[:-1]
    return shape[1:] if shape[:1] == (1,) else shape


def _target(found: Shape, sample: Shape) -> Shape | None:
    for form in dict.fromkeys((sample, without_ones(sample), (*sample, 1))):
        if found == form:
            return (1, *sample)
        if len(found) == len(form) + 1 and found[1:] == form:
            return (found[0], *sample)
    return None


def _flat_target(found: Shape, sample: Shape) -> Shape | None:
    """Rows of numbers: a sample a row; or one sample written as a column, or as one row."""
    count = math.prod(sample)
    if found in ((count,), (count, 1)):
        return (1, *sample)
    return (found[0], *sample) if len(found) == 2 and found[1] == count else None


def _sized(found: Shape, spec: InputSpec) -> Shape:
    """The shape of a sample, with the array's own height and width if they are going to be resized."""
    if not spec.is_picture or spec.resize is None:
        return spec.shape
    first = spec.data_format == "channels_first"
    sample = found[-3:]
    if len(found) >= 3 and sample[0 if first else -1] == spec.channels:
        return sample
    if spec.channels == 1 and len(found) in (2, 3):
        return (1, *found[-2:]) if first else (*found[-2:], 1)
    return spec.shape


def _many(shape: Shape) -> str:
    return f"(N, {', '.join(map(str, shape))})"


def _hint(found: Shape, spec: InputSpec, *, flat: bool) -> str:
    hints = (
        _other_order(found, spec),
        _label_column(found, spec) if flat else "",
        _other_axes(found, spec),
        _other_row(found, spec) if flat else _other_size(found, spec),
        _other_channels(found, spec),
    )
    return next(filter(None, hints), "check that this is the data for this network")


def _other_order(found: Shape, spec: InputSpec) -> str:
    """What to say if the array's channels are at the other end."""
    if not spec.is_picture or len(found) not in (3, 4):
        return ""
    sample, many = found[-3:], len(found) == 4
    if spec.data_format == "channels_last" and (*sample[1:], sample[0]) == spec.shape:
        axes = "0, 2, 3, 1" if many else "1, 2, 0"
        return f"the array has its channels first: transpose it with x.transpose({axes})"
    if spec.data_format == "channels_first" and (sample[2], *sample[:2]) == spec.shape:
        axes = "0, 3, 1, 2" if many else "2, 0, 1"
        return f"the array has its channels last: transpose it with x.transpose({axes})"
    return ""


def _label_column(found: Shape, spec: InputSpec) -> str:
    wide = len(found) == 2 and found[1] == math.prod(spec.shape) + 1
    return "one column too many: if the first is the label, cut it off" if wide else ""


def _other_row(found: Shape, spec: InputSpec) -> str:
    values, count = math.prod(found[1:] if len(found) > 1 else found), math.prod(spec.shape)
    return f"a sample is a row of {count:,} numbers, found {values:,}"


def _other_axes(found: Shape, spec: InputSpec) -> str:
    count = math.prod(spec.shape)
    if math.prod(found) != count and (len(found) < 2 or math.prod(found[1:]) != count):
        return ""
    return f"the number of values fits: reshape it with x.reshape({', '.join(map(str, (-1, *spec.shape)))})"


def _other_size(found: Shape, spec: InputSpec) -> str:
    if spec.is_picture and (_channels(found, spec) == spec.channels or (spec.channels == 1 and len(found) in (2, 3))):
        return "another height and width: write `resize: bilinear` under input in the network file, or resize the data"
    return ""


def _other_channels(found: Shape, spec: InputSpec) -> str:
    channels = _channels(found, spec)
    if spec.is_picture and channels in (1, 3, 4):
        return f"{channels} channels, the network takes {spec.channels}: convert the data"
    return ""


def _channels(found: Shape, spec: InputSpec) -> int:
    """The channels of an array that has height and width; 0 if it has too few axes."""
    if len(found) not in (3, 4):
        return 0
    return found[-3] if spec.data_format == "channels_first" else found[-1]
