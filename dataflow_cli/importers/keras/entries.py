"""What an entry of a config says by itself, a layer's or a model's; anything may stand in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Layer = Mapping[str, Any]


def settings_of(layer: Layer) -> Mapping[str, Any]:
    """What it is made with; nothing where that is none."""
    config = layer.get("config")
    return config if isinstance(config, dict) else {}


def layers_of(model: Layer) -> list[Layer]:
    """The layers of a model, or of a bare list as Keras 2.0 wrote it; none of what is no model."""
    config = model.get("config")
    layers = config if isinstance(config, list) else settings_of(model).get("layers")
    return [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []


def name_of(layer: Layer) -> str:
    """What a layer is called."""
    return str(layer.get("name") or settings_of(layer).get("name") or "")


def wrapped(layer: Layer) -> Layer | None:
    """The layer that another does with each step; None if there is none."""
    config = settings_of(layer)
    inner = None if "merge_mode" in config else config.get("layer")
    return inner if isinstance(inner, dict) else None


def wraps(layer: Layer) -> bool:
    """Whether a layer does with each step what another does."""
    return wrapped(layer) is not None


def model_or(layer: Layer) -> Layer:
    """The model that a layer wraps; any other layer itself."""
    inner = wrapped(layer)
    return inner if inner is not None and layers_of(inner) else layer
