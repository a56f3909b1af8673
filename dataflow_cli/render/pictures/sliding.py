"""Short signals with their numbers, and a kernel where it lies on one: what a convolution in one dimension does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.model import Numbers, Plot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.render.pictures.model import Curve, Panel, Picture
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.learned_kernels import Kernel

MOST = 24
"""Numbers that stand beside each other."""
EVERY = 2
"""A kernel is shown at every other position: neighbors would hide how it moves."""
_SLACK = 1e-4


def numbered(picture: Picture, trace: Trace, kernels: Sequence[Kernel]) -> Picture:
    """The picture with the numbers of short signals over their curves.

    A kernel of one channel is shown under the numbers of what its layer takes, if sums of its products are what the
    layer puts out, but for a bias.
    """
    taps = {kernel.layer: _taps(kernel) for kernel in kernels if kernel.values.ndim == 3 and kernel.values[0].size == 1}
    rows = tuple(
        replace(row, panels=tuple(_with_numbers(panel, trace, taps) for panel in row.panels)) for row in picture.rows
    )
    return replace(picture, rows=rows)


def _taps(kernel: Kernel) -> Array:
    """The numbers (taps,) the way round that they are applied."""
    row: Array = kernel.values[:, 0, 0]
    return row[::-1] if kernel.flipped else row


def _with_numbers(panel: Panel, trace: Trace, kernels: Mapping[str, Array]) -> Panel:
    if not isinstance(panel, Plot) or any(len(curve.x) > MOST for curve in panel.curves):
        return panel
    steps = {step.name: step for step in trace.steps}
    curves = {curve.name: curve for curve in panel.curves}
    if not curves.keys() <= steps.keys():
        return panel
    numbers: list[Numbers] = []
    for index, curve in enumerate(panel.curves):
        numbers.append(Numbers(curve.name, tuple(curve.x.tolist()), tuple(map(_written, curve.y.tolist())), index))
        for name, after in curves.items():
            if steps[name].inputs == (curve.name,) and name in kernels:
                numbers += _slid(kernels[name], curve, after)
    return replace(panel, numbers=tuple(numbers))


def _slid(kernel: Array, before: Curve, after: Curve) -> Iterator[Numbers]:
    """The kernel at every other position that lies whole on the signal, in as many lines as keep them apart."""
    starts = _starts(kernel, before, after)
    lines: list[list[int]] = []
    for start in starts[::EVERY]:
        line = next((one for one in lines if one[-1] + len(kernel) <= start), None)
        if line is None:
            lines.append([start])
        else:
            line.append(start)
    for number, line in enumerate(lines):
        places = tuple(float(start + tap) for start in line for tap in range(len(kernel)))
        texts = tuple(map(_written, kernel.tolist())) * len(line)
        yield Numbers("kernel" if number == 0 else "", places, texts)


def _starts(kernel: Array, before: Curve, after: Curve) -> list[int]:
    """Where the whole windows begin; none if the layer does something else than adding up products."""
    taps, length = len(kernel), len(before.x)
    if not np.array_equal(before.x, np.arange(length)):
        return []
    starts = np.rint(after.x - (taps - 1) / 2).astype(np.int64)
    whole = (starts >= 0) & (starts + taps <= length)
    starts = starts[whole]
    if not len(starts):
        return []
    windows = before.y[starts[:, np.newaxis] + np.arange(taps)]
    with np.errstate(all="ignore"):
        bias = after.y[whole] - windows @ kernel
        far = float(np.ptp(bias)) > _SLACK * (1 + float(np.abs(after.y).max()))
    return [] if far or not np.isfinite(bias).all() else starts.tolist()


def _written(value: float) -> str:
    return f"{value:.4g}"
