"""A finished account of one element: the layer's explanation with the names, values and places of the whole network."""

from __future__ import annotations

import math
from dataclasses import field
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.lazy import imported, np
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import LARGEST, computed_in

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.prediction import Prediction
    from dataflow_cli.trace.unsound import Unsound

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""How far the account may be from the run, as a part of the sum of absolute contributions."""
STEPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""A step of the types of half precision, as a part of the number: what lies beside a tie becomes either neighbour."""
HEADROOM = 1e-4
"""The part of a type's largest number beyond which a method's own intermediate results may be too large for it."""


@dataclass(frozen=True)
class Region:
    """The receptive field in one input of the network: on every spatial axis the first and last place that is seen."""

    input: str
    axes: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] | None
    """None: all of the input."""
    values: Array | None = field(default=None, compare=False)
    """What went in, over its channels on average, if it is still there."""


@dataclass(frozen=True, eq=False)
class Operand:
    """One input of the layer, for one sample."""

    name: str
    axes: tuple[str, ...]
    values: Array


@dataclass(frozen=True)
class Setting:
    """What was run: shared by every account of a run."""

    network: str
    file: str
    weights: str
    dtype: str
    source: str = ""
    """Where the sample is from: `7.png`, or `digits.npy[3]`."""
    sample: int = 0
    tokens: tuple[str, ...] = ()
    """What stands at the places of the input, if it is a text."""


@dataclass(frozen=True)
class Subject:
    """The tensor that is explained: what a layer puts out, or works out on the way. The shape is of one sample."""

    name: str
    type: str
    output_shape: Shape
    meaning: str = ""
    """What its numbers are: `distribution`, `probability`, `log-probability` or nothing."""
    inner: str = ""
    """Its name within the layer, if the layer works it out on the way."""
    is_input: bool = False
    """Whether it is an input of the network."""


@dataclass(frozen=True, eq=False)
class Account:
    """How one element of a layer's output came about in one run; it prints as text, and as Markdown in a notebook."""

    setting: Setting
    subject: Subject
    axes: tuple[str, ...]
    value: float
    """What the run gave."""
    explanation: Explanation
    operands: tuple[Operand, ...]
    regions: tuple[Region, ...]
    labels: tuple[str, ...] = ()
    """Class names of the output's elements."""
    answer: Prediction | None = None
    """What the network says, if the element is one of its output."""
    unsound: Unsound | None = None
    """Where NaN or infinities come from, if the element is one."""

    def __repr__(self) -> str:
        return f"<Account of {self.subject.name!r} at {list(self.at)}: {self.value!r}>"

    def __str__(self) -> str:
        text: str = imported("dataflow_cli.render.shown.account_text")(self, "text")
        return text

    def _repr_markdown_(self) -> str:
        text: str = imported("dataflow_cli.render.shown.account_text")(self, "markdown")
        return text

    @property
    def at(self) -> Shape:
        return self.explanation.at

    @property
    def difference(self) -> float:
        """The run's value minus the account's total: what rounding to the run's type leaves."""
        return self.value - self.explanation.total

    @property
    def agrees(self) -> bool:
        """Whether the account arrives at the run's value, up to rounding (or both are NaN or the same infinity)."""
        total, value = self.explanation.total, self.value
        if _rounded(total, self.setting.dtype) == value or (math.isnan(total) and math.isnan(value)):
            return True
        scale = max(self.explanation.magnitude, abs(total))
        allowed = TOLERANCE[computed_in(self.setting.dtype)] * scale + STEPS.get(self.setting.dtype, 0.0) * abs(value)
        return math.isfinite(value) and abs(self.difference) <= allowed

    @property
    def outgrown(self) -> bool:
        """Whether the run's value is NaN or infinite because numbers on the way are too large for its type."""
        largest = LARGEST[self.setting.dtype]
        return not math.isfinite(self.value) and not self.agrees and self.explanation.magnitude > largest * HEADROOM

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say where the run's value is not the account's total."""
        total, value, dtype = self.explanation.total, self.value, self.setting.dtype
        if total != value and math.isfinite(total) and _rounded(total, dtype) == value in (0, math.inf, -math.inf):
            size = "large" if value else "small"
            return (f"{total:.3g} is too {size} for {dtype}: there it is {value:g}, as `run` shows",)
        if self.outgrown:
            return (f"numbers on the way are too large for {dtype}: there it is {value}, as `run` shows",)
        return () if self.agrees else (f"the run gave {value!r}, this account {total!r}: more than rounding",)


def _rounded(number: float, dtype: str) -> float:
    """A number as a type holds it."""
    if dtype in STEPS:
        return float(kernels.activations.as_stored(np.array([number], np.float64), dtype)[0])
    with np.errstate(all="ignore"):
        return float(np.float64(number).astype(dtype))


def stored(explanation: Explanation, dtype: str) -> Explanation:
    """The explanation led on to the number that a type of half precision holds."""
    total = explanation.total
    rounded = _rounded(total, dtype)
    return explanation if rounded == total else explanation.then(f"stored as {dtype}", "{}", (total,), rounded)


@dataclass(frozen=True, eq=False)
class VectorAccount:
    """A whole dense layer of one axis in the column form of textbooks: a = f(W x + b)."""

    setting: Setting
    subject: Subject
    number: int
    """How many dense layers stand before it: the number of its W, b and a."""
    matrix: Array
    """W (units, inputs): the transpose of the kernel."""
    operand: Operand
    bias: Array | None
    sums: Array
    values: Array
    activation: str
    answer: Prediction | None = None


@dataclass(frozen=True)
class Reached:
    """One element on the way back, with the share of the value that comes through it."""

    at: Shape
    value: float
    share: float


@dataclass(frozen=True)
class AttributionStage:
    """The elements of one step that carry most."""

    step: str
    type: str
    axes: tuple[str, ...]
    shape: Shape
    reached: tuple[Reached, ...]
    elements: int
    """How many elements of the step carry anything of the value along the ways that are followed."""
    is_input: bool = False
    """Whether it is an input of the network, where ways end."""

    @property
    def share(self) -> float:
        """What all that is shown of this step carries together."""
        return sum(one.share for one in self.reached)


@dataclass(frozen=True)
class Origin:
    """An element on the way back that is NaN or infinite, and what it came from is not, or is no element."""

    step: str
    type: str
    at: Shape
    value: float
    of: str
    """Of what it was made, as `trace/unsound.py` says it."""
    sources: tuple[tuple[str, Shape, float], ...] = ()
    """What it was made of: step, place and value of those that carry most."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """From an element back to the input: at every step the largest contributions."""

    account: Account
    stages: tuple[AttributionStage, ...]
    origins: tuple[Origin, ...] = ()
    """Where NaN or infinity was made, along the shown ways."""
