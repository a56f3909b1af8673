"""Every file is looked at before it is read: what has no end, or makes one wait, is refused at once."""

import errno
import os
import socket
import sys
from pathlib import Path

import pytest

from tests.contract.hostile import PICTURE, UNWEIGHTED
from tests.contract.inside import POSIX
from tests.contract.shell import MNIST, TINY, dftrace, written

linux = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")

KINDS = {"pipe": "a pipe", "device": "a device", "socket": "a socket", "folder": "a folder", "link": "a pipe"}


@pytest.fixture
def odd(tmp_path):
    """A path of each kind that is no regular file."""
    if not hasattr(os, "mkfifo"):
        pytest.skip(POSIX)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()  # noqa: PTH109
        os.chdir(tmp_path)  # a socket's path must be short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
    return tmp_path


def commands(folder, path):
    """Every place of a command line, or of a network file, where a path stands."""
    net = written(folder, TINY)
    example = written(folder, PICTURE.replace("scale: 1/255", f"example: {path.name}"), "example.yaml")
    weighted = written(folder, UNWEIGHTED.replace("input", f"weights: {path.name}\ninput"), "weighted.yaml")
    return [
        *(["params", path], ["check", path], ["run", path, "--value", "1,2"], ["show", path]),
        *(["run", net, "-i", path], ["run", MNIST, "-i", path], ["explain", net, "dense_1[0]", "-i", path]),
        *(["run", net, "--labels", path], ["bench", net, "-i", path], ["bench", net, "-w", path]),
        *(["run", written(folder, UNWEIGHTED, "bare.yaml"), "-w", path], ["run", example], ["run", weighted]),
    ]


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_regular_file_is_refused_wherever_a_file_stands(odd, kind):
    for arguments in commands(odd, odd / kind):
        done = dftrace(*arguments)
        said = done.stderr.decode()
        assert (done.returncode, done.stdout) == (2, b""), (arguments, said)
        assert f"{odd / kind}: is {KINDS[kind]}, expected a file" in said, (arguments, said)


@linux
def test_check_says_so_of_weights(odd):
    done = dftrace("check", written(odd, UNWEIGHTED.replace("input", "weights: pipe\ninput")))
    assert (done.returncode, b"pipe: is a pipe, expected a file" in done.stdout) == (1, True)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")  # noqa: PTH110
def test_what_the_system_makes_up_counts_as_empty(tmp_path):
    """A file of /proc says that it has no bytes, and some never end."""
    (tmp_path / "made-up").symlink_to("/proc/self/status")
    for arguments in commands(tmp_path, tmp_path / "made-up"):
        done = dftrace(*arguments)
        said = done.stdout + done.stderr
        assert done.returncode == (1 if arguments[0] == "check" else 2), arguments
        assert b"made-up: is empty" in said or b"the file is empty" in said, (arguments, said)


def test_a_folder_that_nobody_may_list_is_said_to_be_one(tmp_path, monkeypatch):
    """As root may list all, the system's answer is played."""
    scandir = os.scandir

    def refused(path="."):
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    closed = tmp_path / "closed"
    closed.mkdir()
    monkeypatch.setattr(os, "scandir", refused)
    net = written(tmp_path, TINY)
    for arguments in (["run", net, "-i"], ["profile", net, "-i"], ["diff", net], ["diff", closed]):
        done = dftrace(*arguments, closed)
        said = done.stderr.decode()
        assert said.startswith(f"error[E300]: {closed}: permission denied\n  help: "), (arguments, said)
        assert done.returncode == 2, arguments
