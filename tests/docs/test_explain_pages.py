"""docs/explain is what the tool would write now."""

import importlib.util
import re
import shlex
import sys
from functools import cache

import pytest

from tests.contract import inside
from tests.explain.chapter import CONFIGS

ROOT = CONFIGS.parent


WRITTEN = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "explain").glob("*.md"))}


@cache
def pages():
    path = ROOT / "tools" / "make_explain_docs.py"
    spec = importlib.util.spec_from_file_location("make_explain_docs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.pages()


def test_all_pages_are_there_and_no_others():
    assert WRITTEN.keys() == pages().keys()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_the_page_is_up_to_date(path):
    assert WRITTEN[path] == pages()[path], "run tools/make_explain_docs.py"


def test_the_chapters_numbers_stand_in_the_pages():
    text = "\n".join(WRITTEN.values())
    for number in (
        "sum of the products  -2 + 0 + 15 = 13",
        "0 + 0 + 6 = 6",
        "264 + 0 + 0 + 0 - 560 + 0 + 0 + 0 + 87 = -209",
        "0.355 is the probability of class 1; below 0.5 the answer is class 0.",
        "6·12·64 + 1·64 + 39",
        "bias\\[0\\]" if "bias\\[0\\]" in text else "bias[0]",
    ):
        assert number in text


def test_no_page_names_a_machine():
    assert str(ROOT) not in "\n".join(WRITTEN.values())


def figures():
    """The commands of all pages that draw a picture, and its name."""
    text = "\n".join(WRITTEN.values())
    return re.findall(r"^dftrace (show .*) -o (\S+\.svg)$", text, re.MULTILINE)


@pytest.mark.parametrize(("command", "name"), figures(), ids=[name for _, name in figures()])
def test_every_figure_is_what_its_command_draws(command, name, tmp_path):
    """What is written in it, in both themes: how letters look is another matter."""
    done = inside.dftrace(*shlex.split(command), "-o", tmp_path / name, cwd=CONFIGS)
    assert (done.returncode, done.stderr) == (0, b"")
    for kept in (name, name.replace(".svg", "-dark.svg")):
        stored = (ROOT / "docs/pictures" / kept).read_text(encoding="utf-8")
        assert written((tmp_path / name).read_text(encoding="utf-8")) == written(stored), "run tools/make_pictures.py"


def written(svg):
    """The words of a drawing."""
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg)
