"""Layers that bring a picture to a given size: by resampling it, or by cutting out its middle.

    out[n, p, c] = Σ_q  in[n, q, c] · weight(p, q)        along height, then along width

n: sample; p: position; q: a position around the place in the old picture where p stands; c: channel. With
`coordinate_transformation_mode: half_pixel` that is (p + 1/2) · old / new - 1/2, with `align_corners`
p · (old - 1) / (new - 1), with `asymmetric` p · old / new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.resampled import Resampled
from dataflow_cli.layers.bases.resampling import ROUNDED, SUPPORT, Resampling, Rule
from dataflow_cli.layers.fields import Boolean, Choice, Integer, Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape, Shapes


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
    fill_value: float = option(Number(), "the number that it pads with", 0)
    antialias: bool = option(Boolean(), "widen the filter as much as the picture gets smaller", False)
    coordinate_transformation_mode: str = option(
        Choice(("half_pixel", "align_corners", "asymmetric")),
        "where the new elements stand on the old axis",
        "half_pixel",
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
        return super().output_shape(inputs)

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        if self.crop_to_aspect_ratio:
            return self.from_middle(self.rule, lengths)
        return (self.with_borders if self.pad_to_aspect_ratio else self.plainly)(self.rule, lengths)


@dataclass(frozen=True, kw_only=True)
class CenterCrop(ToSize):
    """The middle of a picture; of one that is smaller its largest part of that aspect ratio, made larger."""

    type: ClassVar[str] = "center_crop"

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        if any(n < count for n, count in zip(lengths, self.size, strict=True)):
            return self.from_middle(Rule(), lengths)
        axes = zip(lengths, self.size, strict=True)
        return tuple(Resampling(Rule("nearest"), count, count, (n - count) // 2) for n, count in axes)
