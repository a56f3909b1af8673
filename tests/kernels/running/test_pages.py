"""Memory that lasts is in large pages: pieces that share nothing, as long as somebody computes over and over."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.kernels.running import pages, scratch
from dataflow_cli.kernels.running.engine import running


def test_pieces_begin_at_cache_lines_and_share_nothing():
    sizes = [1, 64, 100_000, pages.PAGE, 3 * pages.PAGE, 9 * pages.PAGE, 65, 0]
    some = pages.Pages()
    pieces = [some.piece(size) for size in sizes]
    for number, piece in enumerate(pieces):
        piece[...] = number
    assert [piece.size for piece in pieces] == sizes
    assert all((piece == number).all() for number, piece in enumerate(pieces))
    assert all(piece.ctypes.data % 64 == 0 for piece in pieces if piece.size)


def test_only_what_is_used_over_and_over_is_in_them(monkeypatch):
    asked = []
    scratch.release()
    monkeypatch.setattr(pages.Pages, "piece", lambda _, size: asked.append(size) or np.empty(size, np.uint8))
    scratch.aligned(1)
    with running():
        scratch.aligned(2)
    with running(keep=True):
        scratch.aligned(3)
    scratch.aligned(4)
    assert asked == [3]


def test_memory_that_there_is_not_is_said_so():
    with pytest.raises(MemoryError):
        pages.Pages().piece(2**62)
