"""What is to be profiled, and who computes it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass
from dataflow_cli.trace.fingerprints import weights_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.given import Given
    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.network.model import Network
    from dataflow_cli.profile.chunk_profile import ChunkProfile
    from dataflow_cli.profile.data import Chunk, DataSet
    from dataflow_cli.weights.model import Weights

    Computed = Iterator[tuple[int, ChunkProfile, str]]
    """A chunk's number, its profile, and the machine that computed it."""
    Others = Callable[["Work", Iterator[Chunk]], Computed]


REPEATED = (
    *("input_invert", "input_resize", "input_crop", "preprocess", "input_scale", "input_mean", "input_std"),
    *("channel_order", "shape", "weights", "init", "seed", "dtype", "label_column"),
)
"""What of `Given` says how samples are prepared and what they are sent through."""


def repeated(given: Given) -> dict[str, Any]:
    """By field what was given of that, as far as it can be written down."""
    found = {name: getattr(given, name) for name in REPEATED}
    found["weights"] = os.fspath(given.weights) if isinstance(given.weights, str | os.PathLike) else None
    plain = {name: value for name, value in found.items() if isinstance(value, str | int | float | tuple | list)}
    return {name: value for name, value in plain.items() if value}


@dataclass(frozen=True)
class Work:
    """What is to be profiled, and all that who computes a part has to know of it."""

    network: Network
    weights: Weights
    data: DataSet
    wanted: Wanted
    dtype: str
    given: Given
    skip_broken: bool
    fast_math: bool = False
    by_channel: bool = False
    """Whether the values of every channel are counted by size."""

    @cached_property
    def fingerprint(self) -> str:
        return weights_fingerprint(self.weights)
