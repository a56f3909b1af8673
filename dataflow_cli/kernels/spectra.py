"""Spectra of sound: windows of a signal as sums of waves, and bands that are as wide as they are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array

_BREAK_HERTZ, _HIGH_Q = 700.0, 1127.0
"""Of the mel scale as the Hidden Markov Model Toolkit has it: 1127 · ln(1 + hertz / 700)."""


def window_of(kind: str | Sequence[float] | None, length: int, fft_length: int) -> Array:
    """The weights of a window in the middle of `fft_length` places: `hann`, `hamming`, ones, or its own numbers."""
    turn = 2 * np.pi * np.arange(length) / length
    made: Array
    if kind == "hann":
        made = 0.5 - 0.5 * np.cos(turn)
    elif kind == "hamming":
        made = 0.54 - 0.46 * np.cos(turn)
    else:
        made = np.ones(length) if kind is None else np.array(kind, np.float64)
    before = (fft_length - length) // 2
    return np.pad(made, (before, fft_length - length - before))


def places(count: int, frames: int, fft_length: int, stride: int) -> Array:
    """Where the places of windows (frames, fft_length) lie in a signal of `count`, which is mirrored at its ends."""
    start = stride * np.arange(frames)[:, np.newaxis] - fft_length // 2
    around = np.abs(start + np.arange(fft_length))
    found: Array = count - 1 - np.abs(count - 1 - around)
    return found


def mel_matrix(bins: int, bands: int, rate: float, low: float, high: float) -> Array:
    """How much of every frequency (bins, evenly from 0 to rate / 2) is in every band: triangles on the mel scale."""
    mel = _to_mel(np.linspace(0, rate / 2, bins))[1:, np.newaxis]
    ends = _to_mel(np.array([low, high]))
    edges = np.linspace(ends[0], ends[1], bands + 2)
    lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (mel - lower) / (center - lower), (upper - mel) / (upper - center)
    return np.pad(np.maximum(0, np.minimum(rising, falling)), ((1, 0), (0, 0)))


def _to_mel(hertz: Array) -> Array:
    found: Array = _HIGH_Q * np.log(1 + hertz / _BREAK_HERTZ)
    return found
