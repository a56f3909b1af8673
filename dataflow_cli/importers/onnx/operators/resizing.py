"""Resize and Upsample: up-sampling by whole factors where that is what they are, else resizing by ONNX's own rules."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import UNSIZED
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held

_INTERPOLATIONS = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_HALVES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel")
_CROPPED = "tf_crop_and_resize"
_PARTS = 10_000
"""Scales are fractions to this denominator, of which single precision is the nearest."""


@dataclass(frozen=True)
class Sizes:
    """What becomes of every axis."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    scales: tuple[Fraction | None, ...]
    """New elements for every old one; None where it is what the sizes say."""

    def of(self, places: Sequence[int]) -> Sizes:
        """Some axes alone."""
        before, after = (tuple(each[place] for place in places) for each in (self.before, self.after))
        return Sizes(before, after, tuple(self.scales[place] for place in places))

    @property
    def factors(self) -> list[int] | None:
        """The whole numbers by which the axes grow, if that is all."""
        found = [
            scale if scale is not None else Fraction(after, before)
            for before, after, scale in zip(self.before, self.after, self.scales, strict=True)
            if scale is not None or is_known((before, after))
        ]
        whole = len(found) == len(self.before) and all(each.denominator == 1 and each >= 1 for each in found)
        return [int(each) for each in found] if whole else None

    @property
    def is_exact(self) -> bool:
        """Whether the scales are what the sizes say."""
        return all(
            scale is None or (is_known((before, after)) and scale * before == after)
            for before, after, scale in zip(self.before, self.after, self.scales, strict=True)
        )


def resize(call: Call) -> Held:
    """Resize from version 10 on, and Upsample."""
    x = call.sampled(0)
    sizes = _sizes(call, x)
    spatial = range(2, x.rank)
    if not 1 <= len(spatial) <= 3:
        raise FieldError(f"it resizes a tensor of {x.rank} axes, and dftrace those with 1 to 3 axes of space")
    if any(sizes.before[place] != sizes.after[place] for place in (0, 1)):
        raise FieldError("it resizes samples or channels, and dftrace axes of space alone")
    mode = call.attribute("mode", "nearest")
    if mode not in _INTERPOLATIONS:
        raise FieldError(f"its mode '{mode[:40]}' is not there in dftrace")
    sizes = sizes.of(spatial)
    if sizes.before == sizes.after and _coordinates(call) != _CROPPED:
        return x
    factors = sizes.factors
    if factors and _is_up_sampling(call, factors):
        return _up_sampled(call, x, factors)
    return _resized(call, x, sizes)


def _coordinates(call: Call) -> str:
    """Where the new elements stand; before version 11 nothing said it."""
    old = call.operation == "Upsample" or call.opset < 11
    return str("asymmetric" if old else call.attribute("coordinate_transformation_mode", "half_pixel"))


def _nearest(call: Call) -> str:
    old = call.operation == "Upsample" or call.opset < 11
    return str("floor" if old else call.attribute("nearest_mode", "round_prefer_floor"))


def _is_up_sampling(call: Call, factors: Sequence[int]) -> bool:
    """Whether it does what Keras' up-sampling does: repeat elements, or weigh the two around their middle."""
    coordinates, mode = _coordinates(call), call.attribute("mode", "nearest")
    if mode == "nearest":
        rounds = coordinates in _HALVES and _nearest(call).startswith("round")
        return rounds or (coordinates in ("asymmetric", "tf_half_pixel_for_nn") and _nearest(call) == "floor")
    return "linear" in mode and coordinates in _HALVES and not all(factor == 1 for factor in factors)


def _up_sampled(call: Call, x: Held, factors: list[int]) -> Held:
    rank = len(factors)
    size = factors[0] if len(set(factors)) == 1 else factors
    fields: dict[str, Any] = {"size": size}
    if call.attribute("mode", "nearest") != "nearest":
        fields["interpolation"] = _LINEAR[rank]
    return call.layer(f"up_sampling{rank}d", fields, [x])


def _resized(call: Call, x: Held, sizes: Sizes) -> Held:
    """A picture by any rule; a sequence is a picture of one row."""
    rank = len(sizes.before)
    if rank == 3:
        raise FieldError("it resizes three axes by no whole factors, which dftrace does not")
    if not is_known((*sizes.before, *sizes.after)):
        raise FieldError("its sizes are not known", hint=UNSIZED)
    fields = _fields(call, sizes)
    if rank == 2:
        return call.layer("resizing", fields, [x])
    row = call.layer("expand_dims", {"axis": 2}, [x], behind="_row", gives="")
    resized = call.layer("resizing", fields, [row], behind="_resized", gives="")
    return call.layer("squeeze", {"axis": 2}, [resized])


def _fields(call: Call, sizes: Sizes) -> dict[str, Any]:
    """The fields of `resizing`, but for those that are its defaults."""
    before, after = ([1] * (2 - len(each)) + list(each) for each in (sizes.before, sizes.after))
    interpolation = _INTERPOLATIONS[call.attribute("mode", "nearest")]
    coordinates = _coordinates(call)
    fields: dict[str, Any] = {"height": after[0], "width": after[1]}
    if interpolation != "bilinear":
        fields["interpolation"] = interpolation
    if coordinates == _CROPPED:
        fields |= _crop(call, len(sizes.before))
    elif not sizes.is_exact:
        if coordinates == "align_corners":
            raise FieldError("it aligns the corners by scales that are no sizes, which engines read in two ways")
        scales = [Fraction(1)] * (2 - len(sizes.before)) + list(sizes.scales)
        pairs = zip(scales, before, after, strict=True)
        fields["scales"] = [float(Fraction(new, old) if scale is None else scale) for scale, old, new in pairs]
    if coordinates != "half_pixel" and not (coordinates == "half_pixel_symmetric" and sizes.is_exact):
        fields["coordinate_transformation_mode"] = coordinates
    if interpolation == "nearest" and _nearest(call) != "round_prefer_ceil":
        fields["nearest_mode"] = _nearest(call)
    slope = round(call.attribute("cubic_coeff_a", -0.75), 7)
    if interpolation == "bicubic" and slope != -0.5:
        fields["cubic_coeff_a"] = slope
    antialias = bool(call.attribute("antialias", 0)) and interpolation != "nearest"
    if antialias:
        fields["antialias"] = True
    if (antialias or interpolation == "bicubic") and not call.attribute("exclude_outside", 0):
        fields["exclude_outside"] = False
    return fields


def _crop(call: Call, rank: int) -> dict[str, Any]:
    """The part of a picture that is resized, from ONNX's list of where axes begin and end."""
    if not call.has(1):
        raise FieldError("it crops, and does not say what (`roi`)")
    roi = [float(edge) for edge in call.constant(1, "roi").numbers]
    axes = _axes(call, rank + 2)
    if len(roi) != 2 * len(axes):
        raise FieldError(f"its roi has {len(roi)} numbers for {len(axes)} axes")
    edges = dict(zip(axes, zip(roi[: len(axes)], roi[len(axes) :], strict=True), strict=True))
    if any(edges.get(place, (0.0, 1.0)) != (0.0, 1.0) for place in (0, 1)):
        raise FieldError("it crops samples or channels, and dftrace axes of space alone")
    top, left = ([(0.0, 1.0)] * (2 - rank) + [edges.get(place, (0.0, 1.0)) for place in range(2, rank + 2)])[:2]
    roi = [float(_fraction(edge)) for edge in (top[0], left[0], top[1], left[1])]
    fill = float(call.attribute("extrapolation_value", 0.0))
    return {"roi": roi} | ({"fill_value": fill} if fill else {})


# Sizes


def _axes(call: Call, rank: int) -> list[int]:
    return [counted(axis, rank) for axis in call.attribute("axes", range(rank))]


def _sizes(call: Call, x: Held) -> Sizes:
    """What becomes of every axis: from sizes, or from scales. Raises FieldError if neither is known."""
    axes = _axes(call, x.rank)
    if call.operation == "Resize" and call.opset >= 11 and call.has(3):
        wanted = call.constant(3, "sizes").integers()
        _check_count(wanted, axes, "sizes")
        return _kept(call, x, axes, wanted)
    scales = _scales(call)
    _check_count(scales, axes, "scales")
    by_axis = dict(zip(axes, scales, strict=True))
    found = [by_axis.get(place, 1.0) for place in range(x.rank)]
    after = [_scaled(size, scale) for size, scale in zip(x.shape, found, strict=True)]
    return Sizes(tuple(x.shape), tuple(after), tuple(_fraction(scale) for scale in found))


def _check_count(given: Sequence[Any], axes: Sequence[int], what: str) -> None:
    if len(given) != len(axes):
        raise FieldError(f"its {what} are {len(given)} numbers for {len(axes)} axes")


def _scales(call: Call) -> list[float]:
    """Scales, which have been an attribute and two different inputs."""
    if call.operation == "Upsample" and call.opset < 9:
        return list(call.attribute("scales", ()))
    place = 1 if call.operation == "Upsample" or call.opset < 11 else 2
    if not call.has(place):
        raise FieldError("it has neither sizes nor scales")
    return [float(scale) for scale in call.constant(place, "scales").numbers]


def _kept(call: Call, x: Held, axes: Sequence[int], wanted: Sequence[int]) -> Sizes:
    """Sizes as they are written, or the aspect ratio kept, within or around them."""
    policy = call.attribute("keep_aspect_ratio_policy", "stretch")
    after = list(x.shape)
    if policy == "stretch":
        for axis, size in zip(axes, wanted, strict=True):
            after[axis] = size
        return Sizes(tuple(x.shape), tuple(after), (None,) * x.rank)
    if not is_known((*x.shape, *wanted)):
        raise FieldError("its sizes are not known", hint=UNSIZED)
    ratios = [Fraction(size, x.shape[axis]) for axis, size in zip(axes, wanted, strict=True)]
    scale = min(ratios) if policy == "not_larger" else max(ratios)
    scales = [scale if place in axes else Fraction(1) for place in range(x.rank)]
    rounded = [math.floor(size * each + Fraction(1, 2)) for size, each in zip(x.shape, scales, strict=True)]
    return Sizes(tuple(x.shape), tuple(rounded), tuple(scales))


def _scaled(size: int, scale: float) -> int:
    """The new size of an axis, worked out in single precision as engines do."""
    if not is_known((size,)):
        return size if scale == 1 else int(scale) * size
    single: float
    (single,) = struct.unpack("f", struct.pack("f", size * scale))
    return math.floor(single)


def _fraction(number: float) -> Fraction:
    """The fraction that was meant: 3/5 by 0.6000000238."""
    if not math.isfinite(number):
        raise FieldError("its scales are no numbers")
    return Fraction(number).limit_denominator(_PARTS)
