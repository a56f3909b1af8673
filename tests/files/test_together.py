"""Several files appear all together or not at all."""

import errno
import os
import re
from pathlib import Path

import pytest

from dataflow_cli.errors import OutputError
from dataflow_cli.files import together
from dataflow_cli.files.exchange import exchange
from dataflow_cli.files.together import write_together

FILES = {"a.txt": b"a", "data/b.txt": b"b", "data/deep/c.txt": b"c"}


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


@pytest.fixture(params=[exchange, lambda *_: False], ids=["swapped", "one by one"])
def way(request, monkeypatch):
    """Both ways into a folder that is there: in one step, and where the system has no such step."""
    monkeypatch.setattr(together, "exchange", request.param)


@pytest.fixture
def failing_move(monkeypatch):
    """Moves of what is new fail from the given one on, counted from 1; they are made one by one."""

    def arrange(number, error):
        original, moves = {name: getattr(Path, name) for name in ("replace", "rename")}, []

        def moving(name):
            def move(self, target):
                if ".dftrace-" in str(self) and "new" in self.parts:
                    moves.append(self)
                    if len(moves) >= number:
                        raise error
                return original[name](self, target)

            return move

        monkeypatch.setattr(together, "exchange", lambda *_: False)
        for name in original:
            monkeypatch.setattr(Path, name, moving(name))

    return arrange


def test_into_a_new_folder(tmp_path):
    write_together(FILES, tmp_path / "new" / "folder")
    assert tree(tmp_path / "new" / "folder") == FILES | {"data": None, "data/deep": None}


def test_into_a_folder_with_other_files(tmp_path, way):
    (tmp_path / "own.txt").write_bytes(b"own")
    write_together(FILES, tmp_path)
    assert tree(tmp_path) == FILES | {"own.txt": b"own", "data": None, "data/deep": None}


def test_new_files_have_the_mode_that_the_umask_leaves(tmp_path):
    old = os.umask(0o027)
    try:
        write_together(FILES, tmp_path / "new")
    finally:
        os.umask(old)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "new" / "data" / "b.txt").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"mine")
    with pytest.raises(OutputError) as caught:
        write_together(FILES, tmp_path)
    assert caught.value.message == f"{tmp_path}/a.txt: is there already"
    assert caught.value.hint == "name another folder, or overwrite with --force"
    assert tree(tmp_path) == {"a.txt": b"mine"}


def test_several_files_that_are_there(tmp_path):
    write_together(FILES, tmp_path)
    with pytest.raises(OutputError, match=r"a\.txt: is there already, and so are 2 more$"):
        write_together(FILES, tmp_path)


def test_a_link_that_leads_nowhere_is_there_too(tmp_path):
    (tmp_path / "a.txt").symlink_to("nothing")
    with pytest.raises(OutputError, match=r"is there already$"):
        write_together(FILES, tmp_path)


def test_overwriting(tmp_path, way):
    (tmp_path / "a.txt").write_bytes(b"old")
    write_together(FILES, tmp_path, overwrite=True)
    assert tree(tmp_path) == FILES | {"data": None, "data/deep": None}


def test_what_else_is_in_the_folder_stays_what_it_was(tmp_path, way):
    folder = tmp_path / "folder"
    (folder / "own" / "deep").mkdir(parents=True)
    (folder / "own" / "deep" / "x").write_bytes(b"x")
    (folder / "a.txt").write_bytes(b"old")
    (folder / "link").symlink_to("own/deep/x")
    (folder / "own" / "second").hardlink_to(folder / "a.txt")
    folder.chmod(0o750)
    before = (folder / "own" / "deep" / "x").stat()
    write_together(FILES, folder, overwrite=True)
    assert (folder / "own" / "deep" / "x").stat().st_ino == before.st_ino
    assert (folder / "link").readlink() == Path("own/deep/x")
    assert (folder / "own" / "second").read_bytes() == b"old"
    assert folder.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_links_to_folders_are_followed_and_stay(tmp_path, way):
    (tmp_path / "real" / "elsewhere").mkdir(parents=True)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data").symlink_to(tmp_path / "real" / "elsewhere")
    (tmp_path / "link").symlink_to("folder")
    write_together(FILES, tmp_path / "link")
    assert (tmp_path / "folder" / "a.txt").read_bytes() == b"a"
    assert tree(tmp_path / "real" / "elsewhere") == {"b.txt": b"b", "deep": None, "deep/c.txt": b"c"}
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "data").is_symlink()


def test_the_current_folder_stays_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    write_together(FILES, Path())
    assert tmp_path.stat().st_ino == Path().stat().st_ino == before
    assert tree(Path()) == FILES | {"data": None, "data/deep": None}


def test_a_folder_is_never_overwritten(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError, match=r"a\.txt: is a folder, expected a file"):
        write_together(FILES, tmp_path, overwrite=True)
    assert tree(tmp_path) == {"a.txt": None}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_file_where_a_folder_is_needed(tmp_path, place, overwrite):
    (tmp_path / "taken").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"taken.*: a file is where a folder is needed"):
        write_together(FILES, tmp_path / place, overwrite=overwrite)
    assert tree(tmp_path) == {"taken": b"mine"}


def test_a_file_where_a_folder_inside_is_needed(tmp_path):
    (tmp_path / "data").write_bytes(b"mine")
    with pytest.raises(OutputError, match="data: a file is where a folder is needed"):
        write_together(FILES, tmp_path, overwrite=True)
    assert tree(tmp_path) == {"data": b"mine"}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_folder_as_it_was(tmp_path, failing_move, number, kind):
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "own.txt").write_bytes(b"own")
    before = tree(tmp_path)
    failing_move(number, OSError(errno.ENOSPC, "No space left on device") if kind is OSError else kind())
    with pytest.raises(OutputError if kind is OSError else kind):
        write_together(FILES, tmp_path, overwrite=True)
    assert tree(tmp_path) == before


def test_a_failure_leaves_no_new_folder(tmp_path, failing_move):
    failing_move(1, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OutputError, match="input/output error"):
        write_together(FILES, tmp_path / "new" / "folder")
    assert tree(tmp_path) == {}


def test_an_error_names_what_the_user_named(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for folder in ("new", "new/deep", "."):
        with pytest.raises(OutputError, match=rf"^{re.escape(folder)}: no file can be made"):
            write_together(FILES, Path(folder))


def test_a_name_with_control_characters_is_written_out(tmp_path):
    folder = tmp_path / "a\x1bb"
    write_together(FILES, folder)
    with pytest.raises(OutputError) as caught:
        write_together(FILES, folder)
    assert caught.value.message.isprintable()
