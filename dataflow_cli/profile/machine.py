"""The kind of machine that computes: results are the same to the bit on machines of one kind."""

from __future__ import annotations

import platform
from pathlib import Path

from dataflow_cli.lazy import np


def machine() -> str:
    """The CPU, NumPy and its BLAS in one line."""
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    library = " ".join(str(blas.get(name, "")) for name in ("name", "version")).strip() or "no BLAS"
    return f"{_cpu()}; NumPy {np.__version__}; {library}"


def _cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            named = next((line for line in lines if line.startswith("model name")), "")
    except OSError:
        named = ""
    return " ".join(named.partition(":")[2].split()) or platform.processor() or platform.machine()
