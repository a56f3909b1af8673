"""What a Python program does with a trace: the methods of `Trace`.

The record knows no network and no view. What explains, merges and shows it is imported when a method is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from dataflow_cli.explain.account import Account
    from dataflow_cli.network.model import Network
    from dataflow_cli.profile.model import Profile
    from dataflow_cli.render.pictures.shown import Shown
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
        at: Sequence[int] | None = None,
        sample: int = 0,
        *,
        network: Network | str | Path | None = None,
        weights: Weights | str | Path | None = None,
    ) -> Account:
        """How one element of a layer's output came about, from the tensors that the trace kept.

        Args:
            layer: the layer's name, or that of an inner tensor (`conv2d_1:sum`), which the explanation ends at; or
                the element as a whole, `conv2d_1[3,5,0]`.
            at: the element's index in one sample, unless `layer` says it; negative numbers count from the end.
            sample: which of the samples, from 0.
            network: what was run, if the trace was loaded; None takes the network file that the trace names.
            weights: its parameters, or an .npz file of them; None takes those that the trace names.

        Raises:
            UnknownName: if there is no such layer, element or sample, the tensors it needs were not kept, or the
                network, or its weights, is not the one that was run.
            InputError, NetworkError, WeightsError: if the network or its weights cannot be read.
        """
        layer, index = imported("dataflow_cli.explain.element.element_of")(layer, at)
        explain = imported("dataflow_cli.explaining.explained_trace")
        account: Account = explain(self, layer, index, sample=sample, network=network, weights=weights)
        return account

    def show(
        self,
        *layers: str,
        path: str | Path | None = None,
        kind: str = "auto",
        scale: str = "layer",
        map: str = "auto",  # noqa: A002  the option's own name
        cmap: str = "gray",
        invert: bool = False,
        group: str = "auto",
        top: int = 10,
        query: int | None = None,
        zoom: float | Fraction | None = None,
        theme: str = "light",
        columns: int | None = None,
        title: str | None = None,
        caption: str | None = None,
        font_size: int = 12,
    ) -> Shown:
        """The tensors that the trace kept as a picture, as `dftrace show` draws it.

        Args:
            layers: names or GLOBs of what is drawn: `conv2d_1`, `conv*`, `input`, a channel `conv2d_1[9]`; without
                any, all that can be.
            path: a file to write it to, `.png` or `.svg`, which appears whole or not at all.
            kind: `mosaic`, `barcode`, `plot`, `numbers`, `histogram`, `confusion`, `scatter`; `auto` is what suits
                each tensor.
            scale: what shares one scale: `layer`, `channel`, `global`.
            map: `zero` is middle gray, or `minmax` from the smallest value to the largest.
            cmap: the colors of values: `gray`, `diverging`, `viridis`.
            invert: draw an input picture as its negative.
            group: stack bar codes by `label`, `folder`, `answer`, or `none`; `auto` is by label if there are labels.
            top: of over 20 classes, how many.
            query: of attention over a picture that was kept, whose look: None is the class token's, else the mean.
            zoom: pixels a value, or 1/N: values a pixel; None is what fits.
            theme: the background, `light` or `dark`.
            columns: inputs side by side, or tensors where there is one input; None is what suits the picture.
            title: None is the network's name, an empty text none.
            caption: what stands below; None is what the colors mean, `none` nothing.
            font_size: pixels of the letters beside values, 6 to 72.

        Returns:
            the picture: a notebook displays it, `print` draws it in characters, and `save(path)` writes it.

        Raises:
            UnknownName: if there is no such step or word, or the tensors were not kept.
            OutputError: if it cannot be drawn so, would be too large, or the file cannot be written.
        """
        picture: Shown = imported("dataflow_cli.render.pictures.shown.shown")(
            self,
            layers,
            zoom,
            kind=kind,
            scale=scale,
            map=map,
            cmap=cmap,
            invert=invert,
            group=group,
            top=top,
            query=query,
            theme=theme,
            look={"columns": columns, "title": title, "caption": caption, "font_size": font_size},
        )
        if path is not None:
            picture.save(path)
        return picture

    def page(self, path: str | Path, *, max_size: int | None = None, profile: Profile | None = None) -> tuple[str, ...]:
        """Write one HTML file in which the run can be clicked through, from an answer back to a pixel.

        It has the tensors that the trace kept, `keep="all"` for all.

        Args:
            path: the file, which appears whole or not at all.
            max_size: bytes; numbers that do not fit are rounded, then left out. None is 8,000,000.
            profile: what the network does over a data set, to be told beside.

        Returns:
            what did not fit, in words.

        Raises:
            LimitError: if not even the pictures fit.
            OutputError: if the file cannot be written.
        """
        omitted: tuple[str, ...] = imported("dataflow_cli.page.write.write")(self, path, max_size, profile)
        return omitted

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
