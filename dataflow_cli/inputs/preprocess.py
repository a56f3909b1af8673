"""From values as stored to what the network takes: invert, scale, mean, std, in this order, then the type.

    x' = ( (255 - x if invert else x) · scale  -  mean[c] )  /  std[c]

Computed in float64 and rounded once, so x · 1/255 is the float32 nearest to the true quotient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.spec.model import InputSpec

    Array = NDArray[Any]

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
        spec: how they become inputs. An integer `dtype` of the spec (indices for an embedding) goes before `dtype`.
        batch: which samples.
        dtype: the floating-point type in which the network runs.

    Raises:
        InputError: E302 if the input takes integers and a value is none, or the type cannot hold it.
    """
    values = samples.array[batch]
    if spec.invert or spec.scale is not None or spec.mean is not None or spec.std is not None:
        values = _processed(values, spec)
    if is_integer(spec):
        return _integers(values, samples, spec)
    with np.errstate(over="ignore"):
        result: Array = values.astype(dtype)
    return np.ascontiguousarray(result)


def is_integer(spec: InputSpec) -> bool:
    """Whether the input takes integers."""
    return spec.dtype.startswith(("int", "uint"))


def _processed(values: Array, spec: InputSpec) -> Array:
    result: Array = values.astype(np.float64)
    if spec.invert:
        result = WHITE - result
    if isinstance(spec.scale, float):
        result = result * spec.scale
    elif spec.scale is not None:
        result = result * spec.scale.numerator / spec.scale.denominator
    if spec.mean is not None:
        result = result - _by_channel(spec.mean, spec)
    if spec.std is not None:
        result = result / _by_channel(spec.std, spec)
    return result


def _by_channel(numbers: tuple[float, ...], spec: InputSpec) -> Array:
    """One number a channel, or one for all, in a shape that meets the channels of (N, *shape)."""
    column = np.array(numbers, np.float64)
    if len(numbers) > 1 and spec.data_format == "channels_first":
        return column.reshape(-1, *(1 for _ in spec.shape[1:]))
    return column


def _integers(values: Array, samples: Samples, spec: InputSpec) -> Array:
    kind = np.dtype(spec.dtype)
    limits = np.iinfo(kind)
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.round(values))
        whole &= (values >= limits.min) & (values <= limits.max)
    else:
        whole = (values >= limits.min) & (values <= limits.max)
    if not whole.all():
        position = tuple(int(at) for at in np.argwhere(~whole)[0])
        raise InputError(
            f"input '{spec.name}' takes {spec.dtype}, found {values[position]:g} in {samples.sources[0][0]}",
            hint="give whole numbers, such as the indices of words",
            code="E302",
        )
    return np.ascontiguousarray(values.astype(kind))
