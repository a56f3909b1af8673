"""Recurrent layers whose states are vectors: fields, shapes, counts, and what PyTorch has of them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.recurrent.stepping import Stepping
from dataflow_cli.layers.tiling import NO_TILES, Tiling, Work
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.gates import Along
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.walks import Walk
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Recurrent(Stepping):
    """Base of kinds that go along a sequence (steps, features) with a state of `units` numbers."""

    torch_defaults: ClassVar[Mapping[str, Any]] = {"return_sequences": True}
    torch_kernels: ClassVar[frozenset[str]] = frozenset({"kernel", "recurrent_kernel"})
    torch_gates: ClassVar[tuple[int, ...]] = ()
    """Where PyTorch has each of our gates, if its order is another one."""
    units: int = option(Integer(1), "how many numbers the state has")

    @property
    def width(self) -> int:
        return self.units

    @property
    def has_sequences(self) -> bool:
        return True

    @property
    def has_steps(self) -> bool:  # type: ignore[override]
        return self.all_steps

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return ("step", "unit")[-dimensions:]

    def sequence_names(self) -> tuple[str, ...]:
        return ("steps", "features")

    def state_shape(self, inputs: Shapes) -> Shape:
        return (self.units,)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        width = self.gates * self.units
        kernels_ = {"kernel": Parameter((inputs[0][-1], width)), "recurrent_kernel": Parameter((self.units, width))}
        return kernels_ | bias.parameter(width, used=self.use_bias)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        steps, features = inputs[0]
        return ((steps, features, self.gates, self.units), (steps, self.units, self.gates, self.units))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """A step sees the inputs of all steps up to it, and the state before the first."""
        steps, features = inputs[0]
        by_step = wanted.any(axis=-1) if self.all_steps else (np.arange(steps) == steps - 1) & wanted.any()
        seen = np.logical_or.accumulate(np.flip(by_step))[::-1]
        seen = np.repeat(self.in_turn(seen)[:, np.newaxis], features, axis=1)
        states = [np.full(shape, wanted.any()) for shape in self.unmasked(inputs)[1:]]
        return [seen, *states, *self.mask_fed(seen[:, 0], inputs)]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{'steps and ' if self.all_steps else ''}units: {self.units}",)

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        return False  # the shape of the output shows it

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        if self.all_steps:
            return orders[0].over_last(inputs[0]).behind((1,), 2)
        return plain(self.units, first=orders[0].first)

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """PyTorch has the gates in an order of its own, and two biases: of inputs and of states."""
        found = super().torch_stored(parameter, shape[-1:] if parameter == "bias" else shape, inputs, order)
        if parameter == "bias":
            found = replace(found, twin="ih, hh", stacked=len(shape) > 1)
        return replace(found, blocks=self.torch_gates)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """All that is worked out by step, and the inputs in another order."""
        steps, features = inputs[0]
        beside = steps * ((len(self.columns) + self.gates) * self.units + features)
        return kernels.method.beside(samples * beside + self.gates * self.units**2)

    def sums(self, x: Array, parameters: Parameters, engine: Engine | None = None) -> tuple[Array, Array]:
        """What the inputs give to the sums of all steps, (steps, n, gates · units), and the kernel of the states."""
        kernel, recurrent, bias = parameters["kernel"], parameters["recurrent_kernel"], self.outer(parameters)
        if self.smooth:
            kernel, recurrent = (kernels.recurrent.halved(one, self.units, engine) for one in (kernel, recurrent))
            bias = None if bias is None else kernels.recurrent.halved(bias, self.units)
        return kernels.recurrent.projected(x, kernel, bias, engine), recurrent

    @property
    def goes_together(self) -> bool:
        """Whether there is a `walk` for it."""
        return False

    def walk(self, along: Along) -> Walk:
        """What makes the states of all steps, if those are all that is wanted."""
        raise NotImplementedError

    def tiling(self, inputs: Shapes) -> Tiling:
        """If every step counts and nobody asks for more than the states, they go where they are wanted."""
        return Tiling(self._job) if self.goes_together and not self.masks and not self.ends else NO_TILES

    def _job(self, work: Work) -> Job:
        x, engine = work.inputs[0], work.engine
        shape = (*x.shape[:2], self.units) if self.all_steps else (len(x), self.units)
        out = np.empty(shape, x.dtype) if work.out is None else work.out
        pays = kernels.gates.pays(len(x), x.shape[-1], self.units, engine)
        return kernels.gates.job(
            partial(self._bound, work, out) if pays else lambda _: partial(self._whole, work, out),
            kernels.gates.pieces(len(x), engine) if pays else [slice(0, len(x))],
            work.stages,
            out,
            engine=engine,
            operations=self.operations(x),
        )

    def _bound(self, work: Work, out: Array, some: slice) -> Task:
        """What fills the output of some samples."""
        inputs, into = [one[some] for one in work.inputs], out[some]
        x, states = inputs[0], into[0] if self.all_steps and len(into) == 1 else None
        two = work.parameters["kernel"], work.parameters["recurrent_kernel"]
        along = kernels.gates.Along(
            x[:, ::-1] if self.go_backwards else x, two, self.biases(work.parameters), work.engine, states, some.start
        )
        walk = self.walk(along)

        def task() -> None:
            found = walk(self.starts(inputs))
            if states is None:
                into[...] = found.swapaxes(0, 1) if self.all_steps else found[-1]

        return task

    def _whole(self, work: Work, out: Array) -> None:
        out[...] = self.forward(work.inputs, work.parameters, work.engine)

    def biases(self, parameters: Parameters) -> tuple[Array | None, Array | None]:
        """What is added to the sums over inputs, and over states."""
        return parameters.get("bias"), None

    def outer(self, parameters: Parameters) -> Array | None:
        """What is added to the sums of the inputs."""
        return parameters.get("bias")

    def empty(self, sums: Array) -> tuple[Array, dict[str, Array]]:
        """An array for the tensors that are wanted by step, beside one another, and each of them."""
        names = self.columns if self.ends else self.columns[-1:]
        out = np.empty((*sums.shape[:2], len(names) * self.units), sums.dtype)
        return out, dict(zip(names, np.split(out, len(names), axis=-1), strict=True))

    def likeness(
        self, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
    ) -> dict[str, Array] | None:
        from dataflow_cli.layers.recurrent.likeness import likeness

        return likeness(self, inputs, parameters, error, gain)

    def fed(self, gate: int, run: Mapping[str, Array], before: Array) -> Array:
        """What the recurrent kernel of a gate is multiplied with in every step, (steps, units): the state `before`.

        `run` are the inner tensors by step, (steps, units) each.
        """
        return before

    def moves_its_unit(self, gate: int) -> bool:
        """Whether a sum of a gate moves nothing in its step but the states of its own unit."""
        return True

    def operations(self, x: Array) -> int:
        """About as many multiply-accumulates take as long as what goes step by step."""
        return math.prod(x.shape[:2]) * self.gates * self.units * (self.units + 20)

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][-1] + self.units

    def longest_sum(self, inputs: Shapes) -> int:
        return self.terms(inputs)
