"""Streams that are full, closed or no longer read; interrupts."""

import os
import signal
import subprocess
from contextlib import contextmanager
from itertools import product

import pytest

from tests.contract.shell import DFTRACE, MNIST, TINY, dftrace, dftrace_into, environment, written

FORMATS = ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"]
EVERY_OUTPUT = [
    *(["run", MNIST, "-f", form] for form in FORMATS),
    *(["params", MNIST, "-f", form] for form in FORMATS),
    ["run", MNIST, "-l", "conv2d_1", "-f", "npy"],
    ["run", MNIST, "--fields", "help"],
    ["check", MNIST],
    ["check", MNIST, "-f", "json"],
    ["layers"],
    ["layers", "conv2d", "-f", "json"],
    ["init", "--list"],
    ["schema"],
    ["completion", "bash"],
    ["--help"],
    ["run", "--help"],
    ["--version"],
    [],
]


IN_A_PROCESS = [
    ["run", MNIST],
    ["params", MNIST, "-f", "json"],
    ["run", MNIST, "-l", "conv2d_1", "-f", "npy"],
    ["--help"],
]
"""One of each way to write; how Python leaves does not depend on the command."""


def spelled(arguments):
    return " ".join(os.path.basename(one) for one in arguments)  # noqa: PTH119  options are no paths


@contextmanager
def reader_gone():
    """A pipe that nobody reads any more."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@contextmanager
def opened(path, access):
    """A descriptor of this file."""
    descriptor = os.open(path, access)
    yield descriptor
    os.close(descriptor)


def process_into(descriptor, *arguments):
    """What the command in a process of its own answers whose stdout is this descriptor."""
    return subprocess.run(
        [DFTRACE, *arguments], stdout=descriptor, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False
    )


each_output = pytest.mark.parametrize(
    ("arguments", "call"),
    [*product(EVERY_OUTPUT, [dftrace_into]), *product(IN_A_PROCESS, [process_into])],
    ids=lambda one: spelled(one) if isinstance(one, list) else one.__name__,
)
"""Takes a descriptor and then the arguments."""


@each_output
def test_a_reader_that_has_gone_ends_the_command_with_141_and_no_word(arguments, call):
    with reader_gone() as write:
        done = call(write, *arguments)
    assert (done.returncode, done.stderr) == (141, b"")


@each_output
def test_a_full_disk_is_one_line_and_exit_code_2(arguments, call):
    with opened("/dev/full", os.O_WRONLY) as full:
        done = call(full, *arguments)
    assert done.returncode == 2
    assert done.stderr == b"error[E400]: standard output: no space left on device\n"


def process_into_nothing(_descriptor, *arguments):
    """The shell closes stdout; that it is as if it could only be read is the command's own doing."""
    command = ["sh", "-c", '"$0" "$@" >&-', DFTRACE, *arguments]
    return subprocess.run(command, capture_output=True, env=environment(), timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "call"),
    [*product(EVERY_OUTPUT, [dftrace_into]), *product(IN_A_PROCESS, [process_into_nothing])],
    ids=lambda one: spelled(one) if isinstance(one, list) else one.__name__,
)
def test_a_closed_stdout_is_one_line_and_exit_code_2(arguments, call):
    with opened(os.devnull, os.O_RDONLY) as unwritable:
        done = call(unwritable, *arguments)
    assert done.returncode == 2
    assert done.stderr == b"error[E400]: standard output: bad file descriptor\n"


def test_a_closed_stdout_does_not_matter_if_nothing_is_written_to_it(tmp_path):
    script = '"$0" params "$1" -f json -o "$2" >&-'
    done = subprocess.run(["sh", "-c", script, DFTRACE, MNIST, tmp_path / "out.json"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["params", "absent.yaml"], 2),
        (["params", MNIST, "-f", "tsv"], 0),
        (["frobnicate"], 2),
        (["run", MNIST, "--debug"], 0),
    ],
    ids=["error", "fine", "usage", "debug"],
)
def test_a_stderr_that_nobody_can_read_changes_nothing(redirection, arguments, code):
    command = ["sh", "-c", f'"$0" "$@" {redirection}', DFTRACE, *arguments]
    done = subprocess.run(command, capture_output=True, env=environment(), timeout=60, check=False)
    assert done.returncode == code
    assert done.stdout == dftrace(*arguments).stdout


def test_warnings_to_a_full_stderr_do_not_cost_the_result(tmp_path):
    net, data = written(tmp_path, TINY), written(tmp_path, "nan,1\n", "x.csv")
    command = ["sh", "-c", '"$0" run "$1" -i "$2" -f plain 2>/dev/full', DFTRACE, net, data]
    done = subprocess.run(command, capture_output=True, env=environment(), check=False)
    assert done.returncode == 0
    assert done.stdout == dftrace("run", net, "-i", data, "-f", "plain").stdout


def test_head_takes_its_line_and_nobody_complains():
    script = f'{{ "{DFTRACE}" layers conv2d -f json; echo "exit $?" >&2; }} | head -1'
    done = subprocess.run(["sh", "-c", script], capture_output=True, env=environment(), check=False)
    assert done.stdout == b"{\n"
    assert done.stderr in (b"exit 0\n", b"exit 141\n")  # a short output may be through before head leaves


def test_an_interrupt_exits_with_130_and_no_traceback():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([DFTRACE, "params", "-"], env=environment(), **pipes) as process:
        try:
            os.write(process.stdin.fileno(), b"#" * 2**20)  # more than a pipe holds: returns once the command reads
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert out == b""
    assert err.strip() == b""
