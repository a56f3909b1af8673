"""What a page tells beside a run: a data set's profile."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from dataflow_cli.network.build import load_network
from dataflow_cli.profile.saved import save_profile
from dataflow_cli.profiling import profile
from tests.contract.inside import dftrace
from tests.page.browser import Visit

NET = "configs/mnist-cnn.yaml"
FOUR = ("-i", "configs/digits/4.png")


def manifest_in(path):
    found = re.search(r'id="manifest">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(found[1])


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A saved profile over the shipped digits, and what it says."""
    path = tmp_path_factory.mktemp("profile") / "p.npz"
    found = profile(load_network(NET), "configs/digits")
    save_profile(found, path)
    return path, found


@pytest.fixture(scope="module")
def profiled(digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "four.html"
    done = dftrace("show", NET, *FOUR, "-l", "conv2d_1", "-l", "dense_2", "-o", path, "--profile", digits[0])
    assert done.returncode == 0, done.stderr.decode()
    return path


def test_a_profile_says_what_is_dead_for_all_its_samples(profiled, digits):
    told = {layer["name"]: layer for layer in manifest_in(profiled)["layers"]}
    layer = digits[1].layer("conv2d_1")
    assert told["conv2d_1"]["dead"] == {"places": layer.dead.tolist(), "units": 32}
    assert told["conv2d_1"]["profile"]["max"] == pytest.approx(layer.high)
    assert told["dense_2"]["dead"] is None
    assert manifest_in(profiled)["profile"]["samples"] == digits[1].samples


def test_a_profile_of_another_network_is_refused(tmp_path, digits):
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [2]\nlayers: [{name: conv2d_1, type: relu}]\n")
    np.save(tmp_path / "x.npy", np.ones((1, 2)))
    words = ("show", tmp_path / "net.yaml", "-i", tmp_path / "x.npy", "--profile", digits[0], "-o")
    assert b"whose layers are others" in dftrace(*words, tmp_path / "page.html").stderr
    assert b"--profile is of a page" in dftrace(*words, tmp_path / "page.png").stderr


@pytest.mark.page
def test_the_page_shows_the_profile(driver, profiled, digits):
    visit = Visit(driver, profiled).open("#conv2d_1")
    visit.settled()
    dead = digits[1].layer("conv2d_1").dead
    assert f"Over {digits[1].samples} samples" in visit.text("#numbers")
    assert f"{len(dead)} of 32 channels give nothing but zeros for all" in visit.text("#layer")
    assert visit.console() == []
