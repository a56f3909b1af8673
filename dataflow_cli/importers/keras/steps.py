"""TimeDistributed(model): a block of the model's layers, each of which goes along the steps by itself.

That is the same where a layer takes one tensor, or merges tensors number by number; no mask may be made or used on the
way, since each layer would hand on what another one drops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.masks import makes_mask
from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Layer = Mapping[str, Any]

WRAPPER = "TimeDistributed"
_JOINED = "concatenate"
_HINT = "save the inner model by itself with Keras 3, whose files say all shapes, and import that"
_ALONG = f"in a model that {WRAPPER} goes along with, "


def layer_in(layer: Layer) -> Layer | None:
    """The layer, or model, that a TimeDistributed goes along with; None if this is another layer."""
    config = layer.get("config")
    inner = config.get("layer") if isinstance(config, dict) and layer.get("class_name") == WRAPPER else None
    return inner if isinstance(inner, dict) else None


def has_masks(model: Layer) -> bool:
    """Whether any layer of a model, however deep, makes a mask."""
    return any(makes_mask(each) for each in _mappings(model))


def by_step(
    layer: Layer, kind: str, fields: Mapping[str, Any], count: int, *, masks: bool
) -> tuple[str, Mapping[str, Any]]:
    """What a layer that takes `count` tensors is along the steps: kind and fields. Raises FieldError if it is nothing.

    `masks`: whether there are masks in the whole model.
    """
    if masks and (KINDS[kind].uses_masks or makes_mask(layer)):
        raise FieldError(f"{_ALONG}it would take or make a mask, which dftrace does not follow through the steps")
    if count == 1:
        return "time_distributed", {"layer": {"type": kind, **fields}}
    if kind == _JOINED:
        axis = fields.get("axis", -1)
        return kind, {**fields, "axis": axis + 1 if isinstance(axis, int) and axis > 0 else axis}
    if not KINDS[kind].element_by_element:
        raise FieldError(f"{_ALONG}it takes several tensors, and dftrace goes along steps with one", hint=_HINT)
    if not all(map(_alike, layer.get("inbound_nodes") or [None])):
        raise FieldError(f"{_ALONG}it takes tensors of unequal rank, or whose shapes the file does not say", hint=_HINT)
    return kind, fields


def _alike(node: Any) -> bool:
    """Whether the file says that all tensors of a call have as many axes: then they meet along the steps as in one."""
    said = [each.get("config") for each in _mappings(node) if each.get("class_name") == "__keras_tensor__"]
    shapes = [one.get("shape") if isinstance(one, dict) else None for one in said]
    return len({len(each) if isinstance(each, list) else None for each in shapes} - {None}) == 1 and None not in shapes


def _mappings(value: Any) -> Iterator[Layer]:
    """All mappings in a config."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
