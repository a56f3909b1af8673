"""A file's problem becomes one error of the caller's kind, with the file's name."""

import os

import pytest

from dataflow_cli.errors import InputError, LimitError, WeightsError
from dataflow_cli.files.problem import FileProblem, printable, reported


def test_name_kind_and_code():
    with pytest.raises(WeightsError) as caught, reported(WeightsError, "a.npz"):
        raise FileProblem("is empty", hint="fill it")
    assert (caught.value.message, caught.value.hint, caught.value.code) == ("a.npz: is empty", "fill it", "E200")
    with pytest.raises(InputError) as other, reported(InputError, "a.npz"):
        raise FileProblem("shape", code="E301")
    assert other.value.code == "E301"


def test_what_the_system_says(tmp_path):
    def message(path):
        with pytest.raises(InputError) as caught, reported(InputError, path):
            path.read_bytes()
        return caught.value.message.removeprefix(f"{tmp_path}"), caught.value.hint

    (tmp_path / "digits.npy").write_bytes(b"")
    assert message(tmp_path / "digit.npy") == ("/digit.npy: no such file", "did you mean 'digits.npy'?")
    assert message(tmp_path / "zzz") == ("/zzz: no such file", "check the path")
    assert message(tmp_path / "no" / "a") == ("/no/a: no such file", "check the path: its folder does not exist")
    assert message(tmp_path) == (": is a folder, expected a file", "name the files in it")
    assert message(tmp_path / "digits.npy" / "a")[0].endswith("a part of the path is a file, expected a folder")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(5, os.strerror(5)), "input/output error"),
        (OSError("odd"), "odd"),
        (OSError(), "OSError"),
    ],
)
def test_other_errors_of_the_system(error, message):
    with pytest.raises(InputError) as caught, reported(InputError, "a"):
        raise error
    assert caught.value.message.lower() == f"a: {message}".lower()


def test_no_memory():
    with pytest.raises(LimitError, match="a: does not fit into memory"), reported(InputError, "a"):
        raise MemoryError


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), reported(InputError, "a"):
        raise ZeroDivisionError


def test_printable():
    assert printable("ä · b") == "ä · b"
    assert printable("\x1b[2J\n\u202e\udcff") == "\\x1b[2J\\n\\u202e\\udcff"
