"""Pictures of profiles: which channel has which color, where a largest value is made, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.kernels.octaves import counted
from dataflow_cli.network.build import load_network
from dataflow_cli.profile.exciting import exciting
from dataflow_cli.profile.saved import load_profile, save_profile
from dataflow_cli.profiling import profile, work_again
from dataflow_cli.render.pictures.excerpts import OUTLINE, excited_row
from dataflow_cli.render.pictures.profiled import DEAD, staircase, state_rows
from tests.contract.inside import dftrace

NET = """dftrace: 1
input: [6, 6, 1]
classes: [low, high]
layers:
  - {type: conv2d, filters: 2, kernel_size: [2, 3], activation: relu,
     weights: {kernel: [[[[1, -1]], [[1, -1]], [[1, -1]]], [[[1, -1]], [[1, -1]], [[1, -1]]]], bias: [0, 0]}}
  - global_average_pooling2d
  - {type: dense, units: 2, activation: softmax, weights: {kernel: [[0, 0], [0, 0]], bias: [0, 0]}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Five dark pictures, each with one bright pixel, of which the last is brightest."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    x = np.zeros((5, 6, 6), np.float32)
    for number in range(5):
        x[number, number, 5 - number] = number + 1
    np.save("x.npy", x)
    np.save("y.npy", np.array([0, 1, 0, 1, 0]))
    save_profile(profile(load_network("net.yaml"), "x.npy", labels="y.npy"), "p.npz")
    return tmp_path


def test_windows_lie_where_the_bright_pixel_is(folder):
    """A kernel of ones is largest wherever it covers the pixel: first at its lower right end."""
    found = load_profile("p.npz")
    seen = exciting(work_again(found), found.layer("conv2d_1"))
    assert (seen.channels, [one.sample for one in seen.excerpts[0]]) == ((0,), [4, 3, 2, 1, 0])
    for one in seen.excerpts[0]:
        top, left, height, width = one.window
        assert (height, width) == (2, 3)
        assert top <= one.sample < top + height
        assert left <= 5 - one.sample < left + width
    panel = excited_row(seen).panels[0]
    assert (panel.pixels[0] == OUTLINE).all(axis=-1).any()
    assert panel.numbers[0] == "0"


def test_dead_channels_are_red_in_the_map(folder):
    (row,) = state_rows(load_profile("p.npz"), ["conv2d_1"])
    assert row.panels[0].pixels[0, 0, 1].tolist() == list(DEAD)
    assert row.panels[0].pixels[0, 0, 0].tolist() != list(DEAD)
    assert "1 dead: 1" in row.lines


def test_steps_of_a_histogram_hold_all_values_that_are_not_zero():
    """A sixteenth of an octave is narrower than a step of these values, so counts are those of NumPy but at edges."""
    values = np.random.default_rng(1).uniform(-1, 1, 50_000).astype(np.float32)
    values[:500] = 0
    counts = counted(values, values != 0)
    _, y = staircase(counts, 500, (float(values.min()), float(values.max())), "float32")
    steps = y[1:-1:2]
    assert steps.sum() == pytest.approx(len(values) - 500)
    expected, _ = np.histogram(values[values != 0], bins=50, range=(values.min(), values.max()))
    assert np.abs(np.cumsum(steps) - np.cumsum(expected)).max() < 600


@pytest.mark.parametrize("kind", ["states", "top", "histogram", "confusion", "mistakes", "auto"])
def test_every_kind_is_drawn_of_what_was_saved_and_in_the_terminal(folder, kind):
    drawn = dftrace("profile", "p.npz", "--kind", kind, "-o", "p.svg")
    assert (drawn.returncode, drawn.stdout, drawn.stderr) == (0, b"", b"")
    assert (folder / "p.svg").read_text().startswith("<svg")
    assert dftrace("profile", "p.npz", "--kind", kind, "--color", "never").returncode == 0


def test_the_ending_alone_asks_for_a_picture(folder):
    assert dftrace("profile", "net.yaml", "-i", "x.npy", "-o", "p.png").returncode == 0
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn(folder):
    save_profile(profile(load_network("net.yaml"), "x.npy"), "unlabelled.npz")
    (folder / "x.npy").rename("gone.npy")
    for words, said in (
        (("p.npz", "--kind", "top"), "x.npy"),
        (("unlabelled.npz", "--kind", "confusion"), "no right classes"),
        (("p.npz", "--kind", "states", "-f", "json"), "a picture has no format"),
        (("p.npz", "--kind", "states", "-o", "p.pdf"), "pictures are written as PNG or SVG"),
        (("p.npz", "--theme", "dark"), "--theme is of a picture"),
        (("p.npz", "-o", "p.html"), "a page is written by dftrace show NET -i FILE -o FILE.html, with --profile P.npz"),
    ):
        done = dftrace("profile", *words)
        assert done.returncode == 2, words
        assert said in done.stderr.decode(), words
    assert "a page is of two runs" in dftrace("diff", "p.npz", "p.npz", "-o", "p.html").stderr.decode()
    usual = dftrace("profile", "p.npz", "-o", "p.svg")
    assert usual.returncode == 0
    assert "mistakes are not drawn" in usual.stderr.decode()


def test_other_weights_than_those_of_the_profile_are_not_looked_at(folder):
    (folder / "net.yaml").write_text(NET.replace("bias: [0, 0]", "bias: [1, 0]", 1))
    assert "other weights" in dftrace("profile", "p.npz", "--kind", "top").stderr.decode()


def test_what_was_said_of_the_input_is_saved_for_the_second_look(folder):
    made = dftrace("profile", "net.yaml", "-i", "x.npy", "--input-scale", "1/2", "--save", "half.npz")
    assert made.returncode == 0, made.stderr.decode()
    found = load_profile("half.npz")
    assert float(work_again(found).network.inputs[0].scale) == 0.5
