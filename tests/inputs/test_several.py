"""Several files by one word: a folder, a GLOB."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import InputError
from dataflow_cli.inputs.several import each_file, natural


@pytest.fixture
def digits(tmp_path):
    for name in ("10.png", "2.PNG", "1.png", "notes.md", ".hidden.png", "a[1].png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    return tmp_path


def names(found, folder):
    return [path.removeprefix(f"{folder}/") for path in found]


def test_a_folder_is_its_files_in_natural_order(digits):
    assert names(each_file([str(digits)]), digits) == ["1.png", "2.PNG", "10.png", "a[1].png"]


def test_a_glob_is_what_it_matches(digits):
    assert names(each_file([f"{digits}/[0-9]*"]), digits) == ["1.png", "2.PNG", "10.png"]
    assert names(each_file([f"{digits}/a[1].png"]), digits) == ["a[1].png"]  # a file of that very name
    assert list(each_file(["-", "absent.png", "x.npz:key"])) == ["-", "absent.png", "x.npz:key"]


def test_what_means_no_file_is_an_error(digits, tmp_path):
    (tmp_path / "empty").mkdir()
    for word, said in (
        (f"{tmp_path}/empty", "is a folder, expected a file, or files of data in it"),
        (f"{digits}/*.jpg", "no file is called so"),
    ):
        with pytest.raises(InputError) as caught:
            list(each_file([word]))
        assert caught.value.message.startswith(f"{word}: {said}")
        assert caught.value.hint


@given(numbers=st.lists(st.integers(0, 10**20), max_size=6))
def test_numbers_in_names_count(numbers):
    paths = [f"d/x{number}.png" for number in numbers]
    assert sorted(paths, key=natural) == [f"d/x{number}.png" for number in sorted(numbers)]
