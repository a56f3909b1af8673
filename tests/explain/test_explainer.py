"""The chapter's numbers, explained: what must come out is the chapter's or worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli import load_network, network_from_text
from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.explain.element import WHOLE, Element, parse_element
from dataflow_cli.explain.regions import inputs_fed
from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.weights.load import load_weights
from tests.explain.chapter import CONFIGS, explained, vector


def products(account, number=0):
    return account.explanation.blocks[number].terms


def test_a_feed_forward_network_step_by_step():
    """Section 2: W0 x + b0, ReLU, W1 a0 + b1, sigmoid: 0.355, class 0."""
    hidden, output = vector("mlp-2-5-1", "dense_1"), vector("mlp-2-5-1", "dense_2")
    x, w0, w1 = hidden.operand.values, hidden.matrix, output.matrix
    assert w0.shape == (5, 2)
    assert w1.shape == (1, 5)
    np.testing.assert_allclose(hidden.sums, w0 @ x + hidden.bias, rtol=1e-5)
    np.testing.assert_array_equal(hidden.values, np.maximum(hidden.sums, 0))
    np.testing.assert_allclose(output.sums, w1 @ hidden.values + output.bias, rtol=1e-5)
    assert output.values[0] == pytest.approx(1 / (1 + np.exp(-output.sums[0])), rel=1e-5)
    assert round(float(output.values[0]), 3) == 0.355
    assert output.answer.best.label == "class 0"
    assert (hidden.activation, output.activation) == ("relu", "sigmoid")


def test_one_node_of_it():
    account = explained("mlp-2-5-1", "dense_2", (0,))
    assert round(account.value, 3) == round(account.explanation.total, 3) == 0.355
    assert [line.name for line in account.explanation.lines] == ["bias[0]", "sigmoid"]


def test_the_ramp():
    """Section 3: [2, 6, 15] x [-1, 0, 1] = [-2, 0, 15], sum 13."""
    account = explained("conv1d-ramp", "valid", (0, 0))
    assert account.explanation.blocks[0].values.tolist() == [2, 6, 15]
    assert account.explanation.blocks[0].coefficients.tolist() == [-1, 0, 1]
    assert products(account).tolist() == [-2, 0, 15]
    assert account.explanation.total == account.value == 13


def test_the_padded_ramp():
    """Section 3: the value left of it is [0, 2, 6] x [-1, 0, 1], sum 6."""
    account = explained("conv1d-ramp", "same", (0, 0))
    assert account.explanation.blocks[0].values.tolist() == [0, 2, 6]
    assert account.explanation.blocks[0].inside.tolist() == [False, True, True]
    assert account.value == 6
    assert explained("conv1d-ramp", "same", (1, 0)).value == 13


def test_the_flipped_ramp_says_which_weight_is_where():
    account = explained("conv1d-ramp", "flipped", (0, 0))
    block = account.explanation.blocks[0]
    assert block.coefficients.tolist() == [1, 0, -1]
    assert block.parameter_places[:, 0].tolist() == [2, 1, 0]
    assert account.value == -13


def test_minus_209():
    """Section 4: 264 + 0 + 0 + 0 - 560 + 0 + 0 + 0 + 87 = -209."""
    account = explained("conv2d-picture", "conv2d_1", (1, 1, 0))
    assert products(account).reshape(-1).tolist() == [264, 0, 0, 0, -560, 0, 0, 0, 87]
    assert account.value == account.explanation.total == -209
    assert account.explanation.sources() == [(0, 0, 0), (1, 1, 0), (2, 2, 0)]


@pytest.mark.parametrize(
    ("row", "values"),
    [(1, [-209, -382, -566, -511, -278, -69]), (2, [-106, -379, -571, -638, -438, -284])],
)
def test_the_rows_of_section_4(row, values):
    found = [explained("conv2d-picture", "conv2d_1", (row, column, 0)).explanation.total for column in range(1, 7)]
    assert found == values


def test_a_convolutional_layer():
    """Section 5: each filter's kernels by channel, their sums added, then the one bias."""
    for filter_, channels, bias, value in ((0, [1, 1], 1, 3), (1, [6, -1], -2, 3), (2, [13, -9], 5, 9)):
        account = explained("conv-layer", "conv2d_1", (0, 0, filter_))
        explanation = account.explanation
        assert [block.subtotal for block in explanation.blocks] == channels
        assert explanation.lines[0].numbers == tuple(channels)
        assert explanation.uses[-1].value == bias
        assert explanation.total == account.value == value


def test_relu_cuts_off():
    """Section 5: what is negative becomes 0, and nothing contributes to it."""
    layer = load_network(CONFIGS / "conv-layer.yaml").trace()
    before, after = layer.value("conv2d_1")[0], layer.value("relu_1")[0]
    place = tuple(map(int, np.argwhere(before < 0)[0]))
    account = explained("conv-layer", "relu_1", place)
    assert account.value == after[place] == 0
    assert account.explanation.sources() == []
    assert account.explanation.candidates() == [place]


def test_pooling():
    """Section 6: the first window is 1, 3, 4, 2: max 4, average 2.5."""
    largest = explained("pooling", "max_stride_2", (0, 0, 0))
    assert largest.explanation.blocks[0].values.tolist() == [[1, 3], [4, 2]]
    assert largest.value == 4
    assert largest.explanation.sources() == [(1, 0, 0)]
    assert len(largest.explanation.candidates()) == 3
    assert explained("pooling", "average_stride_2", (0, 0, 0)).value == 2.5


def test_the_example_of_flatten():
    """Section 7: 9216 index 4711 = (h 6, w 1, c 39): 6·12·64 + 1·64 + 39."""
    account = explained("mnist-cnn", "flatten_1", (4711,))
    assert account.explanation.sources() == [(6, 1, 39)]
    assert "number 4711 is (h 6, w 1, c 39): 6·12·64 + 1·64 + 39 = 4711" in account.explanation.moves[0]


@pytest.mark.parametrize(
    ("layer", "at"),
    [("conv2d_1", (11, 15, 25)), ("conv2d_2", (12, 12, 9)), ("max_pooling2d_1", (6, 6, 9)), ("dense_1", (61,)),
     ("dense_2", (7,)), ("dense_2", (0,))],
)  # fmt: skip
def test_the_whole_cnn_agrees_with_its_run(layer, at):
    """Section 8: every account arrives at the value that `run` gives."""
    account = explained("mnist-cnn", layer, at)
    assert account.agrees
    assert account.value == network("mnist-cnn").trace(keep=[layer]).value(layer)[(0, *at)]


def network(name):
    return load_network(CONFIGS / f"{name}.yaml")


def test_softmax_shows_all_logits():
    account = explained("mnist-cnn", "dense_2", (7,))
    logits = account.explanation.blocks[-1]
    assert logits.input == OWN
    assert logits.values.shape == (10,)
    assert account.answer.best.label == "seven"


def test_the_receptive_field_is_cut_at_the_input():
    """Two 3 x 3 convolutions see 5 x 5 pixels, a pool after them 6 x 6."""
    (region,) = explained("mnist-cnn", "max_pooling2d_1", (6, 6, 9)).regions
    assert region.spans == ((12, 17), (12, 17))
    (region,) = explained("mnist-cnn", "dense_1", (0,)).regions
    assert region.spans is None
    (region,) = explained("conv2d-picture", "conv2d_1", (0, 7, 0)).regions
    assert region.spans == ((0, 1), (6, 7))


SEVERAL = """
dftrace: 1
inputs:
  picture: {shape: [4, 4, 1]}
  numbers: {shape: [3]}
weights: {init: glorot_uniform}
layers:
  - {type: flatten, name: flat, inputs: picture}
  - {type: concatenate, name: both, inputs: [flat, numbers]}
  - {type: dense, name: own, units: 2, inputs: numbers}
  - {type: concatenate, name: all, inputs: [both, own]}
  - {type: dense, name: out, units: 1}
"""


@pytest.mark.parametrize(
    ("layer", "at", "seen"),
    [
        ("both", 5, {"picture": ((1, 1), (1, 1))}),
        ("all", 17, {"numbers": ((1, 1),)}),
        ("all", 20, {"numbers": None}),
        ("out", 0, {"picture": None, "numbers": None}),
    ],
)
def test_of_several_inputs_those_that_are_seen_are_named(layer, at, seen):
    network = network_from_text(SEVERAL)
    given = {"picture": np.ones((4, 4, 1), np.float32), "numbers": np.ones(3, np.float32)}
    account = network.explain(layer, (at,), given)
    assert {region.input: region.spans for region in account.regions} == seen


CHANNELS_FIRST = """
dftrace: 1
name: first
data_format: channels_first
input:
  shape: [2, 3, 4]
  example: [[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]]
layers:
  - {type: conv2d, filters: 1, kernel_size: 2, weights: {kernel: 1, bias: 0.5}}
  - flatten
"""


def test_channels_first():
    account = network_from_text(CHANNELS_FIRST).explain("conv2d_1", (0, 0, 0))
    assert account.axes == ("channel", "height", "width")
    assert account.value == 1 + 2 + 5 + 6 + 1 + 0.5
    assert (1, 1, 0) in account.explanation.sources()
    assert account.regions[0].spans == ((0, 1), (0, 1))
    assert network_from_text(CHANNELS_FIRST).explain("flatten_1", (5,)).explanation.sources() == [(0, 1, 2)]


# The library's own face


def test_a_trace_explains_what_it_kept():
    trace = network("conv-layer").trace()
    assert trace.explain("conv2d_1", (0, 0, 0)).value == 3
    assert trace.explain("relu_1", (-3, 0, -3)).at == (0, 0, 0)
    assert "conv2d_1[0, 0, 0] = 3" in str(trace.explain("conv2d_1", (0, 0, 0)))
    assert "```text" in trace.explain("conv2d_1", (0, 0, 0))._repr_markdown_()


def test_a_trace_explains_any_of_its_samples():
    x = np.arange(20, dtype=np.float32).reshape(2, 5, 2, 1)
    text = "dftrace: 1\nname: two\ninput: [5, 2, 1]\nlayers:\n  - {type: max_pooling2d, pool_size: 2}\n"
    trace = network_from_text(text).trace(x)
    assert trace.explain("max_pooling2d_1", (0, 0, 0), sample=1).value == 13
    with pytest.raises(UnknownName, match="no sample 2"):
        trace.explain("max_pooling2d_1", (0, 0, 0), sample=2)


def test_what_was_not_kept_cannot_be_explained():
    trace = network("conv-layer").trace(keep=["relu_1"])
    with pytest.raises(UnknownName, match="values of 'conv2d_1' were not kept"):
        trace.explain("relu_1", (0, 0, 0))


def test_only_what_the_layer_depends_on_is_run():
    """A layer that could not be run plays no part in the account of one before it."""
    text = """
dftrace: 1
name: halfway
input: {shape: [2], example: [1, 2]}
layers:
  - {type: dense, units: 1, name: good, weights: {kernel: 1, bias: 0}}
  - {type: dense, units: 1, name: without}
"""
    assert network_from_text(text).explain("good", (0,)).value == 3
    with pytest.raises(Exception, match="no weights"):
        network_from_text(text).explain("without", (0,))


def test_in_float64():
    account = explained("mnist-cnn", "dense_1", (61,), dtype="float64")
    assert account.setting.dtype == "float64"
    assert abs(account.difference) < 1e-12 * account.explanation.magnitude


# Elements


@pytest.mark.parametrize(
    ("text", "layer", "index"),
    [
        ("conv2d_1[3,5,0]", "conv2d_1", (3, 5, 0)),
        ("conv2d_1[ 3, 5 ,0 ]", "conv2d_1", (3, 5, 0)),
        ("stage_1/a[-1]", "stage_1/a", (-1,)),
        ("dense_1[:]", "dense_1", WHOLE),
        ("dense_1", "dense_1", None),
    ],
)
def test_elements(text, layer, index):
    assert parse_element(text) == Element(layer, index)


@pytest.mark.parametrize("text", ["", "[1]", "a[1", "a]", "a[1][2]", "a[x]", "a[1.5]", "a[1:2]", "a[1,,2]"])
def test_what_names_no_element(text):
    with pytest.raises(UnknownName, match="names no element"):
        parse_element(text)


@pytest.mark.parametrize(
    ("layer", "at", "message", "hint"),
    [
        ("con2d_2", (0,), "mnist-cnn has no layer 'con2d_2'", "did you mean 'conv2d_2'?"),
        ("input", (0, 28, 0), "input[0,28,0]: width 28 is out of range",
         "write height 0 to 27, width 0 to 27, channel 0 to 0: 'input[0,0,0]'"),
        ("conv2d_1", (1, 2), "conv2d_1[1,2] has 2 indices, the output (26, 26, 32) needs 3",
         "write height 0 to 25, width 0 to 25, channel 0 to 31: 'conv2d_1[0,0,0]'"),
        ("dense_1", (128,), "dense_1[128]: unit 128 is out of range", "write unit 0 to 127: 'dense_1[0]'"),
        ("dense_1", (-129,), "dense_1[-129]: unit -129 is out of range", "write unit 0 to 127: 'dense_1[0]'"),
    ],
)  # fmt: skip
def test_elements_that_do_not_exist(layer, at, message, hint):
    with pytest.raises(UnknownName) as caught:
        network("mnist-cnn").explain(layer, at)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_sample_that_does_not_exist():
    with pytest.raises(InputError, match="there is no sample 1"):
        network("conv-layer").explain("relu_1", (0, 0, 0), sample=1)


# What an element sees of the input


GRID = (5, 4, 2)
PIECES = st.sampled_from(
    [
        ["conv2d, name: NAME, inputs: [ONE], filters: 2, kernel_size: [3, 2], padding: same, groups: 2"],
        ["conv2d, name: NAME, inputs: [ONE], filters: 2, kernel_size: 3, padding: same, dilation_rate: [3, 2]"],
        ["depthwise_conv2d, name: NAME, inputs: [ONE], kernel_size: [1, 3], padding: same"],
        ["max_pooling2d, name: NAME, inputs: [ONE], pool_size: [3, 1], strides: 1, padding: same"],
        [
            "zero_padding2d, name: pNAME, inputs: [ONE], padding: [[2, 0], [0, 1]]",
            "cropping2d, name: NAME, cropping: [[0, 2], [1, 0]]",
        ],
        [
            "average_pooling2d, name: pNAME, inputs: [ONE], pool_size: 2, padding: same",
            "conv2d_transpose, name: uNAME, filters: 2, kernel_size: [1, 3], strides: 2",
            "cropping2d, name: NAME, cropping: [[0, 1], [1, 0]]",
        ],
        [
            "permute, name: pNAME, inputs: [ONE], dims: [2, 1, 3]",
            "reshape, name: NAME, target_shape: [5, 4, 2]",
        ],
        ["softmax, name: NAME, inputs: [ONE], axis: 2"],
        ["add, name: NAME, inputs: [ONE, TWO]"],
        [
            "concatenate, name: pNAME, inputs: [TWO, ONE]",
            "conv2d, name: NAME, filters: 2, kernel_size: 1, groups: 2",
        ],
        ["concatenate, name: NAME, inputs: [ONE, TWO], axis: 1"],
        ["flatten, name: NAME, inputs: [ONE]"],
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PIECES, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6), st.data())
def test_the_rows_that_an_element_sees_are_those_that_change_it(pieces, data):
    """In networks with branches, borders, gaps and groups; nothing else of the input changes it."""
    names, text = ["input"], "dftrace: 1\ninput: [5, 4, 2]\nlayers:\n"
    for number, (piece, one, two) in enumerate(pieces):
        named = "".join(f"  - {{type: {line}}}\n" for line in piece).replace("NAME", f"n{number}")
        text += named.replace("ONE", names[one % len(names)]).replace("TWO", names[two % len(names)])
        if "axis: 1" not in piece[0] and "flatten" not in piece[0]:
            names.append(f"n{number}")
    network = network_from_text(text)
    node = network.by_name[f"n{len(pieces) - 1}"]
    count = int(np.prod(GRID))
    weights = load_weights(network, init="zeros")
    for name in network.by_name:
        weights.of(name).update({key: np.ones_like(array) for key, array in weights.of(name).items()})
    samples = np.concatenate([np.zeros((1, *GRID)), np.eye(count).reshape(count, *GRID)])
    values = network.trace(samples, weights, keep=[node.name], dtype="float64").value(node.name)
    at = tuple(data.draw(st.integers(0, length - 1)) for length in node.output_shape)
    changed = np.array([values[(number, *at)] != values[(0, *at)] for number in range(1, count + 1)]).reshape(GRID)
    assert (inputs_fed(network, node, at)["input"] == changed).all()


def test_classes_stand_at_the_rows_of_an_answer_and_not_at_keys():
    network = load_network(CONFIGS / "sort-transformer.yaml")
    trace = network.trace(keep=network.tensors)
    assert trace.explain("sorted", (0, 3)).labels == tuple("abcdefgh")
    weights = next(name for name in trace.values if name.endswith(":weights") and trace.value(name).shape[-1] == 8)
    assert trace.explain(weights, (0, 1, 2)).labels == ()
