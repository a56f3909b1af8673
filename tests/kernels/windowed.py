"""Random windows over random arrays, and what a loop over every position makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st


@dataclass(frozen=True)
class Case:
    """Sizes of one convolution or pool: one entry a spatial axis in each tuple."""

    seed: int
    samples: int
    channels: int
    lengths: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]

    def random(self, *shape: int) -> np.ndarray:
        """Normal random numbers that belong to this case."""
        return np.random.default_rng((self.seed, *shape)).standard_normal(shape)

    @property
    def x(self) -> np.ndarray:
        return self.random(self.samples, *self.lengths, self.channels)


@st.composite
def cases(draw, *, dilated: bool = True) -> Case:
    """Cases with one to three spatial axes and at least one position."""
    rank = draw(st.integers(1, 3))
    small = st.integers(1, 3)
    axes = [
        draw(
            st.tuples(
                st.integers(1, 7 - rank),
                small,
                small,
                small if dilated else st.just(1),
                st.tuples(st.integers(0, 2), st.integers(0, 2)),
            )
        )
        for _ in range(rank)
    ]
    assume(all(length + sum(pads) >= dilation * (size - 1) + 1 for length, size, _, dilation, pads in axes))
    return Case(draw(st.integers(0, 99)), draw(st.integers(1, 3)), draw(st.integers(1, 4)), *zip(*axes, strict=True))


def by_position(case: Case, fill: float = 0.0) -> dict[tuple[int, ...], np.ndarray]:
    """What lies under the window at every position: (N, *sizes, channels), taken element by element."""
    padded = np.pad(case.x, [(0, 0), *case.pads, (0, 0)], constant_values=fill)
    counts = [
        (length - dilation * (size - 1) - 1) // stride + 1
        for length, size, stride, dilation in zip(
            padded.shape[1:-1], case.sizes, case.strides, case.dilations, strict=True
        )
    ]
    result = {}
    for position in product(*map(range, counts)):
        axes = zip(position, case.sizes, case.strides, case.dilations, strict=True)
        places = [[index * stride + tap * dilation for tap in range(size)] for index, size, stride, dilation in axes]
        result[position] = padded[np.ix_(range(case.samples), *places, range(case.channels))]
    return result


def assembled(values: dict[tuple[int, ...], np.ndarray]) -> np.ndarray:
    """Values (N, channels) by position as one array (N, *positions, channels)."""
    counts = np.max(list(values), axis=0) + 1
    first = next(iter(values.values()))
    result = np.full((first.shape[0], *counts, first.shape[-1]), np.nan)
    for position, value in values.items():
        result[(slice(None), *position)] = value
    return result
