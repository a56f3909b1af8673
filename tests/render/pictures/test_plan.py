"""Which tensor becomes which panel, and the pixels in it."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.errors import InputError, OutputError, UnknownName
from dataflow_cli.render.pictures.model import Bars, Plot, Strips, Tiles, Window
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.weights.learned_kernels import all_kernels
from tests.render.pictures.pictures import grays, names_in, planned, row_of

CONV = """\
dftrace: 1
name: small
input: {shape: [2, 2, 1]}
layers:
  - type: conv2d
    name: conv
    filters: 2
    kernel_size: 1
    use_bias: false
    weights: {kernel: [[[[1, -2]]]]}
  - flatten
  - {type: dense, name: hidden, units: 2, weights: {kernel: [[1,0],[0,1],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0]], bias: 0}}
  - {type: dense, name: answer, units: 2, activation: softmax, weights: {kernel: [[1,0],[0,1]], bias: 0}}
classes: [left, right]
"""
FOUR = np.array([[[[0.0], [1.0]], [[2.0], [4.0]]]])
"""One picture, 2 x 2; the first filter gives 0 1 2 4, the second 0 -2 -4 -8, so m is 8."""

BARE = """\
dftrace: 1
name: bare
input: {shape: [1, 3, 1]}
layers: [{type: conv2d, filters: 1, kernel_size: 1, use_bias: false, weights: {kernel: [[[[2]]]]}}]
"""


def test_every_layer_that_changes_something_has_a_row():
    made = planned(CONV, FOUR)
    assert [row.name for row in made.rows] == ["input", "conv", "hidden", "answer"]
    assert [type(row.panels[0]) for row in made.rows] == [Tiles, Tiles, Strips, Bars]


def test_a_mosaic_shows_channel_k_row_r_column_c_at_its_place():
    tiles = row_of(planned(CONV, FOUR), "conv").panels[0]
    assert tiles.columns == 2
    # 128 - 128 v / 8: 0 1 2 4 and 0 -2 -4 -8 (the last is 256, cut)
    assert grays(tiles.pixels) == [[[128, 112], [96, 64]], [[128, 160], [192, 255]]]


def test_one_scale_holds_for_all_inputs():
    values = np.concatenate([FOUR, 2 * FOUR])
    first, second = row_of(planned(CONV, values), "conv").panels
    assert grays(second.pixels) == [[[128, 112], [96, 64]], [[128, 160], [192, 255]]]
    assert grays(first.pixels) == [[[128, 120], [112, 96]], [[128, 144], [160, 192]]]


def test_each_channel_may_have_its_own_scale():
    made = planned(CONV, FOUR, scale="channel")
    assert grays(row_of(made, "conv").panels[0].pixels) == [[[128, 96], [64, 0]], [[128, 160], [192, 255]]]
    assert row_of(made, "conv").legend is None
    assert "One scale for each channel." in made.notes


def test_a_single_channel_with_its_own_scale_has_a_legend():
    made = planned(BARE, np.array([[[[-1.0], [0.0], [4.0]]]]), scale="channel")
    assert made.rows[1].legend.marks == ((0.0, "-2"), (1.0, "8"))
    assert made.rows[1].legend.pixels.shape == (128, 3)


def test_one_scale_for_all_layers_does_not_count_input_and_answer():
    made = planned(CONV, 100 * FOUR, scale="global")
    assert grays(row_of(made, "conv").panels[0].pixels[0]) == [[128, 112], [96, 64]]
    # hidden takes the first two of (0, 0), (1, -2), ...: the flattened values 0 and 0
    assert grays(row_of(made, "hidden").panels[0].strips[0]) == [128, 128]


def test_the_legend_of_a_layer_without_negative_values_begins_at_zero():
    values = row_of(planned(CONV, FOUR, ["input"]), "input")
    assert values.legend.marks == ((0.0, "0"), (1.0, "4"))
    signed = row_of(planned(CONV, FOUR), "conv").legend
    assert signed.marks == ((0.0, "-8"), (0.5, "0"), (1.0, "8"))
    assert grays(signed.pixels)[0] == 255
    assert grays(signed.pixels)[-1] == 0


def test_the_answer_is_bars_with_names_and_probabilities():
    bars = row_of(planned(CONV, FOUR), "answer").panels[0]
    assert bars.names == ("left", "right")
    assert bars.texts == ("0.5000", "0.5000")
    assert (bars.low, bars.high, bars.best) == (0.0, 1.0, 0)


def test_of_many_classes_only_the_highest_are_shown_best_first():
    net = """\
dftrace: 1
name: many
input: {shape: [30]}
layers: [softmax]
"""
    bars = planned(net, np.arange(30.0)[None], top=3).rows[-1]
    assert bars.panels[0].names == ("29", "28", "27")
    assert bars.lines == ("the 3 highest of 30 probabilities",)


def test_a_single_channel_output_is_mapped_as_section_4_says():
    made = planned(BARE, np.array([[[[-1.0], [0.0], [4.0]]]]))
    # -2, 0, 8: (0 + 2) / 10 * 255 = 51
    assert grays(made.rows[1].panels[0].pixels) == [[[0, 51, 255]]]
    assert "Shifted so that the minimum is 0, divided by the maximum, times 255: black to white." in made.notes


def test_the_map_can_be_chosen():
    made = planned(BARE, np.array([[[[-1.0], [0.0], [4.0]]]]), map="zero")
    assert grays(made.rows[1].panels[0].pixels) == [[[160, 128, 0]]]
    assert "0 is middle gray (128), higher is darker, lower lighter." in made.notes


def test_bar_codes_of_several_inputs_are_stacked_by_folder():
    sources = ["b/1.png", "a/1.png", "b/2.png"]
    made = planned(CONV, np.concatenate([FOUR] * 3), ["hidden"], sources=sources)
    (stack,) = made.rows[0].panels
    assert made.heads == ()
    assert [(group.name, group.count) for group in stack.groups] == [("b", 2), ("a", 1)]
    assert stack.labels == ("1.png", "2.png", "1.png")


def test_bar_codes_are_stacked_by_given_labels_with_the_names_of_the_classes():
    made = planned(CONV, np.concatenate([FOUR] * 3), ["hidden"], labels=np.array([1, 0, 1]))
    assert [(group.name, group.count) for group in made.rows[0].panels[0].groups] == [("right", 2), ("left", 1)]


def test_bar_codes_are_stacked_by_the_answer():
    made = planned(CONV, np.concatenate([FOUR] * 2), ["hidden"], group="answer")
    assert [(group.name, group.count) for group in made.rows[0].panels[0].groups] == [("left", 2)]


def test_grouping_by_labels_needs_labels():
    with pytest.raises(InputError, match="needs the labels"):
        planned(CONV, np.concatenate([FOUR] * 2), ["hidden"], group="label")


def test_without_groups_a_stack_is_one_pile():
    assert planned(CONV, np.concatenate([FOUR] * 2), ["hidden"]).rows[0].panels[0].groups == ()


def test_a_stack_keeps_one_scale():
    wide = np.array([[1.0, 0.0], [4.0, -2.0]])
    net = "dftrace: 1\nname: n\ninput: {shape: [2]}\nlayers: [{type: linear, name: same}]\n"
    (stack,) = planned(net, wide, ["same"]).rows[0].panels
    assert [grays(strip) for strip in stack.strips] == [[96, 128], [0, 192]]


def test_a_long_vector_goes_on_in_the_next_strip():
    net = "dftrace: 1\nname: n\ninput: {shape: [1100]}\nlayers: [{type: linear, name: same}]\n"
    row = row_of(planned(net, np.zeros((1, 1100)), ["same"]), "same")
    assert [len(strip) for strip in row.panels[0].strips] == [512, 512, 76]
    assert "3 strips of 512" in row.lines


SIGNAL = """\
dftrace: 1
name: signal
input: {shape: [5, 1]}
layers:
  - type: conv1d
    name: valid
    filters: 1
    kernel_size: 3
    use_bias: false
    weights: {kernel: [[[-1]], [[0]], [[1]]]}
"""
RAMP = np.array([[[2.0], [6.0], [15.0], [31.0], [56.0]]])


def test_signals_share_one_axis_at_the_positions_they_are_about():
    made = planned(SIGNAL, RAMP)
    (plot,) = made.rows[0].panels
    assert isinstance(plot, Plot)
    given, valid = plot.curves
    assert given.x.tolist() == [0, 1, 2, 3, 4]
    assert valid.x.tolist() == [1, 2, 3]  # each is about the middle of its window
    assert valid.y.tolist() == [13, 25, 41]


def test_a_stride_widens_the_steps_between_positions():
    text = SIGNAL.replace("kernel_size: 3", "kernel_size: 3\n    strides: 2")
    assert planned(text, RAMP).rows[0].panels[0].curves[1].x.tolist() == [1, 3]


def test_signals_with_many_channels_are_images_with_positions_across():
    text = """\
dftrace: 1
name: wide
input: {shape: [4, 1]}
layers: [{type: conv1d, name: c, filters: 9, kernel_size: 1, weights: {kernel: [[[0,1,2,3,4,5,6,7,8]]], bias: 0}}]
"""
    row = row_of(planned(text, np.array([[[0.0], [1.0], [0.0], [0.0]]])), "c")
    assert row.panels[0].pixels.shape == (1, 9, 4, 3)
    assert grays(row.panels[0].pixels[0, :, 1]) == [128 - 16 * channel for channel in range(9)]
    assert row.lines == ("(4, 9)", "4 positions across,", "9 channels down")


def test_a_vector_can_be_plotted():
    (plot,) = planned(CONV, FOUR, ["hidden"], kind="plot").rows[0].panels
    assert plot.curves[0].x.tolist() == [0, 1]


def test_nan_is_magenta_and_said():
    values = FOUR.copy()
    values[0, 0, 0] = np.nan
    made = planned(CONV, values, ["input", "conv"])
    assert row_of(made, "conv").panels[0].pixels[:, 0, 0].tolist() == [[255, 0, 255]] * 2
    assert row_of(made, "input").panels[0].pixels[0, 0, 0].tolist() == [255, 0, 255]
    assert "Magenta: 3 values NaN or infinite." in made.notes


def test_a_layer_that_is_all_nan_says_so():
    made = planned(CONV, np.full((1, 2, 2, 1), np.nan))
    assert "no finite value" in row_of(made, "conv").lines
    assert row_of(made, "answer").panels[0].best == -1


def test_channels_first_is_the_same_picture():
    text = CONV.replace("input: {shape: [2, 2, 1]}", "data_format: channels_first\ninput: {shape: [1, 2, 2]}")
    last, first = planned(CONV, FOUR), planned(text, FOUR.transpose(0, 3, 1, 2))
    for name in ("input", "conv"):
        assert np.array_equal(row_of(last, name).panels[0].pixels, row_of(first, name).panels[0].pixels)


def test_a_pattern_chooses_layers_and_inputs():
    network = network_from_text(CONV)
    assert names_in(network, ["co*", "input"], "auto") == ("input", "conv")
    assert names_in(network, ["flatten_1"], "auto") == ("flatten_1",)
    assert names_in(network, [], "barcode") == ("hidden", "answer")
    assert names_in(network, [], "mosaic") == ("input", "conv")


def test_what_a_kind_cannot_show_is_said():
    network = network_from_text(CONV)
    with pytest.raises(UnknownName, match=r"conv is \(2, 2, 2\), --kind barcode takes a vector"):
        names_in(network, ["conv"], "barcode")
    with pytest.raises(UnknownName, match="no layer 'cnov'"):
        names_in(network, ["cnov"], "auto")
    with pytest.raises(UnknownName, match="no tensor that --kind plot shows"):
        names_in(network_from_text(BARE), [], "plot")


def test_too_many_inputs_side_by_side_are_refused():
    with pytest.raises(OutputError, match="101 inputs do not fit side by side"):
        planned(CONV, np.concatenate([FOUR] * 101))


def test_names_from_a_file_cannot_move_the_cursor():
    made = planned(CONV, FOUR, sources=["evil\x1b[2J.png"])
    assert made.heads == ("evil\\x1b[2J.png",)


LONG = "dftrace: 1\nname: long\ninput: {shape: [5000]}\nlayers: [{type: linear, name: same}]\n"
POOL = """\
dftrace: 1
name: pool
input: {shape: [4, 4, 1]}
layers:
  - {type: max_pooling2d, name: apart, inputs: input, pool_size: 2, strides: 2}
  - {type: max_pooling2d, name: overlapping, inputs: input, pool_size: 3, strides: 1, padding: same}
outputs: [apart, overlapping]
"""
DIGITS = np.array([[1.0, 3, 2, 0], [4, 2, 6, 8], [0, 5, 1, 9], [7, 3, 0, 2.5]])[None, :, :, None]


def test_a_small_tensor_has_its_numbers_in_the_cells_and_its_windows_outlined():
    made = planned(POOL, DIGITS, ["input", "apart"])
    given, pooled = (row.panels[0] for row in made.rows)
    assert given.texts[0].tolist()[3] == ["7", "3", "0", "2.5"]
    assert pooled.texts.tolist() == [[["4", "8"], ["7", "9"]]]
    assert {(w.top, w.left, w.height, w.width) for w in given.windows} == {
        (top, left, 2, 2) for top in (0, 2) for left in (0, 2)
    }
    assert pooled.windows == ()


def test_of_windows_that_overlap_the_first_is_outlined_as_far_as_it_lies_on_the_tensor():
    given, pooled = (row.panels[0] for row in planned(POOL, DIGITS, ["input", "overlapping"]).rows)
    assert given.windows == (Window(0, 0, 2, 2),)  # 3 x 3 around the corner
    assert pooled.windows == (Window(0, 0, 1, 1),)


def test_numbers_that_are_no_picture_go_from_black_to_white_and_it_is_said():
    made = planned(POOL, DIGITS, ["input"])
    assert made.rows[0].legend.marks == ((0.0, "0"), (1.0, "9"))
    assert "input: black is its smallest value, 0, white its largest, 9." in made.notes
    read = planned(POOL, DIGITS, ["input"], sources=["dark.png"])
    assert read.rows[0].legend.marks == ((0.0, "0"), (1.0, "255"))
    assert not any("smallest" in note for note in read.notes)


def test_kernels_stand_with_their_numbers_before_the_layer():
    network = network_from_text(CONV)
    trace = network.trace(FOUR, keep=["conv"])
    kernels = all_kernels(*trace.origin, ["conv", "flatten_1"])
    row, conv = picture(trace, ["conv"], Wanted(), kernels=kernels).rows
    assert (row.name, conv.name) == ("conv/kernel", "conv")
    assert row.panels[0].texts.tolist() == [[["1"]], [["-2"]]]


def test_numbers_can_be_asked_for():
    made = planned(CONV, FOUR, ["hidden"], kind="numbers")
    assert made.rows[0].panels[0].texts.tolist() == [[["0", "0"]]]
    with pytest.raises(OutputError, match=r"same has 5,000 elements, --kind numbers shows 4,096 at most"):
        planned(LONG, np.zeros((1, 5000)), ["same"], kind="numbers")
