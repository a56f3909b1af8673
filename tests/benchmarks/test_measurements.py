"""Every measurement of `make bench` makes its records, and a page of them, where every process takes a second."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.benchmarks.conftest import FOLDER

PROFILED = {"turns": ("profile", "run", "ONNX Runtime"), "rates": ("1", "2")}


class Worker:
    """Takes a second for everything."""

    def __init__(self, *_, **__):
        self.start = self.close = lambda: None

    def __call__(self):
        return 1.0

    finish = __call__


@pytest.fixture
def measuring(benchmark_module, monkeypatch, tmp_path):
    """The main program, none of whose measurements starts a process."""
    processes = benchmark_module("processes")
    monkeypatch.setattr(processes, "SCRATCH", tmp_path)
    (tmp_path / "page.json").write_text('{"opened": [0.3], "clicked": [0.05]}', encoding="utf-8")
    finished = processes.Finished(1.0, 2**20)
    monkeypatch.setattr(processes, "Worker", Worker)
    monkeypatch.setattr(processes, "run", lambda *_: finished)
    monkeypatch.setattr(processes, "seconds", lambda *_: 1.0)
    clicked = {"opened": [0.3], "clicked": [0.05]}
    profiled = {name: {key: [1.0] for key in keys} for name, keys in PROFILED.items()}
    benched = json.dumps({"layers": [{"flops": 2.0}], "sgemm_flops": 1.0, **clicked, **profiled})
    monkeypatch.setattr(subprocess, "run", lambda *a, **_: subprocess.CompletedProcess(a, 0, benched, ""))
    machine = benchmark_module("machine")
    monkeypatch.setattr(machine, "cores", lambda: 2)
    return benchmark_module("run")


def test_measurements_make_records_and_a_page(measuring, benchmark_module):
    options, report = benchmark_module("options").Options(quick=False), benchmark_module("report")
    records = [record for measure in measuring.MEASUREMENTS.values() for record in measure(options)]
    page = report.page(records, ["a machine"], ["what failed"])
    assert all(f"## {record.group}\n" in page for record in records)
    assert {record.ratio for record in records} == {1.0, 2.0}, "all take as long, but for a convolution's operations"
    goals = [record for record in records if record.goal is not None]
    assert sum(record.met for record in goals) == page.count(": reached |") > 0
    assert report.terminal(records).count("\n") > len(records)


def test_cores_that_were_never_there_are_spoken_of(measuring, benchmark_module, monkeypatch):
    """All turns count then, and their number is bounded: a busy machine, or half cores, must not hold the others up."""
    threads = benchmark_module("threads")
    monkeypatch.setattr(threads, "ALL_THERE", 2)
    notes = {record.note for record in measuring.MEASUREMENTS["threads"](benchmark_module("options").Options())}
    assert notes == {"all of 60 turns, though the cores were never all there", "seconds over their number"}


def test_what_is_measured_alone_is_one_of_all(measuring, monkeypatch, capsys):
    """The program as it is called, but for the page."""
    monkeypatch.setattr("sys.argv", ["run.py", "--quick", "--only", "digits"])
    assert measuring.main() == 0
    assert "an ONNX Runtime script" in capsys.readouterr().out


def test_networks_are_files_that_can_be_counted(benchmark_module):
    from dataflow_cli import load_network

    networks = benchmark_module("networks")
    for one in (*networks.NETWORKS, *networks.SEQUENCES):
        assert load_network(one.config).nodes
    assert {path.name for path in FOLDER.glob("layers/*.yaml")} <= {one.config.name for one in networks.SEQUENCES}


def test_a_scaling_figure_is_put_between_its_marks(benchmark_module):
    module = benchmark_module("profile_scaling")
    assert module._between("(<!)x*(>)", "new", "a <!xx> b") == "a <!\nnew\n> b"
    assert len(module._arrivals()) == module.CHUNKS


def test_tables_go_where_they_stood_in_a_page_that_people_write(measuring, benchmark_module, monkeypatch, tmp_path):
    """Of sequences alone; on a machine that others use the processor's time counts, and the page says so."""
    page, pages = tmp_path / "page.md", benchmark_module("pages")
    written = "# Words\n\n<!-- made by run.py -->\nold\n<!-- end of what run.py made -->\n\nMore words.\n"
    page.write_text(written, encoding="utf-8")
    monkeypatch.setattr(pages, "SEQUENCES", page)
    monkeypatch.setenv(benchmark_module("processes").CLOCK, "")
    monkeypatch.setattr("sys.argv", ["run.py", "--only", "sequences", "--one-thread"])
    for _ in range(2):
        assert measuring.main() == 0
        found = page.read_text(encoding="utf-8")
        assert found.startswith("# Words\n")
        assert found.endswith("\nMore words.\n")
        assert "old" not in found
        assert "the processor's" in found
        assert found.count("| LSTM 128 x 128, 100 steps, minibatch of 32 |") == 2
    with pytest.raises(ValueError, match="no place"):
        pages.put([], "another.py")
