"""Whatever is printed fits the terminal it is printed to, and nothing that has to be typed is cut."""

from __future__ import annotations

import re
from functools import cache

import pytest

from dataflow_cli.commands.main import COMMANDS
from dataflow_cli.layers import KINDS
from dataflow_cli.render.text import display_width
from dataflow_cli.render.wrapping import wrapped
from tests.contract.inside import dftrace, in_terminal, text_of
from tests.contract.shell import ROOT

CONFIGS = ROOT / "configs"
WIDTHS = (60, 80, 100, 140)
NETS = sorted(path.name for path in CONFIGS.glob("*.yaml"))
QUICK = ("conv-layer.yaml", "mlp-2-5-1.yaml", "mnist-cnn.yaml", "tiny-resnet.yaml", "xor-mlp.yaml")
"""Networks that run in no time."""
TABLES = {
    **{f"params {net}": ("params", net) for net in NETS},
    **{f"tensors {net}": ("params", net, "--by", "tensor") for net in NETS if net != "resnet50.yaml"},
    **{f"run {net}": ("run", net) for net in QUICK},
    **{
        f"layers {kind}": ("layers", kind) for kind in ("conv2d", "mha", "lstm", "batch_normalization") if kind in KINDS
    },
    "run -v": ("run", "tiny-resnet.yaml", "-v"),
    "run several": ("run", "mnist-cnn.yaml", "-i", "digits/4.png", "-i", "digits/7.png"),
    "run --fields all": ("run", "mnist-cnn.yaml", "--fields", "all"),
    "layers": ("layers",),
    "init": ("init",),
    "init --fields all": ("init", "--fields", "all"),
    "weights": ("weights", "mnist-cnn.npz", "--statistics"),
    "bench": ("bench", "xor-mlp.yaml", "--repeat", "1"),
}
PROSE = (
    ("explain", "mnist-cnn.yaml", "conv2d_2[12,9,0]"),
    ("explain", "mnist-cnn.yaml", "dense_2[:]"),
    ("explain", "mnist-cnn.yaml", "dense_2[7]", "--back"),
    ("explain", "tiny-resnet.yaml", "residual_3/add_1[3,3,3]"),
    ("explain", "conv2d-raccoon.yaml", "conv2d_1"),
    ("show", "mnist-cnn.yaml", "--color", "never"),
    ("draw", "tiny-resnet.yaml"),
)


def words_of(text):
    return [word.rstrip(",") for word in re.split(r"\s+", text)]


@cache
def names_in(arguments):
    """The first column: what one types to have more of a row."""
    rows = text_of(*arguments, "-f", "tsv", "--no-header", cwd=CONFIGS).splitlines()
    return {row.split("\t")[0] for row in rows}


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_table_fits_and_no_name_is_cut(columns):
    for title, arguments in TABLES.items():
        done = dftrace(*arguments, "--width", columns, cwd=CONFIGS)
        assert done.returncode == 0, (title, done.stderr)
        text = done.stdout.decode()
        assert "…" not in text, title
        wide = [line for line in text.splitlines() if display_width(line) > columns]
        assert not wide, (title, wide)
        assert names_in(arguments) <= set(words_of(text)), title


@pytest.mark.parametrize("columns", WIDTHS)
def test_explanations_and_pictures_fit(columns):
    for arguments in PROSE:
        text = text_of(*arguments, "--width", columns, cwd=CONFIGS)
        wide = [line for line in text.splitlines() if display_width(line) > columns]
        assert not wide, (arguments, wide)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_fits_and_says_the_same(command, columns):
    """Whatever the width: an example that goes on in the next line can be copied as it is."""
    asked = (*([command] if command else []), "-h")
    text, _ = in_terminal(*asked, columns=columns)
    assert not [line for line in text.splitlines() if len(line) > columns]
    assert text.replace(" \\\n", " ").split() == text_of(*asked).replace(" \\\n", " ").split()


WRONG = """\
dftrace: 1
name: wrong
input: [28, 28, 1]
layers:
  - {type: conv2d, filters: 3, kernel_size: 3, activation: reluu, name: a-name-that-is-long-and-has-hyphens}
  - {type: dense, units: 10, use_bais: true, comment: "a text that is longer than the line of any terminal here"}
  - {type: conv2d_transpoze, filters: 3, kernel_size: 300, padding: "nothing-that-there-is", output_padding: 4}
"""


@pytest.mark.parametrize("columns", WIDTHS)
def test_errors_fit_and_say_the_same(columns, tmp_path):
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    for command in ("check", "run"):
        done = dftrace(command, "wrong.yaml", cwd=tmp_path)
        text, code = in_terminal(command, "wrong.yaml", "--color", "never", columns=columns, cwd=tmp_path)
        assert code == done.returncode
        assert not [line for line in text.splitlines() if len(line) > columns]
        said, wanted = (_without_quotes(one) for one in (text, (done.stdout + done.stderr).decode()))
        assert said == wanted


def _without_quotes(text):
    """The words of an error, without the line of the file and the mark under it."""
    lines = (re.sub(r"^ +\|[ ^]*", "", line) for line in text.splitlines() if not re.match(r" +\d+ \|", line))
    return " ".join(lines).split()


@pytest.mark.parametrize("columns", WIDTHS)
def test_lines_are_broken_between_words_alone(columns):
    """Commands in backquotes stay whole, and so does what is longer than a line."""
    text = f"run `dftrace init mnist-cnn` first, it-has-hyphens, then {'x' * 150} and so on, " * 3
    lines = wrapped(text.strip(), columns)
    assert " ".join(lines).split() == text.split()
    assert all(line.count("`") % 2 == 0 for line in lines)
    assert all(len(line) <= columns or line == "x" * 150 for line in lines)
    deeper = wrapped(f"  two {text}", columns)[1:]
    assert deeper
    assert all(line.startswith(" " * 6) for line in deeper)
