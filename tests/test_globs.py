"""Which layers a word means: by our names, by those where the network came from, and by names but for their marks."""

import pytest

from dataflow_cli import load_trace, save_trace
from dataflow_cli.errors import UnknownName
from dataflow_cli.globs import called, matching, ours
from dataflow_cli.network.build import network_from_text

NAMES = ("input", "conv1:sum", "conv1", "conv2:sum", "conv2", "block_1/_1_conv")
SOURCES = {"conv1": "/features/0/Conv", "conv2": "conv:0"}


def unknown(pattern):
    raise UnknownName(pattern)


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("conv?", ["conv1", "conv2"]),
        ("conv1:*", ["conv1:sum"]),
        ("/features/0/Conv", ["conv1"]),
        ("/features/*", ["conv1"]),
        ("/features/0/Conv:sum", ["conv1:sum"]),
        ("/features/*:sum", ["conv1:sum"]),
        ("conv:0", ["conv2"]),
        ("features.0.Conv", ["conv1"]),
        ("block_1_1_conv", ["block_1/_1_conv"]),
        ("block_1.1.conv", ["block_1/_1_conv"]),
    ],
)
def test_a_pattern_means_ours_then_theirs_then_names_but_for_marks(pattern, meant):
    assert list(matching([pattern], NAMES, unknown, SOURCES)) == meant


@pytest.mark.parametrize("pattern", ["features", "/features/0/Conv:sun", "block_11_conv", "conv1.sum"])
def test_what_means_nothing_is_told(pattern):
    with pytest.raises(UnknownName):
        matching([pattern], NAMES, unknown, SOURCES)


def test_our_own_names_come_first():
    assert called("b", ("a", "b"), {"a": "b"}) == "b"
    assert ours(["b", "b[0]"], ("a", "b"), {"a": "b"}) == ("b", "b[0]")


def test_a_word_that_two_are_called_means_none():
    assert called("a.b", ("a/b", "a_b")) == ""
    assert called("x", ("a", "b"), {"a": "x", "b": "x"}) == ""


def test_an_index_stays_behind_the_name():
    assert ours(["features.0.Conv[3]", "conv1[1:2]", "conv[12]", "nobody[3]"], NAMES, SOURCES) == (
        "conv1[3]",
        "conv1[1:2]",
        "conv1",
        "conv2",
        "nobody[3]",
    )


def test_an_imported_layer_is_found_by_its_name_there_wherever_one_is_named(tmp_path):
    network = network_from_text(
        b"dftrace: 1\ninput: [3]\nlayers:\n"
        b"  - {type: dense, name: first, source: /net/0/Gemm, units: 2, activation: relu, "
        b"weights: {kernel: 1, bias: 0}}\n"
        b"  - {type: dense, name: last, source: net.1, units: 1, weights: {kernel: 2, bias: 1}}\n",
        "net.yaml",
    )
    trace = network.trace([1.0, 2.0, 3.0], keep=["/net/0/Gemm", "net.1"])
    assert network.node("/net/0/Gemm:sum").name == "first:sum"
    assert network.explain("net.1[0]", x=[1.0, 2.0, 3.0]).value == 25
    assert trace.value("/net/0/Gemm").tolist() == [[6, 6]]
    save_trace(trace, tmp_path / "t.npz")
    assert load_trace(tmp_path / "t.npz").value("net/0/Gemm").tolist() == [[6, 6]]
