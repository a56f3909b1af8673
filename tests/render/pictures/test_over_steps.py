"""Pictures one a step, as a layer has them that goes along a film: a column a step, a line a channel."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.page.pictures import pictures_of
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.trace.saved import load_trace, save_trace

FILM = """\
dftrace: 1
data_format: %s
input: %s
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: conv_lstm2d, name: film, filters: 3, kernel_size: 3, padding: same, return_sequences: true}
"""
NAMES = ["film:forget_gate", "film:cell", "film"]


def rows(data_format, shape, x, path):
    save_trace(network_from_text(FILM % (data_format, shape)).trace(x, keep=NAMES), path)
    trace = load_trace(path)
    return trace, picture(trace, NAMES, Wanted()).rows


@pytest.mark.parametrize("steps", [1, 5])
def test_gates_are_a_column_a_step_in_both_data_formats(tmp_path, steps):
    x = np.random.default_rng(2).random((1, steps, 6, 7, 1))
    _, last = rows("channels_last", [steps, 6, 7, 1], x, tmp_path / "l.npz")
    trace, first = rows("channels_first", [steps, 1, 6, 7], x.transpose(0, 1, 4, 2, 3), tmp_path / "f.npz")
    for one, other in zip(last, first, strict=True):
        (tiles,), (others,) = one.panels, other.panels
        assert (tiles.columns, tiles.rows) == (steps, 3)
        np.testing.assert_array_equal(tiles.pixels, others.pixels)
        assert one.lines[1] == other.lines[1] == f"3 channels down, {steps} step{'s' * (steps > 1)} across"
    (told,) = pictures_of(trace, "film:cell", 10**6)
    assert (told["places"], told["slices"]) == (["slice", "channel", "row", "column"], steps)
