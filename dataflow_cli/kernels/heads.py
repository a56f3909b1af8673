"""Attention with heads as work that can be done again: three projections, what the queries take, and its projection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.attention import attend_job
from dataflow_cli.kernels.dense import dense_job
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.kernels.running.job import in_turn, side_by_side
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, eq=False)
class Projection:
    """What queries, keys or values are projected from, and how."""

    x: Array
    """(N, places, channels)"""
    kernel: Array
    """(channels, heads, numbers)"""
    bias: Array | None
    """(heads, numbers)"""

    def job(self, name: str, engine: Engine | None, *, alone: bool) -> Job:
        """What fills (N · places, heads · numbers)."""
        rows, matrix = self.x.reshape(-1, self.x.shape[-1]), self.kernel.reshape(len(self.kernel), -1)
        out = (engine or PLAIN_ENGINE).memory(name, (len(rows), matrix.shape[1]), rows.dtype)
        stages = () if self.bias is None else (Stage(shift=self.bias.reshape(-1)),)
        return dense_job(rows, matrix, stages, out, engine=engine, alone=alone)

    def by_place(self, flat: Array) -> Array:
        """What such a job fills as (N, places, heads, numbers)."""
        return flat.reshape(*self.x.shape[:2], *self.kernel.shape[1:])


def heads_job(
    projections: Mapping[str, Projection],
    scale: float,
    visible: Visible,
    output: tuple[Array, Stages, Array | None],
    *,
    engine: Engine | None = None,
    cap: float = 0.0,
) -> Job:
    """Queries, keys and values, in this order by their names, which take from one another, and what becomes of it by
    the `output`: a kernel (heads · numbers, channels), what is done to every tile, and the array to fill (N · places,
    channels), if there is one.
    """
    last = len(projections) - 1
    jobs = [one.job(name, engine, alone=place == last) for place, (name, one) in enumerate(projections.items())]
    query, key, value = (one.by_place(job.out) for one, job in zip(projections.values(), jobs, strict=True))
    kernel, stages, out = output
    found = (engine or PLAIN_ENGINE).memory("heads", (*query.shape[:3], value.shape[-1]), query.dtype)
    look = attend_job((query, key, value), scale, visible, found, engine=engine, cap=cap)
    before = in_turn([side_by_side(jobs).done, look.done])
    return dense_job(found.reshape(-1, len(kernel)), kernel, stages, out, engine=engine, first=before)
