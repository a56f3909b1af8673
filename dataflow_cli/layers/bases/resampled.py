"""Layers that bring spatial axes to other lengths: every new element is a weighted sum of old ones around its place."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.bases.resampling import Resampling
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Resampled(Spatial):
    """Base of kinds whose spatial axes are each resampled by a rule of its own."""

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        """How each spatial axis of an input of these lengths is resampled."""
        raise NotImplementedError

    @property
    def fill(self) -> float:
        """What stands where the input is drawn from beyond its ends."""
        return 0.0

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        return self.join(tuple(axis.count for axis in self.resampling(lengths)), channels)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        axes = self.resampling(self.split(inputs)[0])
        found = seen[0].sampled([axis.sampling for axis in axes])
        return found.repeating(seen[0], [axis.at_ends for axis in axes])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        lengths, _ = self.split(inputs)
        pairs = zip(self.resampling(lengths), lengths, strict=True)
        makers = [[[at for at in made if 0 <= at < n] for made in axis.weights()] for axis, n in pairs]
        last = np.moveaxis(wanted, 0, -1) if self.channels_first else wanted
        fed = receptive_fields.feeding.sampled(last, makers, lengths)
        return [np.moveaxis(fed, -1, 0) if self.channels_first else fed]

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """One axis after the other: its sums so far, what is added to them, and the input with its borders."""
        lengths, channels = self.split(inputs)
        axes = self.resampling(lengths)
        widened = [max(n, axis.length) for axis, n in zip(axes, lengths, strict=True)]
        sizes = [
            math.prod(axis.count for axis in axes[:number]) * math.prod(widened[number:])
            for number in range(self.rank + 1)
        ]
        return kernels.method.beside(2 * samples * channels * sum(sizes))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        lengths, _ = self.split(inputs)
        axes = zip(AXES[self.rank], lengths, self.resampling(lengths), strict=True)
        return tuple(f"{name}: {n} becomes {axis.count}" for name, n, axis in axes if n != axis.count)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(axis.most for axis in self.resampling(self.split(inputs)[0]))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.to_last(inputs[0])
        for number, (axis, n) in enumerate(zip(self.resampling(x.shape[1:-1]), x.shape[1:-1], strict=True), start=1):
            x = kernels.upsample.resampled(x, number, n, axis.weights(), self.fill)
        return self.from_last(x)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, channel = self.apart(at)
        axes = self.resampling(self.split([inputs[0].shape[1:]])[0])
        made = [axis.weights()[place] for axis, place in zip(axes, position, strict=True)]
        window = explaining.taken(inputs[0][0], self.index([list(some) for some in made], channel))
        weights = reduce(np.multiply.outer, [np.array(list(some.values())) for some in made])
        block = explaining.weighted(
            "neighbours", "window", window, explaining.Taken(weights, window.places, window.inside), ""
        )
        result = explaining.summed(at, inputs, [block])
        outside = self.fill * float(weights[~window.inside].sum())
        if not outside:
            return result
        total = result.total + outside
        return replace(result.then("padding", "{} + {}", (result.total, outside), total), offset=outside)
