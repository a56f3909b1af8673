"""What goes along a sequence, drawn over its steps: lines of few units, the median of many in two bands."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_trace, network_from_text, save_trace
from dataflow_cli.render.pictures.by_step import step_rows
from dataflow_cli.render.pictures.curves import place_plot
from dataflow_cli.render.pictures.model import Tiles
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.render.pictures.shapes import Area, Rect, Text
from dataflow_cli.render.pictures.terminal_plot import plot_lines
from dataflow_cli.render.pictures.themes import THEMES
from tests.render.pictures.pictures import planned

STEPS = np.array([[[1.0], [2.0], [-1.0]]])
"""One sequence of three steps; unit u of what follows is (u + 1) times the step."""


def net(units, steps=3, more=""):
    own = f"kernel: [{list(range(1, units + 1))}], recurrent_kernel: {[[0] * units] * units}, bias: 0"
    row = f"{{type: simple_rnn, name: r, units: {units}, activation: linear, {more}weights: {{{own}}}}}"
    return f"dftrace: 1\nname: by-step\ninput: {{shape: [{steps}, 1]}}\nlayers:\n  - {row}\n"


@pytest.mark.parametrize(("name", "more"), [("r:hidden", ""), ("r", "return_sequences: true, ")])
def test_a_few_units_are_a_line_each(name, more):
    (row,) = planned(net(2, more=more), STEPS, [name], kind="plot").rows
    assert [(curve.name, curve.x.tolist(), curve.y.tolist()) for curve in row.panels[0].curves] == [
        ("unit 0", [0, 1, 2], [1, 2, -1]),
        ("unit 1", [0, 1, 2], [2, 4, -2]),
    ]
    assert row.lines == ("(3, 2)", "3 steps across,", "2 units")


def test_of_many_the_median_stands_in_the_middle_half_and_that_in_all():
    """Of 1 to 9 times x: 5 in the middle, a quarter of the way along 3 and 7, at the ends 1 and 9."""
    (plot,) = planned(net(9), STEPS, ["r:hidden"]).rows[0].panels
    (median,) = plot.curves
    assert (median.name, median.y.tolist()) == ("median of 9 units", [5, 10, -5])
    assert [(band.name, band.low.tolist(), band.high.tolist()) for band in plot.bands] == [
        ("all", [1, 2, -9], [9, 18, -1]),
        ("middle half", [3, 6, -7], [7, 14, -3]),
    ]


def test_inputs_side_by_side_have_one_axis_which_holds_0_and_a_gate_s_1():
    first, second = planned(net(7), np.concatenate([STEPS, 10 * STEPS]), ["r:hidden"]).rows[0].panels
    assert first.span == second.span == (-70, 140)
    assert planned(net(1), STEPS / 100 + 0.1, ["r:hidden"]).rows[0].panels[0].span == (0, 1)
    assert planned(net(1), STEPS + 10, ["r:hidden"]).rows[0].panels[0].span == (0, 12)


def test_what_a_trace_kept_is_drawn_alike(tmp_path):
    trace = network_from_text(net(7)).trace(STEPS, keep=["r:hidden"])
    save_trace(trace, tmp_path / "kept.npz")
    (row,) = picture(load_trace(tmp_path / "kept.npz"), ["r:hidden"], Wanted()).rows
    assert row.panels[0].bands[0].high.tolist() == [7, 14, -1]


def test_a_heat_map_can_be_asked_for():
    assert isinstance(planned(net(7), STEPS, ["r:hidden"], kind="mosaic").rows[0].panels[0], Tiles)


def test_only_whole_steps_are_numbered_and_a_band_is_interrupted_where_a_value_is_none():
    values = np.array([[[1.0], [2.0], [np.nan], [1.0], [0.0]]]) * np.arange(7)
    (plot,) = step_rows({"hidden": values}, {})["hidden"].panels
    shapes = list(place_plot(plot, 500, THEMES["light"]).shapes)
    below = [shape.text for shape in shapes if isinstance(shape, Text) and shape.anchor == "middle"]
    assert below == ["0", "1", "2", "3", "4", "step"]
    assert [len(shape.points) for shape in shapes if isinstance(shape, Area)] == [4] * 4


def test_several_tensors_are_low_and_their_steps_stand_in_line():
    """Though one has numbers to 20,000 beside it, and the other from 0 to 1."""
    (alone,) = step_rows({"one": STEPS * 1e4}, {})["one"].panels
    low, other = (row.panels[0] for row in step_rows({"one": STEPS * 1e4, "other": STEPS**2 / 9}, {}).values())
    assert placed(alone)[0] > 1.5 * placed(low)[0] == 1.5 * placed(other)[0]
    assert placed(low)[1] == placed(other)[1]


def placed(panel):
    """Its height, and where its ticks stand."""
    drawn = place_plot(panel, 500, THEMES["light"])
    return drawn.height, [shape.x for shape in drawn.shapes if isinstance(shape, Rect) and shape.height == 4]


def test_a_terminal_fills_the_bands():
    (plot,) = planned(net(7), STEPS, ["r:hidden"]).rows[0].panels
    lines = plot_lines(plot, 60, "ascii", THEMES["light"])
    assert lines[0].split("  ") == ["* median of 7 units", ". all", ": middle half", *lines[0].split("  ")[3:]]
    column = "".join(line[8] for line in lines[1:-1]).strip()
    assert column[0] == "."
    assert ":*" in column
    (low, _) = (row.panels[0] for row in step_rows({"one": STEPS, "other": STEPS}, {}).values())
    assert len(plot_lines(low, 60, "ascii", THEMES["light"])) < len(lines)
