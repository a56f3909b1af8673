"""Numbers that tell places apart: sines of the place by wavelength, and pairs of numbers turned by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def sines(places: int, channels: int, longest: int, dtype: Any) -> Array:
    """(places, channels): sine and cosine in turn, of wavelengths that grow to `longest` times 2π."""
    number = np.arange(channels)
    angles = np.outer(np.arange(places), float(longest) ** (-2 * (number // 2) / channels))
    result: Array = np.where(number % 2, np.cos(angles), np.sin(angles)).astype(dtype)
    return result


@dataclass(frozen=True)
class Waves:
    """Which waves are stretched, by their rounds in a length: wholly below `low`, not at all above `high`."""

    length: int
    low: float
    high: float

    def kept(self, speeds: Array) -> Array:
        """For waves of these radians a place, the part, 0 to 1, that is left as it is."""
        rounds = self.length * speeds / (2 * np.pi)
        part: Array = np.clip((rounds - self.low) / (self.high - self.low), 0, 1)
        return part


def turns(places: int, width: int, longest: float, stretch: float, waves: Waves | None = None) -> tuple[Array, Array]:
    """Cosine and sine (places, width / 2) of the angle by which each pair of numbers is turned at each place."""
    speeds = float(longest) ** (-np.arange(0, width, 2) / width)
    if waves is None:
        angles = np.outer(np.arange(places) / stretch, speeds)
    else:
        kept = waves.kept(speeds)
        angles = np.outer(np.arange(places), speeds * (kept + (1 - kept) / stretch))
    return np.cos(angles), np.sin(angles)


def turned(x: Array, cosine: Array, sine: Array, *, interleaved: bool) -> Array:
    """`x` (..., width), its pairs turned by angles that broadcast (..., width / 2).

    A pair are neighbours if they are interleaved, else a number of the first half and the one of the second.
    """
    half = x.shape[-1] // 2
    first, second = (np.s_[..., 0::2], np.s_[..., 1::2]) if interleaved else (np.s_[..., :half], np.s_[..., half:])
    cosine, sine = cosine.astype(x.dtype), sine.astype(x.dtype)
    out = np.empty_like(x)
    out[first] = x[first] * cosine - x[second] * sine
    out[second] = x[second] * cosine + x[first] * sine
    return out
