"""What this machine can do at best: products of two large float32 matrices, on so many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.blas import one_thread
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

SIZE = 768
"""Rows and columns: large enough for full speed, small enough for a few milliseconds."""


class Sgemm:
    """Matrices of their own for every thread, ready to be multiplied."""

    def __init__(self, threads: int) -> None:
        self.matrices = [np.full((3, SIZE, SIZE), 0.5, np.float32) for _ in range(threads)]
        self.pool = ThreadPoolExecutor(threads)
        self.speed()

    def speed(self) -> float:
        """Floating-point operations a second, one product a thread."""
        started = perf_counter()
        list(self.pool.map(_multiply, self.matrices))
        return 2 * SIZE**3 * len(self.matrices) / (perf_counter() - started)


def _multiply(matrices: Array) -> None:
    left, right, product = matrices
    with one_thread():
        np.matmul(left, right, out=product)
