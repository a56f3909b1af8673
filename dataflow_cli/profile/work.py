"""What is to be profiled, and who computes it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

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

    @cached_property
    def fingerprint(self) -> str:
        return weights_fingerprint(self.weights)
