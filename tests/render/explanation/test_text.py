"""Explanations in a terminal: what stands where, at 80 columns and wide."""

from itertools import product

import pytest

from dataflow_cli import network_from_text
from dataflow_cli.render.explanation.any import as_document
from dataflow_cli.render.explanation.document import Matrix, Row, Table
from dataflow_cli.render.explanation.matrices import matrix_lines, row_lines
from dataflow_cli.render.explanation.options import ALL, Wanted
from dataflow_cli.render.explanation.text import table_lines, write
from dataflow_cli.render.formats import Style
from tests.explain.chapter import explained, vector

ELEMENTS = [
    ("mlp-2-5-1", "dense_2", (0,)),
    ("conv1d-ramp", "same", (0, 0)),
    ("conv2d-picture", "conv2d_1", (1, 1, 0)),
    ("conv-layer", "conv2d_1", (0, 0, 2)),
    ("pooling", "average_stride_1", (6, 6, 0)),
    ("mnist-cnn", "conv2d_2", (12, 12, 9)),
    ("mnist-cnn", "dense_2", (7,)),
    ("xor-mlp", "dense_1", (0,)),
]


DEFAULT = Wanted()


def shown(config, layer, at, width=None, wanted=DEFAULT, **options):
    return write(as_document(explained(config, layer, at, **options), wanted), Style(width=width))


def squeezed(text):
    return " ".join(text.split())


@pytest.mark.parametrize(("element", "width"), list(product(ELEMENTS, (60, 80, 160))), ids=str)
def test_it_fits(element, width):
    assert max(map(len, shown(*element, width=width).splitlines())) <= width


def test_the_picture_of_section_4():
    """The window marked in the picture; window, flipped kernel and products side by side; the sum written out."""
    lines = shown("conv2d-picture", "conv2d_1", (1, 1, 0), 80).splitlines()
    assert lines[0] == "conv2d_1[1, 1, 0] = -209"
    assert "   [88][97][112] 127  116   97   84   84" in lines
    assert "    42  45   76  107  145  137  112   76" in lines
    assert "  [ 62 70 100 ] × [ 0 -8 0 ]                 = [   0 -560  0 ]" in lines
    assert "  sum of the products  264 + 0 + 0 + 0 - 560 + 0 + 0 + 0 + 87 = -209" in lines


def test_padding_is_shown_as_padding():
    text = shown("conv1d-ramp", "same", (0, 0), 160)
    assert "[ · 2 6 ] × [ -1 0 1 ]      = [ · 0 6 ]" in text
    assert "· is padding: 0" in text
    assert "sum of the products  0 + 0 + 6 = 6" in text


def test_the_layer_of_section_5():
    text = squeezed(shown("conv-layer", "conv2d_1", (0, 0, 0), 80))
    assert "channel 0 of input, height 0 to 2, width 0 to 2" in text
    assert "sum over channels 1 + 1 = 2 bias[0] 2 + 1 = 3" in text


def test_the_winner_stands_in_brackets():
    assert "  [ [4] 2  ]" in shown("pooling", "max_stride_2", (0, 0, 0), 80).splitlines()


def test_the_column_form_of_section_2():
    lines = write(as_document(vector("mlp-2-5-1", "dense_1"), Wanted()), Style(width=80)).splitlines()
    assert lines[0] == "dense_1: a0 = relu(W0 x + b0)"
    assert [line.split() for line in lines if line.split()[:1] == ["W0"]] == [["W0", "x", "b0", "z0"]]
    assert "  [  0.137  0.616 ] ·           + [ -0.280 ] = [  0.427 ]" in lines
    text = squeezed(write(as_document(vector("mlp-2-5-1", "dense_2"), Wanted()), Style(width=80)))
    assert "sigmoid a1 [ -0.596 ] = [ 0.355 ]" in text
    assert text.count("0.355 is the probability of class 1; below 0.5 the answer is class 0.") == 1


def test_many_channels_are_summed_beyond_the_largest():
    text = shown("mnist-cnn", "conv2d_2", (12, 12, 9), 80)
    assert text.count("window ") == 3
    assert "29 other channels carry" in text
    assert "(29 others)" in text
    everything = shown("mnist-cnn", "conv2d_2", (12, 12, 9), 80, Wanted(ALL))
    assert everything.count("sum of the products") == 32
    assert "others" not in everything


def test_terms():
    text = shown("mnist-cnn", "dense_1", (61,), 80, Wanted(2))
    assert "9,214 others" in text
    assert "the 2 largest of 9,216" in text


def test_precision():
    assert "= 0.35532" in shown("mlp-2-5-1", "dense_2", (0,), 80, Wanted(precision=5))


def test_matrices_that_do_not_fit_stand_below_each_other():
    row = Row((Matrix("a", (("1", "2"),)), "×", Matrix("b", (("30", "4"),)), "=", Matrix("c", (("30", "8"),))))
    assert row_lines(row, 80) == ["  a         b          c", "  [ 1 2 ] × [ 30 4 ] = [ 30 8 ]"]
    assert row_lines(row, 20) == ["  a", "  [ 1 2 ]", "  × b", "  [ 30 4 ]", "  = c", "  [ 30 8 ]"]
    assert row_lines(Row(row.parts, optional=True), 20) == []


def test_a_table_that_does_not_fit_goes_over_several_lines():
    table = Table(("class", "logit"), (("hunting dog of Africa", "1.5"), ("cat", "-2")), ("left", "right"))
    assert list(table_lines(table)) == [
        "  class                  logit",
        "  ---------------------  -----",
        "  hunting dog of Africa    1.5",
        "  cat                       -2",
    ]
    assert list(table_lines(table, 22)) == [
        "  class          logit",
        "  -------------  -----",
        "  hunting dog      1.5",
        "  of Africa",
        "  cat               -2",
    ]


def test_a_matrix_that_does_not_fit_is_shown_in_parts():
    """The numbers of its columns, and the marks, stay where they are."""
    matrix = Matrix("x", (("10", "20", "30", "40"), ("5", "6", "7", "8")), frozenset({(1, 2)}))
    assert row_lines(Row((matrix,)), 16) == [
        *("  x, columns 0 to 1", "  [ 10 20 ]", "  [  5  6 ]"),
        *("  x, columns 2 to 3", "  [  30  40  ]", "  [  [7]  8  ]"),
    ]


def test_marked_cells():
    cells = (("1", "20"), ("300", "4"))
    assert matrix_lines(Matrix("x", cells, frozenset({(0, 1)}))) == ["x", "[    1 [20] ]", "[  300   4  ]"]


def test_in_a_pipe_nothing_is_wrapped():
    text = shown("mnist-cnn", "dense_2", (7,), back=5)
    assert any(line.startswith("A share is") and line.endswith("before it.") for line in text.splitlines())


def test_color_only_when_asked():
    document = as_document(explained("pooling", "max_stride_2", (0, 0, 0)), Wanted())
    assert "\x1b" not in write(document, Style())
    assert write(document, Style(color=True)).startswith("\x1b[1mmax_stride_2[0, 0, 0] = 4\x1b[0m\n")


def test_what_is_too_small_for_the_type_is_said():
    """exp(-200) is about 1.38e-87: nothing in float32, whose smallest number is about 1.4e-45."""
    text = """
dftrace: 1
input: {shape: [2], example: [0, 200]}
layers:
  - softmax
"""
    network = network_from_text(text)
    account = network.explain("softmax_1", (0,))
    assert account.value == 0
    assert "1.38e-87 is too small for float32: there it is 0, as `run` shows" in str(account)
    assert "too small" not in str(network.explain("softmax_1", (0,), dtype="float64"))


def test_a_window_of_a_layer_with_its_channels_elsewhere_is_told_without_the_plane():
    text = """\
dftrace: 1
data_format: channels_first
input: [1, 1, 1]
weights: {init: zeros}
layers: [{type: conv2d, kernel_size: 2, filters: 2, padding: [5, [3, 2]], data_format: channels_last}]
"""
    account = network_from_text(text).explain("conv2d_1", (9, 4, 1), [[[0.0]]])
    written = write(as_document(account, DEFAULT), Style(width=None))
    assert "the input" not in written
    assert written.startswith("conv2d_1[9, 4, 1] = 0")
