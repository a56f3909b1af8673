"""What looks wrong with an input although it can be computed: each rule a warning, never an error.

Other tools compute a confident nonsense from a picture whose values are 0..255 instead of 0..1, from black ink on white
where the network learned white on black, from data that is divided by 255 twice. Each rule looks at the samples as
stored and at the network file; the ordinary right use of neither fires any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.inputs.backgrounds import negative
from dataflow_cli.inputs.facts import Facts, facts_of, warning
from dataflow_cli.inputs.ranges import normalized_twice, not_bytes, other_units, raw_values, scaled_twice
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.errors import Problem
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec


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
