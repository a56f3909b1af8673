"""Shapes of inputs that can be computed with and are hardly meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile.axes import other_end
from dataflow_cli.network.build import network_from_text

SIDES = st.integers(5, 64)
PADDED = "{type: conv2d, filters: 2, kernel_size: 3, padding: same}"


def built(shape, layers, head=""):
    items = "".join(f"  - {layer}\n" for layer in layers)
    return network_from_text(f"dftrace: 1\n{head}input: [{', '.join(map(str, shape))}]\nlayers:\n{items}")


def doubts(shape, layers, head=""):
    return [(one.code, one.severity, one.message, one.hint) for one in built(shape, layers, head).warnings]


def advice(shape, layers, head=""):
    with pytest.raises(NetworkError) as caught:
        built(shape, layers, head)
    return caught.value.problems[0].hint


@given(st.sampled_from([1, 3, 4]), SIDES, SIDES)
def test_a_picture_whose_channels_stand_first(channels, height, width):
    """Both readings are said, either way of writing the other is quiet, and so is saying that it is meant."""
    moved = (height, width, channels)
    ((code, severity, message, hint),) = doubts((channels, height, width), [PADDED])
    assert (code, severity) == ("W110", "warning")
    assert f"height {channels}, width {height}, channels {width}" in message
    assert f"height {height}, width {width}, channels {channels}" in message
    assert f"`data_format: channels_first` at the top level, or the shape {list(moved)}" in hint
    assert doubts(moved, [PADDED]) == []
    assert doubts((channels, height, width), [PADDED], "data_format: channels_first\n") == []
    assert doubts((channels, height, width), [PADDED], "data_format: channels_last\n") == []
    assert doubts(moved, [PADDED], "data_format: channels_first\n")[0][0] == "W110"


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ((3, 1000), ["{type: conv1d, filters: 2, kernel_size: 3, padding: same}"]),
        ((1, 16, 112, 112), ["{type: conv3d, filters: 2, kernel_size: 3, padding: same}"]),
        ((3, 8, 8), ["relu", "batch_normalization", PADDED]),
        ((3, 8, 8), ["global_average_pooling2d"]),
    ],
)
def test_other_ranks_and_layers_between(shape, layers):
    assert [one[0] for one in doubts(shape, layers)] == ["W110"]


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ((28, 28, 1), [PADDED]),
        ((28, 28, 3), [PADDED]),
        ((3, 3, 512), [PADDED]),  # a small feature map
        ((1, 22, 1125), [PADDED]),  # sensors along time
        ((3, 8, 8), ["flatten", "{type: dense, units: 2}"]),  # nobody reads height and width
        ((4,), ["{type: dense, units: 2}"]),
        ((1, 5), ["flatten", "{type: dense, units: 2}"]),
    ],
)
def test_what_is_not_doubted(shape, layers):
    assert doubts(shape, layers) == []


@given(st.sampled_from([1, 3, 4]), SIDES, SIDES)
def test_other_end_undoes_itself(channels, height, width):
    for shape in [(height,), (height, height), (height, height, width)]:
        moved = other_end((channels, *shape), channels_first=False)
        assert moved is None or other_end(moved, channels_first=True) == (channels, *shape)


def test_a_layer_that_does_not_fit_because_channels_stand_first():
    """Deeper down too: the second layer fails on an axis that was never a height."""
    advised = "in input [1, 28, 28] channels stand first: write `data_format: channels_first` at the top level, or the "
    window = "{type: conv2d, filters: 32, kernel_size: 3}"
    assert advice((1, 28, 28), [window]) == f"{advised}shape [28, 28, 1]"
    assert advice((1, 28, 28), [PADDED, "relu", "max_pooling2d"]) == f"{advised}shape [28, 28, 1]"
    assert "channels stand" not in advice((2, 28, 28), [window])


class TestSamplesInTheShape:
    @pytest.mark.parametrize("first", ["None", "N", "batch_size", "-1", "'?'"])
    @pytest.mark.parametrize("rest", ["28, 28, 1", "784"])
    def test_written_as_no_number(self, first, rest):
        with pytest.raises(NetworkError) as caught:
            network_from_text(f"dftrace: 1\ninput: [{first}, {rest}]\nlayers: [flatten]\n")
        (problem,) = caught.value.problems
        assert (problem.code, problem.hint) == ("E112", f"leave the number of samples out: write [{rest}]")

    def test_null_in_front_that_nothing_looks_along(self):
        """Where all layers take place for place, a first axis of any length may count the samples."""
        advised = "if null counts the samples, leave it out: write [784]"
        dense = "{type: dense, units: 10}"
        assert [one[0::3] for one in doubts(("null", 784), [dense])] == [("W110", advised)]
        assert advice(("null", 784), ["flatten", dense]).startswith(advised)
        assert doubts(("null", 784), ["{type: conv1d, filters: 2, kernel_size: 3}"]) == []
        assert doubts(("null", "null", 3), ["relu"]) == []

    def test_written_as_a_number(self):
        window = "{type: conv2d, filters: 96, kernel_size: 11, strides: 3}"
        assert advice((1, 3, 144, 256), [window], "data_format: channels_first\n") == (
            "input counts the samples too: leave N out, write [3, 144, 256]"
        )
        assert advice((32, 28, 28, 1), [window]) == "input counts the samples too: leave N out, write [28, 28, 1]"
        assert advice((1, 1, 28, 28), [window]) == (
            "input counts the samples too: leave N out, write [1, 28, 28] with `data_format: channels_first`, or "
            "[28, 28, 1]"
        )

    def test_where_it_can_be_computed_with(self):
        ((code, _, _, hint),) = doubts((1, 28, 28, 1), ["flatten", "{type: dense, units: 2}"])
        assert (code, hint) == ("W110", "if the first counts the samples, leave it out: write [28, 28, 1]")
        assert doubts((1, 784), ["{type: dense, units: 10, activation: softmax}"])[0][0] == "W110"
