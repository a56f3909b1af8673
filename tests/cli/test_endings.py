"""The ending of `-o FILE` chooses the format; one of something else is refused, and the file is not written."""

from __future__ import annotations

import csv
import json

import pytest

from tests.contract.shell import dftrace

XOR = "configs/xor-mlp.yaml"
COMMANDS = {
    "params": ("params", XOR),
    "run": ("run", XOR, "--value", "1,0"),
    "check": ("check", XOR),
    "layers": ("layers",),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_json_by_its_ending_is_what_the_format_gives(command, tmp_path):
    named = tmp_path / "rows.JSON"
    dftrace(*COMMANDS[command], "-o", named)
    written, printed = json.loads(named.read_text()), json.loads(dftrace(*COMMANDS[command], "-f", "json").stdout)
    assert (written["schema"], list(written)) == (printed["schema"], list(printed))


def test_other_endings(tmp_path):
    rows = {ending: tmp_path / f"rows.{ending}" for ending in ("csv", "jsonl", "md", "tex", "txt", "log")}
    for path in rows.values():
        dftrace("params", XOR, "-o", path)
    names = [row["name"] for row in csv.DictReader(rows["csv"].read_text().splitlines())]
    assert [json.loads(line).get("name") for line in rows["jsonl"].read_text().splitlines()][: len(names)] == names
    assert "\n| --- |" in rows["md"].read_text()
    assert "\\begin{tabular}" in rows["tex"].read_text()
    assert rows["txt"].read_text() == rows["log"].read_text()
    assert "parameters   MACs" in rows["txt"].read_text()


@pytest.mark.parametrize("name", ["rows", "rows.2026-11-27", "rows.v2"])
def test_a_name_without_an_ending_is_text_and_one_that_stands_for_nothing_is_refused(name, tmp_path):
    done = dftrace("params", XOR, "-o", tmp_path / name)
    if name == "rows.v2":
        assert b"error[E400]" in done.stderr
        assert b".tex, .txt, or choose a format with -f" in done.stderr
    else:
        assert b"parameters   MACs" in (tmp_path / name).read_bytes()


def test_a_chosen_format_is_kept(tmp_path):
    dftrace("params", XOR, "-f", "csv", "-o", tmp_path / "rows.json")
    assert (tmp_path / "rows.json").read_bytes() == dftrace("params", XOR, "-f", "csv").stdout


@pytest.mark.parametrize("command", [("check", XOR), ("explain", XOR, "dense_1", "--value", "1,0")])
def test_a_format_that_the_command_lacks_is_refused(command, tmp_path):
    wanted = tmp_path / "rows.csv"
    done = dftrace(*command, "-o", wanted)
    assert done.returncode == 2
    assert b"csv is no format of this command" in done.stderr
    assert not wanted.exists()


@pytest.mark.parametrize("ending", ["png", "html", "npz", "npy", "pdf", "foo", "yaml"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_text_gets_none(command, ending, tmp_path):
    wanted = tmp_path / f"rows.{ending}"
    done = dftrace(*COMMANDS[command], "-o", wanted)
    assert done.returncode == 2
    assert (b"-l" if (command, ending) == ("run", "npy") else str(wanted).encode()) in done.stderr
    assert not wanted.exists()


def test_a_network_file_is_written_by_a_map_alone(tmp_path):
    weights, file = "configs/mnist-vit.npz", tmp_path / "new.yaml"
    refused = dftrace("weights", weights, "-o", file)
    assert refused.returncode == 2
    assert b".yaml is no format of this command" in refused.stderr
    assert not file.exists()
    dftrace("weights", weights, "-o", file, "-f", "json")
    assert json.loads(file.read_text())["schema"]
