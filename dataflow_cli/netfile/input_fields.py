"""What the fields of an input must have in common with its shape, and with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.netfile.model import InputSpec

COLORS = 3
"""Channels of a picture whose order may be another one."""
SEQUENCE = 2
"""Axes of a sequence at most: its length, and channels."""


def contradictions(spec: InputSpec) -> Iterator[tuple[str, str, str]]:
    """Each field that does not fit: its name, what is wrong, what to write instead."""
    for key in ("mean", "std"):
        numbers = getattr(spec, key)
        if numbers is not None and spec.shape and len(numbers) not in (1, spec.channels):
            message = f"{key} has {len(numbers)} numbers for {spec.channels} channels"
            yield key, message, "write one number a channel, or one for all"
    if spec.turns_channels and not (spec.is_picture and spec.channels == COLORS):
        hint = "leave it out; it is for [height, width, 3]"
        yield "channel_order", f"channel_order is that of a color picture's {COLORS} channels", hint
    if spec.pad is not None and len(spec.shape) > SEQUENCE:
        hint = "leave it out; it is for [length] and [length, channels]"
        yield "pad", f"pad: samples of {len(spec.shape)} axes are no sequences", hint
    if spec.tokens and len(spec.shape) != 1:
        hint = "leave them out; they are for [length]"
        yield "tokens", f"tokens stand for a row of numbers, and a sample has {len(spec.shape)} axes", hint
    if not spec.is_sized:
        yield from _of_no_size(spec)
    elif spec.shorter_side is not None:
        yield from _of_shorter_side(spec, spec.shorter_side)


def _of_no_size(spec: InputSpec) -> Iterator[tuple[str, str, str]]:
    """Pictures are cut and resized to a size that is known."""
    for key in ("resize", "crop", "shorter_side"):
        if getattr(spec, key) is not None:
            message = f"{key}: there is no size to bring pictures to: a length of the shape is not known"
            sizes = ",".join(str(224 if isinstance(n, Unknown) else n) for n in spec.shape)
            hint = f"say it, --shape {sizes} or in the shape, or leave this out: a picture keeps its own size then"
            yield key, message, hint


def _of_shorter_side(spec: InputSpec, length: int) -> Iterator[tuple[str, str, str]]:
    if not spec.is_picture:
        yield "shorter_side", "shorter_side is that of pictures", "leave it out; it is for [height, width, channels]"
    elif spec.resize is None:
        yield "shorter_side", "shorter_side says to what pictures are resized, and not how", "add `resize: bilinear`"
    elif length < max(spec.size):
        needed = max(spec.size)
        message = f"shorter_side is {length}: no {spec.size[0]} x {spec.size[1]} can be cut out of that"
        yield "shorter_side", message, f"write {needed} or more, or leave it out"
    elif spec.crop is not None:
        yield "shorter_side", "shorter_side cuts after resizing, and crop before", "keep one of them"
