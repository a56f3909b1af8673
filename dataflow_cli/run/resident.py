"""How much memory the process has, and had at most since that was last reset, where the system keeps count of it."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""What Linux takes as the wish to start the peak anew."""


def reset_peak() -> None:
    """Start the peak anew at what the process has now; elsewhere than on Linux it goes on since the start."""
    with suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")


def measured_peak_bytes() -> int:
    """The most memory that the process had at once, in bytes; 0 where nobody counts."""
    counted = _counted("VmHWM:")
    if counted:
        return counted
    with suppress(ImportError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return 0


def resident_bytes() -> int:
    """The memory that the process has now, in bytes; the most that it had, where only that is counted."""
    return _counted("VmRSS:") or measured_peak_bytes()


def _counted(name: str) -> int:
    """One of the figures that Linux has of this process, in bytes; 0 if it has none."""
    with suppress(OSError, StopIteration, ValueError):
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
    return 0
