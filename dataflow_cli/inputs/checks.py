"""What looks wrong with an input although it can be computed: each rule a warning, never an error.

Other tools compute a confident nonsense from a picture whose values are 0..255 instead of 0..1, from black ink on white
where the network learned white on black, from data that is divided by 255 twice. Each rule looks at the samples as
stored and at the network file; the ordinary right use of neither fires any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import Problem
from dataflow_cli.inputs.preprocess import WHITE, is_integer
from dataflow_cli.layers.base import written
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.spec.model import InputSpec

    Array = NDArray[Any]

_CHUNK = 1024
"""Samples that are looked at together."""
_LARGEST_DRAWING = 64
"""Pixels a side up to which a gray picture is taken for a drawing of one thing, whose border is background."""
_SMALL = 2
"""Values up to this one are no raw 0..255 values."""


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of the values; figures are of the finite ones."""

    minimum: float
    maximum: float
    integral: bool
    nans: int
    infinities: int
    first: tuple[int, ...] | None
    """Sample and position of the first NaN or infinity."""


def check_samples(samples: Samples, spec: InputSpec, *, rescales: bool = False) -> list[Problem]:
    """The warnings for these samples in this input, those from reading them first.

    `rescales` says that the network itself brings its input to a small range (a rescaling, normalization or batch
    normalization layer comes first), so that raw values are right.
    """
    facts = facts_of(samples.array)
    found = [rule(samples, spec, facts) for rule in RULES if not (rescales and rule is raw_values)]
    return [*samples.problems, *(problem for problem in found if problem is not None)]


def facts_of(array: Array) -> Facts:
    """Looks at every value once, a few samples at a time."""
    low, high = np.inf, -np.inf
    integral, nans, infinities = True, 0, 0
    first: tuple[int, ...] | None = None
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK]
        if part.dtype.kind == "f":
            finite = np.isfinite(part)
            if not finite.all():
                sample, *position = (int(at) for at in np.argwhere(~finite)[0])
                first = first or (start + sample, *position)
                missing = int(np.isnan(part).sum())
                nans, infinities = nans + missing, infinities + int(finite.size - finite.sum()) - missing
                part = part[finite]
            integral = integral and bool((part == np.round(part)).all())
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    return Facts(low, high, integral, nans, infinities, first)


def raw_values(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W300: values 0..255 of a picture, and a network file that does nothing about them."""
    touched = spec.scale is not None or spec.mean is not None or spec.std is not None
    if touched or is_integer(spec) or not _are_bytes(samples, spec, facts):
        return None
    return _warning(
        "W300",
        f"input '{spec.name}' gets raw values from {facts.minimum:g} to {facts.maximum:g}",
        "write `scale: 1/255` under input if the network learned from 0..1, or `scale: 1` if it learned from these",
    )


def _are_bytes(samples: Samples, spec: InputSpec, facts: Facts) -> bool:
    """Whether the values look like a picture's 0..255. Small integers in an array may be anything."""
    if samples.is_picture:
        return facts.maximum > _SMALL
    picture = spec.is_picture or samples.array.dtype == np.uint8
    return picture and facts.integral and facts.minimum >= 0 and WHITE / 2 < facts.maximum <= WHITE


def scaled_twice(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W305: values that are already 0..1, and a network file that divides by 255 (or inverts as 255 - x)."""
    shrinks = spec.scale is not None and abs(float(spec.scale)) <= 1 / 32
    if samples.is_picture or not (shrinks or spec.invert) or not -1 <= facts.minimum <= facts.maximum <= 1:
        return None
    if facts.minimum == facts.maximum == 0 or samples.array.dtype == np.uint8:
        return None
    written_as = "`invert`, which is 255 - x" if not shrinks else f"`scale: {spec.scale}`"
    return _warning(
        "W305",
        f"input '{spec.name}' gets values from {facts.minimum:g} to {facts.maximum:g}, and {written_as} takes 0..255",
        "multiply the data by 255, or take that line out of the network file",
    )


def negative(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W301: most samples look like dark ink on bright paper; networks for digits and the like learn the negative."""
    gray = (spec.is_picture and spec.channels == 1) or (len(spec.shape) == 2 and samples.is_picture)
    if not gray or not 3 <= min(_size(spec)) <= max(_size(spec)) <= _LARGEST_DRAWING or facts.first is not None:
        return None
    white = WHITE if facts.maximum > _SMALL or samples.is_picture else 1
    planes = samples.array[:_CHUNK].reshape(-1, *_size(spec)).astype(np.float32)
    dark = dark_on_bright(white - planes if spec.invert else planes, white)
    if not len(planes) or 2 * dark.sum() <= len(planes):
        return None
    first = samples.name(int(dark.argmax()))
    return _warning(
        "W301",
        f"{first} looks like dark on a bright background" + (f", {dark.sum()} samples do" if dark.sum() > 1 else ""),
        f"if the network learned bright on dark, write `invert: {'false' if spec.invert else 'true'}` under input",
    )


def dark_on_bright(planes: Array, white: float) -> Array:
    """For each gray picture (N, height, width) whether it is a dark drawing on an even, bright background.

    Its border must be bright (median above the middle of 0..white) and even (nine tenths of it within a tenth of the
    range), and something in it at least half the range darker.
    """
    border = np.concatenate([planes[:, 0], planes[:, -1], planes[:, 1:-1, 0], planes[:, 1:-1, -1]], axis=1)
    paper = _medians(border)
    even = (np.abs(border - paper[:, np.newaxis]) <= white / 10).mean(axis=1) >= 0.9
    darkest = planes.min(axis=(1, 2))
    result: Array = (paper > white / 2) & even & (paper - darkest >= white / 2)
    return result


def _medians(rows: Array) -> Array:
    """The median of each row. NumPy's own loads masked arrays, which takes longer than running a small network."""
    ordered, last = np.sort(rows, axis=1), rows.shape[1] - 1
    result: Array = (ordered[:, last // 2] + ordered[:, (last + 1) // 2]) / 2
    return result


def not_numbers(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W302: NaN or infinity."""
    if facts.first is None:
        return None
    sample, *position = facts.first
    parts = [f"{facts.nans} NaN"] if facts.nans else []
    parts += [f"{facts.infinities} infinite"] if facts.infinities else []
    return _warning(
        "W302",
        f"input '{spec.name}' has {' and '.join(parts)} of {samples.array.size:,} values, the first in "
        f"{samples.name(sample)} at {written(position) if position else '()'}",
        "every layer after it carries them on; clean the data",
    )


def not_bytes(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W303: integers outside 0..255 where a picture is expected: 16-bit values, or bytes read as signed."""
    integers = samples.array.dtype.kind in "iu"
    if not integers or is_integer(spec) or not spec.is_picture or (facts.minimum >= 0 and facts.maximum <= WHITE):
        return None
    return _warning(
        "W303",
        f"input '{spec.name}' gets integers from {facts.minimum:g} to {facts.maximum:g}, a picture has 0..255",
        "convert the data to values 0..255, or to floating-point numbers if they are meant as they are",
    )


RULES: tuple[Callable[[Samples, InputSpec, Facts], Problem | None], ...] = (
    raw_values,
    scaled_twice,
    negative,
    not_numbers,
    not_bytes,
)


def _size(spec: InputSpec) -> tuple[int, int]:
    return spec.size if spec.is_picture else (spec.shape[0], spec.shape[1])


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code, message, hint, severity="warning")
