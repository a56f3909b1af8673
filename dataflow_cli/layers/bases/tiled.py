"""Layers over space whose kernels fill the result tile by tile, channels last."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.tiling import Tiling, Work
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shapes


@dataclass(frozen=True, kw_only=True)
class Tiled(Spatial):
    """Base of kinds whose forward pass is `tile_job`, for either data format and mixed types."""

    def tile_job(self, work: Work) -> Job:
        """What makes the output without the activation, channels last."""
        raise NotImplementedError

    def activated_job(self, work: Work) -> Job:
        """The same with the activation, if that is a function of elements."""
        return self.tile_job(work.activated(self.activating))

    def tiling(self, inputs: Shapes) -> Tiling:
        return Tiling(self.activated_job, channels="first" if self.channels_first else "last")

    def copying(self, method: Method, inputs: Shapes, samples: int) -> Method:
        """The method with the copy of the input whose channels lie side by side."""
        copied = self.channels_first and self.split(inputs)[1] > 1
        return replace(method, beside=method.beside + samples * math.prod(inputs[0])) if copied else method

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self._computed(inputs, parameters, (), engine)

    def __call__(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        if self.activating is None:
            return super().__call__(inputs, parameters, engine)
        return self._computed(inputs, parameters, (kernels.epilogue.Stage(function=self.activating),), engine)

    def _computed(self, inputs: Arrays, parameters: Parameters, stages: Stages, engine: Engine | None) -> Array:
        floats = [array.dtype for array in (*inputs, *parameters.values()) if array.dtype.kind == "f"]
        dtype = np.result_type(*floats) if parameters and floats else inputs[0].dtype
        x = self.to_last(inputs[0]).astype(dtype, copy=False)
        if x.strides[-1] != x.itemsize and x.shape[-1] > 1:
            x = np.ascontiguousarray(x)
        same = {name: values.astype(dtype, copy=False) for name, values in parameters.items()}
        return self.from_last(self.tile_job(Work([x], same, stages, engine=engine)).done())
