"""Layers that Keras makes of others: `attention/query_dense/kernel` is `attention/query_kernel` here."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

_CELL = re.compile(r"cell|(simple_rnn|lstm|gru|conv_lstm)_cell(_[0-9]+)?")
_ATTENTION = (
    {"query": "query_", "key": "key_", "value": "value_", "attention_output": "output_"},
    {"query_dense": "query_", "key_dense": "key_", "value_dense": "value_", "output_dense": "output_"},
)
_GATES = {"gate": "gate_", "gate_dense": "gate_"}
"""What stands beside them where there is a gate."""
_DIRECTIONS = ("forward_", "backward_")


def of_whole_layers(names: Sequence[str]) -> list[str]:
    """The names of all arrays, with what stands for a part of a layer made a part of the parameter's name."""
    below: dict[str, set[str]] = defaultdict(set)
    for name in names:
        parts = name.split("/")
        for depth in range(1, len(parts) - 1):
            below["/".join(parts[:depth])].add(parts[depth])
    return [_flat(name.split("/"), below) for name in names]


def _flat(parts: Sequence[str], below: Mapping[str, AbstractSet[str]]) -> str:
    kept, before = list(parts[:1]), ""
    for depth in range(1, len(parts) - 1):
        word = _part(parts[depth], below["/".join(parts[:depth])])
        if word is None:
            kept.append(parts[depth])
        else:
            before += word
    return "/".join([*kept, before + parts[-1]]) if len(parts) > 1 else parts[0]


def _part(name: str, beside: AbstractSet[str]) -> str | None:
    """What the parameters of a part of a layer begin with; None for a layer in a model."""
    if _CELL.fullmatch(name):
        return ""
    for table in _ATTENTION:
        if beside >= table.keys():
            return (table | _GATES).get(name)
    directions = {each for each in beside if each.startswith(_DIRECTIONS)}
    if len(beside) == 2 and len({each.partition("_")[0] for each in directions}) == 2:
        return f"{name.partition('_')[0]}_"
    return None
