"""Attention as a grid of heads: a picture each, with the places along its sides where there are few."""

from __future__ import annotations

import numpy as np

from dataflow_cli import load_network
from dataflow_cli.examples import folder
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.trace.saved import load_trace, save_trace

NAME = "encoder_2/attention:weights"


def test_a_tile_a_head_with_queries_down_and_keys_across(tmp_path):
    """Head 1 of the query at place 7 takes most from the key at place 5, the h: its cell is the darkest."""
    trace = load_network(folder() / "sort-transformer.yaml").trace(keep=[NAME])
    save_trace(trace, tmp_path / "t.npz")
    for one in (trace, load_trace(tmp_path / "t.npz")):
        (row,) = picture(one, [NAME], Wanted()).rows
        (tiles,) = row.panels
        assert tiles.pixels.shape == (2, 8, 8, 3)
        assert tiles.numbers == ("0", "1")
        assert tiles.sides == (tuple("01234567"), tuple("01234567"))
        assert row.lines[1:4] == ("2 heads:", "8 queries down,", "8 keys across")
        darkest = tiles.pixels[1].sum(axis=-1).argmin()
        assert np.unravel_index(darkest, (8, 8)) == (7, 5)
