"""What stands beside an output goes, however its program ends; what others still write stays."""

import os
import signal

import pytest

from dataflow_cli.__main__ import _heed_signals
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.files.temporary import clear_dead, temporary_file, temporary_folder
from dataflow_cli.files.together import write_together
from tests.files.stopped import SIGNALS, stopped_at_each_step, write_all, write_one, write_one_by_one

if not hasattr(os, "fork"):
    pytest.skip("needs fork", allow_module_level=True)

EXIT_CODES = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
each = pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda one: one.name)
OLD = {"net.yaml": b"old", "data/x": b"old x", "own": b"own"}
NEW = {"net.yaml": b"new", "data/x": b"new x", "data/deep/y": b"new y"}


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left(folder):
    return list(folder.rglob(".dftrace-*"))


def fill(folder):
    for name, content in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_a_file_is_the_old_or_the_new_one_wherever_its_program_is_stopped(tmp_path, number):
    for code in stopped_at_each_step(number, write_one, tmp_path / "out", b"new"):
        assert code == EXIT_CODES[number]
        assert (tmp_path / "out").read_bytes() in (b"old", b"new") if (tmp_path / "out").exists() else True
        assert number == signal.SIGKILL or not left(tmp_path)
        (tmp_path / "out").write_bytes(b"old")
    assert tree(tmp_path) == {"out": b"new"}


@each
def test_a_new_folder_is_whole_or_not_there(tmp_path, number):
    for code in stopped_at_each_step(number, write_together, NEW, tmp_path / "above" / "folder"):
        assert code == EXIT_CODES[number]
        whole = (tmp_path / "above").exists()
        assert not whole or tree(tmp_path / "above" / "folder") == NEW
        assert number == signal.SIGKILL or not left(tmp_path)
        if whole:
            (tmp_path / "above").rename(tmp_path / os.urandom(4).hex())
    assert not left(tmp_path)


@each
def test_a_folder_that_is_there_is_as_it_was_or_has_all_that_is_new(tmp_path, number):
    folder = tmp_path / "folder"
    fill(folder)
    for code in stopped_at_each_step(number, write_all, NEW, folder):
        assert code == EXIT_CODES[number]
        assert tree(folder) in (OLD, OLD | NEW)
        assert number == signal.SIGKILL or not left(tmp_path)
        if tree(folder) != OLD:
            folder.rename(tmp_path / os.urandom(4).hex())
            fill(folder)
    assert tree(folder) == OLD | NEW
    assert not left(tmp_path)


@each
def test_without_an_exchange_only_a_kill_can_leave_some_of_both_and_each_file_is_whole(tmp_path, number):
    folder = tmp_path / "folder"
    fill(folder)
    for code in stopped_at_each_step(number, write_one_by_one, NEW, folder):
        assert code == EXIT_CODES[number]
        found = {name: content for name, content in tree(folder).items() if not name.startswith(".dftrace-")}
        if number == signal.SIGKILL:
            assert all(content in (OLD.get(name), NEW.get(name)) for name, content in found.items())
            assert found.keys() >= OLD.keys()
        else:
            assert tree(folder) in (OLD, OLD | NEW)
            assert not left(tmp_path)
        if found != OLD:
            folder.rename(tmp_path / os.urandom(4).hex())
            fill(folder)
    assert tree(folder) == OLD | NEW
    assert not left(folder)


def test_what_is_being_written_is_not_cleared_away_and_what_is_dead_is(tmp_path):
    with temporary_file(tmp_path) as (path, _), temporary_folder(tmp_path) as folder:
        (folder / "deep").mkdir()
        dead, alien = tmp_path / ".dftrace-0123456789abcdef", tmp_path / ".dftrace-notes"
        (dead / "new").mkdir(parents=True)
        (dead / "new" / "x").write_bytes(b"x")
        (tmp_path / f"{dead.name}.tmp").symlink_to(tmp_path / "own")
        for one in (tmp_path / ".dftrace-fedcba9876543210.tmp", alien, tmp_path / "own"):
            one.write_bytes(b"")
        clear_dead(tmp_path)
        assert {one.name for one in tmp_path.iterdir()} >= {path.name, folder.name, alien.name, "own"}
        assert not dead.exists()
        assert not (tmp_path / ".dftrace-fedcba9876543210.tmp").exists()
        path.unlink()
    assert not folder.exists()


def test_a_file_that_only_its_owner_may_read_is_never_open_to_others(tmp_path):
    (tmp_path / "secret").write_bytes(b"old")
    (tmp_path / "secret").chmod(0o600)
    with atomic_write(tmp_path / "secret") as stream:
        stream.write(b"new")
        (beside,) = left(tmp_path)
        assert beside.stat().st_mode & 0o077 == 0
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_what_the_caller_ignores_stays_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        _heed_signals()
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        for one in SIGNALS[1:]:
            signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
        signal.signal(number, before)
