"""What a long short-term memory does with the sums of its gates, whatever these are made of.

    cell   = forget_gate · cell before  +  input_gate · candidate
    hidden = output_gate · activation( cell )

number by number, in every step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.layers.recurrent.gated import Gated
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class LongShortTerm(Gated):
    """Base of kinds with a cell that keeps what its gates let in, until they let it go."""

    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    columns: ClassVar[tuple[str, ...]] = ("input_gate", "forget_gate", "candidate", "output_gate", "cell", "hidden")
    states: ClassVar[tuple[str, ...]] = ("hidden", "cell")
    insides: ClassVar[Mapping[str, str]] = {
        "input_gate": "how much of the candidate comes into the cell, by step",
        "forget_gate": "how much of the cell stays, by step",
        "candidate": "what may come into the cell, by step",
        "output_gate": "how much of the cell comes out, by step",
        "cell": "the cell after every step",
        "hidden": "the state after every step",
        "final_cell": "the cell after the last step",
        "final_hidden": "the state after the last step",
    }
    recalls: ClassVar[tuple[str, ...]] = columns
    ways: ClassVar[tuple[str, ...]] = (
        *("input_gate", "forget_gate", "candidate", "output_gate"),
        *("into_input_gate", "into_forget_gate", "into_candidate", "into_output_gate", "kept", "shown"),
    )
    shut_at_first: ClassVar[tuple[str, ...]] = ("into_forget_gate",)
    unit_forget_bias: bool = option(
        Boolean(), "whether Keras starts the training with 1 as the bias of the forget gate", True
    )

    def explained(self, name: str, account: Account) -> Explanation:
        if name == "cell":
            return self._cell(account, 1.0)
        if name == "hidden":
            return self._hidden(account)
        column = account.column(self.columns.index(name))
        function = self.activation if name == "candidate" else self.recurrent_activation
        return account.applied(function, account.summed(column))

    def _cell(self, account: Account, part: float, *others: Block) -> Explanation:
        """The cell, whose gates carry so great a part of it, beside others."""
        from dataflow_cli.layers.recurrent.account import half

        forget, entered, new = map(account.value, ("forget_gate", "input_gate", "candidate"))
        before = account.value_before("cell")
        kept, let_in = part * half(forget, before), part * half(entered, new)
        blocks = [account.now("input_gate", let_in), account.now("candidate", let_in), *others]
        value = entered * new
        if (last := account.before("cell", kept)) is None:
            return account.start(blocks, value).then("cell", "{} · {}", (entered, new), value)
        blocks = [account.now("forget_gate", kept), last, *blocks]
        value += forget * before
        return account.start(blocks, value).then("cell", "{} · {} + {} · {}", (forget, before, entered, new), value)

    def _hidden(self, account: Account) -> Explanation:
        """The cell, then as much of it as the output gate lets out; gate and cell carry half of that each."""
        opened, carried = account.value("output_gate"), abs(account.value("hidden")) / 2
        amount = abs(account.value("forget_gate") * account.value_before("cell"))
        amount += abs(account.value("input_gate") * account.value("candidate"))
        part = carried / amount if amount and math.isfinite(amount) else 0.0
        cell = self._cell(account, part, account.now("output_gate", carried))
        shown = account.applied(self.activation, cell)
        return shown.then("hidden", "{} · {}", (opened, shown.total), opened * shown.total)

    def open_ways(self, account: Account) -> dict[str, Array]:
        from dataflow_cli.layers.recurrent.reach import lively

        values, gates = account.values, self.columns[: self.gates]
        by_gate = dict(zip(gates, np.split(account.sums(), self.gates, axis=self.gate_axis), strict=True))
        found = {
            name: lively(self.activation if name == "candidate" else self.recurrent_activation, by_gate[name])
            for name in gates
        }
        out = values["cell"] if self.activation is None else self.activation([values["cell"]], {})
        return found | {
            "into_input_gate": values["candidate"] != 0,
            "into_candidate": values["input_gate"] != 0,
            "into_forget_gate": account.states_before("cell") != 0,
            "into_output_gate": out != 0,
            "kept": values["forget_gate"] != 0,
            "shown": (values["output_gate"] != 0) & lively(self.activation, values["cell"]),
        }

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], carried: Callable[[Array], Array]
    ) -> tuple[Array, dict[str, Array]]:
        hidden = wanted["hidden"]
        cell = wanted["cell"] | (hidden & here["shown"])
        some = [
            (wanted[name] | ((hidden if name == "output_gate" else cell) & here[f"into_{name}"])) & here[name]
            for name in self.columns[: self.gates]
        ]
        columns: Array = np.concatenate(some, axis=self.gate_axis)
        return columns, {"hidden": carried(columns), "cell": cell & here["kept"]}
