"""The docs' page to click through is what its command writes today, and the page on it tells the truth."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from tests.contract.shell import ROOT

PAGE, LIVE = ROOT / "docs/page.md", ROOT / "docs/four-and-six.html"
STATIC = Path("dataflow_cli/page/static")


def test_it_names_the_keys_that_there_are():
    text = PAGE.read_text(encoding="utf-8")
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / STATIC).glob("*.*"))
    keys = {*re.findall(r'data-shortcut"?[=:] ?"(\S)"', scripts)}
    rows = re.findall(r"^\| (.+?) \| ", text, re.MULTILINE)
    assert keys <= {key for row in rows for key in row.split(", ")}
    assert keys


def test_its_addresses_are_read_as_they_say():
    written = re.findall(r"`four-and-six\.html(#\S+)`", PAGE.read_text(encoding="utf-8"))
    assert len(written) >= 5
    assert all(re.fullmatch(r"#[\w:/]+(\[[\d,]+\])?(\?(sample=\d+|by=\w+|guess))?", one) for one in written)


def test_the_live_page_is_small_enough_for_the_repository():
    assert LIVE.stat().st_size < 3_000_000


@pytest.mark.page
def test_the_live_page_is_what_its_command_writes(written):
    ((words,),) = [re.findall(r"^dftrace show (.*) -o four-and-six\.html$", PAGE.read_text("utf-8"), re.MULTILINE)]
    anew, kept = written(*words.split()).read_text("utf-8"), LIVE.read_text("utf-8")
    for tag in ("style", "script"):
        pattern = rf"<{tag}>(.*?)</{tag}>"
        assert re.findall(pattern, anew, re.DOTALL) == re.findall(pattern, kept, re.DOTALL), "run tools/make_page.py"
    assert alike(manifest(anew), manifest(kept)), "run tools/make_page.py"


def manifest(text):
    return json.loads(re.search(r'id="manifest">(.*?)</script>', text, re.DOTALL)[1])


def alike(one, other):
    """The same but for times, the pixels and the last digits, in which two machines may differ."""
    if isinstance(one, dict):
        keys = [key for key in one if key not in ("seconds", "src", "svg")]
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in keys)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-6)
    return one == other
