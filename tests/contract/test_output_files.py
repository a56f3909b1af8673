"""Output files appear whole or not at all."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.contract.shell import DFTRACE, MNIST, OVERFLOWING, ROOT, SEVEN, TINY, dftrace, environment, text_of, written

XOR = ROOT / "configs" / "xor-mlp.yaml"
RUN = ["run", MNIST, "-i", SEVEN]


@pytest.mark.parametrize("form", ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"])
def test_a_file_gets_what_stdout_would(tmp_path, form):
    out = tmp_path / "out"
    done = dftrace("params", MNIST, "-f", form, "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert out.read_text(encoding="utf-8") == text_of("params", MNIST, "-f", form)


@pytest.mark.parametrize(
    "command", [["check", MNIST], ["schema"], ["layers"], ["init", "--list"], ["completion", "zsh"]]
)
def test_every_command_writes_to_a_file(tmp_path, command):
    assert text_of(*command, "-o", tmp_path / "out") == ""
    assert (tmp_path / "out").read_text(encoding="utf-8") == text_of(*command)


FAILURES = {
    "input": ["-i", "absent.png"],
    "weights": ["-w", "absent.npz"],
    "field": ["--fields", "nothing"],
    "layer": ["-l", "nothing"],
}


@pytest.mark.parametrize("option", ["-o", "--save"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_failed_run_leaves_the_old_file_and_nothing_beside_it(tmp_path, option, failure):
    old = written(tmp_path, "old", "out")
    assert dftrace("run", MNIST, *failure, option, old).returncode == 2
    assert old.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("option", ["-o", "--save"])
@pytest.mark.parametrize("target", ["", "absent/out", "file/out"], ids=["a folder", "no such folder", "below a file"])
def test_a_place_that_cannot_be_written_is_an_error_in_words(tmp_path, option, target):
    written(tmp_path, "", "file")
    done = dftrace(*RUN, option, tmp_path / target)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error[E400]: ")
    assert done.stderr.count(b"error") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("option", ["-o", "--save"])
def test_a_read_only_folder_is_an_error_in_words(tmp_path, option):
    tmp_path.chmod(0o555)
    done = dftrace(*RUN, option, tmp_path / "out")
    tmp_path.chmod(0o755)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"permission denied" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("option", ["-o", "--save"])
def test_a_full_device_is_an_error_in_words(option):
    done = dftrace(*RUN, option, "/dev/full")
    assert done.returncode == 2
    assert b"error[E400]: /dev/full: no space left on the device" in done.stderr


def test_an_existing_file_is_replaced_and_keeps_its_mode(tmp_path):
    out = written(tmp_path, "old", "out")
    out.chmod(0o640)
    text_of("params", MNIST, "-f", "json", "-o", out)
    assert json.loads(out.read_text(encoding="utf-8"))["network"] == "mnist-cnn"
    assert out.stat().st_mode & 0o777 == 0o640


def test_save_keeps_the_asked_for_tensors_and_the_output(tmp_path):
    text_of(*RUN, "-l", "conv2d_1", "--save", tmp_path / "trace.npz", "-o", tmp_path / "out")
    with np.load(tmp_path / "trace.npz") as saved:
        assert saved["conv2d_1"].shape == (1, 26, 26, 32)
        assert saved["dense_2"].shape == (1, 10)


def test_a_negative_answer_is_an_answer_and_its_file_is_written(tmp_path):
    done = dftrace("run", written(tmp_path, OVERFLOWING), "--fail-on", "nan", "-f", "json", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))["steps"]


STOPPED = """
import os, signal, sys
from dataflow_cli.__main__ import main
os.fsync = lambda _: os.kill(os.getpid(), signal.{signal})
sys.argv = ["dftrace", *{arguments!r}]
main()
"""
"""The command, struck the moment after all bytes are written and before the file gets its name."""


@pytest.mark.parametrize(("name", "exit_code"), [("SIGKILL", -9), ("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)])
@pytest.mark.parametrize("option", ["-o", "--save"])
@pytest.mark.parametrize("before", ["old", None])
def test_a_kill_in_the_middle_leaves_the_old_file_or_none(tmp_path, option, before, name, exit_code):
    out = tmp_path / "out"
    if before:
        written(tmp_path, before, "out")
    code = STOPPED.format(signal=name, arguments=["run", str(XOR), option, str(out)])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), timeout=60, check=False)
    assert done.returncode == exit_code
    assert (out.read_text(encoding="utf-8") if out.exists() else None) == before
    if name != "SIGKILL":
        assert [path.name for path in tmp_path.iterdir()] == ([] if before is None else ["out"])
        assert done.stderr == b""


def test_kills_at_any_moment_leave_a_whole_file_or_none(tmp_path):
    net, out = written(tmp_path, TINY), tmp_path / "out.json"
    whole = text_of("run", net, "-f", "plain").encode()
    for moment in range(12):
        process = subprocess.Popen([DFTRACE, "run", net, "-f", "plain", "-o", out], env=environment())
        time.sleep(moment / 40)
        process.kill()
        process.wait()
        assert not out.exists() or out.read_bytes() == whole
