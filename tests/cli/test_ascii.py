"""A stdout that takes ASCII only, and encodings between that and UTF-8."""

import json

import pytest

from tests.contract.shell import MNIST, TINY, dftrace, process, text_of, written

FORMATS = ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"]
FOREIGN = TINY.replace("name: tiny", "name: 'é × 网 🦝'").replace("right", "'é × 网 🦝'")
ASCII = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]


@pytest.mark.parametrize("env", ASCII, ids=str)
def test_the_table_has_an_ascii_box(env):
    for command in (["params", MNIST, "-v"], ["run", MNIST], ["layers"], ["layers", "conv2d"], ["init"]):
        done = dftrace(*command, env=env)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
    assert "-+-" in dftrace("run", MNIST, env=env).stdout.decode()
    assert "##########" in dftrace("run", MNIST, env=env).stdout.decode()


@pytest.mark.parametrize("env", [*ASCII, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "cp437"}], ids=str)
@pytest.mark.parametrize("form", FORMATS)
def test_text_that_the_encoding_does_not_have_is_no_error(tmp_path, form, env):
    net = written(tmp_path, FOREIGN)
    for command in ("params", "run"):
        done = dftrace(command, net, "-f", form, env=env)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("env", [{}, *ASCII], ids=str)
def test_json_means_the_same_in_every_encoding(tmp_path, env):
    net = written(tmp_path, FOREIGN)
    document = json.loads(dftrace("run", net, "-f", "json", env=env).stdout)
    assert document["network"] == "é × 网 🦝"
    assert document["predictions"][0]["classes"][0]["label"] == "é × 网 🦝"
    checked = json.loads(dftrace("check", net, "-f", "json", env=env).stdout)
    assert checked["files"][0]["file"] == str(net)


def test_errors_can_be_written_in_ascii(tmp_path):
    net = written(tmp_path, FOREIGN.replace("dense", "dénse"))
    for env in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}):
        done = dftrace("params", net, env=env)
        assert done.returncode == 2
        assert done.stderr.isascii()
        assert b"error[E120]" in done.stderr
        assert process("params", tmp_path / "é.yaml", env=env).returncode == 2  # where names of files are ASCII too
        assert dftrace("check", net, env=env).returncode == 1


def test_files_are_utf_8_whatever_the_terminal_is(tmp_path):
    for number, env in enumerate([{}, *ASCII]):
        text_of("params", MNIST, "-o", tmp_path / str(number), env=env)
    assert len({(tmp_path / str(number)).read_bytes() for number in range(len(ASCII) + 1)}) == 1
    assert "─" in (tmp_path / "1").read_text(encoding="utf-8")


def test_help_and_completion_work_in_ascii():
    for arguments in ([], ["run", "-h"], ["completion", "bash"], ["schema"], ["--version"]):
        done = dftrace(*arguments, env={"PYTHONIOENCODING": "ascii"})
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout
