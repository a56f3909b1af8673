"""How a score that is a sum of tanh came about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.explained import pair
from dataflow_cli.layers.explaining.explanation import Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.attention.one_head import OneHead
    from dataflow_cli.shapes import Parameters, Shape


def score(layer: OneHead, at: Shape, found: Look, parameters: Parameters) -> Explanation:
    """Each number of the query and the key with the tanh of their sum, times its coefficient."""
    head, _, key = at
    together = layer.inner(parameters) * (found.query[head] + found.keys[head, key]).astype(np.float64)
    outer = layer.outer(len(together), parameters)
    with np.errstate(all="ignore"):
        terms = np.tanh(together) * outer
        asks, answers = pair(layer, at, found, terms, (terms, terms))
        columns = (("the key's", answers.values), ("tanh(sum)", np.tanh(together)))
        asks = replace(
            asks, coefficients=outer, coefficient_name="scale", columns=columns, term_name="tanh(sum) · scale"
        )
        return Explanation(at, float(found.scores[head, key]), (), (asks, answers))
