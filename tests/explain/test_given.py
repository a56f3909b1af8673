"""Elements of a network's inputs: what was read, and every step of its preparation; runs of several inputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli import load_trace, network_from_text, save_trace
from dataflow_cli.errors import UnknownName
from tests.contract import inside
from tests.explain.chapter import CONFIGS

NET = """\
dftrace: 1
name: n
{format}input: {{shape: {shape}, scale: {scale}, mean: [1, 2, 3], std: [4, 5, 8]{more}}}
layers: [linear]
"""


def net(scale="1/255", more="", first=False):
    form, shape = ("data_format: channels_first\n", [3, 2, 2]) if first else ("", [2, 2, 3])
    return network_from_text(NET.format(format=form, shape=shape, scale=scale, more=more))


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["1/255", "2", "0.5", "-3/2"]), st.booleans(), st.booleans(), st.tuples(*[st.integers(0, 1)] * 2)
)
def test_the_lines_lead_from_what_was_read_to_what_the_network_takes(scale, bgr, first, place):
    """(x · scale - mean[c]) / std[c], c as the network has its channels; backwards from a trace."""
    network = net(scale, ", channel_order: bgr" if bgr else "", first)
    x = np.arange(12.0).reshape((1, 3, 2, 2) if first else (1, 2, 2, 3)) * 7
    trace = network.trace(x, keep=["input"])
    for channel in range(3):
        at = (channel, *place) if first else (*place, channel)
        stored = 2 - channel if bgr else channel
        read = x[(0, stored, *place)] if first else x[(0, *place, stored)]
        for account in (network.explain("input", at, x), trace.explain("input", at)):
            lines = account.explanation.lines
            assert lines[0].value == pytest.approx(read, abs=1e-4)
            assert [line.name for line in lines[1:]] == ["scale", f"mean[{channel}]", f"std[{channel}]"]
            assert account.explanation.total == pytest.approx(account.value, rel=1e-5, abs=1e-6)
            assert account.agrees
        assert account.value == trace.value("input")[(0, *at)]
        turned = f"channel {channel} is {('blue', 'green', 'red')[channel]}: the network takes blue first"
        assert account.explanation.moves == ((turned,) if bgr else ())


def test_a_pixel_of_the_digit_by_the_command():
    """217 of 255."""
    done = inside.dftrace("explain", "mnist-cnn.yaml", "input[8,10,0]", "-i", "digits/7.png", cwd=CONFIGS)
    assert done.stdout.decode().splitlines() == [
        "input[8, 10, 0] = 0.851",
        "input of mnist-cnn for digits/7.png: height 8, width 10, channel 0 of the input (28, 28, 1)",
        "",
        "  pixel  = 217",
        "  scale  217 / 255 = 0.851",
        "",
        "shown with 3 decimals, computed in full",
    ]


@pytest.mark.parametrize(
    ("asked", "ways", "message", "hint"),
    [
        ("input[:]", [], "it has no W x + b", "name an element of it, 'input[0,0,0]', or a layer"),
        ("input", [], "nothing computes it", "name an element of it, 'input[0,0,0]', or a layer"),
        ("input[0,0,0]", ["--back"], "--back leads no further", "leave out --back"),
        ("input[0,0]", [], "input[0,0] has 2 indices, the input (28, 28, 1) needs 3", "'input[0,0,0]'"),
    ],
)
def test_what_cannot_be_asked_of_an_input(asked, ways, message, hint):
    done = inside.dftrace("explain", "mnist-cnn.yaml", asked, *ways, cwd=CONFIGS)
    said = done.stderr.decode()
    assert (done.returncode, message in said, hint in said) == (2, True, True)


TWO = (
    "dftrace: 1\nname: two\ninputs: {left: [2, 2, 1], right: [2, 2, 1]}\nlayers: [{type: add, inputs: [left, right]}]\n"
)


@pytest.fixture
def both(tmp_path):
    (tmp_path / "two.yaml").write_text(TWO)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.ones((2, 2, 1)))
    return tmp_path


def test_of_two_inputs_both_are_named(both):
    """By the run, by explanations, by a saved trace; in JSON by name."""
    files = ["-i", "left=a.npy", "-i", "right=b.npy"]
    done = inside.dftrace("run", "two.yaml", *files, "--save", "t.npz", cwd=both)
    assert done.stdout.decode().startswith("two: left=a.npy, right=b.npy (")
    again = inside.dftrace("run", "t.npz", "-f", "json", cwd=both).stdout.decode()
    assert '"sources_of": {"left": ["a.npy"], "right": ["b.npy"]}' in again
    for source in (["two.yaml", *files], ["t.npz"]):
        said = inside.dftrace("explain", source[0], "add_1[0,0,0]", *source[1:], cwd=both).stdout.decode()
        assert said.splitlines()[1].startswith("add of two for left=a.npy, right=b.npy: height 0")


def test_of_two_inputs_each_is_explained_with_its_own_file(both):
    done = inside.dftrace("explain", "two.yaml", "right[0,1,0]", "-i", "left=a.npy", "-i", "right=b.npy", cwd=both)
    assert done.stdout.decode().splitlines()[:2] == [
        "right[0, 1, 0] = 1",
        "input of two for b.npy: height 0, width 1, channel 0 of the input (2, 2, 1)",
    ]


def test_merged_traces_name_the_inputs_of_all(both):
    network = network_from_text(TWO)
    data = {"left": np.zeros((2, 2, 2, 1)), "right": np.ones((2, 2, 2, 1))}
    one, other = network.trace(data), network.trace(data)
    merged = one.merged(other)
    assert {name: len(each) for name, each in merged.sources_of.items()} == {"left": 4, "right": 4}
    save_trace(merged, both / "m.npz")
    assert load_trace(both / "m.npz").sources_of == merged.sources_of
    with pytest.raises(UnknownName, match="no sample 4"):
        network.trace(data, keep=["left"]).explain("left", (0, 0, 0), 4)
