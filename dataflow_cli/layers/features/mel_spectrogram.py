"""The mel spectrogram layer: how loud every band of pitches is, window by window along a signal.

    wave[n, t, k]  = Σ_i window[i] · in[n, t · sequence_stride + i - fft_length / 2] · exp(-2πj · i · k / fft_length)
    band[n, m, t]  = Σ_k |wave[n, t, k]|^mag_exp · triangle[k, m]
    out[n, m, t]   = 10 · log10( max(band[n, m, t], min_power) / ref_power ), at least top_db below the loudest

n: sample; t: window; i: place in it; k: frequency; m: band, whose triangle is even on the mel scale. At both ends the
signal is mirrored. The loudest is that of the sample (Keras takes that of the whole minibatch). Without `power_to_db`
out = band.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, SOURCE
from dataflow_cli.layers.fields import Boolean, Choice, Integer, List, Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.fields import JSONSchema
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

WINDOWS = Choice(("hann", "hamming"))


@dataclass(frozen=True)
class WindowField:
    """The name of a window, or its own numbers."""

    def read(self, value: Any) -> str | tuple[float, ...]:
        if isinstance(value, list | tuple):
            return List(Number()).read(value)
        try:
            return WINDOWS.read(value)
        except FieldError as error:
            raise FieldError(error.message.replace(WINDOWS.describe(), self.describe()), hint=error.hint) from None

    def describe(self) -> str:
        return f"{WINDOWS.describe()}, or a list of numbers"

    def schema(self) -> JSONSchema:
        return {"anyOf": [WINDOWS.schema(), List(Number()).schema()]}


@dataclass(frozen=True, kw_only=True)
class MelSpectrogram(Layer):
    """How loud bands of pitches are along a signal (samples), as (bands, windows)."""

    type: ClassVar[str] = "mel_spectrogram"
    fft_length: int = option(Integer(1), "how many places a window has when its frequencies are found", 2048)
    sequence_stride: int = option(Integer(1), "step between two windows", 512)
    sequence_length: int | None = option(
        Optional(Integer(1)), "how many of the places are of the signal; null: all", None
    )
    window: str | tuple[float, ...] | None = option(
        Optional(WindowField()), "what the places of a window are multiplied by; null: 1", "hann"
    )
    sampling_rate: int = option(Integer(1), "samples a second", 16000)
    num_mel_bins: int = option(Integer(1), "number of bands", 128)
    min_freq: float = option(Number(0), "where the lowest band begins, in hertz", 20)
    max_freq: float | None = option(Optional(Number(0)), "where the highest ends; null: half the sampling rate", None)
    power_to_db: bool = option(Boolean(), "whether the bands are told in decibels", True)
    top_db: float = option(Number(0), "no band is so many decibels below the loudest of the sample", 80)
    mag_exp: float = option(Number(0), "the power of the magnitudes: 1 for energy, 2 for power", 2)
    min_power: float = option(Number(0), "what a band has at least before its logarithm", 1e-10)
    ref_power: float = option(Number(), "what 0 decibels are", 1)

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return ("band", "window")[-dimensions:]

    @property
    def bins(self) -> int:
        """How many frequencies there are."""
        return self.fft_length // 2 + 1

    @property
    def half(self) -> int:
        """How far a window reaches to the left of its middle."""
        return self.fft_length // 2

    def frames(self, shape: Shape) -> int:
        """How many windows there are. Raises LayerError if the signal or the fields do not fit."""
        if len(shape) != 1:
            found = f"found {written(shape)}" if shape else "found a single number"
            message = f"mel_spectrogram takes a signal (samples), {found}"
            raise LayerError(message, hint="reshape it to one row before", wanted="a signal")
        length = self.sequence_length or self.fft_length
        if length > self.fft_length:
            hint = f"write at most {self.fft_length}, or a larger fft_length"
            raise LayerError(f"windows of {length} are longer than fft_length", hint=hint, field="sequence_length")
        if isinstance(self.window, tuple) and len(self.window) != length:
            hint = f"give it {length} numbers, or its name"
            raise LayerError(f"window has {len(self.window)} numbers", hint=hint, field="window")
        if shape[0] <= self.half:
            hint = f"give it more than {self.half} samples, or a smaller fft_length"
            raise LayerError(f"a signal of {shape[0]} is too short to be mirrored", hint=hint, field="fft_length")
        return (shape[0] + 2 * self.half - self.fft_length) // self.sequence_stride + 1

    def output_shape(self, inputs: Shapes) -> Shape:
        return (self.num_mel_bins, self.frames(inputs[0]))

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return ((self.frames(inputs[0]), self.bins, self.num_mel_bins),)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        padded = f"{inputs[0][0]} + {2 * self.half} - {self.fft_length}"
        return (f"windows: ⌊({padded})/{self.sequence_stride}⌋ + 1 = {self.frames(inputs[0])}",)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        raise unknown("PyTorch itself has no mel_spectrogram")

    @property
    def has_floor(self) -> bool:
        """Whether the loudest band of a sample bears on all others."""
        return self.power_to_db

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        count, heard = inputs[0][0], self.matrix.any(axis=0)
        fed = np.zeros(count, bool)
        bands = wanted & np.asarray(heard)[:, np.newaxis]
        frames = np.full(wanted.shape[1], wanted.any()) if self.has_floor else bands.any(axis=0)
        fed[self.places(count)[frames][:, self.weights != 0]] = True
        return [fed]

    # The signal's windows, and the bands

    @cached_property
    def weights(self) -> Array:
        """The window (fft_length,)."""
        return kernels.spectra.window_of(self.window, self.sequence_length or self.fft_length, self.fft_length)

    @cached_property
    def matrix(self) -> Array:
        """The bands' triangles (frequencies, bands)."""
        high = self.max_freq or int(self.sampling_rate / 2)
        return kernels.spectra.mel_matrix(self.bins, self.num_mel_bins, self.sampling_rate, self.min_freq, high)

    def places(self, count: int) -> Array:
        """Where the places of every window lie in the signal: (windows, fft_length)."""
        return kernels.spectra.places(count, self.frames((count,)), self.fft_length, self.sequence_stride)

    def bands(self, x: Array) -> Array:
        """The bands (N, windows, bands) of signals (N, samples), in float64."""
        waves = np.fft.rfft(x[:, self.places(x.shape[1])] * self.weights, axis=-1)
        found: Array = np.abs(waves) ** self.mag_exp @ self.matrix
        return found

    def decibels(self, bands: Array) -> Array:
        """The logarithms, without a floor."""
        return self._logarithm(bands) - self.reference

    @property
    def reference(self) -> float:
        """What 0 decibels are, in decibels over 1."""
        return float(self._logarithm(np.array(abs(self.ref_power))))

    def _logarithm(self, bands: Array) -> Array:
        with np.errstate(divide="ignore"):
            found: Array = 10 * np.log10(np.maximum(bands, self.min_power))
        return found

    # Work

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """Windows and their waves, in twice as many bytes."""
        each = self.frames(inputs[0]) * (5 * self.fft_length + 4 * self.num_mel_bins)
        return kernels.method.beside(2 * samples * each + 2 * self.bins * self.num_mel_bins)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        found = self.bands(x)
        if self.power_to_db:
            found = self.decibels(found)
            found = np.maximum(found, found.max(axis=(1, 2), keepdims=True) - self.top_db)
        return np.ascontiguousarray(found.swapaxes(1, 2).astype(x.dtype if x.dtype.kind == "f" else np.float32))

    # Explanation

    def terms(self, inputs: Shapes) -> int:
        return 2 * (self.sequence_length or self.fft_length) if self.has_floor else self.fft_length

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """A band is a sum over the samples of its window, each times what the waves that it is part of have of it."""
        band, frame = at
        block = self._window(inputs[0], band, frame)
        start = explaining.from_blocks(at, inputs, [block], block.subtotal)
        return self._told(start, inputs, block) if self.power_to_db else start

    def _window(self, x: Array, band: int, frame: int) -> Block:
        """The samples of a window, each with its part of the band: they add up to it."""
        places = self.places(x.shape[1])[frame]
        waves = np.fft.rfft(x[0, places] * self.weights)
        size = np.abs(waves)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(size > 0, size ** (self.mag_exp - 2), 0) * self.matrix[:, band]
        full = np.zeros(self.fft_length, complex)
        full[: self.bins] = share * waves
        parts = self.weights * np.fft.ifft(full).real * self.fft_length
        used = self.weights != 0
        mine, place = np.unique(places[used], return_inverse=True)  # near the ends a sample stands in a window twice
        each = np.zeros(len(mine))
        np.add.at(each, place, parts[used])
        values, weights = explaining.taken(x[0], (mine.tolist(),)), explaining.taken(each, (range(len(mine)),))
        found = explaining.weighted(f"window {frame}", "row", values, weights, "")
        total = float(self.bands(x)[0, frame, band])  # what is not finite comes about in another order otherwise
        heard = CANDIDATE if self.matrix[:, band].any() else NOTHING
        roles = np.where(found.roles == SOURCE, SOURCE, heard).astype(np.int8)
        amounts, sound = found.contributions, np.isfinite(found.values)
        amounts = np.where(sound, np.where(np.isfinite(amounts), amounts, 0.0), found.values)  # who is not is to blame
        return replace(found, roles=roles, contributions=amounts, coefficient_name="in the band", subtotal=total)

    def _told(self, start: Explanation, inputs: Arrays, block: Block) -> Explanation:
        """In decibels, and not too far below the loudest band."""
        bands = self.bands(inputs[0].astype(np.float64))[0]
        loudest = np.unravel_index(int(bands.argmax()), bands.shape)
        floor = float(self.decibels(bands[loudest])) - self.top_db
        power = max(block.subtotal, self.min_power)
        if power > block.subtotal:
            start = start.then("at least", "max({}, {})", (block.subtotal, self.min_power), power)
            start = start.cut_off("The band has less than min_power: only a large change shows.")
        value = float(self._logarithm(np.array(power)))
        start = start.then("decibels", "10 · log10({})", (power,), value)
        if self.reference:
            start = start.then("over the reference", "{} - {}", (value, self.reference), value - self.reference)
        return self._above(start, inputs, floor, (int(loudest[1]), int(loudest[0])))

    def _above(self, start: Explanation, inputs: Arrays, floor: float, loudest: Shape) -> Explanation:
        """Any sample may make the loudest band louder; below the floor nothing else shows."""
        (role,), value = start.roles, start.total
        if value >= floor:
            return replace(start, roles=(np.maximum(role, self._others(inputs)),))
        other = self._window(inputs[0], *loudest)
        silent = [explaining.silent(one, CANDIDATE) for one in start.blocks]
        named = replace(other, name=f"the loudest band: {other.name}")
        found = explaining.from_blocks(start.at, inputs, [*silent, named], value)
        found = replace(found, lines=start.lines, uses=start.uses, notes=start.notes)
        found = found.then("at least top_db below the loudest", "max({}, {})", (value, floor), floor)
        return replace(found, roles=(np.maximum(found.roles[0], self._others(inputs)),))

    def _others(self, inputs: Arrays) -> Array:
        """Samples that are in any window."""
        shape = inputs[0].shape[1:]
        (fed,) = self.feeds(np.ones(self.output_shape([shape]), bool), [shape])
        return np.where(fed, CANDIDATE, NOTHING).astype(np.int8)
