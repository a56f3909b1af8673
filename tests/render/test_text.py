"""Numbers, shares, times and sizes in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.render import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *[(0, "0"), (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-3.0, "-3"), (9999.0, "9999"), (10_000.0, "10000")],
        *[(0.5, "0.5000"), (0.125, "0.1250"), (1 / 3, "0.3333"), (-2.123456, "-2.123"), (12.3456, "12.35")],
        *[(123.456, "123.5"), (1234.56, "1235"), (9999.5, "10000"), (0.99996, "1.000"), (9.9999, "10.00")],
        *[(1_234_567.8, "1234568"), (12_345_678.9, "1.235e+07"), (1e300, "1.000e+300"), (-1e300, "-1.000e+300")],
        *[(0.001, "0.001000"), (0.00012345, "0.0001234"), (0.000012345, "1.234e-05"), (1e-300, "1.000e-300")],
        *[
            (5e-324, "4.941e-324"),
            (0.000099999, "0.0001000"),
            (math.nan, "nan"),
            (math.inf, "inf"),
            (-math.inf, "-inf"),
        ],
        (None, ""),
    ],
)
def test_numbers(value, shown):
    assert text.number(value) == shown


@given(st.floats(-1e308, 1e308))
def test_a_number_is_shown_to_four_digits(value):
    assert float(text.number(value)) == pytest.approx(value, rel=5e-4, abs=1e-323)
    assert len(text.number(value)) <= 12


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *[(0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.6765, "67.7 %"), (1 / 3, "33.3 %"), (0.001, "0.1 %")],
        *[(0.0004, "0.04 %"), (0.000004, "0.0004 %"), (4e-8, "< 0.0001 %"), (1e-300, "< 0.0001 %")],
        *[(0.9999, "99.99 %"), (0.999999, "99.9999 %"), (0.9999999, "> 99.9999 %"), (1 - 1e-12, "> 99.9999 %")],
        *[(math.nan, ""), (None, "")],
    ],
)
def test_shares(value, shown):
    assert text.share(value) == shown


@given(st.floats(0, 1))
def test_a_share_claims_all_or_nothing_only_if_it_is(value):
    assert (text.share(value) == "0 %") == (value == 0 or 100 * value == 0)
    assert (text.share(value) == "100 %") == (100 * value == 100)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *[(0.0, "0 µs"), (4e-6, "4 µs"), (0.00099999, "1.0 ms"), (0.0123, "12.3 ms"), (0.99999, "1.00 s")],
        *[(1.5, "1.50 s"), (100.0, "100.00 s"), (math.nan, ""), (None, "")],
    ],
)
def test_seconds(value, shown):
    assert text.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [((28, 28, 1), "(28, 28, 1)"), ((9216,), "9216"), ((), "()"), ((1, 1), "(1, 1)")],
)
def test_shapes(value, shown):
    assert text.shape(value) == shown


@given(st.floats())
def test_every_number_has_its_words(value):
    assert len(text.number(value)) < 13
    assert len(text.seconds(abs(value))) < 14
    assert len(text.share(value)) < 330


def test_counts_and_memory():
    assert (text.count(1_199_882), text.count(0), text.count(None)) == ("1,199,882", "0", "")
    assert (text.memory(86_528), text.memory(0), text.memory(None)) == ("84.5 KiB", "0 B", "")


def test_histograms():
    bins = ((-math.inf, -(2.0**1023), 1), (-2.0, -1.0, 3), (0.0, 0.0, 12_000), (0.5, 1.0, 7))
    assert text.histogram(bins) == "-inf..-8.988e+307: 1, -2..-1: 3, 0: 12,000, 0.5..1: 7"
    assert (text.histogram(()), text.histogram(None)) == ("", "")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        *[("plain", "plain"), ("[bold]", "[bold]"), ("\x1b[31mred", "\\x1b[31mred"), ("a\nb\tc", "a\\nb\\tc")],
        *[
            ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
            ("\u202eabc", "\\u202eabc"),
            ("Größe 数字 😀", "Größe 数字 😀"),
            (3, "3"),
        ],
    ],
)
def test_safe(raw, shown):
    assert text.safe(raw) == shown


@given(st.text())
def test_what_is_safe_is_printable(raw):
    assert text.safe(raw).isprintable()
    assert text.safe(text.safe(raw)) == text.safe(raw)


@pytest.mark.parametrize(
    ("raw", "width"), [("abc", 3), ("", 0), ("数字", 4), ("é", 1), ("e\u0301", 1), ("😀", 2), ("ＡＢ", 4)]
)
def test_display_width(raw, width):
    assert text.display_width(raw) == width


def test_other_cells():
    assert (text.names(("a", "b")), text.names(()), text.text(None), text.text("\x1b")) == ("a, b", "", "", "\\x1b")
    assert text.names(("a\n", "\u202eb")) == "a\\n, \\u202eb"
