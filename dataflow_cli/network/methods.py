"""What a Python program does with a network: the methods of `Network`.

A network is plain data and knows nothing of running. What is done with it stands on floors above, which a method
imports when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.given import BATCH, Given
from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from dataflow_cli.explain.account import Account
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


class NetworkMethods:
    """Running, explaining, writing and showing a network."""

    def trace(
        self,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        keep: Collection[str] | str = "all",
        batch: int = BATCH,
        dtype: str | None = None,
        histogram: bool = False,
        threads: int = 1,
        labels: str | Path | Sequence[int] | Sequence[str] | Array | None = None,
        label_column: int | str | None = None,
        text: str | Sequence[str] | None = None,
        tokenizer: str | Path | None = None,
        input_invert: bool = False,
        input_resize: str | None = None,
        input_crop: bool = False,
    ) -> Trace:
        """Run an input through the network.

        Args:
            x: a file, or an array of one sample or of N, with values as a file would hold them (the network file's
                `scale`, `mean` and so on are applied); for several inputs a mapping from their names. None takes the
                network file's example.
            weights: parameters, or an .npz file of them; None takes what the network file names.
            keep: names of the steps whose tensors stay in the trace (`"all"` for every one); outputs always do. An
                inner tensor such as `conv2d_1:sum`, the result before the activation, becomes a step by being named.
            batch: samples a minibatch.
            dtype: `float32` or `float64`; `float16` or `bfloat16`, computed in float32 and rounded where it is stored;
                None takes the network file's.
            histogram: whether the statistics count the values by sign and power of two as well.
            threads: how many threads compute; the result does not depend on it. Those of NumPy's own library
                (OPENBLAS_NUM_THREADS) stay out of it while they do.
            labels: the right classes by number from 0 or by name, or a file of them; `right` of the trace counts.
            label_column: where they are a column of the table x: its number from 0, or its heading.
            text: a text in place of x, or several: a tokenizer makes the inputs (extra `tokenizers`).
            tokenizer: its tokenizer.json; None takes the one that the network file names.
            input_invert: take the negative of pictures, 255 - x, before scaling.
            input_resize: `nearest` or `bilinear`: how pictures of another size are resized, where the network file
                does not say.
            input_crop: cut the middle out of pictures of other proportions before they are resized.

        Raises:
            InputError: if x or labels cannot be read or does not fit, or the network file prepares it otherwise.
            WeightsError: if parameters are missing or misshapen.
            LimitError: if it does not fit into memory.
            UnknownName: if there is no such step to keep, or no such dtype.
        """
        column = None if label_column is None else str(label_column)
        given = Given(
            x=x,
            weights=weights,
            batch=batch,
            dtype=dtype,
            labels=labels,
            label_column=column,
            text=_texts(text),
            tokenizer=tokenizer,
            input_invert=input_invert,
            input_resize=input_resize,
            input_crop=input_crop,
        )
        trace: Trace = imported("dataflow_cli.api.traced")(self, given, keep, histogram=histogram, threads=threads)
        return trace

    def predict(
        self,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        batch: int = BATCH,
        dtype: str | None = None,
        threads: int = 1,
        text: str | Sequence[str] | None = None,
        tokenizer: str | Path | None = None,
        input_invert: bool = False,
        input_resize: str | None = None,
        input_crop: bool = False,
    ) -> Array | dict[str, Array]:
        """The network's output (N, *shape) alone, in a fraction of the time of a trace; by name if it has several.

        Takes what `trace` takes, and raises what it raises.
        """
        given = Given(
            x=x,
            weights=weights,
            batch=batch,
            dtype=dtype,
            text=_texts(text),
            tokenizer=tokenizer,
            input_invert=input_invert,
            input_resize=input_resize,
            input_crop=input_crop,
        )
        outputs: Array | dict[str, Array] = imported("dataflow_cli.api.predicted")(self, given, threads=threads)
        return outputs

    def explain(
        self,
        layer: str,
        at: Sequence[int] | None = None,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        sample: int = 0,
        dtype: str | None = None,
        text: str | Sequence[str] | None = None,
        tokenizer: str | Path | None = None,
        input_invert: bool = False,
        input_resize: str | None = None,
        input_crop: bool = False,
    ) -> Account:
        """How one element of a layer's output came about; runs only what the layer depends on.

        Args:
            layer: the layer's name, or that of an inner tensor (`conv2d_1:sum`), which the explanation ends at; or
                the element as a whole, `conv2d_1[3,5,0]`.
            at: the element's index in one sample, unless `layer` says it; negative numbers count from the end.
            x: the input, as `trace` takes it.
            weights: parameters, or an .npz file of them; None takes what the network file names.
            sample: which sample of x, from 0.
            dtype: `float32` or `float64`; `float16` or `bfloat16`, computed in float32 and rounded where it is stored;
                None takes the network file's.
            text: as `trace` takes it.
            tokenizer: as `trace` takes it.
            input_invert: as `trace` takes it.
            input_resize: as `trace` takes it.
            input_crop: as `trace` takes it.

        Raises:
            UnknownName: if there is no such layer or element. And what `trace` raises.
        """
        given = Given(
            x=x,
            weights=weights,
            dtype=dtype,
            text=_texts(text),
            tokenizer=tokenizer,
            input_invert=input_invert,
            input_resize=input_resize,
            input_crop=input_crop,
        )
        layer, index = imported("dataflow_cli.explain.element.element_of")(layer, at)
        account: Account = imported("dataflow_cli.explaining.explained")(self, layer, index, given, sample=sample)
        return account

    def prepared(
        self,
        preprocess: str | None = None,
        *,
        scale: float | str | None = None,
        mean: Sequence[float] | float | None = None,
        std: Sequence[float] | float | None = None,
        channel_order: str | None = None,
        invert: bool = False,
        resize: str | None = None,
        crop: bool = False,
        classes: str | Path | Sequence[str] | None = None,
    ) -> Self:
        """The network with what its file does not say: how pictures become inputs, and what classes are called.

        Args:
            preprocess: `torchvision`, `keras-caffe`, `keras-tf` or `unit`; what is said beside it stands over it.
            scale: what values are multiplied by; text may be a fraction, `1/255`.
            mean: what is subtracted then, one number a channel or one for all.
            std: what is divided by then, likewise.
            channel_order: `rgb` or `bgr`: the order in which the network takes the channels of color pictures.
            invert: take the negative of pictures, 255 - x, first of all.
            resize: `nearest` or `bilinear`: how pictures of another size are resized.
            crop: cut the middle out of pictures of other proportions before they are resized.
            classes: the names, or a file with a name a line, or JSON.

        Raises:
            InputError: if the network file says it otherwise, if it does not fit, or if the file of names is damaged.
            UnknownName: if there is no such preset, or way of resizing.
        """
        given = Given(
            preprocess=preprocess,
            input_scale=scale,
            input_mean=mean,
            input_std=std,
            channel_order=channel_order,
            input_invert=invert,
            input_resize=resize,
            input_crop=crop,
            classes=classes,
        )
        network: Self = imported("dataflow_cli.inputs.prepared.completed")(self, given)
        return network

    def sized(self, *shapes: Sequence[int], **named: Sequence[int]) -> Network:
        """The network with the sizes that its file leaves open (`null`), so that all of it can be counted.

        What is run takes the sizes of its input by itself.

        Args:
            shapes: the shape of a sample of every input, in their order.
            named: the same by the name of the input.

        Raises:
            InputError: if a shape is not one of the input.
            NetworkError: if a layer does not fit.
        """
        network: Network = imported("dataflow_cli.network.sizing.with_shapes")(self, shapes, named)
        return network

    def text(self) -> str:
        """The network as the text of a network file, as a person would write it.

        Names stay as they are, paths relative to `folder`; blocks are found again by the names of the layers in them
        (`residual_1/a`). Comments are not kept.

        Raises:
            OutputError: if no network file can say what the network is.
        """
        described = imported("dataflow_cli.network.describe.described")(self)
        text: str = imported("dataflow_cli.netfile.write.network_text")(described)
        return text

    def write(self, path: str | Path) -> None:
        """Write what `text` gives to a file, which appears whole or not at all; paths are relative to its folder.

        Parameters stay in the file that `weights` names.

        Raises:
            OutputError: if the file cannot be written, or if no network file can say what the network is.
        """
        described = imported("dataflow_cli.network.describe.described")(self)
        imported("dataflow_cli.netfile.write.write_network")(described, path)

    def draw(
        self,
        path: str | Path | None = None,
        *,
        view: str | None = None,
        form: str | None = None,
        depth: int | None = None,
        direction: str | None = None,
        color_by: str | None = None,
        trace: Trace | None = None,
        weights: Weights | str | Path | None = None,
        theme: str = "light",
        transparent: bool = False,
        title: str | None = None,
        font_size: int = 13,
    ) -> str | bytes:
        """Draw the network: as a line of text, or as a picture in a file, which appears whole or not at all.

        Args:
            path: the file; its ending says the format, unless `form` does. None writes none.
            view: what a picture shows: `boxes` (the default), `volumes`, or `neurons` of dense layers.
            form: `text`, `svg`, `png`, `dot` or `mermaid`; without a path the default is `text`.
            depth: draw blocks inside of so many others as one; 0 is all blocks, None none.
            direction: where the data flows: `down`, `right`, `up`, `left`; None takes what suits the view.
            color_by: a number to color by: `params`, `macs`, `count`, or one of a trace: `min`, `mean`, `max`, `std`,
                `zeros`, `nan`, `inf`, `seconds`.
            trace: what that number is of; None runs the network file's example.
            weights: parameters of neurons, or an .npz file of them; None takes what the network file names.
            theme: `light` or `dark`.
            transparent: whether there is no background.
            title: what stands above; None is the network's name.
            font_size: of names, in pixels, 6 to 72.

        Returns:
            What is, or would be, in the file: text, or the bytes of a PNG.

        Raises:
            OutputError: if it cannot be drawn so, would be too large, or the file cannot be written.
            UnknownName: if there is no such view, format, direction, number or theme.
        """
        drawing: str | bytes = imported("dataflow_cli.drawing.draw")(
            self,
            path,
            form,
            trace,
            Given(weights=weights),
            view=view,
            depth=depth,
            direction=direction,
            color_by=color_by,
            theme=theme,
            transparent=transparent,
            title=title,
            font_size=font_size,
        )
        return drawing

    def __str__(self) -> str:
        counted = imported("dataflow_cli.counts.counting.summary")(self)
        table: str = imported("dataflow_cli.render.shown.params_text")(counted)
        return table

    def _repr_html_(self) -> str:
        counted = imported("dataflow_cli.counts.counting.summary")(self)
        page: str = imported("dataflow_cli.render.shown.params_html")(counted)
        return page


def _texts(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if text is None else (text,) if isinstance(text, str) else tuple(text)
