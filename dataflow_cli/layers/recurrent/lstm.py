"""The long short-term memory (Hochreiter and Schmidhuber, 1997; with a forget gate: Gers et al., 2000).

    input_gate, forget_gate, output_gate[n, t, u] = recurrent_activation( sum )
    candidate[n, t, u] = activation( sum )
    cell[n, t, u]   = forget_gate[n, t, u] · cell[n, t-1, u]  +  input_gate[n, t, u] · candidate[n, t, u]
    hidden[n, t, u] = output_gate[n, t, u] · activation( cell[n, t, u] )
    out = hidden, of the last step alone without `return_sequences`

Each of the four has its own sum, Σ_i in[n, t, i] · kernel[i, k] + Σ_v hidden[n, t-1, v] · recurrent_kernel[v, k] +
bias[k], with k = u for the input gate, units + u for the forget gate, 2 · units + u for the candidate, 3 · units + u
for the output gate. n: sample; t: step; i: feature; u, v: unit. Before the first step, hidden and cell are 0, or what
is given as a second and third input, such as `lstm_1:final_hidden` and `lstm_1:final_cell`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.recurrent.base import Recurrent
from dataflow_cli.layers.recurrent.long_short_term import LongShortTerm
from dataflow_cli.layers.recurrent.stepping import some_of
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.gates import Along
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.walks import Walk
    from dataflow_cli.shapes import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class LSTM(LongShortTerm, Recurrent):
    """A cell that keeps what its gates let in, until they let it go."""

    type: ClassVar[str] = "lstm"

    @property
    def goes_together(self) -> bool:
        return self.smooth

    def walk(self, along: Along) -> Walk:
        return kernels.gates.lstm(along)

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        sums, recurrent = self.sums(x, parameters, engine)
        times, functions = kernels.recurrent.Times(recurrent, len(x), engine), self.functions
        out, columns = self.empty(sums)

        def task(some: slice) -> None:
            starts, stays = [one[some] for one in before], some_of(held, some)
            kernels.recurrent.lstm(sums[:, some], times, starts, functions, out[:, some], held=stays)

        kernels.recurrent.along(task, len(x), self.operations(x), engine)
        return columns
