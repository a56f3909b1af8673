"""Channels of a tensor as tensors of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.api import load_network, network_from_text
from dataflow_cli.errors import UnknownName
from dataflow_cli.trace.channels import asked, with_channels

NET = """\
dftrace: 1
name: n
{more}input: {{shape: {shape}, scale: 2, mean: [1, 2, 3], std: [4, 5, 6]}}
layers: [{{type: linear, name: conv2d_1}}, {{type: linear, name: conv2d_16}}]
"""


def chosen(words, channels_first=False):
    """The tensors and names that words mean."""
    more, shape = ("data_format: channels_first\n", "[3, 2, 2]") if channels_first else ("", "[2, 2, 3]")
    values = np.arange(12.0).reshape((1, 3, 2, 2) if channels_first else (1, 2, 2, 3))
    trace = network_from_text(NET.format(more=more, shape=shape)).trace(values, keep=["input", "conv2d_1", "conv2d_16"])
    names = [step.name for step in trace.steps]
    which = asked(words, names)
    kept = tuple(name for name in names if any(name == one for one in which.tensors))
    return trace, *with_channels(trace, kept, which)


@settings(deadline=None, max_examples=30)
@given(st.integers(-3, 2), st.booleans())
def test_a_channel_has_the_values_of_that_channel_in_both_data_formats(number, first):
    trace, part, names, numbers = chosen([f"conv2d_1[{number}]"], channels_first=first)
    (name,) = names
    expected = trace.value("conv2d_1")[:, [number]] if first else trace.value("conv2d_1")[..., [number]]
    assert np.array_equal(part.value(name), expected)
    assert part.step(name).output_shape == expected.shape[1:]
    assert numbers == {name: (number % 3,)}


def test_a_layer_that_is_called_so_comes_before_a_glob():
    assert chosen(["conv2d_1[1:]", "conv2d_16"])[2] == ("conv2d_1[1:]", "conv2d_16")
    assert asked(["conv2d_[1]", "conv*[6]"], ["conv2d_1"]).channels == ()


def test_an_input_s_channel_is_prepared_as_that_channel_is():
    prepared = chosen(["input[2]"])[1].step("input[2]").drawing.prepared
    assert (prepared.mean, prepared.std) == ((3,), (6,))


@pytest.mark.parametrize(
    ("word", "said"),
    [("conv2d_1[3]", "no channel 3"), ("conv2d_1[2:1]", "no channel 2:1"), ("conv2d_1[0,1,2]", "is one element")],
)
def test_channels_that_there_are_not_are_one_error(word, said):
    with pytest.raises(UnknownName, match=said):
        chosen([word])


BY_STEP = ("input_gate", "forget_gate", "candidate", "output_gate", "cell", "hidden")


def test_a_glob_s_channel_is_that_of_all_that_have_channels(tmp_path):
    """The last cell is a vector: there its unit is no channel, and nobody asked for all of it."""
    file = tmp_path / "net.yaml"
    row = "{type: lstm, units: 4, name: a}"
    file.write_text(f"dftrace: 1\nname: n\ninput: {{shape: [5, 2]}}\nweights: {{init: zeros}}\nlayers: [{row}]\n")
    trace = load_network(file).trace(np.zeros((1, 5, 2)), keep=[f"a:{one}" for one in (*BY_STEP, "final_cell")])
    names = tuple(step.name for step in trace.steps if step.name.startswith("a:"))
    assert set(with_channels(trace, names, asked(["a:*[3]"], ["input", "a"]))[1]) == {f"a:{one}[3]" for one in BY_STEP}
    with pytest.raises(UnknownName, match="no channels"):
        with_channels(trace, names, asked(["a:final*[3]"], ["input", "a"]))
