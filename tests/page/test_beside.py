"""What a page tells beside a run: a data set's profile, and what another side made of the input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.network.build import load_network
from dataflow_cli.profile.saved import save_profile
from dataflow_cli.profiling import profile
from tests.contract.inside import dftrace
from tests.page.browser import Visit
from tests.page.test_looks import found_by_axe, screen

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


def test_a_profile_of_a_network_with_the_same_input_alone_is_refused(tmp_path, digits):
    done = dftrace(
        "show", "configs/mnist-lstm.yaml", *FOUR, "--profile", digits[0], "-l", "digit", "-o", tmp_path / "page.html"
    )
    assert b"whose layers are others" in done.stderr


def test_a_profile_of_another_network_is_refused(tmp_path, digits):
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [2]\nlayers: [{name: conv2d_1, type: relu}]\n")
    np.save(tmp_path / "x.npy", np.ones((1, 2)))
    words = ("show", tmp_path / "net.yaml", "-i", tmp_path / "x.npy", "--profile", digits[0], "-o")
    assert b"whose layers are others" in dftrace(*words, tmp_path / "page.html").stderr
    assert b"--profile is of a page" in dftrace(*words, tmp_path / "page.png").stderr


def test_a_notebook_offers_the_page_and_it_is_the_commands(tmp_path, profiled, digits):
    trace = load_network(NET).trace(FOUR[1], keep="all")
    assert 'trace.page("page.html")' in trace._repr_html_()
    assert trace.page(tmp_path / "page.html", profile=digits[1]) == ()
    told = manifest_in(tmp_path / "page.html")
    assert {layer["name"] for layer in told["layers"] if layer["values"][0] is not None} == {*trace.values}
    assert told["profile"] == manifest_in(profiled)["profile"]


@pytest.mark.page
def test_the_page_shows_the_profile(driver, profiled, digits):
    visit = Visit(driver, profiled).open("#conv2d_1")
    visit.settled()
    dead = digits[1].layer("conv2d_1").dead
    assert f"Over {digits[1].samples} samples" in visit.text("#numbers")
    assert f"{len(dead)} of 32 channels give nothing but zeros for all" in visit.text("#layer")
    assert visit.console() == []


@pytest.fixture(scope="module")
def differing(tmp_path_factory):
    """The page of the shipped CNN beside one that averages where it takes the largest."""
    folder = tmp_path_factory.mktemp("diff")
    text = Path(NET).read_text(encoding="utf-8").replace("mnist-cnn.npz", str(Path("configs/mnist-cnn.npz").resolve()))
    (folder / "other.yaml").write_text(text.replace("max_pooling2d", "average_pooling2d"), encoding="utf-8")
    done = dftrace("diff", NET, folder / "other.yaml", *FOUR, "-o", folder / "diff.html")
    assert done.returncode == 1, done.stderr.decode()
    assert b"max_pooling2d_1" in done.stderr
    return folder / "diff.html"


def test_a_comparison_has_both_sides_and_says_where_an_error_is_made(differing):
    manifest = manifest_in(differing)
    told = {layer["name"]: layer for layer in manifest["layers"]}
    assert manifest["compared"]["first"] == "max_pooling2d_1"
    assert told["conv2d_2"]["error"] <= 1 < told["max_pooling2d_1"]["error"]
    assert told["dense_1"]["error"] <= 1
    pooled = told["max_pooling2d_1"]
    assert pooled["their_pictures"][0]["src"] != pooled["pictures"][0]["src"] != pooled["difference_pictures"][0]["src"]
    assert manifest["tensors"][pooled["theirs"][0]]["shape"] == [12, 12, 64]


def test_it_says_the_cause_and_what_has_no_partner_and_draws_both_sides_on_one_scale(tmp_path):
    network = load_network(NET)
    trace = network.trace(FOUR[1], keep=network.tensors)
    theirs = {step.name: trace.value(step.name) for step in trace.steps if ":" not in step.name}
    theirs["conv2d_2"] = theirs["conv2d_2"] * 2
    theirs["strange"] = theirs.pop("flatten_1")[:, :7]
    np.savez(tmp_path / "theirs.npz", **theirs)
    done = dftrace("diff", NET, tmp_path / "theirs.npz", *FOUR, "-o", tmp_path / "diff.html")
    assert done.returncode == 1, done.stderr.decode()
    manifest = manifest_in(tmp_path / "diff.html")
    said = manifest["compared"]
    assert said["lines"] == done.stderr.decode().splitlines()[-len(said["lines"]) :]
    assert any(line.startswith("cause: ") for line in said["lines"])
    assert "strange" in said["unpaired"]
    assert "flatten_1" in said["missing"]
    told = {layer["name"]: layer for layer in manifest["layers"]}["conv2d_2"]
    assert told["pictures"][0]["legend"] == told["their_pictures"][0]["legend"]
    assert told["pictures"][0]["src"] != told["their_pictures"][0]["src"]


def test_sides_of_one_name_are_told_apart_by_what_each_was_given(tmp_path):
    for words, names in (
        (("--dtype-b", "float64"), ("float32", "float64")),
        (("--weights-b", "configs/mnist-cnn.npz"), ("its own weights", "configs/mnist-cnn.npz")),
        (("--input-a", "configs/digits/7.png"), ("configs/digits/7.png", "configs/digits/4.png")),
    ):
        done = dftrace("diff", NET, NET, *FOUR, *words, "-o", tmp_path / "diff.html", "--max-size", "1MB")
        assert done.returncode in {0, 1}, done.stderr.decode()
        said = manifest_in(tmp_path / "diff.html")["compared"]
        assert (said["ours"], said["theirs"]) == tuple(f"{NET}, {name}" for name in names)
    dftrace("diff", NET, NET, *FOUR, "-o", tmp_path / "diff.html", "--max-size", "1MB")
    assert manifest_in(tmp_path / "diff.html")["compared"]["ours"] == f"A: {NET}"


def test_a_third_side_is_the_measure_of_a_page_too(tmp_path):
    network = load_network(NET)
    trace = network.trace(FOUR[1], keep=network.tensors)
    off = {step.name: trace.value(step.name) for step in trace.steps if ":" not in step.name}
    np.savez(tmp_path / "off.npz", **{**off, "dense_1": off["dense_1"] * np.float32(1.01)})
    words = ("diff", NET, tmp_path / "off.npz", *FOUR, "--baseline", tmp_path / "off.npz")
    told, done = dftrace(*words), dftrace(*words, "-o", tmp_path / "diff.html")
    assert done.returncode == told.returncode, done.stderr.decode()
    lines = manifest_in(tmp_path / "diff.html")["compared"]["lines"]
    assert "\n".join(lines) == told.stdout.decode().rstrip()
    assert "times the baseline's error" in lines[0]


def test_a_page_of_a_comparison_needs_a_network(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((1, 2)))
    done = dftrace("diff", tmp_path / "a.npz", tmp_path / "a.npz", "-o", tmp_path / "page.html")
    assert done.returncode == 2
    assert b"both sides are captures" in done.stderr


@pytest.mark.page
def test_the_page_opens_at_what_differs_first_with_both_sides_of_each_element(driver, differing):
    visit = Visit(driver, differing).open()
    visit.until("return document.querySelector('#layer h2')?.textContent.startsWith('max_pooling2d_1')")
    assert len(visit.all(".sides figure")) == 3
    assert "differs, the first that does" in visit.text("#layer")
    assert "error" in [option.text for option in visit.all("select option")]
    assert "max_pooling2d_1" in visit.text("#comparison")
    assert "on one scale" in visit.text("#layer")
    at = manifest_in(differing)["compared"]["at"]
    assert at[1:] != [0, 0, 0]
    assert f"[{', '.join(map(str, at[1:]))}]" in visit.text(".readout")
    visit.go("#max_pooling2d_1[6,8,19]")
    visit.until("return document.querySelector('.readout').textContent.includes('theirs')")
    assert "1.707, theirs 0.604" in visit.text(".readout")
    assert visit.console() == []


@pytest.mark.page
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("address", ["", "#max_pooling2d_1[6,8,19]?by=error"])
def test_axe_finds_nothing_in_a_comparison(driver, differing, address, dark):
    assert found_by_axe(Visit(driver, differing), address, dark) == []
    screen(driver, 1280, 1400)
