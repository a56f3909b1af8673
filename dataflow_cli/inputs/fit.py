"""Which shapes of an array fit an input: one sample or N of them, with a channels axis of one present or missing.

Everything here works on shapes alone, so a file that does not fit is refused by its header, before it is read. An axis
counts the samples only where nothing else is as likely: three planes of 28 x 28 are three gray digits or one color
picture, and whoever gives them writes the channels axis.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.netfile.axes import PICTURE_CHANNELS, looks_spatial
from dataflow_cli.shapes import Shape, written
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec


def fitted(found: Shape, spec: InputSpec, *, flat: bool = False) -> Shape:
    """The shape (N, *sample) to which an array of shape `found` is reshaped so that it fits `spec`.

    Height and width are the array's own if the input is resized. `flat` allows samples as rows of numbers, as text has
    them. Raises FileProblem E301 with what was expected and how to get there.
    """
    spec = with_sizes_of(found, spec, flat=flat)
    rows = _flat_target(found, spec.shape) if flat else None  # before a picture of rows so long, that is to be resized
    target = rows or _target(found, _sized(found, spec))
    if target is not None and math.prod(target) == 0:
        hint = "the first axis counts the samples; it is 0" if target[0] == 0 else "an axis of its shape is 0"
        raise FileProblem("holds no samples", hint=hint, code="E301")
    doubt = "" if target is None else _doubt(found, target, spec)
    if target is None or doubt:
        from dataflow_cli.inputs.misfit import hint_for

        expected = f"{written(spec.shape)} or (N, {', '.join(map(str, spec.shape))})"
        raise FileProblem(
            f"shape {written(found)} does not fit input '{spec.name}': expected {expected}",
            hint=doubt or hint_for(found, spec, flat=flat),
            code="E301",
        )
    return target


def with_sizes_of(found: Shape, spec: InputSpec, *, flat: bool = False) -> InputSpec:
    """The input with the sizes of an array in place of those that are not known, if the array fits the others.

    A column of numbers is one sample, where a sample is a row.
    """
    if spec.is_sized:
        return spec
    for form in dict.fromkeys((spec.shape, without_ones(spec.shape))):
        column = flat and len(form) == 1 and found[1:] == (1,)
        for sizes in (found[:1] if column else found, found[1:]):
            if _is_like(sizes, form):
                one_first = len(sizes) < len(spec.shape) and spec.shape[-1] != 1
                whole = sizes if len(sizes) == len(spec.shape) else (1, *sizes) if one_first else (*sizes, 1)
                return replace(spec, shape=whole)
    return spec


def _is_like(sizes: Shape, form: Shape) -> bool:
    """Whether these are the sizes of a sample, any where one is not known."""
    if len(sizes) != len(form):
        return False
    return all(n == ours or isinstance(ours, Unknown) for n, ours in zip(sizes, form, strict=True))


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
    """The shape of a sample, with the array's own height and width if they are going to be cut or resized."""
    if not spec.is_picture or not spec.resizes:
        return spec.shape
    first = spec.data_format == "channels_first"
    sample = found[-3:]
    if len(found) >= 3 and sample[0 if first else -1] == spec.channels:
        return sample
    if spec.channels == 1 and len(found) in (2, 3):
        return (1, *found[-2:]) if first else (*found[-2:], 1)
    return spec.shape


def _doubt(found: Shape, target: Shape, spec: InputSpec) -> str:
    """What to say if the axes that were taken for samples may as well be rows, columns or channels of one picture."""
    if not spec.is_picture:
        return ""
    free = spec.resizes and target[1:] != spec.shape
    takes, colors = f"the network takes {spec.channels}: convert the data", PICTURE_CHANNELS[1:]
    last, front = found[-1], found[0]
    if len(found) == 3 and front == target[0] > 1:
        meant = f"; if these are {front} samples, reshape it with x.reshape({', '.join(map(str, target))})"
        if last in colors and (free or looks_spatial(found[:-1])):
            return f"{last} channels, {takes}{'' if free else meant}"
        if front in colors and (free or looks_spatial(found[1:])):
            return f"{front} channels first, {takes}{meant}"
    if len(found) == 4 and free and found[2] in colors and spec.data_format == "channels_last":
        turn = "the samples stand last: transpose it with x.transpose(3, 0, 1, 2)"
        return turn if spec.channels == found[2] else f"{found[2]} channels, {takes}"
    return ""
