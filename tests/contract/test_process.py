"""A process of its own writes what the call in this process does, on which the other tests rely."""

import pytest

from tests.contract.shell import (
    MNIST,
    OVERFLOWING,
    SEVEN,
    TINY,
    dftrace,
    in_terminal,
    process,
    process_in_terminal,
    written,
)

FOREIGN = TINY.replace("name: tiny", "name: 'é × 网 🦝'").replace("right", "'é × 网 🦝'")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "--help"],
        ["params", MNIST, "--color", "always"],
        ["run", MNIST, "-i", SEVEN],
        ["run", MNIST, "-i", SEVEN, "-l", "dense_2", "-f", "npy"],
        ["explain", MNIST, "dense_2[7]", "-i", SEVEN],
        ["show", MNIST, "-i", SEVEN, "-l", "input"],
        ["frobnicate"],
        ["params", "\udcff\x1b.yaml"],
        ["params", "-"],
    ],
    ids=lambda arguments: " ".join(map(ascii, map(str, arguments)))[:40],
)
def test_any_command(arguments):
    done = process(*arguments)
    assert dftrace(*arguments) == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "env",
    [
        *({"PYTHONIOENCODING": name} for name in ("ascii", "latin-1", "cp437")),
        *({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}),
        {"FORCE_COLOR": "1", "COLUMNS": "50", "TERM": None},
    ],
    ids=str,
)
def test_any_environment(tmp_path, env):
    written(tmp_path, FOREIGN.replace("dense", "dénse"), "wrong.yaml")
    written(tmp_path, FOREIGN)
    for arguments in (["params", "net.yaml"], ["params", "wrong.yaml"], ["--help"]):
        done = process(*arguments, env=env, cwd=tmp_path)
        assert dftrace(*arguments, env=env, cwd=tmp_path) == (done.returncode, done.stdout, done.stderr)


def test_warnings_negative_answers_and_standard_input(tmp_path):
    data = written(tmp_path, "nan,1\n", "x.csv")
    for arguments in (["run", "-", "-i", data], ["run", "-", "-i", data, "--fail-on", "nan"]):
        done = process(*arguments, stdin=OVERFLOWING.encode())
        assert dftrace(*arguments, stdin=OVERFLOWING.encode()) == (done.returncode, done.stdout, done.stderr)
        assert done.stderr


def test_a_completion():
    env = {"_DFTRACE_COMPLETE": "bash_complete", "COMP_WORDS": f"dftrace run {MNIST} -l con", "COMP_CWORD": "4"}
    done = process(env=env)
    assert dftrace(env=env) == (done.returncode, done.stdout, done.stderr)
    assert b"conv2d_1" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["params", MNIST],
        ["run", MNIST, "-f", "plain", "-q"],  # quiet: a busy machine would show how far it is
        ["show", MNIST, "-l", "input", "-q"],
        ["params", "absent.yaml"],
        ["bench", "-h"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments))[:40],
)
@pytest.mark.parametrize("env", [{}, {"TERM": "dumb"}, {"NO_COLOR": "1", "COLUMNS": "33"}], ids=str)
def test_a_terminal(arguments, env):
    assert in_terminal(*arguments, columns=61, env=env) == process_in_terminal(*arguments, columns=61, env=env)
