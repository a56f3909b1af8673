"""What a network does over a data set: the record that is shown, saved, compared and drawn."""

from __future__ import annotations

import math
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.octaves import percentile
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.profile.answers import Answers
    from dataflow_cli.profile.tally import Tally
    from dataflow_cli.shapes import Array, Shape

RANGE_SHARE = 0.999
"""Of the values that lie in the range for quantization."""
SATURATED = 0.99
"""Of a channel's values: with so many near an end it is saturated."""


@dataclass(frozen=True)
class LayerProfile:
    """One tensor over all samples."""

    name: str
    type: str
    output_shape: Shape
    tally: Tally
    unit: str
    """What one channel is called: `channel`, `unit`; nothing where they are not told apart."""
    activation: str = ""
    can_die: bool = False
    """Whether a channel of nothing but zeros is dead."""
    view_of: str = ""
    """The tensor that this is another view of; the numbers are that one's."""
    is_input: bool = False

    @property
    def channels(self) -> int:
        return len(self.tally.mean)

    @property
    def is_excited(self) -> bool:
        """Whether it has channels of its own that samples excite."""
        return bool(self.unit) and not self.is_input and not self.view_of and len(self.dead) < self.channels

    @property
    def values(self) -> int:
        """How many there are in all."""
        return self.tally.samples * self.tally.places * self.channels

    @cached_property
    def dead(self) -> Array:
        """The channels that put out nothing but zeros; none of a layer that may."""
        return np.flatnonzero(self._only_zeros) if self.can_die else np.zeros(0, np.int64)

    @property
    def _only_zeros(self) -> Array:
        found: Array = self.tally.zeros == self.tally.samples * self.tally.places
        return found

    @cached_property
    def always_on(self) -> Array:
        """The channels that never put out a zero, of a layer whose channels may."""
        return np.flatnonzero(self.tally.zeros == 0) if self.can_die and not self.tally.near.size else self._nobody

    @cached_property
    def saturated(self) -> Array:
        """The channels that are nearly always near an end of the layer's function."""
        if not self.tally.near.size:
            return self._nobody
        return np.flatnonzero(self.tally.near >= SATURATED * self.tally.samples * self.tally.places)

    @property
    def _nobody(self) -> Array:
        return np.zeros(0, np.int64)

    @property
    def mean(self) -> float:
        """Of all finite values."""
        finite = self.tally.finite
        return float(finite @ self.tally.mean / finite.sum()) if finite.sum() else math.nan

    @property
    def std(self) -> float:
        """Their standard deviation, with their number below."""
        finite = self.tally.finite
        total = finite.sum()
        if not total:
            return math.nan
        apart = self.tally.mean - self.mean
        return math.sqrt(float(self.tally.m2.sum() + (finite * apart**2).sum()) / total)

    @cached_property
    def deviations(self) -> Array:
        """The standard deviation (C,) of each channel's finite values."""
        finite = self.tally.finite
        found: Array = np.sqrt(np.divide(self.tally.m2, finite, out=np.zeros(self.channels), where=finite > 0))
        return found

    @property
    def low(self) -> float:
        return float(self.tally.low.min(initial=np.inf)) if self.tally.finite.sum() else math.nan

    @property
    def high(self) -> float:
        return float(self.tally.high.max(initial=-np.inf)) if self.tally.finite.sum() else math.nan

    @property
    def low_at(self) -> int:
        """The first sample with the smallest value; -1 where no value is finite."""
        return _first(self.tally.low_at, self.tally.low == self.low)

    @property
    def high_at(self) -> int:
        """The same of the largest."""
        return _first(self.tally.high_at, self.tally.high == self.high)

    @property
    def zeros(self) -> int:
        return int(self.tally.zeros.sum())

    @property
    def nans(self) -> int:
        return int(self.tally.nans.sum())

    @property
    def infinities(self) -> int:
        return int(self.tally.infinities.sum())

    def percentile(self, share: float, dtype: str) -> float:
        """A value that the share of all does not exceed, within 1/16 of itself, and never beyond the extremes."""
        found = percentile(self.tally.counts, share, dtype)
        return min(max(found, self.low), self.high) if not math.isnan(found) else found

    @property
    def has_histograms(self) -> bool:
        """Whether values are counted by channel."""
        return bool(self.tally.used.size)

    def channel_counts(self, channel: int) -> Array:
        """A channel's values by sign and sixteenth of an octave, as `tally.counts` are of all channels."""
        found: Array = np.zeros_like(self.tally.counts)
        found[self.tally.used] = self.tally.by_channel[channel]
        return found

    def channel_percentile(self, channel: int, share: float, dtype: str) -> float:
        """The same as `percentile` of one channel; NaN where values are not counted by channel."""
        if not self.has_histograms:
            return math.nan
        found = percentile(self.channel_counts(channel), share, dtype)
        low, high = float(self.tally.low[channel]), float(self.tally.high[channel])
        return min(max(found, low), high) if not math.isnan(found) else found

    def class_means(self) -> Array:
        """(classes, C): the mean of the samples of every right class; NaN where there is none."""
        counts = self.tally.class_counts[:, None]
        found: Array = np.full(self.tally.class_sums.shape, np.nan)
        np.divide(self.tally.class_sums, counts, out=found, where=counts > 0)
        return found


def _first(samples: Array, wanted: Array) -> int:
    return int(samples[wanted].min(initial=np.iinfo(np.int64).max)) if wanted.any() else -1


@dataclass(frozen=True)
class Profile:
    """A network over a data set."""

    network: str
    file: str
    weights: str
    weights_fingerprint: str
    data: tuple[str, ...]
    """What was given as input."""
    samples: int
    chunk: int
    """Samples a chunk."""
    dtype: str
    layers: tuple[LayerProfile, ...]
    classes: tuple[str, ...] = ()
    score: str = ""
    """What the scores of mistakes are: `probability`, `logit`."""
    answers: Answers | None = None
    broken: tuple[tuple[int, str, str], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    """What samples are called that the record speaks of."""
    machines: tuple[str, ...] = ()
    """The kinds of CPU, NumPy and BLAS that computed it; of one kind the bits are the same however work is shared."""
    skipped_files: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    """What was said beside the network file of the parameters and of how samples are prepared, by field of `Given`."""

    def layer(self, name: str) -> LayerProfile:
        """The layer of that name. Raises UnknownName."""
        from dataflow_cli.errors import UnknownName, suggestion

        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise UnknownName(f"the profile has no layer '{name}'", hint=suggestion(name, names) or ", ".join(names[:12]))

    def class_name(self, index: int) -> str:
        """What a class is called; its number, where it has no name."""
        return self.classes[index] if index < len(self.classes) else str(index)

    def name(self, sample: int) -> str:
        """What a sample is called; its number, where the record does not say."""
        return self.names.get(sample, "" if sample < 0 else f"sample {sample}")
