"""Two profiles compared: what changed, what is chance, and what cannot be compared."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli.kernels.octaves import counted, share_beyond
from dataflow_cli.network.build import network_from_text
from dataflow_cli.profile.comparison import CHANGED, CLOSE, SAME, Allowed, compared_profiles
from dataflow_cli.profile.saved import save_profile
from dataflow_cli.profiling import profile
from tests.contract.inside import dftrace

NET = """dftrace: 1
input: [3]
classes: [low, high]
layers:
  - {type: dense, units: 3, activation: relu, weights: {kernel: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], bias: [0, 0, %s]}}
  - {type: dense, units: 2, activation: softmax, weights: {kernel: [[1, -1], [0, 0], [0, 0]], bias: [0, 0.1]}}
"""
UNITS = 3


def samples(seed, *, shift=0.0, count=400):
    drawn = np.random.default_rng(seed).normal(size=(count, UNITS))
    drawn[:, 0] += shift
    return drawn.astype(np.float32)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Saves the profile of samples, and returns it."""
    monkeypatch.chdir(tmp_path)

    def save(name, data, bias="0.5", text=NET):
        np.save("x.npy", data)
        np.save("y.npy", (data[:, 0] < 0).astype(np.int64))
        found = profile(network_from_text(text % bias if "%" in text else text), "x.npy", labels="y.npy")
        save_profile(found, name)
        return found

    return save


@pytest.mark.parametrize("seed", range(8))
def test_two_draws_of_one_kind_are_no_change(made, seed):
    a, b = made("a.npz", samples(seed)), made("b.npz", samples(100 + seed, count=150))
    found = compared_profiles(a, b)
    assert {layer.verdict for layer in found.layers} == {CLOSE}
    assert not found.changed


def test_what_shifts_is_found_from_the_input_on_and_in_its_own_channel(made):
    """Of 400 samples a mean is known to 0.05 standard deviations: 0.6 are no chance."""
    a, b = made("a.npz", samples(1)), made("b.npz", samples(2, shift=0.6))
    found = compared_profiles(a, b)
    assert (found.first.name, found.first.changed.tolist()) == ("input", [0])
    assert found.first.shift[0] == pytest.approx(0.6, abs=0.25)
    assert [layer.changed.tolist() for layer in found.layers[1:]] == [[0], [0, 1]]


@pytest.mark.parametrize("times", [1 / 255, 255])
def test_an_input_that_is_scaled_otherwise_is_told_however_few_samples_there_are(made, times):
    """Of three samples a standard deviation says next to nothing, and where they lie does."""
    a, b = made("a.npz", samples(1, count=3)), made("b.npz", samples(1, count=3) * np.float32(times))
    found = compared_profiles(a, b)
    assert (found.first.name, found.first.verdict) == ("input", CHANGED)
    assert found.first.changed.tolist() == list(range(UNITS))


def test_a_unit_that_dies_is_told_and_so_is_one_that_comes_back(made):
    a, b = made("a.npz", samples(1)), made("b.npz", samples(1), bias="-9")
    found = compared_profiles(a, b)
    assert [layer.verdict for layer in found.layers] == [SAME, CHANGED, SAME]
    assert (found.first.died.tolist(), found.first.revived.tolist()) == ([2], [])
    assert compared_profiles(b, a).first.revived.tolist() == [2]


def test_a_unit_that_seldom_fires_is_not_dead_because_few_samples_do_not_show_it(made):
    """One of 400 values is above zero: of 40 others none is expected."""
    seldom = samples(1)
    seldom[:, 1] = -1
    seldom[7, 1] = 0.5
    a, b = made("a.npz", seldom), made("b.npz", seldom[8:48])
    assert b.layer("dense_1").dead.tolist() == [1]
    layer = next(each for each in compared_profiles(a, b).layers if each.name == "dense_1")
    assert 1 not in layer.changed
    assert not len(layer.died)


def test_answers_by_class_and_what_is_taken_for_what(made):
    a = made("a.npz", samples(1))
    b = made("b.npz", samples(1), text=NET.replace("0.1]}}", "9]}}") % "0.5")
    found = compared_profiles(a, b)
    rights = int((samples(1)[:, 0] < 0).sum())
    assert found.whole.changed
    assert found.classes[1].samples == (rights, rights)
    assert found.confused[0].counts == (int(a.answers.confusion[0, 1]), 400 - rights)


def test_a_tolerance_of_ones_own(made):
    a, b = made("a.npz", samples(1)), made("b.npz", samples(1), bias="0.51")
    assert not compared_profiles(a, b).changed
    assert compared_profiles(a, b, allowed=Allowed(rtol=1e-3)).first.name == "dense_1"
    assert not compared_profiles(a, b, allowed=Allowed(atol=0.02)).changed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_share_beyond_a_range_is_that_of_whole_bins(dtype):
    """Powers of two are edges of bins, so that counting by bins is exact there."""
    values = np.array([-8, -4, -2, -1, 0, 0, 1, 2, 4, 8, np.nan, np.inf], dtype)
    counts = counted(values, values != 0)
    for low in (-4.0, -2.0, 0.0, 1.0):
        for high in (1.0, 2.0, 8.0):
            finite = values[np.isfinite(values)]
            outside = ((finite < low) | (finite > high)).mean()
            assert share_beyond(counts, low, high, dtype) == pytest.approx(outside)
    assert np.isnan(share_beyond(counts * 0, 0, 1, dtype))


def test_the_command(made):
    made("a.npz", samples(1))
    made("b.npz", samples(1), bias="-9")
    same, found = dftrace("diff", "a.npz", "a.npz"), dftrace("diff", "a.npz", "b.npz")
    assert (same.returncode, found.returncode) == (0, 1)
    assert "3 same" in same.stdout.decode()
    assert "dense_1 (dense) is the first that changed: of 3 units 1 died (2)" in found.stdout.decode()
    assert dftrace("diff", "a.npz", "b.npz", "-f", "github").stdout.startswith(b"::error ")
    document = json.loads(dftrace("diff", "a.npz", "b.npz", "-f", "json").stdout)
    assert (document["schema"], document["first"], document["equal"]) == ("dftrace.profile_diff/1", "dense_1", False)
    assert [layer["dead_b"] for layer in document["layers"]] == [0, 1, 0]
    rows = dftrace("diff", "a.npz", "b.npz", "--by", "channel", "-f", "tsv", "--fields", "name,channel,what").stdout
    assert rows.decode().splitlines()[1:] == ["dense_1\t2\tdied"]
    assert dftrace("diff", "a.npz", "b.npz", "--by", "channel", "--all", "-f", "tsv").stdout.count(b"\n") == 9
    assert "low" in dftrace("diff", "a.npz", "b.npz", "--by", "class").stdout.decode()
    assert dftrace("diff", "a.npz", "a.npz", "--strict").returncode == 0


def test_what_cannot_be_compared(made):
    made("a.npz", samples(1))
    np.savez("t.npz", dense_1=np.zeros((1, 3)))
    made(
        "c.npz", samples(1), text="dftrace: 1\ninput: [3]\nlayers: [{name: other, type: softmax}]\nclasses: [a, b, c]\n"
    )
    for words, said in (
        (("a.npz", "t.npz"), "a.npz is a saved profile, t.npz is none"),
        (("a.npz", "c.npz"), "no layer is in both"),
        (("a.npz", "a.npz", "--torch"), "a saved profile has no use for --torch"),
        (("t.npz", "t.npz", "--by", "channel"), "--by is for two saved profiles"),
    ):
        done = dftrace("diff", *words)
        assert done.returncode == 2, words
        assert said in done.stderr.decode()
