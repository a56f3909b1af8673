"""A finished account of one element: the layer's explanation with the names, values and places of the whole network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array, Shape
    from dataflow_cli.layers.explanation import Explanation
    from dataflow_cli.network.model import Node
    from dataflow_cli.trace.prediction import Prediction

SCHEMA = "dftrace.explanation/1"
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""How far the account may be from the run, as a part of the sum of absolute contributions."""


@dataclass(frozen=True)
class Region:
    """The receptive field in one input of the network: on every spatial axis the first and last place that is seen."""

    input: str
    axes: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] | None
    """None: all of the input."""


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


@dataclass(frozen=True, eq=False)
class Account:
    """How one element of a layer's output came about in one run."""

    setting: Setting
    node: Node
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
        if total == value or (total != total and value != value):  # noqa: PLR0124  NaN differs from itself
            return True
        scale = max(self.explanation.magnitude, abs(total))
        return abs(self.difference) <= TOLERANCE[self.setting.dtype] * scale


@dataclass(frozen=True, eq=False)
class VectorAccount:
    """A whole dense layer of one axis in the column form of textbooks: a = f(W x + b)."""

    setting: Setting
    node: Node
    number: int
    """How many dense layers stand before it: the number of its W, b and a."""
    matrix: Array
    """W (units, inputs): the transpose of the kernel."""
    operand: Operand
    bias: Array | None
    sums: Array
    values: Array
    activation: str
    accounts: tuple[Account, ...]
    """Every unit's own."""
    answer: Prediction | None = None


@dataclass(frozen=True)
class Reached:
    """One element on the way back, with the share of the value that comes through it."""

    at: Shape
    value: float
    share: float


@dataclass(frozen=True)
class Stage:
    """The elements of one step that carry most."""

    step: str
    type: str
    axes: tuple[str, ...]
    shape: Shape
    reached: tuple[Reached, ...]
    elements: int
    """How many elements of the step carry anything of the value along the ways that are followed."""

    @property
    def share(self) -> float:
        """What all that is shown of this step carries together."""
        return sum(one.share for one in self.reached)


@dataclass(frozen=True, eq=False)
class Way:
    """From an element back to the input: at every step the largest contributions."""

    account: Account
    stages: tuple[Stage, ...]
