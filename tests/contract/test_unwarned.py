"""Numbers that are none, or at the ends of their type: shown, and never warned of, by any command that reads them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from dataflow_cli.commands.main import group
from dataflow_cli.errors import DftraceError
from dataflow_cli.lazy import unwarned

NETWORK = """\
dftrace: 1
classes: [a, b, c, d, e, f, g, h, i]
input: {shape: [SHAPE], dtype: float64, scale: 2, mean: 0.5}
layers:
  - {type: linear, name: same}
  - flatten
"""
TINY, HUGE = 5e-324, 1.7e308
PAIRS = [(-HUGE, HUGE), (1e308, HUGE), (HUGE, HUGE), (0.0, TINY), (-TINY, TINY), (TINY, HUGE), (np.nan, 1.0)]
PAIRS += [(-np.inf, HUGE), (-np.inf, np.inf)]


@pytest.fixture(params=["3, 3, 1", "9, 1"], ids=["picture", "signal"])
def files(request, tmp_path, monkeypatch):
    """A folder with a network file, and what writes data and labels for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK.replace("SHAPE", request.param), encoding="utf-8")
    shape = [int(length) for length in request.param.split(",")]

    def write(one, other):
        np.save("x.npy", np.where(np.arange(9) % 3 == 1, other, one).reshape(shape))
        np.save("labels.npy", np.array([1], np.float16))

    return write


def called(*words):
    """The command in this process, where a warning is an error; a mistake of the user's is none of ours."""
    result = CliRunner().invoke(group, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit | DftraceError):
        raise result.exception
    return result


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_whatever_the_numbers_are_they_are_drawn(files, pair):
    files(*pair)
    for more in ([], ["--terminal", "ascii"], ["--map", "minmax", "--scale", "global"], ["-o", "out.png"]):
        called("show", "net.yaml", "-i", "x.npy", *more)
    called(
        "show", "net.yaml", "-i", "x.npy", "-i", "x.npy", "--group", "answer", "--kind", "barcode", "-l", "flatten_1"
    )


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_whatever_the_numbers_are_they_are_run_and_explained(files, pair):
    files(*pair)
    for form, dtype in (("table", "float32"), ("json", "float64")):
        called("run", "net.yaml", "-i", "x.npy", "--labels", "labels.npy", "--dtype", dtype, "-f", form)
    called("explain", "net.yaml", "flatten_1[4]", "-i", "x.npy", "--back")


@pytest.mark.parametrize("shape", [(0, 0), (5, 0), (0, 5), (0,)], ids=str)
def test_labels_that_are_none(files, shape):
    files(1.0, 2.0)
    np.save("labels.npy", np.zeros(shape))
    result = CliRunner().invoke(group, ["run", "net.yaml", "-i", "x.npy", "--labels", "labels.npy"])
    assert isinstance(result.exception, DftraceError)
    assert "holds no labels" in result.exception.message


def test_numpy_may_come_within_the_block_or_be_there_before():
    body = "with unwarned(), unwarned(): np.float64(1e308) * 10"
    program = f"from dataflow_cli.lazy import np, unwarned\n{body}\nprint(np.geterr())"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert "'over': 'warn'" in done.stdout
    before = np.geterr()
    with unwarned():
        assert set(np.geterr().values()) == {"ignore"}
    assert np.geterr() == before
