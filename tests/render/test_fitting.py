"""Which columns stand in a terminal: the most wanted ones, and whatever else there is room for; nothing is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.layers import KINDS
from dataflow_cli.render.formats import Style, write
from dataflow_cli.render.formats.fitting import fitted
from dataflow_cli.render.layers import kind_report
from dataflow_cli.render.report import Column, Report, select
from dataflow_cli.render.text import display_width
from tests.contract.inside import text_of
from tests.contract.shell import ROOT

WORDS = st.text("abcdefgh-_漢", min_size=1, max_size=9)


@st.composite
def reports(draw):
    count = draw(st.integers(2, 7))
    prose = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    columns = tuple(
        Column(f"k{place}", draw(WORDS), wraps=prose[place] and place > 0, keep=draw(st.integers(0, 9)))
        for place in range(count)
    )
    cell = {
        column.key: st.lists(WORDS, min_size=1, max_size=6).map(" ".join) if column.wraps else WORDS
        for column in columns
    }
    rows = tuple(draw(st.fixed_dictionaries(cell)) for _ in range(draw(st.integers(1, 3))))
    return Report("x", "rows", columns, rows)


@settings(max_examples=60)
@given(reports(), st.integers(20, 120))
def test_a_table_keeps_what_is_wanted_most_and_cuts_nothing(report, width):
    (fit,) = fitted(report, width)
    shown = set(fit.columns)
    assert fit.columns == tuple(column for column in report.columns if column in shown)
    assert report.columns[0] in shown
    assert fit.width <= width or len(shown) == 2
    text = write(report, "table", Style(width=width))
    said = set(text.split())
    assert all(word in said for column in shown for row in report.rows for word in row[column.key].split())
    assert not [line for line in text.splitlines() if display_width(line) > max(width, fit.width)]
    for left_out in set(report.columns) - shown:  # it would not fit beside those that are wanted as much or more
        assert left_out.key in text
        first, *others = fit.columns
        beside = {first, left_out, *(one for one in others if one.keep >= left_out.keep)}
        assert _least(report, [one for one in report.columns if one in beside]) > width


def _least(report, columns):
    """The width of these columns when each is as narrow as it can be."""
    chosen = select(Report("x", "rows", columns, report.rows), ",".join(column.key for column in columns))
    low, high = 1, 2000
    while low < high:
        middle = (low + high) // 2
        fits = fitted(chosen, middle)
        low, high = (low, middle) if len(fits) == 1 and fits[0].width <= middle else (middle + 1, high)
    return low


@settings(max_examples=30)
@given(reports(), st.integers(20, 60))
def test_columns_that_were_asked_for_all_stand(report, width):
    chosen = select(report, "all")
    fits = fitted(chosen, width)
    assert [column for fit in fits for column in fit.columns[1:]] == list(chosen.columns[1:])
    assert {fit.columns[0] for fit in fits} == {chosen.columns[0]}
    assert all(fit.width <= width or len(fit.columns) == 2 for fit in fits)


def test_what_the_values_are_like_outlives_the_type():
    lines = text_of("run", "tiny-resnet.yaml", "--width", 80, cwd=ROOT / "configs").splitlines()
    assert lines[2].split() == ["layer", "output", "shape", "min", "mean", "max", "zeros"]


@pytest.mark.parametrize("width", [60, 80])
def test_a_kind_says_what_its_fields_are(width):
    for kind in KINDS.values():
        report = kind_report(kind)
        if report.rows:
            keys = [column.key for column in fitted(report, width)[0].columns]
            assert keys[0] == "field"
            assert "doc" in keys, kind


def test_examples_can_be_typed():
    text = text_of("init", "--width", 60)
    names = [line.split()[0] for line in text_of("init", "-f", "tsv", "--no-header").splitlines()]
    assert [line.split()[0] for line in text.splitlines() if line[:2].strip() and line.split()[0] in names] == names
