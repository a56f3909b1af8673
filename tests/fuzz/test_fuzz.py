"""The fuzzer finds what is planted, makes it small, and finds it again."""

import sys
import time
from mmap import mmap

import pytest

from tests.contract.inside import POSIX

pytest.importorskip("resource", reason=POSIX)  # the fuzzer bounds the programs that it starts

from fuzz import rounds
from fuzz.answers import hold
from fuzz.bounds import bounded
from fuzz.command import Answer, dftrace
from fuzz.failures import kind_of
from fuzz.findings import Finding, require
from fuzz.rounds import Round, Task
from tests.contract.shell import TINY


def planted(case):
    """Fails for any file of over 9 bytes."""
    content = bytes(case.rng.randrange(256) for _ in range(case.rng.randrange(40)))
    case.write("file", content)
    require(len(content) < 10, "too long: 'file'", len(content))


@pytest.fixture
def planting(monkeypatch):
    monkeypatch.setattr(rounds, "attack", lambda _name: planted)


def test_what_fails_is_made_small_and_kept_and_found_again(planting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        results.append(Round(Task("planted", 0, 3), tmp_path / name).run())
        assert (tmp_path / name / "kept" / "file").read_bytes() == bytes(10)
    assert results[0].failure == results[1].failure == "too long: 'file'\n10"
    assert kind_of("planted", results[0].failure) == "planted: too long: #"
    (tmp_path / "three").mkdir()
    known = frozenset({"planted: too long: #"})
    result = Round(Task("planted", 0, 3, known), tmp_path / "three").run()
    assert (result.cases, result.failure) == (rounds.CASES, "")
    assert result.again["planted: too long: #"] > 1


def spinning():
    until = time.monotonic() + 20
    while time.monotonic() < until:
        sum(range(1000))


def hoarding():
    with mmap(-1, 40 * 2**20) as memory:  # from the system: what malloc hands out may have been the process' before
        for _ in range(40):
            memory.write(bytes(2**20))


@pytest.mark.parametrize(("work", "found"), [(spinning, "computes for over 0.2 s"), (hoarding, "MiB, 20 are allowed")])
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are reset as Linux does it")
def test_work_beyond_its_bounds_is_a_finding(work, found):
    with pytest.raises(Finding, match=found), bounded(seconds=0.2, mebibytes=20):
        work()
    with bounded(seconds=0.2, mebibytes=20):
        pass


def answer(code=0, out=b"", err=b"", words=("run",)):
    return Answer(words, code, out, err)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (answer(2, err=b"error[E900]: a bug in dftrace: x"), "a bug in dftrace: x"),
        (answer(1, err=b"Traceback (most recent call last):\n"), "a traceback"),
        (answer(err=b"x.py:3: RuntimeWarning: overflow"), "a warning of Python's"),
        (answer(2, err=b"something"), "without a code"),
        (answer(2, out=b"half", err=b"error[E300]: x"), "all the same"),
        (answer(3), "left with 3"),
        (answer(out=b"\x1b[2J"), "stdout holds U\\+001B"),
        (answer(err="\u202e".encode()), "stderr holds U\\+202E"),
        (answer(out=b"NaN", words=("run", "-f", "json")), "stdout is no json"),
        (answer(out=b"a,b\n1\n", words=("run", "-fcsv")), "different lengths"),
    ],
)
def test_no_answer_may_be_like_this(given, found):
    with pytest.raises(Finding, match=found):
        hold(given)


def test_the_command_line_answers_in_this_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TINY, encoding="utf-8")
    streams = sys.stdin, sys.stdout, sys.stderr
    found = dftrace(["params", "net.yaml", "-f", "json"])
    hold(found)
    assert (found.code, found.err) == (0, b"")
    assert b'"params": 6' in found.out
    assert dftrace(["check", "-"], stdin=b"dftrace: 2").code == 1
    assert dftrace(["params", "absent.yaml"]).first.startswith("error[E300]")
    assert (sys.stdin, sys.stdout, sys.stderr) == streams
