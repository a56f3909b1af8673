"""What a layer is called with beside its first tensors: fields of ours, or further inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.inbound import STATES
from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = frozenset(("training", "return_attention_scores"))
_TENSORS = ("value", "key")
_ATTENTION_MASK = "attention_mask"


def arguments(
    kind: str, fields: dict[str, Any], named: Mapping[str, str], others: Mapping[str, Any]
) -> tuple[list[str], str]:
    """The inputs that are given by name, in our order, and the mask; arguments that are fields of ours are entered.

    Raises FieldError for arguments that change what a layer does and have no place.
    """
    options = KINDS[kind].options()
    for name, value in others.items():
        if name in options and not isinstance(value, dict):
            fields[name] = value
        elif name not in _NOTHING and value not in (None, False):
            raise FieldError(f"it is called with `{name}`, which dftrace has no place for")
    left = dict(named)
    inputs = [left.pop(name) for name in _TENSORS if name in left]
    inputs += [left.pop(name) for name in named if name.startswith(STATES)]
    if _ATTENTION_MASK in left and _ATTENTION_MASK in options:
        inputs.append(left.pop(_ATTENTION_MASK))
        fields[_ATTENTION_MASK] = "boolean"
    mask = left.pop("mask", "")
    if left:
        raise FieldError(f"it is called with a tensor as `{next(iter(left))}`, which dftrace has no place for")
    return inputs, mask
