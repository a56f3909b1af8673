"""No command writes its result over a file that it read."""

from __future__ import annotations

import pytest

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
