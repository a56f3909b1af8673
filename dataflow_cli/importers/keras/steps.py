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
    from collections.abc import Iterator, Mapping, Sequence

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
    layer: Layer, kind: str, fields: Mapping[str, Any], ranks: Sequence[int | None], *, masks: bool
) -> tuple[str, Mapping[str, Any]]:
    """What a layer is along the steps: kind and fields. Raises FieldError if it is nothing.

    `ranks`: how many axes each of the tensors has that it takes, None where that is not known. `masks`: whether there
    are masks in the whole model.
    """
    if masks and (KINDS[kind].uses_masks or makes_mask(layer)):
        raise FieldError(f"{_ALONG}it would take or make a mask, which dftrace does not follow through the steps")
    if len(ranks) == 1:
        return "time_distributed", {"layer": {"type": kind, **fields}}
    if kind == _JOINED:
        axis = fields.get("axis", -1)
        return kind, {**fields, "axis": axis + 1 if isinstance(axis, int) and axis > 0 else axis}
    if not KINDS[kind].element_by_element:
        raise FieldError(f"{_ALONG}it takes several tensors, and dftrace goes along steps with one", hint=_HINT)
    known = None not in ranks and len(set(ranks)) == 1
    if not known and not all(map(_alike, layer.get("inbound_nodes") or [None])):
        raise FieldError(f"{_ALONG}it takes tensors of unequal rank, or whose shapes the file does not say", hint=_HINT)
    return kind, fields


def check_constants(ranks: Sequence[int | None], depth: int, constants: Sequence[int]) -> None:
    """Raise FieldError unless constants of so many axes meet tensors, `depth` of whose axes are steps, in each step."""
    own = None if None in ranks or len(set(ranks)) != 1 else ranks[0]
    if own is None or any(rank > own - depth for rank in constants):
        raise FieldError(f"{_ALONG}it takes numbers that have more axes than a step, or tensors of unequal rank")


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
