"""What holds for every test: one profile for Hypothesis, the same examples in every run, no clock; one thread of BLAS.
What is not to run is not imported.

Helpers import as `tests.<folder>.<name>`.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # more of them wait for each other in a loop, which costs those who test beside us

for number in [getattr(signal, one) for one in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, one)]:
    if signal.getsignal(number) == signal.SIG_IGN:  # in the background: a program that is started inherits that,
        signal.signal(number, lambda *_: None)  # but no handler, and this one ignores the signal as well

settings.register_profile(
    "dftrace", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("dftrace")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file's bytes are no name for a test: a zip has the time in it, and two processes have to agree on all names."""
    return argname if isinstance(val, bytes) else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Peers that are not asked for are not imported: PyTorch alone takes seconds, and 300 MB."""
    peers = collection_path == Path(__file__).parent / "peers"
    return True if peers and "not peers" in config.option.markexpr else None


def pytest_configure() -> None:
    """Thousands of tests are made and kept: a search for circles among them finds none."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
