"""Layers that change pictures at random to train on more of them than there are: afterwards out = in.

A network file needs no more of them than that they stood there, and how strong they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import Boolean, Choice, Integer, List, Number, Optional, option
from dataflow_cli.layers.regularization.hands_on import HandsOn
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape, Shapes

AMOUNT = List(Number(), single=True)
"""One number, or the two between which it is drawn."""


@dataclass(frozen=True, kw_only=True)
class Augmentation(HandsOn, Channels):
    """Base of all of them."""

    only: ClassVar[str] = "pictures are changed in training only"


@dataclass(frozen=True, kw_only=True)
class Colored(Augmentation):
    """Base of those that change values."""

    value_range: tuple[float, ...] = option(List(Number(), 2), "the smallest and the largest value there is", [0, 255])


@dataclass(frozen=True, kw_only=True)
class Interpolated(Augmentation):
    """Base of those that need values between places."""

    interpolation: str = option(Choice(("nearest", "bilinear")), "what new values are made of", "bilinear")


@dataclass(frozen=True, kw_only=True)
class Moved(Interpolated):
    """Base of those that move the picture, and leave a border."""

    fill_mode: str = option(
        Choice(("constant", "reflect", "wrap", "nearest")), "what stands where the picture was", "reflect"
    )
    fill_value: float = option(Number(), "the number that stands there, for `fill_mode: constant`", 0)


@dataclass(frozen=True, kw_only=True)
class AugMix(Interpolated, Colored):
    """Mixes several chains of changed pictures at random in training; after it, the identity."""

    type: ClassVar[str] = "aug_mix"
    num_chains: int = option(Integer(1), "how many chains are mixed", 3)
    chain_depth: int = option(Integer(1), "how many changes a chain has at most", 3)
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 0.3)
    alpha: float = option(Number(), "how unevenly they are mixed", 1)
    all_ops: bool = option(Boolean(), "whether all changes are drawn from", True)


@dataclass(frozen=True, kw_only=True)
class CutMix(Augmentation):
    """Puts a part of another picture in at random in training; after it, the identity."""

    type: ClassVar[str] = "cut_mix"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)


@dataclass(frozen=True, kw_only=True)
class MixUp(Augmentation):
    """Mixes with another picture at random in training; after it, the identity."""

    type: ClassVar[str] = "mix_up"
    alpha: float = option(Number(), "how unevenly they are mixed", 0.2)


@dataclass(frozen=True, kw_only=True)
class Equalization(Colored):
    """Spreads the values over their range at random in training; after it, the identity."""

    type: ClassVar[str] = "equalization"
    bins: int = option(Integer(1), "how many values are told apart", 256)


@dataclass(frozen=True, kw_only=True)
class RandAugment(Interpolated, Colored):
    """Changes the picture in several ways at random in training; after it, the identity."""

    type: ClassVar[str] = "rand_augment"
    num_ops: int = option(Integer(1), "how many changes there are", 2)
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 0.5)


@dataclass(frozen=True, kw_only=True)
class RandomBrightness(Colored):
    """Makes it brighter or darker at random in training; after it, the identity."""

    type: ClassVar[str] = "random_brightness"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomColorDegeneration(Colored):
    """Takes colour out at random in training; after it, the identity."""

    type: ClassVar[str] = "random_color_degeneration"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomColorJitter(Colored):
    """Changes brightness, contrast, saturation and hue at random in training; after it, the identity."""

    type: ClassVar[str] = "random_color_jitter"
    brightness_factor: tuple[float, ...] | None = option(
        Optional(AMOUNT), "how strongly brightness changes; null: not", None
    )
    contrast_factor: tuple[float, ...] | None = option(
        Optional(AMOUNT), "how strongly contrast changes; null: not", None
    )
    saturation_factor: tuple[float, ...] | None = option(
        Optional(AMOUNT), "how strongly saturation changes; null: not", None
    )
    hue_factor: tuple[float, ...] | None = option(Optional(AMOUNT), "how strongly hue changes; null: not", None)


@dataclass(frozen=True, kw_only=True)
class RandomContrast(Colored):
    """Changes the contrast at random in training; after it, the identity."""

    type: ClassVar[str] = "random_contrast"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomElasticTransform(Moved, Colored):
    """Bends the picture at random in training; after it, the identity."""

    type: ClassVar[str] = "random_elastic_transform"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)
    scale: tuple[float, ...] = option(AMOUNT, "how far, or from where to where it is drawn", 1)


@dataclass(frozen=True, kw_only=True)
class RandomErasing(Colored):
    """Paints a part over at random in training; after it, the identity."""

    type: ClassVar[str] = "random_erasing"
    fill_value: float | None = option(Optional(Number()), "what it is painted with; null: noise", None)
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)
    scale: tuple[float, ...] = option(AMOUNT, "how much of the picture, or from where to where", [0.02, 0.33])


@dataclass(frozen=True, kw_only=True)
class RandomFlip(Augmentation):
    """Mirrors it at random in training; after it, the identity."""

    type: ClassVar[str] = "random_flip"
    mode: str = option(
        Choice(("horizontal", "vertical", "horizontal_and_vertical")), "along which axes", "horizontal_and_vertical"
    )


@dataclass(frozen=True, kw_only=True)
class RandomGaussianBlur(Colored):
    """Blurs it at random in training; after it, the identity."""

    type: ClassVar[str] = "random_gaussian_blur"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)
    kernel_size: tuple[int, ...] = option(List(Integer(1), single=True), "size of what it is blurred with", 3)
    sigma: tuple[float, ...] = option(AMOUNT, "its deviation, or from where to where it is drawn", 1)


@dataclass(frozen=True, kw_only=True)
class RandomGrayscale(Augmentation):
    """Takes all colour out at random in training; after it, the identity."""

    type: ClassVar[str] = "random_grayscale"
    factor: float = option(Number(0, maximum=1), "how often", 0.5)


@dataclass(frozen=True, kw_only=True)
class RandomHue(Colored):
    """Changes the hue at random in training; after it, the identity."""

    type: ClassVar[str] = "random_hue"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomInvert(Colored):
    """Turns light into dark at random in training; after it, the identity."""

    type: ClassVar[str] = "random_invert"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)


@dataclass(frozen=True, kw_only=True)
class RandomPerspective(Interpolated):
    """Looks at it from another side at random in training; after it, the identity."""

    type: ClassVar[str] = "random_perspective"
    fill_value: float = option(Number(), "the number that stands where the picture was", 0)
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 1)
    scale: float = option(Number(), "how far the corners move", 1)


@dataclass(frozen=True, kw_only=True)
class RandomPosterization(Colored):
    """Leaves fewer values at random in training; after it, the identity."""

    type: ClassVar[str] = "random_posterization"
    factor: tuple[float, ...] = option(AMOUNT, "how many bits stay, or from where to where")


@dataclass(frozen=True, kw_only=True)
class RandomRotation(Moved):
    """Turns it at random in training; after it, the identity."""

    type: ClassVar[str] = "random_rotation"
    factor: tuple[float, ...] = option(AMOUNT, "how far, in whole turns, or from where to where")


@dataclass(frozen=True, kw_only=True)
class RandomSaturation(Colored):
    """Changes the saturation at random in training; after it, the identity."""

    type: ClassVar[str] = "random_saturation"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomSharpness(Colored):
    """Makes it sharper or softer at random in training; after it, the identity."""

    type: ClassVar[str] = "random_sharpness"
    factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn")


@dataclass(frozen=True, kw_only=True)
class RandomShear(Moved):
    """Slants it at random in training; after it, the identity."""

    type: ClassVar[str] = "random_shear"
    x_factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 0)
    y_factor: tuple[float, ...] = option(AMOUNT, "how strong, or from where to where it is drawn", 0)


@dataclass(frozen=True, kw_only=True)
class RandomTranslation(Moved):
    """Moves it at random in training; after it, the identity."""

    type: ClassVar[str] = "random_translation"
    height_factor: tuple[float, ...] = option(AMOUNT, "how far down, in heights, or from where to where")
    width_factor: tuple[float, ...] = option(AMOUNT, "how far to the right, in widths, or from where to where")


@dataclass(frozen=True, kw_only=True)
class RandomZoom(Moved):
    """Makes what is seen larger or smaller at random in training; after it, the identity."""

    type: ClassVar[str] = "random_zoom"
    height_factor: tuple[float, ...] = option(AMOUNT, "how much, or from where to where")
    width_factor: tuple[float, ...] | None = option(
        Optional(AMOUNT), "the same of the width; null: as the height", None
    )


@dataclass(frozen=True, kw_only=True)
class Solarization(Colored):
    """Turns the lightest values dark at random in training; after it, the identity."""

    type: ClassVar[str] = "solarization"
    addition_factor: tuple[float, ...] = option(AMOUNT, "what is added before, or from where to where", 0)
    threshold_factor: tuple[float, ...] = option(AMOUNT, "from which value on, or from where to where", 0)


@dataclass(frozen=True, kw_only=True)
class RandomCrop(Augmentation, Spatial):
    """Cuts a part of a given size out at random in training; after it, the identity for pictures of that size."""

    type: ClassVar[str] = "random_crop"
    rank: ClassVar[int] = 2
    height: int = option(Integer(1), "height of the part")
    width: int = option(Integer(1), "width of the part")

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, _ = self.split(inputs)
        if lengths != (self.height, self.width):
            raise LayerError(
                f"{written(lengths)} is not {self.height} x {self.width}, and pictures are cropped in training only",
                hint=f"write `{{type: center_crop, height: {self.height}, width: {self.width}}}` instead: "
                "what else is done outside of training differs between versions of Keras",
            )
        return super().output_shape(inputs)
