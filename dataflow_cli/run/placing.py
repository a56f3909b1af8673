"""How the tensors of a chain lie for its tiles: channels last, in one piece, whatever the network's data format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.network.chains import channels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.network.chains import Chain
    from dataflow_cli.shapes import Array, Shape


class Placing:
    """Tensors as tiles are computed from them.

    Where channels come first, kernels see the same memory with the channels behind. What does not lie so is copied,
    anew for every minibatch.
    """

    def __init__(self, *, moved: bool) -> None:
        self.moved = moved
        """Whether the channels are moved from the front to the end."""
        self._copies: list[tuple[Array, Array]] = []

    def seen(self, array: Array) -> Array:
        """A tensor of the network's, as the tiles have it."""
        there = behind(array) if self.moved else array
        if there.flags.c_contiguous:
            return there
        copy = np.empty(there.shape, there.dtype)
        self._copies.append((copy, there))
        return copy

    def shape(self, shape: Shape) -> Shape:
        """The shape that a sample has there."""
        return (*shape[1:], *shape[:1]) if self.moved else shape

    def done(self, job: Job) -> Callable[[], Array]:
        """The job with what has to be copied before it; its result is again as the network has it."""
        if not self.moved:
            return job.done
        result = np.moveaxis(job.out, -1, 1)

        def action() -> Array:
            for copy, there in self._copies:
                copy[...] = there
            job.done()
            return result

        return action


def placing_of(chain: Chain, tensors: Sequence[Array]) -> Placing | None:
    """How the tensors that a chain reads lie for its tiles; None if these cannot be computed from them."""
    channels = channels_of(chain)
    if channels != "first" and all(array.flags.c_contiguous for array in tensors):
        return Placing(moved=False)
    if channels == "last":
        return None
    ready = all(array.ndim > 1 and behind(array).flags.c_contiguous for array in tensors)
    return Placing(moved=True) if ready or chain[0].tiling.channels == "first" else None


def behind(array: Array) -> Array:
    """A view (N, *others, channels) of a tensor (N, channels, *others)."""
    return np.moveaxis(array, 1, -1)
