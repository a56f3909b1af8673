"""Color and width: what may depend on the terminal. Nothing else does."""

import re
from functools import cache
from itertools import count, product

import pytest
from rich.cells import cell_len

from dataflow_cli.cli import progress
from tests.contract.shell import MNIST, dftrace, in_terminal, text_of

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
PARAMS = ["params", MNIST]


@cache
def plain_table():
    """The table in a pipe, without color."""
    return text_of(*PARAMS)


def expected_color(choice, no_color, force_color, *, terminal):
    """The contract's precedence, written down once more: --color, NO_COLOR, FORCE_COLOR, the terminal."""
    if choice in ("always", "never"):
        return choice == "always"
    if no_color:
        return False
    if force_color and force_color != "0":
        return True
    return terminal


@pytest.mark.parametrize(
    ("choice", "no_color", "force_color"),
    list(product(["auto", "always", "never"], [None, "", "1"], [None, "", "0", "1"])),
)
def test_color_in_a_pipe(choice, no_color, force_color):
    arguments = [] if choice is None else ["--color", choice]
    env = {"NO_COLOR": no_color, "FORCE_COLOR": force_color}
    wanted = expected_color(choice, no_color, force_color, terminal=False)
    out = text_of(*PARAMS, *arguments, env=env)
    assert ("\x1b[" in out) is wanted
    assert ESCAPE.sub("", out) == plain_table()


@pytest.mark.parametrize(
    ("choice", "no_color", "force_color"),
    list(product([None, "always", "never"], ["", "1"], [None, "0", "1"])),
)
def test_color_in_a_terminal(choice, no_color, force_color):
    arguments = [] if choice is None else ["--color", choice]
    env = {"NO_COLOR": no_color, "FORCE_COLOR": force_color}
    out, code = in_terminal(*PARAMS, *arguments, columns=200, env=env)
    assert code == 0
    assert ("\x1b[" in out) is expected_color(choice, no_color, force_color, terminal=True)


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_a_dumb_terminal_gets_color_only_if_it_is_asked_for(arguments, env, colored):
    out, _ = in_terminal(*PARAMS, *arguments, columns=200, env=env | {"TERM": "dumb"})
    assert ("\x1b[" in out) is colored


@pytest.mark.parametrize("term", ["dumb", "xterm-256color", "", None])
def test_the_environment_never_changes_the_width_in_a_pipe(term):
    for color in ("always", "never"):
        out = text_of(*PARAMS, "--color", color, env={"TERM": term, "COLUMNS": "30"})
        assert ESCAPE.sub("", out) == plain_table()


def test_errors_are_colored_by_the_same_rules():
    assert b"\x1b[" not in dftrace("params", "absent.yaml").stderr
    assert b"\x1b[31m" in dftrace("params", "absent.yaml", env={"FORCE_COLOR": "1"}).stderr
    assert b"\x1b[31m" in dftrace("params", "absent.yaml", "--color", "always").stderr
    assert b"\x1b[31m" in dftrace("params", "absent.yaml", "--color=always", env={"NO_COLOR": "1"}).stderr
    assert "\x1b[31m" in in_terminal("params", "absent.yaml")[0]
    assert "\x1b[" not in in_terminal("params", "absent.yaml", "--color", "never")[0]
    assert "\x1b[" not in in_terminal("params", "absent.yaml", env={"NO_COLOR": "1"})[0]


@pytest.mark.parametrize("form", ["plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"])
def test_formats_without_a_box_are_the_same_in_a_terminal_and_in_a_pipe(form):
    out, code = in_terminal("params", MNIST, "-f", form, columns=40)
    assert code == 0
    assert out == text_of("params", MNIST, "-f", form)


@pytest.mark.parametrize("command", [["params", MNIST], ["run", MNIST], ["layers"], ["layers", "conv2d"], ["init"]])
def test_a_table_in_a_pipe_is_complete_and_every_row_is_one_line(command):
    out = text_of(*command)
    rows = text_of(*command, "-f", "csv", "--no-header").splitlines()
    names = [row.split(",")[0] for row in rows]
    assert all(any(line.split()[:1] == [name] for line in out.splitlines()) for name in names)
    assert "…" not in out
    assert "hidden for width" not in out


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("command", [["params", MNIST], ["run", MNIST]], ids=["params", "run"])
def test_a_table_in_a_terminal_fits_and_says_what_it_left_out(command, columns):
    out, code = in_terminal(*command, "--color", "never", columns=columns)
    assert code == 0
    lines = out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:1] == ["layer"])
    names = ["input", "conv2d_1", "conv2d_2", "max_pooling2d_1", "flatten_1", "dense_1", "dense_2"]
    table = lines[start : start + 2 + len(names)]
    assert max(map(cell_len, table)) <= columns
    assert [line.split()[0] for line in table if line.split() and line.split()[0] in names] == names
    assert ("hidden for width" in out) is (columns < 100)


def test_what_is_asked_for_by_name_is_never_hidden():
    out, _ = in_terminal(*PARAMS, "--fields", "name,type,output_shape,params,macs", columns=50)
    assert "hidden for width" not in out


@pytest.mark.parametrize("width", [40, 60, 150])
def test_width_stands_over_terminal_and_pipe(width):
    piped = text_of(*PARAMS, "--width", width)
    shown, _ = in_terminal(*PARAMS, "--width", width, "--color", "never", columns=77)
    assert piped == shown
    assert max(cell_len(line) for line in piped.splitlines()[:12] if not line.startswith("hidden")) <= width


def test_a_terminal_that_does_not_know_its_width_gets_a_table_all_the_same():
    out, code = in_terminal(*PARAMS, columns=0)
    assert code == 0
    assert "conv2d_1" in out


def test_a_binary_file_is_not_written_to_a_terminal():
    out, code = in_terminal("run", MNIST, "-l", "dense_2", "-f", "npy")
    assert code == 2
    assert "not writing a binary file to the terminal" in out


def test_short_work_shows_no_progress_and_a_pipe_never_does():
    out, _ = in_terminal("run", MNIST, "-f", "tsv")
    assert "samples" not in out
    assert dftrace("run", MNIST).stderr == b""


def test_long_work_shows_progress_and_takes_it_away_again():
    long = count(0.0, 2.0).__next__
    out, _ = in_terminal("run", MNIST, "-f", "tsv", clock=long)
    assert out.startswith(f"\r[{'#' * 30}] 1 of 1 samples\x1b[K\r\x1b[K")
    assert "samples" not in in_terminal("run", MNIST, "-f", "tsv", "-q", clock=long)[0]


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [
        (0, 2, ""),
        (50, 10, ", 5 a second, 10 s left"),
        (1, 2, ", 3:18 min left"),
        (1, 100, ", 2:45 h left"),
        (100, 1, ""),
    ],
)
def test_progress_says_how_fast_and_how_long(done, seconds, said):
    assert progress._speed(done, 100, seconds) == said
