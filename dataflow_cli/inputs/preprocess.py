"""From values as stored to what the network takes: channel_order, invert, scale, mean, std, in this order, the type.

    x' = ( (255 - x if invert else x) · scale  -  mean[c] )  /  std[c]          c: the network's order of channels

Computed in float64 and rounded once, so x · 1/255 is the float32 nearest to the true quotient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.inputs.whole import check_rounded, check_whole
from dataflow_cli.lazy import np
from dataflow_cli.sizes import LONG, computed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array


WHITE = 255
BATCH = 128


def batches(samples: Samples, spec: InputSpec, size: int = BATCH, dtype: str = "float32") -> Iterator[Array]:
    """All samples as minibatches of `size`, the last one perhaps smaller. Raises InputError as `prepare` does."""
    for start in range(0, len(samples), size):
        yield prepare(samples, spec, slice(start, start + size), dtype)


def prepare(samples: Samples, spec: InputSpec, batch: slice = slice(None), dtype: str = "float32") -> Array:
    """The samples of `batch` as the network takes them, (n, *spec.shape).

    Args:
        samples: values as stored.
        spec: how they become inputs. An integer `dtype` of the spec says what values there may be, and the type of
            indices for an embedding; anything else is computed in `dtype`.
        batch: which samples.
        dtype: the floating-point type in which the network runs; of one of half precision, what that is computed in.

    Raises:
        InputError: E302 if the input takes integers, or indices, and the type cannot hold a value as it is.
    """
    dtype = computed_in(dtype)
    with np.errstate(all="ignore"):  # what is infinite or NaN afterwards the trace shows
        values = in_order(samples.array[batch], spec)
        if spec.scaled:
            values = _processed(values, spec)
        kind = spec.dtype if is_integer(spec) else dtype
        if is_integer(spec) or spec.indices:
            check_whole(values, kind, spec.name, lambda sample: samples.name((batch.start or 0) + sample))
        if spec.dtype in LONG and not spec.indices:
            check_rounded(values, dtype, spec.name, lambda sample: samples.name((batch.start or 0) + sample))
        return np.ascontiguousarray(values.astype(kind if spec.indices else dtype))


def is_integer(spec: InputSpec) -> bool:
    """Whether the input takes integers."""
    return spec.dtype.startswith(("int", "uint"))


def in_order(values: Array, spec: InputSpec) -> Array:
    """(N, *shape) with the channels in the order in which the network takes them."""
    if not spec.turns_channels:
        return values
    return values[:, ::-1] if spec.data_format == "channels_first" else values[..., ::-1]


def _processed(values: Array, spec: InputSpec) -> Array:
    result: Array = values.astype(np.float64)
    if spec.invert:
        np.subtract(WHITE, result, out=result)
    if isinstance(spec.scale, float):
        result *= spec.scale
    elif spec.scale is not None:
        result *= spec.scale.numerator
        result /= spec.scale.denominator
    if spec.mean is not None:
        result -= _by_channel(spec.mean, spec)
    if spec.std is not None:
        result /= _by_channel(spec.std, spec)
    return result


def _by_channel(numbers: tuple[float, ...], spec: InputSpec) -> Array:
    """One number a channel, or one for all, in a shape that meets the channels of (N, *shape)."""
    column = np.array(numbers, np.float64)
    if len(numbers) > 1 and spec.data_format == "channels_first":
        return column.reshape(-1, *(1 for _ in spec.shape[1:]))
    return column
