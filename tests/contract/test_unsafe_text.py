"""Text from files is shown, never obeyed: no markup, no escape sequences, no tricks with direction."""

import json
import re
import unicodedata

import pytest

from tests.contract.shell import MNIST, TINY, dftrace, in_terminal, text_of, written

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \x9b5m \u202edcba\u2066 \u2028line\x85 \x7f\x00"
ESCAPED = r"\x1b[31mred\x1b]0;title\a \x9b5m \u202Edcba\u2066 \Lline\N \x7f\0"
"""The same as a YAML string in double quotes writes it."""
FORMATS = ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"]
HOSTILE_NET = f"""\
dftrace: 1
name: "{ESCAPED}"
input: {{shape: [2], example: [1, 2]}}
classes: ["{ESCAPED}", "[bold]x[/bold]"]
layers:
  - {{type: dense, units: 2, activation: softmax, weights: {{kernel: [[1, 0], [0, 1]], bias: 0}}}}
"""


def assert_harmless(written_bytes):
    """No control characters but line ends (and TSV's tabs), no invisible ones."""
    for one in written_bytes.decode():
        assert one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"), repr(one)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", ["params", "run"])
def test_a_hostile_name_reaches_no_terminal_in_any_format(tmp_path, command, form):
    done = dftrace(command, written(tmp_path, HOSTILE_NET), "-f", form)
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)
    assert done.returncode == 0
    assert b"red" in done.stdout or form in ("tsv", "csv", "jsonl")


def test_json_holds_the_hostile_name_as_it_is(tmp_path):
    for command in ("params", "run"):
        assert json.loads(text_of(command, written(tmp_path, HOSTILE_NET), "-f", "json"))["network"] == HOSTILE


@pytest.mark.parametrize("form", ["table", "plain", "json", "markdown"])
def test_markup_is_text(tmp_path, form):
    net = written(
        tmp_path,
        TINY.replace("name: tiny", "name: '[input] [bold]b[/bold] :smile: [/]'").replace("right", "'[red]r[/]'"),
    )
    for command in ("params", "run"):
        out = text_of(command, net, "-f", form).replace("\\", "")
        assert "[input] [bold]b[/bold] :smile: [/]" in out
    assert "[red]r[/]" in text_of("run", net, "-f", form)
    assert "[red]r[/]" in text_of("run", net, "-f", form, "--color", "always")


MISTAKES = {
    "layer type": TINY.replace("dense", f'"{ESCAPED}"'),
    "layer name": TINY.replace("units", f'name: "{ESCAPED}", units'),
    "reference": TINY.replace("units", f'inputs: ["{ESCAPED}"], units'),
    "field": TINY.replace("units: 2", f'units: 2, "{ESCAPED}": 3'),
    "value": TINY.replace("units: 2", f'units: "{ESCAPED}"'),
    "top key": TINY + f'"{ESCAPED}": 3\n',
    "twice": TINY + f'"{ESCAPED}": 3\n"{ESCAPED}": 4\n',
    "anchor": TINY + "x: *a\u202eb\n",
    "tag": TINY + "x: !<\u202etag> 3\n",
    "weights file": TINY.replace("layers:", f'weights: "{ESCAPED}.npz"\nlayers:').replace(
        ", weights: {kernel", ", x: {kernel"
    ),
    "missing weights": TINY.split("classes")[0] + f'weights: "{ESCAPED}.npz"\nlayers: [{{type: dense, units: 2}}]\n',
    "example": TINY.replace("[1, 2]", f'"{ESCAPED}.png"'),
    "block": TINY.replace("{type: dense", f'{{type: block, use: "{ESCAPED}"'),
    "number of weights": TINY.replace("[[1, 0], [0, 1]]", f'[["{ESCAPED}", 0], [0, 1]]'),
    "raw text on the line": TINY.replace("units: 2", "units: \u202e\u2066"),
    "raw control character": TINY.replace("units: 2", "units: \x1b[31m"),
    "raw C1 character": TINY.replace("units: 2", "units: x\u009b31m"),
}


@pytest.mark.parametrize("net", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("command", [["run"], ["check", "-f", "json"], ["check", "-f", "github"]])
def test_errors_quote_a_hostile_file_harmlessly(tmp_path, command, net):
    done = dftrace(*command, written(tmp_path, net))
    assert done.returncode in (0, 1, 2)
    assert b"Traceback" not in done.stderr
    assert b"E900" not in done.stderr
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["\x1b[31m"],
        ["params", "\x1b[31m\x07.yaml"],
        ["params", MNIST, "--\x1b[31m"],
        ["params", MNIST, "-f", "\x1b[31m"],
        ["params", MNIST, "--fields", "\x1b[31m\n\u202e"],
        ["params", MNIST, "-o", "/absent\x1b[31m/x"],
        ["run", MNIST, "-i", "\x1b[31m.png"],
        ["run", MNIST, "-i", "\x1b[31m=x.png"],
        ["run", MNIST, "-l", "\x1b[31m"],
        ["run", MNIST, "-w", "\x1b[31m.npz"],
        ["run", MNIST, "--labels", "\x1b[31m.csv"],
        ["run", MNIST, "--save", "/absent\x1b[31m/x"],
        ["run", MNIST, "--value", "\x1b[31m"],
        ["run", MNIST, "--fail-on", "\x1b[31m"],
        ["layers", "\x1b[31m"],
        ["init", "\x1b[31m"],
        ["check", "\x1b[31m.yaml"],
        ["completion", "\x1b[31m"],
        [b"params", b"\xff\xfe\x1b.yaml"],
    ],
    ids=repr,
)
def test_errors_quote_the_command_line_harmlessly(arguments):
    done = dftrace(*arguments) if isinstance(arguments[0], str) else dftrace_bytes(arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"E900" not in done.stderr
    assert_harmless(done.stderr)


def dftrace_bytes(arguments):
    return dftrace(*[one.decode("utf-8", "surrogateescape") for one in arguments])


def test_a_hostile_file_name_is_quoted_harmlessly(tmp_path):
    net = written(tmp_path, TINY, "a\x1b[31m\u202eb.yaml")
    data = written(tmp_path, "1,2\n", "c\x1b[31m\n.csv")
    for command in (["params", net], ["check", net], ["run", net, "-i", data], ["run", net, "-i", data, "-f", "json"]):
        done = dftrace(*command)
        assert done.returncode == 0
        assert_harmless(done.stdout)


def test_color_is_the_only_escape_sequence_in_a_terminal(tmp_path):
    for command in ("run", "params"):
        out, _ = in_terminal(command, written(tmp_path, HOSTILE_NET), columns=200)
        assert_harmless(re.sub(r"\x1b\[[0-9;]*m", "", out).encode())
        assert "\x1b[31m" not in out
