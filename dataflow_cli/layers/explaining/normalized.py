"""How batch and layer normalization explain a value: (x - mean) / sqrt(variance + epsilon) · gamma + beta."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.blocks import averaged
from dataflow_cli.layers.explaining.explanation import NOTHING, Block, Explanation, Use
from dataflow_cli.layers.explaining.starting import from_blocks
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.shapes import Arrays, Parameters, Shape


def uses(parameters: Parameters, names: tuple[str, ...], at: Shape) -> dict[str, Use]:
    """The numbers of those parameters that the layer has."""
    return {name: Use(name, at, float(parameters[name][at])) for name in names if name in parameters}


def standardized(
    start: Explanation, x: float, mean: float, variance: float, epsilon: float, *, value: float | None = None
) -> Explanation:
    """The value shifted by the mean and divided by the standard deviation: `value`, if the variance is not to be had
    as a number.
    """
    if value is None:
        with np.errstate(all="ignore"):
            value = float(np.float64(x - mean) / np.sqrt(np.float64(variance + epsilon)))
    return start.then("normalized", "({} - {}) / sqrt({} + {})", (x, mean, variance, epsilon), value)


def spread(group: Taken, mean: float, at: Shape) -> Block:
    """The numbers that are normalized together, with their squared deviations; the subtotal is the variance.

    The element itself carries the value; the others have a part in mean and variance only, unless one of them is NaN
    or infinite, which makes all of them NaN.
    """
    block = averaged("what is normalized together", group, "row")
    terms = np.square(group.values - mean)
    itself = (group.places == np.array(at)).all(axis=-1)
    lost = ~np.isfinite(group.values)
    return replace(
        block,
        terms=terms,
        subtotal=float(terms.mean()),
        contributions=np.where(lost, group.values, 0.0) if lost.any() else itself.astype(np.float64),
        term_name="squared deviation",
    )


def centred(at: Shape, inputs: Arrays, group: Taken, epsilon: float, value: float) -> Explanation:
    """The first input's element among those that it is normalized with, up to `value`, before gamma and beta."""
    x = float(inputs[0][0][at])
    mean = float(group.values.mean())
    block = spread(group, mean, at)
    start = from_blocks(at, inputs, [block], x)
    start = start.then(f"mean of {block.count}", f"{{}} / {block.count}", (group.values.sum(),), mean)
    start = start.then("variance", f"{{}} / {block.count}", (block.terms.sum(),), block.subtotal)
    return standardized(start, x, mean, block.subtotal, epsilon, value=value)


def unless_fixed(result: Explanation, learned: Mapping[str, Use], epsilon: float) -> Explanation:
    """The result, cut off where no small change of the input can show."""
    if "gamma" in learned and learned["gamma"].value == 0:
        return result.cut_off("gamma is 0: the input plays no part.")
    count = result.blocks[0].count
    stiff = count == 1 or (count == 2 and epsilon == 0)  # two numbers always become -1 and 1
    return result.cut_off("So few numbers always give the same: only their order counts.") if stiff else result


def squares(group: Taken, at: Shape) -> Block:
    """The numbers whose squares measure how large they are together; the subtotal is their mean."""
    block = replace(spread(group, 0.0, at), name="what is measured together", term_name="square")
    itself = (group.places == np.array(at)).all(axis=-1)
    if group.values[itself].any():
        return block
    return replace(block, roles=np.where(itself, block.roles, NOTHING).astype(np.int8))  # 0 stays 0


def rescaled(start: Explanation, learned: Mapping[str, Use]) -> Explanation:
    """The value times gamma plus beta, those of them that there are."""
    if "gamma" in learned:
        gamma = learned["gamma"]
        start = start.then(
            f"times {_name(gamma)}", "{} · {}", (start.total, gamma.value), start.total * gamma.value, gamma
        )
    if "beta" in learned:
        beta = learned["beta"]
        start = start.then(f"plus {_name(beta)}", "{} + {}", (start.total, beta.value), start.total + beta.value, beta)
    return start


def split(result: Explanation, slope: float, x: float) -> Explanation:
    """The result as slope · x + shift: what the element carries, and what is added to it."""
    (block, *others) = result.blocks
    product = slope * x if math.isfinite(slope) or not math.isfinite(x) else 0.0  # else the parameters are to blame
    carried = np.where(block.contributions != 0, product, 0.0)
    shift = result.total - product if math.isfinite(product) else 0.0
    return replace(result, blocks=(replace(block, contributions=carried), *others), offset=shift)


def _name(use: Use) -> str:
    return f"{use.parameter}[{', '.join(map(str, use.at))}]"
