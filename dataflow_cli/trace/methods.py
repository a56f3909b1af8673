"""What a Python program does with a trace: the methods of `Trace`.

The record knows no network and no view. What explains, merges and shows it is imported when a method is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.explain.account import Account
    from dataflow_cli.network.model import Network
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


class TraceMethods:
    """Counting right answers, explaining, and showing a trace, whether it was run, loaded or captured."""

    @property
    def right(self) -> int | None:
        """How many answers are right; None without labels, or if the output was not kept."""
        count: int | None = imported("dataflow_cli.trace.prediction.right_answers")(self)
        return count

    def explain(
        self,
        layer: str,
        at: Sequence[int],
        sample: int = 0,
        *,
        network: Network | str | Path | None = None,
        weights: Weights | str | Path | None = None,
    ) -> Account:
        """How one element of a layer's output came about, from the tensors that the trace kept.

        Args:
            layer: the layer's name, or that of an inner tensor (`conv2d_1:sum`), which the explanation ends at.
            at: the element's index in one sample; negative numbers count from the end.
            sample: which of the samples, from 0.
            network: what was run, if the trace was loaded; None takes the network file that the trace names.
            weights: its parameters, or an .npz file of them; None takes those that the trace names.

        Raises:
            UnknownName: if there is no such layer, element or sample, the tensors it needs were not kept, or the
                network, or its weights, is not the one that was run.
            InputError, NetworkError, WeightsError: if the network or its weights cannot be read.
        """
        explain = imported("dataflow_cli.api.explained_trace")
        account: Account = explain(self, layer, at, sample=sample, network=network, weights=weights)
        return account

    def merged(self, *others: Trace) -> Trace:
        """The trace of these samples and those of the other traces, in this order.

        Counts, extremes and histograms are exactly those of one run over all samples, moments up to rounding; sources
        and kept tensors are joined, times added.

        Raises:
            InputError: if they are not traces of one network with the same weights, or did not keep the same steps.
        """
        trace: Trace = imported("dataflow_cli.trace.merge.merged")([self, *others])
        return trace

    def __str__(self) -> str:
        table: str = imported("dataflow_cli.render.shown.trace_text")(self)
        return table

    def _repr_html_(self) -> str:
        page: str = imported("dataflow_cli.render.shown.trace_html")(self)
        return page
