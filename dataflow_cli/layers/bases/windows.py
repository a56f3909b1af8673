"""A window that slides along an axis: what convolution and pooling share.

    output = floor((length + before + after - dilation * (size - 1) - 1) / stride) + 1

`same` pads so that output = ceil(length / stride), the odd element at the end, as Keras and TensorFlow do.
"""

from __future__ import annotations

from typing import Any

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers.base import MAX_ELEMENTS
from dataflow_cli.layers.fields import JSONSchema, refuse
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.spatial_fields import PerSide, Sides
from dataflow_cli.records import dataclass

Padding = str | Sides


@dataclass(frozen=True)
class PaddingField:
    """`valid`, `same`, `causal` where it makes sense, or explicit numbers for every side."""

    rank: int
    causal: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return ("valid", "same", "causal") if self.causal else ("valid", "same")

    def read(self, value: Any) -> Padding:
        if isinstance(value, str) and value.lower() in self.words:
            return value.lower()
        try:
            return PerSide(self.rank).read(value)
        except FieldError as error:
            raise error if error.path else refuse(self, value) from None

    def describe(self) -> str:
        return f"{', '.join(self.words)}, or {PerSide(self.rank).describe()}"

    def schema(self) -> JSONSchema:
        from dataflow_cli.layers.patterns import any_case

        return {"anyOf": [any_case(*self.words), PerSide(self.rank).schema()]}


@dataclass(frozen=True)
class Window:
    """A window on one axis: `size` taps, `dilation` apart, moved by `stride`, over an axis padded by `padding`."""

    size: int
    stride: int = 1
    dilation: int = 1
    padding: str | tuple[int, int] = "valid"
    ceil: bool = False
    """Whether a last window may reach beyond the padded axis, if it does not start there."""

    @property
    def span(self) -> int:
        """How many elements the window covers from its first tap to its last."""
        return self.dilation * (self.size - 1) + 1

    def pads(self, length: int) -> tuple[int, int]:
        """The elements added before and after an axis of `length`, what a last window sees beyond it included."""
        before, after = self._pads(length)
        if not self.ceil:
            return before, after
        padded = length + before + after
        steps = min(-(-(padded - self.span) // self.stride), (length + before - 1) // self.stride)
        return before, after + max(steps * self.stride + self.span - padded, 0) if padded >= self.span else after

    def _pads(self, length: int) -> tuple[int, int]:
        if isinstance(self.padding, tuple):
            return self.padding
        if self.padding == "causal":
            return self.span - 1, 0
        if self.padding == "valid":
            return 0, 0
        total = max((-(-length // self.stride) - 1) * self.stride + self.span - length, 0)
        return total // 2, total - total // 2

    def link(self, length: int) -> Link:
        """How the positions of the window hang on an axis of `length`."""
        return Link(self.stride, -self.pads(length)[0], self.dilation, self.size)

    def output_length(self, length: int, axis: str = "an axis of") -> int:
        """How many positions the window has on an axis of `length`. Raises LayerError if it has none."""
        padded = length + sum(self.pads(length))
        if isinstance(self.padding, tuple) and padded > MAX_ELEMENTS:
            raise LayerError(
                f"padding {self.padding[0]} and {self.padding[1]} makes an axis longer than any memory holds",
                hint="check the sizes",
                field="padding",
            )
        if padded < self.span:
            with_padding = f" ({padded} with its padding)" if padded != length else ""
            raise LayerError(
                f"a window of {self.span} does not fit into {axis} {length}{with_padding}",
                hint="use a smaller window, `padding: same`, or fewer strides and pools before this layer",
                wanted=f"{axis.removesuffix(' of')} of at least {self.span - (padded - length)}",
            )
        return (padded - self.span) // self.stride + 1

    def taps(self, position: int, length: int) -> range:
        """The places of an axis under the useful taps at one position; before 0 and from `length` on is padding."""
        window = self.trimmed(length)
        start = position * window.stride - window.pads(length)[0]
        return range(start, start + window.span, window.dilation)

    def useful(self, length: int) -> range:
        """The taps that are not in the padding at every position; of a window in nothing but padding one."""
        first, last = self._met(length)
        return range(first, last + 1) if first <= last else range(1)

    def _met(self, length: int) -> tuple[int, int]:
        """The first and the last tap that lie on the axis at any position; if none does, the last comes first."""
        before, moved = self.pads(length)[0], (self.output_length(length) - 1) * self.stride
        return max(-((moved - before) // self.dilation), 0), min((length - 1 + before) // self.dilation, self.size - 1)

    def trimmed(self, length: int) -> Window:
        """What gives the same with the useful taps alone, with numbers that are no larger than the padded axis."""
        before, after = self.pads(length)
        count = (length + before + after - self.span) // self.stride + 1
        every = before <= (count - 1) * self.stride and self.span <= length + before
        if every and self.stride <= length + before + after and (self.size > 1 or self.dilation == 1):
            return self
        useful = self.useful(length)
        stride, spread = (self.stride if count > 1 else 1), (self.dilation if len(useful) > 1 else 1)
        first, last = self._met(length)
        before = before - self.dilation * first if first <= last else (count - 1) * stride + 1
        reach = (count - 1) * stride + spread * (len(useful) - 1) + 1
        return Window(len(useful), stride, spread, (before, reach - before - length))

    def arithmetic(self, length: int) -> str:
        """`(28 - 3)/1 + 1 = 26`, with the padding where there is any."""
        pads = self.pads(length)
        padded = f"{length} + {pads[0]} + {pads[1]}" if any(pads) else f"{length}"
        span = f"{self.size}" if self.dilation == 1 else f"({self.dilation}·({self.size} - 1) + 1)"
        division = f"({padded} - {span})/{self.stride}"
        exact = (length + sum(pads) - self.span) % self.stride == 0
        return f"{division if exact else f'⌊{division}⌋'} + 1 = {self.output_length(length)}"


def windows(
    sizes: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...], padding: Padding
) -> tuple[Window, ...]:
    """One window an axis from a layer's fields."""
    paddings: tuple[str | tuple[int, int], ...] = (padding,) * len(sizes) if isinstance(padding, str) else padding
    axes = zip(sizes, strides, dilations, paddings, strict=True)
    return tuple(Window(size, stride, dilation, pads) for size, stride, dilation, pads in axes)
