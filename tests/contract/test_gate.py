"""One gate for all that is written: names made to harm go through every command, format, option and kind of message.

Commands, their formats and their options are asked of Click, so a new one is driven too, or fails until it is.
"""

import ast
import json
import re
import unicodedata
from itertools import product

import click
import numpy as np
import pytest

from dataflow_cli.commands.main import COMMANDS, group
from dataflow_cli.files.npz_write import write_npz
from dataflow_cli.render.gate import passed
from fuzz.making.kerasfiles import keras_zip, layer, sequential
from tests.contract.shell import ROOT, dftrace, in_terminal

ALIEN = "\x1b[35;45m"
"""A color that nothing of ours has."""
HOSTILE = f"{ALIEN}red\x1b]0;title\x07 \x9b5m \u202edcba\u2066 \u2028line\x85 \x7f\rback\nINJECTED \U000e0041é"
NAME = HOSTILE[:-1]
"""The same as the name of a file, which may be in a system that knows ASCII only."""


def in_yaml(text):
    return '"' + "".join(f"\\U{ord(one):08x}" for one in text) + '"'


NET = f"""\
dftrace: 1
name: {in_yaml(HOSTILE)}
input: {{shape: [2], example: {in_yaml(f"{NAME}.csv")}}}
classes: [{in_yaml(HOSTILE)}, "[bold]x[/bold]"]
layers:
  - {{type: dense, units: 2, activation: softmax}}
"""
WRONG = NET.replace("units: 2", f"units: {in_yaml(HOSTILE)}, {in_yaml(HOSTILE)}: 3")
OWN_COLORS = re.compile(r"\x1b\[[0-9;]*m")
TENSOR = ["-l", "dense_1"]

GIVEN = {
    "run": ["NET", "-w", "WEIGHTS", "-i", "NAN", "--labels", "LABELS", "--fail-on", "nan", "-v"],
    "explain": ["NET", "dense_1[0]", "-w", "WEIGHTS", "-i", "NAN"],
    "show": ["NET", "-w", "WEIGHTS", "-i", "NAN", "-i", "DATA"],
    "profile": ["NET", "-w", "WEIGHTS", "-i", "NAN", "--labels", "LABELS"],
    "diff": ["SAVED", "NET", "-w", "WEIGHTS", "-i", "NAN", "--all"],
    "hooks": ["torch"],
    "draw": ["NET"],
    "params": ["NET", "-v"],
    "bench": ["NET", "-i", "DATA", "--repeat", "1"],
    "weights": ["WEIGHTS", "--statistics"],
    "import": ["MODEL", "-o", "imported", "--force"],
    "check": ["NET", "WRONG"],
    "layers": ["conv2d"],
    "init": [],
    "schema": [],
    "completion": ["bash"],
    "help": ["run"],
}
"""A call of each command with files whose names and texts are hostile."""
MESSAGES = [
    ["run", "NET"],
    ["run", "NET", "-w", "WEIGHTS", "--values", "full", "-f", "markdown"],
    ["run", "WRONG", "--debug"],
    ["run", "NET", "-w", "LABELS"],
    ["run", "NET", "-w", "WEIGHTS", "-i", "WEIGHTS", "--debug"],
    ["run", "NET", "-w", "WEIGHTS", "--labels", "DATA"],
    ["explain", "NET", "dense_1", "-f", "latex"],
    ["run", "SAVED", "-v", "--values", "full"],
    ["run", "SAVED", "-l", HOSTILE],
    ["run", "SAVED", "-i", "DATA"],
    ["show", "SAVED", "--terminal", "ascii"],
    ["show", "SAVED", "--kind", "kernels"],
    ["explain", "SAVED", "dense_1[0]", "-w", "WEIGHTS"],
    ["bench", "MEASURED", "-v"],
    ["explain", "NET", f"{HOSTILE}[0]"],
    ["explain", "NET", "dense_1[0]", "-w", "WEIGHTS", "--back"],
    ["show", "NET", "-w", "WEIGHTS", "-l", "dense_1", "-o", f"{NAME}.svg"],
    ["draw", "NET", "--color-by", "zeros", "-w", "WEIGHTS", "-i", "DATA"],
    ["draw", "NET", "--title", HOSTILE, "-f", "mermaid"],
    ["draw", "NET", "--as", "neurons", "-w", "WEIGHTS", "-f", "svg"],
    ["draw", "NET", "--as", "volumes", "-o", f"{NAME}.gif"],
    ["weights", "WEIGHTS", "-l", HOSTILE],
    ["weights", "LABELS"],
    ["weights", "WEIGHTS", "--guess-map", "NET"],
    ["weights", "WEIGHTS", "--guess-map", "NET", "-o", f"{NAME}.mapped.yaml"],
    ["run", "NET", "-w", "WEIGHTS", "--classes", "DATA"],
    ["import", "NET"],
    ["import", "MODEL", "--until", HOSTILE],
    ["import", "MODEL", "-o", f"{NAME}.txt"],
    ["import", "MODEL", "-o", f"{NAME}/{NAME}.yaml"],
    ["params", "MODEL"],
    ["init", "pooling", NAME],
    ["init", "pooling", "NET"],
    [HOSTILE],
    ["help", HOSTILE],
    ["--help"],
    ["--version"],
]


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch):
    """`bench` would take its time."""
    monkeypatch.setattr("dataflow_cli.bench.sgemm.SIZE", 8)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Files with hostile names in a folder with a hostile name."""
    folder = tmp_path_factory.mktemp("gate") / NAME
    folder.mkdir()
    texts = {"NET": (".yaml", NET), "WRONG": (".wrong.yaml", WRONG), "DATA": (".csv", "1,2\n")}
    texts |= {"NAN": (".nan.csv", "nan,2\n"), "LABELS": (".labels.csv", "0\n")}
    files = {word: folder / f"{NAME}{ending}" for word, (ending, _) in texts.items()}
    for word, (_, text) in texts.items():
        files[word].write_text(text, encoding="utf-8")
    layers = (layer("InputLayer", HOSTILE, batch_shape=[None, 2]), layer("Flatten", HOSTILE))
    files["MODEL"] = folder / f"{NAME}.keras"
    files["MODEL"].write_bytes(keras_zip(sequential(*layers, name=HOSTILE), b""))
    files["WEIGHTS"] = folder / f"{NAME}.npz"
    write_npz(files["WEIGHTS"], {"dense_1/kernel": np.eye(2, dtype="f4"), "dense_1/bias": np.zeros(2, "f4")})
    words = {"SAVED": ["run", files["NET"], "-w", files["WEIGHTS"], "-i", files["DATA"], "-l", "*", "--save"]}
    words["MEASURED"] = ["bench", files["NET"], "-i", files["DATA"], "--repeat", "1", "-q", "--save"]
    for word, call in words.items():
        files[word] = folder / f"{NAME}.{word}"
        assert dftrace(*call, files[word], cwd=folder).returncode == 0
    return folder, files


def assert_harmless(written, *, tabs=False, colors=False, encoding="utf-8"):
    """Nothing that a terminal would obey, and no line that begins where a name says so."""
    text = written.decode(encoding)
    assert ALIEN not in text
    for one in OWN_COLORS.sub("", text) if colors else text:
        harmful = unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")
        assert not harmful or one == "\n" or (tabs and one == "\t"), repr(one)
    assert not any(line.startswith("INJECTED") for line in text.split("\n"))


def called(place, words, encoding="utf-8"):
    folder, files = place
    done = dftrace(*(files.get(word, word) for word in words), cwd=folder, env={"PYTHONIOENCODING": encoding})
    assert done.returncode in (0, 1, 2), words
    assert b"E900" not in done.stderr, words
    assert_harmless(done.stderr, colors="always" in words, encoding=encoding)
    return done


def command_of(name):
    return group.get_command(None, name)


def formats_of(name):
    """The formats that a command writes, from its own options: one where there is nothing to choose."""
    chosen = [one.type.choices for one in command_of(name).params if one.name in ("format", "form")]
    return [form for form in chosen[0] if form not in ("npy", "png")] if chosen else [None]


def options_of(name):
    """The options of a command that take a value."""
    params = command_of(name).params
    return [one.opts[0] for one in params if isinstance(one, click.Option) and not (one.is_flag or one.count)]


def test_every_command_is_driven():
    assert set(GIVEN) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_format_of_every_command_is_harmless(place, name):
    color = ["--color", "always"] if "--color" in options_of(name) else []
    for form, colored in product(formats_of(name), [[], color] if color else [[]]):
        words = [name, *GIVEN[name], *(["-f", form] if form else []), *colored]
        out = called(place, words).stdout
        assert_harmless(out, tabs=form == "tsv", colors=bool(colored))
        assert out


@pytest.mark.parametrize("name", [name for name in COMMANDS if "--output" in options_of(name)])
def test_files_get_no_more_than_the_terminal(place, name):
    folder, _ = place
    for form in formats_of(name):
        done = called(place, [name, *GIVEN[name], *(["-f", form] if form else []), "-o", "out.svg"])
        assert done.stdout == b""
        assert_harmless((folder / "out.svg").read_bytes(), tabs=form == "tsv")


@pytest.mark.parametrize("name", [name for name in COMMANDS if "json" in formats_of(name)])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "koi8-r", "cp437"])
def test_json_is_json_in_every_encoding_and_means_the_same(place, name, encoding):
    words = [name, *GIVEN[name], "-f", "json"]
    read = json.loads(called(place, words, encoding).stdout.decode(encoding))
    if GIVEN[name][:1] == ["NET"]:
        assert read.get("network") == HOSTILE or str(place[1]["NET"]) == read["files"][0]["file"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_quotes_its_value_harmlessly(place, name):
    for option in options_of(name):
        done = called(place, [name, *GIVEN[name], option, NAME])
        if done.returncode:
            assert done.stdout == b"" or name in ("run", "check", "diff"), option


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_quoted_harmlessly(place, name):
    count = len([one for one in command_of(name).params if isinstance(one, click.Argument)])
    for position in range(count + 1):  # and one that is too many
        called(place, [name, *GIVEN[name][:position], HOSTILE, *GIVEN[name][position + 1 : count]])


@pytest.mark.parametrize("words", MESSAGES, ids=" ".join)
def test_messages_are_harmless(place, words):
    out = called(place, words).stdout
    assert_harmless(out)


def test_a_terminal_gets_no_escape_sequence_but_our_own(place):
    _, files = place
    for name in ("run", "show", "check", "params"):
        out, _ = in_terminal(name, *(files.get(word, word) for word in GIVEN[name]), columns=100)
        assert_harmless(out.encode(), colors=True)


def test_what_a_shell_completes_is_harmless(place):
    _, files = place
    for line in (f"dftrace run {files['NET'].name} -l ", "dftrace layers ", "dftrace init ", f"dftrace {HOSTILE}"):
        env = {"_DFTRACE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        assert_harmless(dftrace(env=env, cwd=place[0]).stdout)


WRITERS = {"cli/output.py", "cli/progress.py"}
"""The only files that write to the standard streams."""
WAYS_ROUND = {"print", "echo", "secho", "style", "confirm", "prompt", "echo_via_pager", "progressbar"}


SUSPECT = re.compile(rf"\b(stdout|stderr|{'|'.join(WAYS_ROUND)})\b")
"""What stands in a file that could write: only those are read closely."""


def test_nobody_writes_past_the_gate():
    for path in (ROOT / "dataflow_cli").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.relative_to(ROOT / "dataflow_cli").as_posix() in WRITERS or not SUSPECT.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert not re.search(r"\bstd(out|err)\b.*\.write", called), f"{path}: {called}"
                assert called.rpartition(".")[2] not in WAYS_ROUND or called == "console.print", f"{path}: {called}"


def test_the_gate_lets_our_colors_and_tabs_through_only_where_they_are_ours():
    text = "\x1b[1mtitle\x1b[0m\ta\x9b1m\n"
    assert passed(text, "table", "utf-8", color=True) == b"\x1b[1mtitle\x1b[0m\\ta\\x9b1m\n"
    assert passed(text, "table", "utf-8") == b"\\x1b[1mtitle\\x1b[0m\\ta\\x9b1m\n"
    assert passed(text, "tsv", "utf-8", color=True) == b"\\x1b[1mtitle\\x1b[0m\ta\\x9b1m\n"
    assert passed('{"a": "\x9b\U0001f600"}\n', "json", "utf-8") == '{"a": "\\u009b\U0001f600"}\n'.encode()
    assert passed('{"a": "\x9b\U0001f600"}\n', "json", "koi8-r") == b'{"a": "\\u009b\\ud83d\\ude00"}\n'
    assert passed("2 × 3 é", "table", "utf-8", ascii_only=True) == b"2 x 3 \\xe9"
    assert passed("2 × 3 é", "csv", "ascii", ascii_only=True) == b"2 \\xd7 3 \\xe9"
