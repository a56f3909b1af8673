"""The simple recurrent layer (Elman, "Finding structure in time", 1990).

    hidden[n, t, u] = activation( Σ_i  in[n, t, i] · kernel[i, u]  +  Σ_v  hidden[n, t-1, v] · recurrent_kernel[v, u]
                                  +  bias[u] )
    out = hidden, of the last step alone without `return_sequences`

n: sample; t: step; i: feature; u, v: unit. Before the first step, hidden is 0, or what is given as a second input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.recurrent.base import Recurrent
from dataflow_cli.layers.recurrent.gated import applying
from dataflow_cli.layers.recurrent.stepping import some_of
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.shapes import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class SimpleRNN(Recurrent):
    """A state that is made anew in every step, from the step's input and the state before."""

    type: ClassVar[str] = "simple_rnn"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    columns: ClassVar[tuple[str, ...]] = ("hidden",)
    insides: ClassVar[Mapping[str, str]] = {
        "hidden": "the state after every step",
        "final_hidden": "the state after the last step",
    }
    recalls: ClassVar[tuple[str, ...]] = ("hidden",)
    ways: ClassVar[tuple[str, ...]] = ("hidden",)

    @property
    def gates(self) -> int:
        return 1

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        sums, recurrent = self.sums(x, parameters, engine)
        times, function = kernels.recurrent.Times(recurrent, len(x), engine), applying(self.activation)
        (start,), (out, columns) = before, self.empty(sums)

        def task(some: slice) -> None:
            stays = some_of(held, some)
            kernels.recurrent.simple_rnn(sums[:, some], times, start[some], function, out[:, some], held=stays)

        kernels.recurrent.along(task, len(x), self.operations(x), engine)
        return columns

    def explained(self, name: str, account: Account) -> Explanation:
        return account.applied(self.activation, account.summed(account.column(0)))

    def open_ways(self, account: Account) -> dict[str, Array]:
        from dataflow_cli.layers.recurrent.reach import lively

        return {"hidden": lively(self.activation, account.sums())}

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], carried: Callable[[Array], Array]
    ) -> tuple[Array, dict[str, Array]]:
        some = wanted["hidden"] & here["hidden"]
        return some, {"hidden": carried(some)}
