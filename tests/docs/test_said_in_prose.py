"""What pages show of commands whose files are not shipped, and numbers in prose: each is what comes out today."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text
from dataflow_cli.examples import EXAMPLES
from dataflow_cli.netfile import limits
from tests.contract.inside import dftrace
from tests.contract.shell import MNIST, ROOT, SEVEN

LOGARITHM = """\
dftrace: 1
input: [3]
layers:
  - {type: dense, name: d, units: 1, weights: {kernel: [[0], [1], [0]], bias: 0}}
  - {type: log, name: l}
  - {type: relu, name: r}
  - {type: exp, name: e}
  - {type: sigmoid, name: s}
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder with the files that the pages name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(MNIST.parent)
    (tmp_path / "net.yaml").write_text(LOGARITHM, encoding="utf-8")
    weights = dict(np.load(MNIST.with_suffix(".npz")))
    kernel = weights["dense_1/kernel"] = weights["dense_1/kernel"].copy()
    kernel[4000, 61] += np.float32(0.3)
    np.savez("other.npz", **weights)
    flipped = MNIST.read_text(encoding="utf-8").replace("filters: 64,", "filters: 64, flip_kernel: true,")
    network = network_from_text(flipped, MNIST.parent)
    trace = network.trace(SEVEN, keep="all")
    names = {f"{number}.{step.type}": step.name for number, step in enumerate(trace.steps)}
    np.savez("captured.npz", **{theirs: trace.value(ours) for theirs, ours in names.items()})


def shown(page):
    """(command, lines that stand under it) of every block of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            yield command, [line for line in lines if line != "..."]


@pytest.mark.parametrize("page", ["comparing.md", "tables.md"])
def test_a_command_says_what_stands_under_it(page, workshop):
    blocks = list(shown(page))
    assert blocks
    for command, lines in blocks:
        program, *words = shlex.split(command)
        assert program == "dftrace"
        said = dftrace(*words).stdout.decode().splitlines()
        assert [line for line in lines if line not in said] == [], command
        assert lines, command


COUNTED = re.compile(r"([\d,]+) parameters")


@pytest.mark.parametrize("example", [one for one in EXAMPLES if COUNTED.search(one.see)], ids=lambda one: one.name)
def test_the_parameters_that_an_example_names_are_the_networks(example):
    (count,) = COUNTED.findall(example.see)
    assert int(count.replace(",", "")) == load_network(MNIST.parent / example.network_file).parameter_count


def test_the_limits_of_a_network_file_are_the_real_ones():
    page = " ".join((ROOT / "docs/network-file.md").read_text(encoding="utf-8").split())
    sizes = (
        f"{limits.MAX_BYTES // 2**20} MiB, {limits.MAX_VALUES:,} values (keys among them), {limits.MAX_DEPTH} levels"
    )
    assert f"{sizes}, {limits.MAX_LAYERS:,} layers and {limits.MAX_INPUTS:,} inputs" in page
    assert f"aliases may stand for {limits.MAX_EXPANDED:,} values in all" in page
    assert f"Reading stops at the {limits.MOST_PROBLEMS}th mistake" in page
