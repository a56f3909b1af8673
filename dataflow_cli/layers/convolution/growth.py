"""How one axis grows in a transposed convolution."""

from __future__ import annotations

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.records import dataclass


@dataclass(frozen=True)
class Growth:
    """How one axis grows: `size` taps, `dilation` apart, a `stride` between the copies of two neighbours.

    `padding` cuts off what the same word pads in a convolution, or explicit numbers (before, after); `extra` elements
    are added after (`output_padding`). Without it, `same` gives length · stride, and `valid` at least that.
    """

    size: int
    stride: int
    dilation: int
    padding: str | tuple[int, int]
    extra: int | None

    @property
    def span(self) -> int:
        """How many elements one copy of the kernel covers."""
        return self.dilation * (self.size - 1) + 1

    @property
    def crops(self) -> tuple[int, int]:
        """The elements cut off before and after; a negative number is added instead."""
        if isinstance(self.padding, tuple):
            before, after = self.padding
            return before, after - (self.extra or 0)
        if self.padding == "valid":
            return 0, -(max(self.stride - self.span, 0) if self.extra is None else self.extra)
        added = self.span - 2 + (self.stride if self.extra is None else self.span % 2 + self.extra)
        before = min(added - added // 2, self.span - 1)
        return self.span - 1 - before, self.span - 1 - (added - before)

    def output_length(self, length: int, axis: str = "an axis of") -> int:
        """The length of the grown axis. Raises LayerError if nothing is left of it."""
        result = (length - 1) * self.stride + self.span - sum(self.crops)
        if result < 1:
            raise LayerError(
                f"padding leaves {result} elements of {axis} {length}",
                hint="use `padding: valid`, or a larger output_padding",
                field="padding",
            )
        return result

    def arithmetic(self, length: int) -> str:
        """`(14 - 1)·2 + 3 - 0 - 1 = 28`: the copies, then what is cut off before and after."""
        cuts = "".join(f" - {cut}" if cut >= 0 else f" + {-cut}" for cut in self.crops if any(self.crops))
        return f"({length} - 1)·{self.stride} + {self.span}{cuts} = {self.output_length(length)}"

    def meets(self, position: int, length: int) -> tuple[range, range]:
        """Which elements of an axis of `length` reach a position of the grown one, and by which taps of the kernel."""
        places, backwards = self.link.meets(position, length)
        return places, range(self.size - 1 - backwards.start, self.size - 1 - backwards.stop, -backwards.step)

    @property
    def link(self) -> Link:
        """How the grown axis hangs on the old one; the last tap of the kernel meets the first element."""
        return Link(shift=self.crops[0] + 1 - self.span, dilation=self.dilation, taps=self.size, growth=self.stride)
