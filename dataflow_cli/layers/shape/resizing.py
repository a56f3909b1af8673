"""Layers that bring a picture to a given size: by resampling it, or by cutting out its middle.

    out[n, p, c] = Σ_q  in[n, q, c] · weight(p, q)        along height, then along width

n: sample; p: position; q: a position around the place in the old picture where p stands; c: channel. With
`coordinate_transformation_mode: half_pixel` that is (p + 1/2) · old / new - 1/2, with `align_corners`
p · (old - 1) / (new - 1), with `asymmetric` p · old / new. `pytorch_half_pixel` takes 0 where new is 1;
`half_pixel_symmetric` keeps the middle where it was if `scales` are not new / old; `tf_half_pixel_for_nn` is
(p + 1/2) · old / new; `tf_crop_and_resize` spreads the new elements over `roi`, and beyond the picture stands
`fill_value`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.resampled import Resampled
from dataflow_cli.layers.bases.resampling import COORDINATES, CROPPED, ROUNDED, SUPPORT, Resampling, Rule
from dataflow_cli.layers.fields import Boolean, Choice, Integer, List, Number, Optional, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape, Shapes

_SMALLEST = 0.001
"""A scale; what is smaller leaves nothing of any picture."""
_PARTS = 10_000
"""Fractions are told to this denominator."""


@dataclass(frozen=True, kw_only=True)
class ToSize(Resampled):
    """Base of both: the size, and how the middle of a picture gets there that has another aspect ratio."""

    rank: ClassVar[int] = 2
    height: int = option(Integer(1), "height of the output")
    width: int = option(Integer(1), "width of the output")

    @property
    def size(self) -> Shape:
        return self.height, self.width

    def plainly(self, rule: Rule, lengths: Shape) -> tuple[Resampling, ...]:
        """The whole picture, whatever becomes of its aspect ratio."""
        return tuple(Resampling(rule, n, count) for n, count in zip(lengths, self.size, strict=True))

    def from_middle(self, rule: Rule, lengths: Shape) -> tuple[Resampling, ...]:
        """The largest part in the middle that has the aspect ratio of the output."""
        parts = [max(min(n, fit), 1) for n, fit in zip(lengths, self._fitting(lengths), strict=True)]
        axes = zip(lengths, parts, self.size, strict=True)
        return tuple(Resampling(rule, part, count, (n - part) // 2) for n, part, count in axes)

    def with_borders(self, rule: Rule, lengths: Shape) -> tuple[Resampling, ...]:
        """The picture with as much on both sides of the short axis as gives it the aspect ratio of the output."""
        borders = [(max(n, fit) - n) // 2 for n, fit in zip(lengths, self._fitting(lengths), strict=True)]
        axes = zip(lengths, borders, self.size, strict=True)
        return tuple(Resampling(rule, n + 2 * border, count, -border) for n, border, count in axes)

    def _fitting(self, lengths: Shape) -> Shape:
        """How high the picture would be if its width decided, and how wide if its height did."""
        height, width = lengths
        return width * self.height // self.width, height * self.width // self.height


@dataclass(frozen=True, kw_only=True)
class Resizing(ToSize):
    """A picture brought to a given size by interpolation (height, width, channels)."""

    type: ClassVar[str] = "resizing"
    interpolation: str = option(Choice(tuple(SUPPORT)), "what new values are made of", "bilinear")
    crop_to_aspect_ratio: bool = option(Boolean(), "take the largest middle of the same aspect ratio", False)
    pad_to_aspect_ratio: bool = option(Boolean(), "pad to the same aspect ratio before", False)
    fill_mode: str = option(Choice(("constant",)), "what `pad_to_aspect_ratio` pads with", "constant")
    fill_value: float = option(Number(), "the number that stands where there is no picture", 0)
    antialias: bool = option(Boolean(), "widen the filter as much as the picture gets smaller", False)
    coordinate_transformation_mode: str = option(
        Choice(COORDINATES), "where the new elements stand on the old axis, as ONNX calls it", "half_pixel"
    )
    scales: tuple[float, ...] | None = option(
        Optional(List(Number(), 2)),
        "new elements for every old one, by height and width, where they stand otherwise than the sizes say",
        None,
    )
    roi: tuple[float, ...] | None = option(
        Optional(List(Number(), 4)),
        "`tf_crop_and_resize` takes this part of the picture: top, left, bottom and right, 0 and 1 being its edges",
        None,
    )
    nearest_mode: str = option(
        Choice(tuple(ROUNDED)), "which element `nearest` takes for a place between two", "round_prefer_ceil"
    )
    cubic_coeff_a: float = option(Number(), "the cubic filter's slope at its zero: -0.5 here, -0.75 in PyTorch", -0.5)
    exclude_outside: bool = option(
        Boolean(), "weigh only what is inside; else the border's elements stand for what is beyond", True
    )

    @property
    def rule(self) -> Rule:
        return Rule(
            self.interpolation,
            self.antialias,
            self.coordinate_transformation_mode,
            self.nearest_mode,
            self.cubic_coeff_a,
            self.exclude_outside,
        )

    @property
    def fill(self) -> float:
        return self.fill_value

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise LayerError(
                "it cannot both crop and pad to the aspect ratio",
                hint="write `crop_to_aspect_ratio: true` or `pad_to_aspect_ratio: true`",
                field="pad_to_aspect_ratio",
            )
        self._check_places()
        return super().output_shape(inputs)

    def _check_places(self) -> None:
        """Raises LayerError for scales and parts that put the elements nowhere, or that nothing asks for."""
        if self.scales is not None and min(self.scales) < _SMALLEST:
            hint = "write how many new elements there are for every old one, such as [2, 0.5]"
            raise LayerError(f"scales are at least {_SMALLEST:g}", hint=hint, field="scales")
        if self.roi is None:
            return
        if self.coordinate_transformation_mode != CROPPED:
            hint = f"write `coordinate_transformation_mode: {CROPPED}`, or leave roi out"
            raise LayerError("roi says what is cropped, and nothing is", hint=hint, field="roi")
        if self.roi[0] > self.roi[2] or self.roi[1] > self.roi[3]:
            hint = "write top, left, bottom and right, each from 0 to 1"
            raise LayerError("roi ends before it begins", hint=hint, field="roi")

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        if self.crop_to_aspect_ratio:
            axes = self.from_middle(self.rule, lengths)
        else:
            axes = (self.with_borders if self.pad_to_aspect_ratio else self.plainly)(self.rule, lengths)
        if self.scales is None and self.roi is None:
            return axes
        scales = self.scales or (None, None)
        roi = [_exact(edge) for edge in self.roi or (0, 0, 1, 1)]
        parts = zip(roi[:2], roi[2:], strict=True)
        return tuple(
            replace(axis, scale=None if scale is None else _exact(scale), part=part)
            for axis, scale, part in zip(axes, scales, parts, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class CenterCrop(ToSize):
    """The middle of a picture; of one that is smaller its largest part of that aspect ratio, made larger."""

    type: ClassVar[str] = "center_crop"

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        if any(n < count for n, count in zip(lengths, self.size, strict=True)):
            return self.from_middle(Rule(), lengths)
        axes = zip(lengths, self.size, strict=True)
        return tuple(Resampling(Rule("nearest"), count, count, (n - count) // 2) for n, count in axes)


def _exact(number: float) -> Fraction:
    """The fraction that was meant: 3/5 by 0.6000000238, which is what single precision makes of it."""
    return Fraction(number).limit_denominator(_PARTS)
