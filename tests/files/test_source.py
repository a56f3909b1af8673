"""Bytes of files, pipes and memory."""

import io

import pytest

from dataflow_cli.files import source
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.source import Source, from_path, from_stream


def test_a_file_is_not_read_until_asked(tmp_path):
    (tmp_path / "a").write_bytes(b"abcdef")
    found = from_path(tmp_path / "a")
    assert found == Source(str(tmp_path / "a"), tmp_path / "a")
    assert (found.size, found.head(3), found.read(6)) == (6, b"abc", b"abcdef")


def test_bytes_in_memory():
    found = from_stream("standard input", io.BytesIO(b"abcdef"))
    assert (found.name, found.size, found.head(3), found.read(6)) == ("standard input", 6, b"abc", b"abcdef")
    assert found.open().seekable()


def test_limits(monkeypatch):
    with pytest.raises(FileProblem, match="6 bytes, at most 5 are read"):
        Source("a", b"abcdef").read(5)
    monkeypatch.setattr(source, "PIPE_LIMIT", 5)
    with pytest.raises(FileProblem, match="more than 5 bytes from a pipe"):
        from_stream("a", io.BytesIO(b"abcdef"))


def test_a_path_with_a_nul():
    with pytest.raises(FileProblem, match="a path cannot hold a NUL character"):
        from_path("a\0b")
