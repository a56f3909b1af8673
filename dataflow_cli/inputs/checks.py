"""What looks wrong with an input although it can be computed: each rule a warning, never an error.

Other tools compute a confident nonsense from a picture whose values are 0..255 instead of 0..1, from black ink on white
where the network learned white on black, from data that is divided by 255 twice. Each rule looks at the samples as
stored and at the network file; the ordinary right use of neither fires any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.inputs.drawings import dark_on_bright
from dataflow_cli.inputs.facts import Facts, facts_of, warning
from dataflow_cli.inputs.preprocess import WHITE
from dataflow_cli.inputs.ranges import SMALL, normalized_twice, not_bytes, other_units, raw_values, scaled_twice
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.errors import Problem
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec

_LARGEST_DRAWING = 64
"""Pixels a side up to which a gray picture is taken for a drawing of one thing, whose border is background."""
_MOST_DRAWINGS = 256
"""Samples that are looked at for what their background is."""


def check_samples(samples: Samples, spec: InputSpec, *, rescales: bool = False) -> list[Problem]:
    """The warnings for these samples in this input, those from reading them first.

    `rescales` says that the network itself brings its input to a small range (a rescaling, normalization or batch
    normalization layer comes first), so that raw values are right.
    """
    if not samples.array.size:  # the one sample that is wanted is not there
        return [*samples.problems]
    facts = facts_of(samples.array)
    found = [rule(samples, spec, facts) for rule in RULES if not (rescales and rule is raw_values)]
    return [*samples.problems, *(problem for problem in found if problem is not None)]


def negative(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W301: most samples reach the network as dark ink on bright paper; networks for digits learn the negative."""
    gray = (spec.is_picture and spec.channels == 1) or (len(spec.shape) == 2 and samples.is_picture)
    if not gray or not 3 <= min(_size(spec)) <= max(_size(spec)) <= _LARGEST_DRAWING or facts.first is not None:
        return None
    white = WHITE if facts.maximum > SMALL or samples.is_picture else 1
    step = max(1, -(-len(samples.array) // _MOST_DRAWINGS))
    planes = samples.array[::step].reshape(-1, *_size(spec)).astype(np.float32)
    dark = dark_on_bright(white - planes if spec.invert else planes, white)
    count = int(dark.sum())
    if 2 * count <= len(planes):
        return None
    first = samples.name(samples.first + step * int(dark.argmax()))
    looks = "bright on a dark background, and `invert` turns it" if spec.invert else "dark on a bright background"
    several = f", {count} samples do" if step == 1 else f", {count} of {len(planes)} samples that were looked at do"
    return warning(
        "W301",
        f"{first} looks like {looks}" + (several if count > 1 else ""),
        f"if the network learned bright on dark, write `invert: {'false' if spec.invert else 'true'}` under input",
    )


def not_numbers(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W302: NaN or infinity."""
    if facts.first is None:
        return None
    sample, *position = facts.first
    parts = [f"{facts.nans} NaN"] if facts.nans else []
    parts += [f"{facts.infinities} infinite"] if facts.infinities else []
    return warning(
        "W302",
        f"input '{spec.name}' has {' and '.join(parts)} of {samples.array.size:,} values, the first in "
        f"{samples.name(samples.first + sample)} at {written(position) if position else '()'}",
        "every layer after it carries them on; clean the data",
    )


RULES: tuple[Callable[[Samples, InputSpec, Facts], Problem | None], ...] = (
    raw_values,
    scaled_twice,
    normalized_twice,
    other_units,
    negative,
    not_numbers,
    not_bytes,
)


def _size(spec: InputSpec) -> tuple[int, int]:
    return spec.size if spec.is_picture else (spec.shape[0], spec.shape[1])
