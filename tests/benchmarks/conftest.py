"""The programs in `benchmarks`, which import one another by their names."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
NAMES = [path.stem for path in FOLDER.glob("*.py")]


@pytest.fixture
def benchmark_module(monkeypatch):
    """Imports one of them; afterwards none of them is there."""
    monkeypatch.syspath_prepend(FOLDER)
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    yield import_module
    for name in NAMES:
        sys.modules.pop(name, None)
    sys.modules.update(before)
