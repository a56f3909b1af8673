"""What the figures hold for: the machine and the versions of everything that was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from processes import CLOCK

PACKAGES = ("numpy", "torch", "onnxruntime", "onnx", "keras", "torchinfo")


def cores() -> int:
    """Processor cores that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def description() -> list[str]:
    """Lines of text."""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return [
        f"{_processor()}, {cores()} cores, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}, {versions}",
        f"{datetime.now(UTC):%Y-%m-%d}{_load()}",
        *(["times are the processor's, not the clock's: the machine was busy"] if CLOCK in os.environ else []),
    ]


def _load() -> str:
    """How many programs wanted a core, in the quarter of an hour that ends with this call."""
    return f"; programs that ran or waited, on average: {os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
