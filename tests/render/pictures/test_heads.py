"""Attention as a grid of heads: a picture each, with the places along its sides where there are few."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
from PIL import Image

from dataflow_cli import load_network
from dataflow_cli.api import network_from_text
from dataflow_cli.examples import folder
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.render.pictures.png import png_bytes
from dataflow_cli.render.pictures.shapes import Sheet, Text
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.svg import svg_text
from dataflow_cli.render.pictures.terminal import Screen, terminal_text
from dataflow_cli.render.pictures.themes import THEMES
from dataflow_cli.render.text import safe
from dataflow_cli.trace.saved import load_trace, save_trace

NAME = "encoder_2/attention:weights"
LETTERS = ("0 d", "1 e", "2 c", "3 a", "4 f", "5 h", "6 a", "7 b")


def test_a_tile_a_head_with_queries_down_and_keys_across(tmp_path):
    """Head 1 of the query at place 7 takes most from the key at place 5, the h: its cell is the darkest."""
    trace = load_network(folder() / "sort-transformer.yaml").trace(keep=[NAME])
    save_trace(trace, tmp_path / "t.npz")
    for one in (trace, load_trace(tmp_path / "t.npz")):
        (row,) = picture(one, [NAME], Wanted()).rows
        (tiles,) = row.panels
        assert tiles.pixels.shape == (2, 8, 8, 3)
        assert tiles.numbers == ("0", "1")
        assert tiles.sides == (LETTERS, LETTERS)
        assert row.lines[1:4] == ("2 heads:", "8 queries down,", "8 keys across")
        darkest = tiles.pixels[1].sum(axis=-1).argmin()
        assert np.unravel_index(darkest, (8, 8)) == (7, 5)


TOKENS = ("[CLS]", "the", "crossing", "of", "a", "street", "un\x1b[31mbelievable", "[SEP]")


def with_tokens(tokens):
    trace = load_network(folder() / "sort-transformer.yaml").trace(keep=[NAME])
    return picture(replace(trace, tokens=tokens), [NAME], Wanted())


def test_tokens_stand_along_both_sides_over_the_columns_read_upwards():
    made = with_tokens(TOKENS)
    shapes = [one for one in sheet(made, THEMES["light"]).shapes if isinstance(one, Text)]
    for place, token in enumerate(TOKENS):
        named = [one for one in shapes if one.text.startswith(f"{place} {token[:2]}")]
        assert [one.turned for one in named] == [False, True] * 2
    assert not any("\x1b" in one.text for one in shapes)
    plain = [one for one in sheet(with_tokens(()), THEMES["light"]).shapes if isinstance(one, Text)]
    assert not any(one.turned for one in plain)


def test_turned_text_stands_on_its_end():
    turned = Sheet(40, 40, (Text(20, 30, "HHH", 10, (0, 0, 0), turned=True),))
    assert 'transform="rotate(-90 20 30)"' in svg_text(turned)
    drawn = png_bytes(turned)
    dark = np.argwhere(np.asarray(Image.open(BytesIO(drawn)).convert("L")) < 128)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    assert bottom - top > right - left
    assert 25 <= bottom <= 30
    assert abs((left + right) / 2 - 20) <= 2


def test_shares_begin_at_white():
    (tiles,) = with_tokens(()).rows[0].panels
    assert tiles.pixels.max() == 255
    assert tiles.pixels.min() == 0


def test_a_terminal_names_rows_and_columns_whose_tokens_go_downwards():
    made = with_tokens(TOKENS)
    lines = terminal_text(made, Screen(80, "ascii")).splitlines()
    start = next(number for number, line in enumerate(lines) if line.endswith("0 1 2 3 4 5 6 7"))
    assert lines[start + 8].split()[:3] == ["7", "[SEP]", "..........@@...."]
    for place, token in enumerate(TOKENS):
        column = lines[start].index("0 1") + 2 * place
        standing = "".join(line[column : column + 1] for line in lines[start - 16 : start]).strip()
        assert standing == safe(token)[:16]
    assert "[CLS]" not in terminal_text(made, Screen(30, "ascii"))


PADDED = """\
dftrace: 1
input: {shape: [40], text: ids}
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: embedding, input_dim: 9, output_dim: 4, mask_zero: true}
  - {type: multi_head_attention, name: looks, num_heads: 2, key_dim: 3}
"""


def test_padding_is_left_out_and_said_so_that_tokens_fit_along_the_sides():
    x = np.zeros((1, 40), int)
    x[0, [0, 1, 3]] = 5
    network = network_from_text(PADDED)
    trace = replace(network.trace(x, keep=["looks:weights", "looks:query"]), tokens=("a", "b", "", "c", *[""] * 36))
    made = picture(trace, ["looks:query", "looks:weights"], Wanted())
    queries, row = made.rows
    (tiles,) = row.panels
    assert tiles.sides == (("0 a", "1 b", "3 c"), ("0 a", "1 b", "3 c"))
    assert row.lines[1:6] == (
        "2 heads:",
        "3 queries down,",
        "3 keys across",
        "left out as padding:",
        "37 queries, 37 keys",
    )
    assert queries.lines[2:6] == ("3 queries down,", "3 numbers across", "left out as padding:", "37 queries")
    darkest = np.argwhere(tiles.pixels[1].sum(axis=-1) == tiles.pixels[1].sum(axis=-1).min())
    values = trace.value("looks:weights")[0, 1][np.ix_([0, 1, 3], [0, 1, 3])]
    assert values[tuple(darkest[0])] == values.max()
    assert "3 c" in terminal_text(made, Screen(80, "ascii"))


def test_one_head_is_what_a_number_in_brackets_means():
    made = load_network(folder() / "sort-transformer.yaml").trace(keep=[NAME]).show(f"{NAME}[1]").picture
    (tiles,) = made.rows[0].panels
    whole = picture(load_network(folder() / "sort-transformer.yaml").trace(keep=[NAME]), [NAME], Wanted()).rows[0]
    assert tiles.pixels.shape == (1, 8, 8, 3)
    assert (tiles.pixels[0].argmin(), made.rows[0].lines[1]) == (whole.panels[0].pixels[1].argmin(), "1 head:")
