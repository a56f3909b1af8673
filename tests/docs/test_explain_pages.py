"""docs/explain is what the tool would write now."""

import importlib.util
import sys

import pytest

from tests.explain.chapter import CONFIGS

ROOT = CONFIGS.parent


def pages():
    path = ROOT / "tools" / "make_explain_docs.py"
    spec = importlib.util.spec_from_file_location("make_explain_docs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.pages()


PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_up_to_date(path):
    assert path.read_text(encoding="utf-8") == PAGES[path], "run tools/make_explain_docs.py"


def test_the_chapters_numbers_stand_in_the_pages():
    text = "\n".join(PAGES.values())
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
    assert str(ROOT) not in "\n".join(PAGES.values())
