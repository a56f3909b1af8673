"""Which queries and keys count: those that are not padding, by what masks say whatever the places are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.shapes import Array

_HIDDEN = 1000.0
"""A score that is so much below the others has an exponential of 0 in every type."""


def counting(visible: Visible, queries: int, keys: int, *, alike: bool) -> dict[str, Array]:
    """Booleans of the places of `query` and `key`: the queries that see any key, and the keys that any query sees.

    Where both are of one tensor (`alike`), a place whose key does not count is padding, whatever its own query sees.
    """
    seen = _met(visible)
    of_queries = np.broadcast_to(seen.any(axis=(0, 1, 3)), (queries,))
    of_keys = np.broadcast_to(seen.any(axis=(0, 1, 2)), (keys,))
    return {"query": of_queries & of_keys if alike and queries == keys else of_queries, "key": of_keys}


def _met(visible: Visible) -> Array:
    """Which keys queries see by masks alone: booleans (samples, heads, queries, keys), each of them or 1."""
    seen = np.ones((1, 1, 1, 1), bool) if visible.allowed is None else visible.allowed
    if visible.added is None:
        return seen
    largest = visible.added.max(axis=-1, keepdims=True)
    near: Array = visible.added > np.where(np.isfinite(largest), largest, 0) - _HIDDEN
    return seen & near
