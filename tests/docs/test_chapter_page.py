"""docs/chapter.md can be walked: each command says what stands under it, each figure is what its command draws."""

import importlib.util
import re
import sys
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from PIL import Image

from tests.contract import inside
from tests.contract.shell import ROOT


def tool():
    spec = importlib.util.spec_from_file_location("make_chapter", ROOT / "tools" / "make_chapter.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


MADE = tool()
PAGE = MADE.PAGE.read_text(encoding="utf-8")
FIGURES = {name: words for name, words in MADE.figures(PAGE).items() if not name.endswith("-dark.svg")}


def answered(words):
    done = inside.dftrace(*words, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b""), words
    return done.stdout


def test_every_command_says_what_stands_under_it():
    assert MADE.filled(PAGE, answered) == PAGE, "run tools/make_chapter.py"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_what_its_command_draws(name, tmp_path):
    """What is written in it, and its proportions: how letters look is another matter."""
    assert answered([*FIGURES[name][:-1], tmp_path / name]) == b""
    drawn, kept = (tmp_path / name).read_bytes(), (ROOT / "docs/pictures" / name).read_bytes()
    if name.endswith(".svg"):
        assert written(drawn) == written(kept), "run tools/make_chapter.py"
        return
    (width, height), (kept_width, kept_height) = (Image.open(BytesIO(picture)).size for picture in (drawn, kept))
    assert width / height == pytest.approx(kept_width / kept_height, rel=0.1), "run tools/make_chapter.py"


def written(svg):
    """The words of a drawing."""
    return [element.text for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]  # noqa: S314  our own


def test_all_figures_of_the_chapter_are_there_in_light_and_dark():
    assert {f"figure-9-{number}" for number in range(1, 8)} <= {name.rsplit(".", 1)[0] for name in FIGURES}
    for name in MADE.figures(PAGE):
        assert (ROOT / "docs/pictures" / name).is_file()
    alts = re.findall(r'alt="([^"]*)"|!\[([^\n\]]*)\]', PAGE)
    assert len(alts) == len(FIGURES)
    assert all(one or other for one, other in alts)


def test_the_chapters_numbers_stand_in_it():
    for number in (
        "(427, 640, 3)",
        "(24, 32, 32, 3)",
        "0.355 is the probability of class 1",
        "23 of 25",
        "-2 + 0 + 15 = 13",
        "0 + 0 + 6 = 6",
        "-209",
        "6·12·64 + 1·64 + 39 = 4711",
        "1,199,882",
    ):
        assert number in PAGE


def test_links_of_the_glossary_lead_to_headings():
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    links = set(re.findall(r"chapter\.md#([^)]*)\)", glossary))
    assert links
    assert links <= headings
