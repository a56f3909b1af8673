"""The gated recurrent unit (Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014).

    update_gate, reset_gate[n, t, u] = recurrent_activation( sum )
    candidate[n, t, u] = activation( outer[n, t, k] + reset_gate[n, t, u] · inner[n, t, k] )
    outer[n, t, k]  = Σ_i in[n, t, i] · kernel[i, k] + bias[0, k]
    inner[n, t, k]  = Σ_v hidden[n, t-1, v] · recurrent_kernel[v, k] + bias[1, k]
    hidden[n, t, u] = update_gate[n, t, u] · hidden[n, t-1, u]  +  (1 - update_gate[n, t, u]) · candidate[n, t, u]
    out = hidden, of the last step alone without `return_sequences`

A gate's sum is outer[n, t, k] + inner[n, t, k], with k = u for the update gate, units + u for the reset gate,
2 · units + u for the candidate. Without `reset_after` there is one bias[k], and the candidate has
Σ_v reset_gate[n, t, v] · hidden[n, t-1, v] · recurrent_kernel[v, k]. n: sample; t: step; i: feature; u, v: unit. Before
the first step, hidden is 0, or what is given as a second input.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.layers.recurrent.base import Recurrent
from dataflow_cli.layers.recurrent.gated import Gated
from dataflow_cli.layers.recurrent.stepping import some_of
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.kernels.gates import Along
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.walks import Walk
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Parameters, Shapes

RESET, CANDIDATE = 1, 2
"""Whose sums these are, by the order in which they stand."""


@dataclass(frozen=True, kw_only=True)
class GRU(Gated, Recurrent):
    """A state that moves toward a candidate as far as its update gate lets it."""

    type: ClassVar[str] = "gru"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    columns: ClassVar[tuple[str, ...]] = ("update_gate", "reset_gate", "candidate", "hidden")
    insides: ClassVar[Mapping[str, str]] = {
        "update_gate": "how much of the state stays, by step",
        "reset_gate": "how much of the state before takes part in the candidate, by step",
        "candidate": "what the state moves toward, by step",
        "hidden": "the state after every step",
        "final_hidden": "the state after the last step",
    }
    recalls: ClassVar[tuple[str, ...]] = columns
    ways: ClassVar[tuple[str, ...]] = (
        *("update_gate", "reset_gate", "candidate", "kept", "let_through"),
        *("into_update_gate", "into_reset_gate", "into_candidate"),
    )
    shut_at_first: ClassVar[tuple[str, ...]] = ("kept", "let_through")
    torch_gates: ClassVar[tuple[int, ...]] = (1, 0, 2)
    reset_after: bool = option(
        Boolean(), "whether the reset gate is applied after the matrix product, as GPUs do, or before it", True
    )

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        """With `reset_after` there are two biases: row 0 is the inputs', row 1 that of the states."""
        found = super().parameters(inputs)
        if self.use_bias and self.reset_after:
            found["bias"] = Parameter((2, self.gates * self.units), fill=0)
        return found

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        if not self.reset_after:
            from dataflow_cli.layers.torch_order import unknown

            hint = "leave `reset_after` out, if that is how it was trained"
            raise unknown("PyTorch applies the reset gate after the matrix product", hint, field="reset_after")
        return super().torch_order(orders, inputs)

    @property
    def goes_together(self) -> bool:
        return self.smooth and self.reset_after

    def walk(self, along: Along) -> Walk:
        return kernels.gates.gru(along)

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        sums, recurrent = self.sums(x, parameters, engine)
        gates = slice(0, 2 * self.units)
        parts = [recurrent] if self.reset_after else [recurrent[:, gates], recurrent[:, gates.stop :]]
        times = [kernels.recurrent.Times(part, len(x), engine) for part in parts]
        _, inner = self.biases(parameters)
        (start,), functions, (out, columns) = before, self.functions, self.empty(sums)

        def task(some: slice) -> None:
            mine, found, stays = (sums[:, some], times, start[some], functions), out[:, some], some_of(held, some)
            if self.reset_after:
                kernels.recurrent.gru(*mine, found, bias=inner, held=stays)
            else:
                kernels.recurrent.gru_reset_before(*mine, found, held=stays)

        kernels.recurrent.along(task, len(x), self.operations(x), engine)
        return columns

    def biases(self, parameters: Parameters) -> tuple[Array | None, Array | None]:
        """What is added to the sums over inputs, and over states."""
        found = parameters.get("bias")
        return (None, None) if found is None else (found[0], found[1]) if self.reset_after else (found, None)

    def outer(self, parameters: Parameters) -> Array | None:
        """Both biases of the gates, and the inputs' one of the candidate: the states' comes before its reset gate."""
        first, second = self.biases(parameters)
        if first is None or second is None:
            return first
        gates = slice(0, 2 * self.units)
        both = first.copy()
        both[gates] += second[gates]
        return both

    def fed(self, gate: int, run: Mapping[str, Array], before: Array) -> Array:
        """The candidate's is let through by the reset gate first, if that comes before."""
        return before if self.reset_after or gate < CANDIDATE else run["reset_gate"] * before

    def moves_its_unit(self, gate: int) -> bool:
        """A reset gate that comes before the matrix product moves all candidates."""
        return self.reset_after or gate != RESET

    def explained(self, name: str, account: Account) -> Explanation:
        if name == "hidden":
            return self._hidden(account)
        if name == "candidate":
            found = self._reset_after(account) if self.reset_after else self._reset_before(account)
            return account.applied(self.activation, found)
        column = account.column(self.columns.index(name))
        rows = (0, 1) if self.reset_after else ()
        return account.applied(self.recurrent_activation, account.summed(column, *rows))

    def _hidden(self, account: Account) -> Explanation:
        """Two products, whose factors carry half of each."""
        from dataflow_cli.layers.recurrent.account import half

        update, new, old = account.value("update_gate"), account.value("candidate"), account.value_before("hidden")
        kept, made = half(update, old), half(1 - update, new)
        blocks = [
            account.now("update_gate", kept + made),
            account.before("hidden", kept),
            account.now("candidate", made),
        ]
        value = update * old + (1 - update) * new
        numbers = (update, old, update, new)
        return account.start(blocks, value).then("hidden", "{} · {} + (1 - {}) · {}", numbers, value)

    def _reset_after(self, account: Account) -> Explanation:
        """The candidate's sum: inputs, and what the reset gate lets through of the state's own sum."""
        from dataflow_cli.layers.recurrent.account import half, sound

        column, reset = account.column(2), account.value("reset_gate")
        inputs, plain = account.over_inputs(column), account.over_state(column)
        inner = plain.subtotal if plain else 0.0
        bias = float(account.parameters["bias"][1, column]) if "bias" in account.parameters else 0.0
        state = replace(plain, contributions=sound(plain, plain.terms * reset / 2)) if plain else None
        gate = account.now("reset_gate", half(reset, inner + bias)) if plain or bias else None
        result = account.start([inputs, state, gate], inner)
        if "bias" in account.parameters:
            use = explaining.Use("bias", (1, column), bias)
            result = result.then(f"bias[1, {column}]", "{} + {}", (inner, bias), inner + bias, use)
            offset = reset * bias / 2
            result = replace(result, offset=offset if math.isfinite(reset) else 0.0)
        let_through = reset * result.total
        result = result.then("let through", "{} · {}", (reset, result.total), let_through)
        total = inputs.subtotal + let_through
        result = result.then("sum over inputs and state", "", (inputs.subtotal, let_through), total)
        return account.biased(result, column, 0)

    def _reset_before(self, account: Account) -> Explanation:
        """The candidate's sum: inputs, and the state, each element of it as far as its reset gate lets it through."""
        from dataflow_cli.layers.recurrent.account import gated

        column = account.column(2)
        inputs = account.over_inputs(column)
        plain, reset = account.over_state(column), account.values["reset_gate"][account.step].astype(np.float64)
        state = gated(plain, reset) if plain else None
        gates = account.gates("reset_gate", state.terms) if state else None
        subtotals = [block.subtotal for block in (inputs, state) if block]
        result = account.start([inputs, state, gates], sum(subtotals))
        result = result.then("sum over inputs and state", "", subtotals, sum(subtotals))
        return account.biased(result, column)

    def open_ways(self, account: Account) -> dict[str, Array]:
        from dataflow_cli.layers.recurrent.reach import lively

        values, parameters = account.values, account.parameters
        first, second = self.biases(parameters)
        before = account.states_before()
        with np.errstate(all="ignore"):
            outer = account.x[0] @ parameters["kernel"] + (0 if first is None else first)
            inner = before @ parameters["recurrent_kernel"] + (0 if second is None else second)
            last = slice(2 * self.units, None)
            reset = values["reset_gate"]
            through = (
                reset * inner[:, last]
                if self.reset_after
                else ((reset * before) @ parameters["recurrent_kernel"][:, last])
            )
            update_sums, reset_sums = np.split((outer + inner)[:, : last.start], 2, axis=1)
            candidate_sums = outer[:, last] + through
        return {
            "update_gate": lively(self.recurrent_activation, update_sums),
            "reset_gate": lively(self.recurrent_activation, reset_sums),
            "candidate": lively(self.activation, candidate_sums),
            "into_update_gate": before != values["candidate"],
            "into_reset_gate": inner[:, last] != 0 if self.reset_after else before != 0,
            "into_candidate": values["update_gate"] != 1,
            "kept": values["update_gate"] != 0,
            "let_through": reset != 0,
        }

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], carried: Callable[[Array], Array]
    ) -> tuple[Array, dict[str, Array]]:
        hidden, none = wanted["hidden"], np.zeros(self.units, bool)
        update = (wanted["update_gate"] | (hidden & here["into_update_gate"])) & here["update_gate"]
        candidate = (wanted["candidate"] | (hidden & here["into_candidate"])) & here["candidate"]
        after = candidate if self.reset_after else carried(np.concatenate([none, none, candidate]))
        reset = (wanted["reset_gate"] | (after & here["into_reset_gate"])) & here["reset_gate"]
        through = after & here["let_through"]
        old = carried(np.concatenate([update, reset, through if self.reset_after else none]))
        before = old | (hidden & here["kept"])
        if not self.reset_after:
            before = before | through
        return np.concatenate([update, reset, candidate]), {"hidden": before}
