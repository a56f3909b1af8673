"""Outputs appear whole or not at all."""

import os
import stat
import subprocess
import sys
import threading
import zipfile
from io import BytesIO

import numpy as np
import pytest

from dataflow_cli.errors import OutputError
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.files.npz_write import write_npz

needs_user = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
needs_linux = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110


def failure(path, data=b"x"):
    with pytest.raises(OutputError) as caught, atomic_write(path) as stream:
        stream.write(data)
    return caught.value.message, caught.value.hint


def test_a_new_file_with_the_mode_of_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with atomic_write(tmp_path / "a") as stream:
            stream.write(b"abc")
            assert not (tmp_path / "a").exists()
    finally:
        os.umask(old)
    assert (tmp_path / "a").read_bytes() == b"abc"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert len(list(tmp_path.iterdir())) == 1


def test_an_existing_file_keeps_its_mode(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o604)
    with atomic_write(tmp_path / "a") as stream:
        stream.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_after_an_error_the_old_file_stands_and_nothing_beside_it(tmp_path, error):
    def write_half():
        with atomic_write(tmp_path / "a") as stream:
            stream.write(b"half of the new")
            raise error

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(error):
        write_half()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_symbolic_link_is_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "target")
    with atomic_write(tmp_path / "link") as stream:
        stream.write(b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "target").read_bytes() == b"x"
    assert len(list((tmp_path / "folder").iterdir())) == 1


def test_a_folder(tmp_path):
    expected = ("is a folder, expected a file", "add a file name")
    message, hint = failure(tmp_path)
    assert (message.removeprefix(f"{tmp_path}: "), hint) == expected
    message, hint = failure(f"{tmp_path}/new/")
    assert (message.removeprefix(f"{tmp_path}/new/: "), hint) == expected
    message, _ = failure("")
    assert message.endswith("is a folder, expected a file")


def test_a_missing_folder(tmp_path):
    message, hint = failure(tmp_path / "no" / "a.txt")
    assert message == f"{tmp_path}/no/a.txt: its folder does not exist"
    assert hint == f"create it first: mkdir -p {tmp_path}/no"


def test_a_folder_that_is_there_and_takes_no_files(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert failure("a.txt") == ("a.txt: no file can be made in this folder", "write elsewhere")


def test_a_name_that_is_too_long(tmp_path):
    message, _ = failure(tmp_path / ("a" * 300))
    assert message.endswith(": file name too long")


def test_a_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    message, _ = failure(tmp_path / "a" / "b")
    assert message == f"{tmp_path}/a/b: a part of the path is a file, expected a folder"


@needs_user
def test_no_permission(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "a").chmod(0o400)
    assert failure(tmp_path / "a")[0] == f"{tmp_path}/a: permission denied"
    tmp_path.chmod(0o500)
    assert failure(tmp_path / "b")[0] == f"{tmp_path}/b: permission denied"
    tmp_path.chmod(0o700)


def test_no_permission_as_the_system_says_it(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert failure(tmp_path / "a")[0] == f"{tmp_path}/a: permission denied"
    assert (tmp_path / "a").read_bytes() == b"old"


@needs_linux
@pytest.mark.parametrize("data", [b"x", b"x" * 10_000_000])
def test_a_full_device(data):
    assert failure("/dev/full", data) == (
        "/dev/full: no space left on the device",
        "free some space, or write elsewhere",
    )


def test_a_disk_that_fills_up_at_the_end(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert failure(tmp_path / "a")[0] == f"{tmp_path}/a: no space left on the device"
    assert list(tmp_path.iterdir()) == []


@needs_linux
def test_dev_null_stays_a_device():
    with atomic_write("/dev/null") as stream:
        stream.write(b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116


@needs_linux
def test_an_npz_goes_where_there_is_no_going_back(tmp_path):
    arrays = {"a": np.arange(6.0), "b": np.zeros((2, 3))}
    write_npz("/dev/null", arrays)
    with (tmp_path / "out").open("ab") as out:
        out.write(b"what stood there before\n")
        out.flush()
        write_npz(f"/dev/fd/{out.fileno()}", arrays)
    with zipfile.ZipFile(tmp_path / "out") as found:
        assert found.testzip() is None
        for name, array in arrays.items():
            np.testing.assert_array_equal(np.load(BytesIO(found.read(f"{name}.npy"))), array)


@needs_linux
def test_stdout_as_a_file_is_continued_and_not_replaced(tmp_path):
    code = (
        "from dataflow_cli.files.atomic import atomic_write\n"
        "print('before', flush=True)\n"
        "with atomic_write('/dev/stdout') as stream: stream.write(b'data\\n')\n"
        "print('after')"
    )
    with (tmp_path / "out").open("wb") as out:
        out.write(b"header\n")
        out.flush()
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "header\nbefore\ndata\nafter\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_written_directly(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    with atomic_write(tmp_path / "pipe") as stream:
        stream.write(b"data")
    reader.join()
    assert read == [b"data"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_reader_that_has_gone_is_not_an_output_error():
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), atomic_write(f"/dev/fd/{writing}") as stream:
        stream.write(b"x")
    os.close(writing)


def test_an_error_about_another_file_passes(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_the_name_is_shown_without_its_control_characters(tmp_path):
    assert failure(tmp_path / "\x1b[31m" / "a")[0].endswith("/\\x1b[31m/a: its folder does not exist")
