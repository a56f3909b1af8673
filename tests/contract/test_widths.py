"""Whatever is printed fits the terminal it is printed to, and nothing that has to be typed is cut."""

from __future__ import annotations

import re
from functools import cache

import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.render.text import display_width
from tests.contract.inside import dftrace, text_of
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
