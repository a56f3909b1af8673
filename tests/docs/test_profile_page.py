"""The page on profiles: its digits are what the data says, where that is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.contract.shell import ROOT


def test_the_pages_digits(monkeypatch):
    data = os.environ.get("DFTRACE_MNIST")
    if not data:
        pytest.skip("MNIST is not part of the project: DFTRACE_MNIST=mnist.npz names it")
    monkeypatch.syspath_prepend(ROOT / "tools")
    import make_profile

    assert make_profile.page(Path(data)) == (ROOT / "docs/profiling.md").read_text(encoding="utf-8")


def test_its_options_are_the_commands():
    from dataflow_cli.commands import diff, profile, show

    page = (ROOT / "docs/profiling.md").read_text(encoding="utf-8")
    commands = (profile.command, diff.command, show.command)
    options = {name for command in commands for each in command.params for name in each.opts}
    assert {*re.findall(r"--[a-z][a-z-]+", page)} <= options
