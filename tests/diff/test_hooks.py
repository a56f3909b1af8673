"""The program for C is compiled and run, and what it writes is compared; those for Python are with the peers."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from dataflow_cli.hooks import FRAMEWORKS
from tests.contract.shell import dftrace, text_of

NET = """\
dftrace: 1
name: net
input: [3]
layers:
  - {type: dense, units: 2, name: a, weights: {kernel: [[1, 2], [3, 4], [1, 0]], bias: [0.5, 0]}}
  - {type: relu, name: r}
  - {type: dense, units: 2, name: b, weights: {kernel: [[1, 2], [0, 4]], bias: [1, 2]}}
"""
MAIN = """
int main(void)
{
    const float x[3] = {1, -1, 0.25f};
    float a[2] = {x[0] + 3 * x[1] + x[2] + 0.5f, 2 * x[0] + 4 * x[1]};
    float r[2] = {a[0] > 0 ? a[0] : 0, a[1] > 0 ? a[1] : 0};
    float b[2] = {r[0] + BIAS, 2 * r[0] + 4 * r[1] + 2};
    capture("input", x, 2, (const int[]){1, 3});
    capture("a", a, 2, (const int[]){1, 2});
    capture("r", r, 2, (const int[]){1, 2});
    capture("b", b, 2, (const int[]){1, 2});
    return 0;
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("number", ["float", "double"])
def test_what_c_captures_is_compared(tmp_path, number):
    (tmp_path / "net.yaml").write_text(NET)
    text = text_of("hooks", "c") + MAIN.replace("float", number)
    (tmp_path / "net.c").write_text(text)
    for bias, code in (("1", 0), ("0", 1)):
        words = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-DCAPTURED={number}", f"-DBIAS={bias}", "net.c"]
        subprocess.run([*words, "-o", "net"], cwd=tmp_path, check=True)
        subprocess.run(["./net"], cwd=tmp_path, check=True)
        found = np.load(tmp_path / "captured/0002_a.npy")
        assert (found.tolist(), found.dtype) == ([[-1.25, -2.0]], np.dtype("f4" if number == "float" else "f8"))
        done = dftrace("diff", "net.yaml", "captured", "--value", "1,-1,0.25", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (code, b"")
    assert done.stdout.startswith(b"b (dense) differs: made here")


def test_every_framework_has_a_program_that_says_what_comes_next():
    for framework in FRAMEWORKS:
        assert "Then: dftrace diff net.yaml captured" in text_of("hooks", framework)
