"""The memory that is there: on this machine, in a container, and on systems that say it otherwise or not at all."""

import os

import pytest

from dataflow_cli.files import exchange
from dataflow_cli.run import available


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A folder for what the system says, empty at first."""
    monkeypatch.setattr(available, "_MACHINE", tmp_path / "meminfo")
    monkeypatch.setattr(available, "_CONTAINER", tmp_path)
    return tmp_path


def test_what_linux_calls_available(system):
    (system / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 5 kB\n")
    assert available.available_bytes() == 5 * 1024


@pytest.mark.parametrize(("limit", "left"), [("3000\n", 2200), ("900\n", 100), ("500\n", 0), ("max\n", 5 * 1024)])
def test_a_container_has_its_limit_less_what_it_uses(system, limit, left):
    """But for the 200 bytes of files that can be read again."""
    for name, text in {"max": limit, "current": "1000\n", "stat": "anon 800\ninactive_file 200\n"}.items():
        (system / f"memory.{name}").write_text(text)
    (system / "meminfo").write_text("MemAvailable: 5 kB\n")
    assert available.available_bytes() == left


def test_without_linux_all_that_is_built_in(system, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 7, "SC_PAGE_SIZE": 4096}.__getitem__, raising=False)
    assert available.available_bytes() == 7 * 4096


def test_where_nobody_says_it_runs_all_the_same(system, monkeypatch):
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert available.available_bytes() > 1024**2


def test_folders_change_places_only_where_the_system_can(tmp_path, monkeypatch):
    monkeypatch.setattr(exchange.sys, "platform", "win32")
    assert not exchange.exchange(tmp_path / "a", tmp_path / "b")
