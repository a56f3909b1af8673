"""Lp pooling: how large the numbers of a window are together, from their sum (p = 1) towards their largest (p large).

    out[n, q, c] = ( Σ_k |in[n, q·stride + k·dilation - pad, c]|^p ) ^ (1/p)

n: sample; q: position, one index a spatial axis; k: place in the window; c: channel. What is padded adds nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.pooling.pooling import Pooling
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class LpPooling(Pooling):
    """Base of lp_pooling1d, lp_pooling2d and lp_pooling3d."""

    p: int = option(Integer(1), "the power: 1 adds absolute values, 2 gives the length of the window as a vector", 2)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.to_last(inputs[0])
        return self.from_last(kernels.pooling.lp_pool(x, self.slide(x.shape[1:-1]), self.p, engine))

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """Absolute values, their powers and the windows' sums stand beside what comes out."""
        lengths, channels = self.split(inputs)
        outputs = (samples, *self.output_lengths(lengths))
        pooled = kernels.pooling.pooling_method(outputs, channels, self.slide(lengths))
        return replace(pooled, beside=2 * samples * math.prod(inputs[0]) + math.prod(outputs) * channels)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        window = self.under(at, inputs)
        with np.errstate(all="ignore"):
            terms = np.abs(window.values) ** self.p
            total = float(terms.sum())
            value = float(np.power(total, 1 / self.p))
        block = replace(
            explaining.added("window", window),
            kind="window",
            terms=terms,
            contributions=terms,
            subtotal=total,
            term_name=f"|value| ^ {self.p}",
        )
        start = explaining.from_blocks(at, inputs, [block], total)
        return start.then("root", "{} ^ (1 / {})", (total, self.p), value)


@dataclass(frozen=True, kw_only=True)
class LpPooling1D(LpPooling):
    """The size of every window's numbers, of a signal or sequence (length, channels)."""

    type: ClassVar[str] = "lp_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class LpPooling2D(LpPooling):
    """The size of every window's numbers, of a picture (height, width, channels)."""

    type: ClassVar[str] = "lp_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class LpPooling3D(LpPooling):
    """The size of every window's numbers, of a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "lp_pooling3d"
    rank: ClassVar[int] = 3
