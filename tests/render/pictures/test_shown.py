"""A trace shows its tensors to a Python program: by the words of `dftrace show`, in a notebook, in text, in files."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from dataflow_cli import network_from_text
from dataflow_cli.commands.show import command
from dataflow_cli.errors import DftraceError, OutputError, UnknownName

NET = """\
dftrace: 1
name: net
input: [6, 6, 1]
weights: {init: glorot_uniform, seed: 3}
layers: [{type: conv2d, filters: 4, kernel_size: 3, activation: relu}, flatten, {type: dense, units: 3}]
"""


@pytest.fixture(scope="module")
def trace():
    return network_from_text(NET).trace(np.arange(36.0).reshape(6, 6, 1) / 36)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    np.save(tmp_path / "x.npy", np.arange(36.0).reshape(6, 6, 1) / 36)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"cmap": "viridis", "map": "minmax", "theme": "dark"},
        {"scale": "channel", "zoom": 3, "kind": "mosaic"},
    ],
)
def test_a_file_holds_what_the_command_draws(files, words):
    trace = network_from_text(NET).trace(str(files / "x.npy"))
    trace.show("conv2d_1", path=files / "ours.png", **words)
    called = [str(files / name) for name in ("net.yaml", "x.npy", "theirs.png")]
    arguments = [
        called[0],
        "-i",
        called[1],
        "-l",
        "conv2d_1",
        "-o",
        called[2],
        *(f"--{name}={word}" for name, word in words.items()),
    ]
    assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
    assert (files / "ours.png").read_bytes() == (files / "theirs.png").read_bytes()


def test_a_notebook_gets_a_picture_and_print_characters(trace):
    shown = trace.show("conv*", "dense_1")
    assert Image.open(BytesIO(shown._repr_png_())).width > 100
    assert repr(shown) == "<Picture of 'net': conv2d_1, dense_1>"
    assert "conv2d_1  (4, 4, 4)" in str(shown)
    assert str(shown).isascii()


def test_without_names_everything_that_can_be_drawn_is(trace):
    assert set(trace.show().names) == {"input", "conv2d_1", "dense_1"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        *(({name: "xyz"}, UnknownName) for name in ("kind", "scale", "map", "cmap", "group", "theme")),
        *(({"zoom": zoom}, OutputError) for zoom in (0, -1, 1.5, 257, Fraction(2, 3), float("nan"))),
        ({"path": "x.jpg"}, OutputError),
    ],
)
def test_what_there_is_not_is_one_error(trace, words, error):
    with pytest.raises(error) as caught:
        trace.show(**words)
    assert caught.value.hint


def test_a_tensor_that_was_not_kept_is_called_that():
    trace = network_from_text(NET).trace(np.zeros((6, 6, 1)), keep=["dense_1"])
    with pytest.raises(DftraceError, match="without the values of 'conv2d_1'"):
        trace.show("conv2d_1")
