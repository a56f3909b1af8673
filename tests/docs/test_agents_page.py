"""The page for agents: its commands are run in order, leave as it says, and print what it shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

from tests.contract.shell import ROOT, dftrace

PAGE = (ROOT / "docs/agents.md").read_text(encoding="utf-8")
LEAVES = re.compile(r"\s*# leaves with (\d)$")


def steps():
    """Every command with the exit code that the page says, and the lines that it shows of what comes out."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in block.split("$ ")[1:]:
            command, *shown = part.splitlines()
            code = LEAVES.search(command)
            yield LEAVES.sub("", command), int(code[1]) if code else 0, shown


def test_the_page_is_true(tmp_path):
    said = []
    for command, code, shown in steps():
        if not command.startswith("dftrace "):
            subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
            continue
        done = dftrace(*shlex.split(command)[1:], cwd=tmp_path)
        assert (done.returncode, done.stderr.startswith(b"error")) == (code, False), command
        lines = done.stdout.decode().splitlines()
        assert [line for line in shown if line not in lines] == [], command
        said.append(done.stdout)
    found = next(json.loads(text) for text in said if b"dftrace.diff/1" in text)
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert {key for key in found if key not in told} <= {"a", "b", "equal", "baseline"}
    assert found["pairs"][2]["at"] == [0, 9, 15, 36]
