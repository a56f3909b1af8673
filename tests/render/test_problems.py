"""Problems as a compiler shows them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import InputError, NetworkError, Place, Problem
from dataflow_cli.render.problems import all_problems, as_github, as_json, describe
from dataflow_cli.render.text import display_width


def shown(text, column, length=1, hint="hint", **facts):
    place = Place(facts.get("file", "net.yaml"), facts.get("line", 3), column, length, text)
    return describe(NetworkError([Problem("E125", facts.get("message", "wrong"), hint, place)]))


def test_the_mark_stands_under_the_place():
    assert shown("  - {type: dense, units: x}", 26) == (
        "net.yaml:3:26: error[E125]: wrong\n"
        "   |\n"
        " 3 |   - {type: dense, units: x}\n"
        "   |                          ^ hint\n"
    )


def test_a_line_number_of_several_digits():
    assert shown("abc", 2, 2, line=1234) == (
        "net.yaml:1234:2: error[E125]: wrong\n      |\n 1234 | abc\n      |  ^^ hint\n"
    )


def test_without_a_hint_nothing_follows_the_mark():
    assert shown("abc", 1, 3, hint="").endswith(" 3 | abc\n   | ^^^\n")


def test_a_tab_is_one_column():
    assert shown("\ta: \tb", 6, 1).endswith(" 3 |  a:  b\n   |      ^ hint\n")


def test_wide_characters_take_two_columns():
    assert shown("名前: [数字, x]", 6, 2).endswith(" 3 | 名前: [数字, x]\n   |        ^^^^ hint\n")
    assert shown("名前: [数字, x]", 10, 1).endswith(" 3 | 名前: [数字, x]\n   |              ^ hint\n")


def test_combining_characters_take_none():
    assert shown("e\u0301e\u0301: x", 7, 1).endswith("   |     ^ hint\n")


def test_control_characters_are_written_out():
    text = shown("a\x1b[31mb: x", 9, 1, message="found '\x1b'", hint="no \x07", file="a\nb")
    assert text == ("a\\nb:3:9: error[E125]: found '\\x1b'\n   |\n 3 | a\\x1b[31mb: x\n   |            ^ no \\x07\n")


def test_a_long_line_is_cut_around_the_mark():
    text = "x" * 500 + "HERE" + "y" * 500
    answer = shown(text, 501, 4).splitlines()
    line, mark = answer[2][5:], answer[3][5:]
    assert line.startswith("...xxx")
    assert len(line) <= 170
    assert line[mark.index("^") : mark.index("^") + 4] == "HERE"
    assert mark.strip() == "^^^^ hint"


def test_a_mark_over_the_end_of_the_line():
    assert shown("abc", 4, 1).endswith(" 3 | abc\n   |    ^ hint\n")
    assert shown("abc", 2, 400).endswith("   |  ^^ hint\n")
    assert shown("x" * 150, 100, 50).endswith(f"{'^' * 50} hint\n")


def test_a_mark_is_not_longer_than_what_is_shown():
    answer = shown("a: [" + "1, " * 5000 + "]", 4, 15_000).splitlines()
    assert len(answer[3]) <= 170 + len(" hint")


def test_an_empty_line_is_not_drawn():
    assert shown("", 1) == "net.yaml:3:1: error[E125]: wrong\n  hint\n"
    assert shown("  ", 1, hint="") == "net.yaml:3:1: error[E125]: wrong\n"


def test_without_a_place():
    assert describe(InputError("7.png: no such file", hint="check the path")) == (
        "error[E300]: 7.png: no such file\n  help: check the path\n"
    )
    assert describe(InputError("7.png: no such file")) == "error[E300]: 7.png: no such file\n"


def test_a_file_that_has_no_lines_is_named_once():
    """A model's weights lie in the model itself; those of a network file elsewhere."""
    for file, said in (
        ("m.keras", "m.keras: error[E200]: is cut off"),
        ("n.h5", "n.h5: error[E200]: m.keras: is cut off"),
    ):
        error = NetworkError([Problem("E200", "m.keras: is cut off", "copy it again", Place(file, 0, 0))])
        assert describe(error) == f"{said}\n  copy it again\n"


def test_the_first_five_and_how_many_more():
    error = NetworkError([Problem("E125", f"wrong {number}") for number in range(7)])
    assert describe(error).splitlines()[-2:] == ["error[E125]: wrong 4", "... and 2 more: `dftrace check` shows all"]
    assert all_problems(error.problems).count("error[E125]") == 7


def test_color():
    place = Place("n", 1, 1, 1, "a")
    error = NetworkError([Problem("E125", "wrong", "hint", place)])
    assert describe(error, color=True) == (
        "\x1b[1mn:1:1:\x1b[0m \x1b[31merror[E125]\x1b[0m: wrong\n   |\n 1 | a\n   | \x1b[31m^ hint\x1b[0m\n"
    )
    warning = Problem("W300", "raw", "scale", severity="warning")
    assert all_problems([warning], color=True) == "\x1b[33mwarning[W300]\x1b[0m: raw\n  \x1b[36mhelp:\x1b[0m scale\n"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=300), st.data())
def test_any_line_is_drawn_in_four_lines_with_the_mark_inside(text, data):
    column = data.draw(st.integers(1, len(text) + 1))
    answer = shown(text, column, data.draw(st.integers(1, 400)), hint="")
    assert all(line.isprintable() for line in answer.splitlines())
    lines = answer.split("\n")
    if text.strip():
        assert len(lines) == 5
        assert display_width(lines[3].rstrip("^")) <= display_width(lines[2]) + 1


def test_as_json():
    place = Place("net.yaml", 3, 7, 2, "text")
    assert as_json(Problem("E125", "wrong", "hint", place)) == {
        "severity": "error",
        "code": "E125",
        "message": "wrong",
        "hint": "hint",
        "file": "net.yaml",
        "line": 3,
        "column": 7,
    }
    assert json.dumps(as_json(Problem("W300", "raw", severity="warning"))).count("null") == 3


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            Problem("E125", "50 % wrong", "write 1", Place("a,b:c.yaml", 3, 7)),
            "::error file=a%2Cb%3Ac.yaml,line=3,col=7,title=E125::50 %25 wrong: write 1\n",
        ),
        (Problem("W300", "raw", severity="warning"), "::warning::raw\n"),
    ],
)
def test_as_github(problem, line):
    assert as_github([problem]) == line


def test_a_message_cannot_start_a_command_of_its_own():
    assert as_github([Problem("E125", "x\n::error::y\r", "")]).count("\n") == 1
