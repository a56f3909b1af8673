"""How pictures become inputs, by the name of a preset: what model files of other tools do not say.

| preset | the picture | its values | the order of channels |
|---|---|---|---|
| torchvision | resized, bilinear, so that its shorter side is 8/7 of the network's longer one; the middle | 0..1, less the mean of ImageNet, by its deviation | red, green, blue |
| keras-caffe | resized, nearest | 0..255, less the mean of ImageNet | blue, green, red |
| keras-tf | resized, nearest | -1..1 | red, green, blue |
| unit | as it is | 0..1 | red, green, blue |

torchvision is what its ImageNet models were trained for (`Resize(256)`, `CenterCrop(224)`, `Normalize`); keras-caffe and
keras-tf are the modes `caffe` and `tf` of `keras.applications.imagenet_utils.preprocess_input` behind
`keras.utils.load_img(target_size=...)`, which resizes to the nearest pixel.
"""  # noqa: E501  a table

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.netfile.input_fields import COLORS
from dataflow_cli.netfile.model import Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.netfile.model import InputSpec

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "torchvision": {
        "resize": "bilinear",
        "scale": Ratio(1, 255),
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
    },
    "keras-caffe": {"resize": "nearest", "channel_order": "bgr", "mean": (103.939, 116.779, 123.68)},
    "keras-tf": {"resize": "nearest", "scale": Ratio(2, 255), "mean": (1.0,)},
    "unit": {"scale": Ratio(1, 255)},
}
"""By name, the fields of an input; those of torchvision that depend on the network's size beside."""

NOT_STATED = "nothing says how a picture becomes input '{}' of this model: its scale, mean and order of channels"


def fields_of(preset: str, spec: InputSpec) -> dict[str, Any]:
    """The fields of an input that a preset says."""
    fields = dict(PRESETS[preset])
    if preset == "torchvision" and spec.is_picture:
        fields["shorter_side"] = round(max(spec.size) * 8 / 7)
    return fields


def fits(preset: str, channels: int) -> bool:
    """Whether a preset is for pictures of so many channels."""
    fields = PRESETS[preset]
    colored = "channel_order" in fields or len(fields.get("mean", ())) > 1
    return channels == COLORS or not colored


def how_to_state(channels: int) -> str:
    """What to write for a model that does not say how it takes pictures."""
    names = [preset for preset in PRESETS if fits(preset, channels)]
    return (
        f"say how it learned: --preprocess {'|'.join(names)}, or --input-scale, --input-mean, --input-std and "
        "--channel-order; --input-scale 1 if it takes 0..255 as they are"
    )


__all__ = ["NOT_STATED", "PRESETS", "fields_of", "fits", "how_to_state"]
