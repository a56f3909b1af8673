"""Standard input is read only where the user writes `-`."""

import os
import subprocess

import pytest

from tests.contract.shell import DFTRACE, MNIST, ROOT, SEVEN, TINY, dftrace, environment, text_of, written

ELSEWHERE = [
    ["run", MNIST, "-i", SEVEN],
    ["run", MNIST],
    ["run", ROOT / "configs" / "mlp-2-5-1.yaml", "--value", "1,0"],
    ["run", MNIST, "-i", "no-such-file.png"],
    ["params", MNIST],
    ["check", MNIST],
    ["layers"],
    ["--help"],
]


@pytest.mark.parametrize("arguments", ELSEWHERE, ids=lambda arguments: " ".join(map(str, arguments))[:40])
def test_nothing_is_read_and_nothing_waits_without_a_dash(arguments):
    read, write = os.pipe()
    os.write(write, b"untouched")
    try:
        subprocess.run(
            [DFTRACE, *arguments], stdin=read, capture_output=True, env=environment(), timeout=60, check=False
        )
        os.set_blocking(read, False)
        assert os.read(read, 100) == b"untouched"
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize("command", ["params", "run", "check"])
def test_the_network_may_come_from_standard_input(command):
    done = dftrace(command, "-", stdin=TINY.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


@pytest.mark.parametrize("command", ["params", "run", "check"])
def test_a_network_on_standard_input_gives_what_the_file_gives(tmp_path, command):
    path = written(tmp_path, TINY)
    form = "json" if command == "check" else "csv"
    piped = text_of(command, "-", "-f", form, stdin=TINY.encode())
    assert piped == text_of(command, path, "-f", form).replace(str(path), "-")


@pytest.mark.parametrize("dash", ["-", "input=-"])
def test_the_input_may_come_from_standard_input(dash):
    piped = text_of("run", MNIST, "-i", dash, "-f", "csv", stdin=SEVEN.read_bytes())
    assert piped == text_of("run", MNIST, "-i", SEVEN, "-f", "csv")


def test_numbers_may_come_from_standard_input(tmp_path):
    assert "right" in text_of("run", written(tmp_path, TINY), "-i", "-", stdin=b"0,1\n")


def test_output_to_a_dash_is_stdout():
    assert text_of("params", MNIST, "-f", "csv", "-o", "-") == text_of("params", MNIST, "-f", "csv")
    assert text_of("schema", "-o", "-") == text_of("schema")


@pytest.mark.parametrize("arguments", [["run", "-", "-i", "-"], ["run", MNIST, "-i", "-", "-i", "-"]])
def test_standard_input_cannot_be_two_things(arguments):
    done = dftrace(*arguments, stdin=TINY.encode())
    assert done.returncode == 2
    assert b"standard input (-) can be read only once" in done.stderr


@pytest.mark.parametrize("arguments", [["params", "-"], ["check", "-"], ["run", MNIST, "-i", "-"]])
def test_a_closed_standard_input_is_an_error_in_words(arguments):
    command = ["sh", "-c", '"$0" "$@" <&-', DFTRACE, *arguments]
    done = subprocess.run(command, capture_output=True, env=environment(), timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"error[E300]: ")
    assert b"bad file descriptor" in done.stderr


@pytest.mark.parametrize("arguments", [["params", "-"], ["run", MNIST, "-i", "-"]])
def test_an_empty_standard_input_is_an_error(arguments):
    done = dftrace(*arguments, stdin=b"")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"error[E" in done.stderr
