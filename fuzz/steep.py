"""Kinds of layers that make NaN or much of little by right: what the oracles must know of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.layers.arithmetic.functions import (
    Cast,
    Ceil,
    Cos,
    Exp,
    Floor,
    Log,
    Reciprocal,
    Round,
    Sign,
    Sin,
    Sqrt,
)
from dataflow_cli.layers.arithmetic.ranking import Place, TopK
from dataflow_cli.layers.arithmetic.reduce import ReduceProduct
from dataflow_cli.layers.arithmetic.trigonometric import ArcCos, ArcCosh, ArcSin, ArcTanh, Cosh, Sinh, Tan
from dataflow_cli.layers.features.discretization import Discretization
from dataflow_cli.layers.merging.comparing import Comparison, Where
from dataflow_cli.layers.merging.quotient import Divide, Mod, Power
from dataflow_cli.layers.normalization.lrn import LRN
from dataflow_cli.layers.pooling.lp_pooling import LpPooling

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from fuzz.oracles import Run

PARTIAL = (Sqrt, Log, Power)
"""Kinds that have no number for negative ones."""
WITHIN_ONE = (ArcSin, ArcCos, ArcTanh)
"""Kinds that have numbers for those from -1 to 1 alone."""
STEPS = 2
"""Of whole numbers: the zero point that a range gives, and what is counted from there."""
STEEP = (
    *(
        Exp,
        Log,
        Power,
        Divide,
        Mod,
        Reciprocal,
        Sin,
        Cos,
        Floor,
        Ceil,
        Round,
        Sign,
        Cast,
        Comparison,
        Where,
        ReduceProduct,
    ),
    *(LpPooling, Place, TopK, Discretization),
    *(Tan, Sinh, Cosh, ArcSin, ArcCos, ArcTanh, ArcCosh),
)
"""Kinds that make much of a small difference."""
_HUGE = 1e30
"""A state that got so large overflows in the steps that follow, where nothing bounds it."""


def core(layer: Layer) -> Layer:
    """The layer, or the one within that is applied to every step."""
    inner = getattr(layer, "layer", None)
    return layer if inner is None else core(inner)


def may_be_nan(run: Run, name: str) -> bool:
    """Whether a layer divides by what can be zero, a spread that nothing is added to, got a number that its function
    has nothing for, or has a state that grew from step to step beyond all numbers.
    """
    node = run.network.node(name)
    layer = core(node.layer)
    if layer.is_recurrent:
        return _overflows(run, name)
    if not isinstance(layer, (*PARTIAL, *WITHIN_ONE, ArcCosh, Divide, Mod, LRN)):
        return getattr(layer, "epsilon", 1) == 0
    nans, (first, *others) = _side_by_side([run.trace.value(one) for one in (name, *node.inputs)])
    if isinstance(layer, Divide):
        known = (others[0] == 0) | (np.isinf(first) & np.isinf(others[0]))
    elif isinstance(layer, Mod):
        known = (others[0] == 0) | np.isinf(first)
    elif isinstance(layer, LRN):
        known = (first == 0) & (layer.k == 0)
    elif isinstance(layer, WITHIN_ONE):
        known = abs(first) > 1
    elif isinstance(layer, ArcCosh):
        known = first < 1
    else:
        known = first < 0
    if getattr(layer, "activation", None) is not None:  # which may make NaN of infinity, and of what is beside it
        known = known.any(axis=tuple(range(1, known.ndim)), keepdims=True)
    return not (np.isnan(nans) & ~known).any()


def _side_by_side(tensors: list[Any]) -> tuple[Any, list[Any]]:
    """The first tensor, and the others with as many axes, of length 1 in front: what they broadcast to."""
    first, *others = tensors
    return first, [x.reshape(len(x), *(1,) * (first.ndim - x.ndim), *x.shape[1:]) for x in others]


def _overflows(run: Run, name: str) -> bool:
    """Whether what comes out after some of the steps, from either end, in float64, is huge."""
    node = run.network.node(name)
    own = run.trace.origin[1].of(name) if run.trace.origin else {}
    weights = {key: value.astype(np.float64) for key, value in own.items()}
    sequence, *others = (run.trace.value(one).astype(np.float64) for one in node.inputs)
    with np.errstate(all="ignore"):
        for count in range(1, sequence.shape[1] + 1):
            for part in (slice(None, count), slice(-count, None)):
                given = [x[:, part] if x.shape[1:2] == sequence.shape[1:2] else x for x in others]
                found = node.layer([sequence[:, part], *given], weights)
                if np.abs(found[np.isfinite(found)]).max(initial=0) > _HUGE:
                    return True
    return False
