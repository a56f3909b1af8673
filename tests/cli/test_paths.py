"""No command writes its result over a file that it read."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.paths import FILE, TARGET
from tests.contract.shell import MNIST, SEVEN, dftrace


@pytest.mark.parametrize(
    "words",
    [
        ["show", MNIST, "-i", "d/7.png", "-o", "d/7.png"],
        ["show", MNIST, "-i", "input=d/7.png", "-o", "same.png"],
        ["show", MNIST, "-i", "d", "-o", "./d/7.png"],
        ["run", MNIST, "-i", "d/*.png", "-o", "d/7.png"],
        ["run", MNIST, "-i", "d/7.png", "--save", "d/7.png"],
        ["params", "d/net.yaml", "-o", "d/net.yaml"],
    ],
)
def test_what_is_read_is_never_written(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d/7.png").write_bytes(SEVEN.read_bytes())
    (tmp_path / "d/net.yaml").write_bytes(MNIST.read_bytes())
    (tmp_path / "same.png").symlink_to("d/7.png")
    before = {path: path.read_bytes() for path in (tmp_path / "d").iterdir()}
    result = dftrace(*words)
    assert result.returncode == 2
    assert "is read by this command, and would be lost" in result.stderr.decode()
    assert {path: path.read_bytes() for path in (tmp_path / "d").iterdir()} == before
    option = "--save" if "--save" in words else "-o"
    assert f"help: give {option} another name" in result.stderr.decode()
    another = "another.png" if words[0] == "show" else "another.txt"
    assert dftrace(*words[:-1], another).returncode == 0
    assert dftrace(*words[:-1], another).returncode == 0


def test_an_option_that_names_a_target_needs_no_more_to_be_kept_from_what_is_read(tmp_path):
    @click.command(cls=Documented)
    @click.option("-i", "--input", "given", type=FILE, multiple=True)
    @click.option("--record", "-r", type=TARGET)
    def command(given, record):
        Path(record).write_text("new", encoding="utf-8")

    (tmp_path / "x.npy").write_text("old", encoding="utf-8")
    x, y = str(tmp_path / "x.npy"), str(tmp_path / "y.npy")
    done = CliRunner().invoke(command, ["-i", y, "-i", x, "-r", x])
    assert str(done.exception) == f"--record {x}: is read by this command, and would be lost"
    assert Path(x).read_text("utf-8") == "old"
    assert CliRunner().invoke(command, ["-i", x, "-r", y]).exit_code == 0
    assert Path(y).read_text("utf-8") == "new"
