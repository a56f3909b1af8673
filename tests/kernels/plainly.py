"""Kernels called in one line, with arrays of any types and layouts: what their tests are about is the numbers."""

from __future__ import annotations

import numpy as np

from dataflow_cli.kernels.conv import METHODS, convolution_job
from dataflow_cli.kernels.conv.convolution import Convolution
from dataflow_cli.kernels.depthwise import depthwise_job
from dataflow_cli.kernels.elementwise import applied, relu_into
from dataflow_cli.kernels.pooling import max_pool_job
from dataflow_cli.kernels.running import scratch
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Epilogue, Stage
from dataflow_cli.kernels.running.job import Job
from dataflow_cli.kernels.windows import Slide


def convolve(x, kernel, *, strides, pads, dilations, groups=1, bias=None, activation=None, method="", engine=None):
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels / groups, filters), by the rule or by a method."""
    x, kernel, bias = _alike(x, kernel, bias)
    slide, stages = Slide(kernel.shape[:-2], strides, dilations, pads), (Stage(shift=bias, function=activation),)
    if not method:
        return convolution_job(x, kernel, slide, groups=groups, stages=stages, engine=engine).done()
    out = np.empty((len(x), *slide.counts(x.shape[1:-1]), kernel.shape[-1]), x.dtype)
    work = Convolution(x, kernel, out, slide, Epilogue(stages, out), (engine or PLAIN_ENGINE).packed, groups)
    return Job(engine, out, METHODS[method](work), work.macs).done()


def depthwise(x, kernel, *, strides, pads, dilations, bias=None, engine=None):
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels, multiplier)."""
    x, kernel, bias = _alike(x, kernel, bias)
    slide = Slide(kernel.shape[:-2], strides, dilations, pads)
    return depthwise_job(x, kernel, slide, (Stage(shift=bias),), engine=engine).done()


def max_pool(x, *, sizes, strides, pads, engine=None):
    """The maximum of every window of `x` (N, *spatial, channels)."""
    return max_pool_job(x, Slide(sizes, strides, (1,) * len(sizes), pads), engine=engine).done()


def relu(x, *, engine=None):
    """max(x, 0)."""
    return applied(relu_into, x, engine)


def held_bytes():
    """Bytes of the calling thread's scratch memory."""
    return sum(buffer.size for buffer in scratch._buffers.by_name.values())


def packed_bytes(engine):
    """Bytes of the packed weights that an engine keeps, without the arrays that they were made from."""
    return sum(made.nbytes for _, made in engine.packed._entries.values())


def _alike(x, kernel, bias):
    dtype = np.result_type(x, kernel)
    return (
        np.ascontiguousarray(x, dtype),
        np.ascontiguousarray(kernel, dtype),
        None if bias is None else bias.astype(dtype),
    )
