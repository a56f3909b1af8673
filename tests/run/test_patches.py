"""Which parts of a picture the tokens of attention stand for: found by what feeds them, whatever is called how."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import network_from_text
from dataflow_cli.network.opened import opened
from dataflow_cli.run.patches import patches_of

HEAD = "dftrace: 1\nname: n\nweights: {init: glorot_uniform}\n"
CUT = """\
  - {type: conv2d, name: a, filters: 6, kernel_size: [4, 3], strides: [4, 3]}
  - {type: reshape, name: b, target_shape: [6, 6]}
"""
BLOCK = """\
  - {{type: multi_head_attention, name: {0}x, inputs: {1}, num_heads: 2, key_dim: 3}}
  - {{type: add, name: {0}y, inputs: [{1}, {0}x]}}
"""


def found(layers, name="qx:weights", inputs="input: [8, 9, 1]"):
    """The patches of a layer's weights."""
    network = network_from_text(f"{HEAD}{inputs}\nlayers:\n{layers}")
    network = opened(network, (name,))
    return patches_of(network, network.by_name[name])


def boxes(patches):
    """Every patch as four numbers."""
    return [one and (one.top, one.left, one.height, one.width) for one in patches]


GRID = [(4 * row, 3 * column, 4, 3) for row in range(2) for column in range(3)]


@pytest.mark.parametrize("blocks", [1, 3])
def test_patches_are_those_that_tokens_were_cut_from_however_many_blocks_lie_between(blocks):
    """Behind the first block every token sees all of the picture, and still is the one at its place."""
    layers, before = CUT, "b"
    for number in range(blocks - 1):
        layers += BLOCK.format(f"p{number}", before)
        before = f"p{number}y"
    patches = found(layers + BLOCK.format("q", before))
    assert patches.of == "input"
    assert boxes(patches.keys) == boxes(patches.queries) == GRID


def test_a_token_that_was_put_before_them_stands_for_none_and_an_order_is_followed():
    layers = "  - {type: constant, name: t, shape: [1, 6]}\n" + CUT.replace("name: a,", "name: a, inputs: input,")
    layers += "  - {type: gather, name: g, indices: [5, 4, 3, 2, 1, 0], axis: 1}\n"
    layers += "  - {type: concatenate, name: row, inputs: [t, g], axis: 1}\n"
    patches = found(layers + BLOCK.format("p", "row") + BLOCK.format("q", "py"))
    assert boxes(patches.keys) == [None, *GRID[::-1]]


def test_patches_that_overlap_are_cut_at_the_edge():
    layers = "  - {type: conv2d, name: a, filters: 6, kernel_size: 5, strides: 4, padding: same}\n"
    layers += "  - {type: reshape, name: b, target_shape: [6, 6]}\n"
    patches = found(layers + BLOCK.format("q", "b"))
    lines, columns = [(0, 5), (4, 4)], [(0, 3), (2, 5), (6, 3)]
    assert boxes(patches.keys) == [(top, left, high, wide) for top, high in lines for left, wide in columns]


def test_where_all_see_all_or_nothing_there_are_none():
    whole = "  - {type: flatten, name: f}\n  - {type: dense, units: 36}\n"
    whole += "  - {type: reshape, name: b, target_shape: [6, 6]}\n"
    assert found(whole + BLOCK.format("q", "b")) is None
    assert found(BLOCK.format("q", "input"), inputs="input: [6, 6]") is None


def test_of_two_inputs_the_one_that_keys_are_made_of():
    """Queries are words, which see nothing of the picture."""
    two = "inputs: {words: [4, 6], picture: [8, 9, 1]}"
    layers = CUT.replace("name: a,", "name: a, inputs: picture,")
    layers += "  - {type: multi_head_attention, name: q, inputs: [words, b], num_heads: 2, key_dim: 3}\n"
    patches = found(layers, "q:weights", two)
    assert patches.of == "picture"
    assert boxes(patches.keys) == GRID
    assert boxes(patches.queries) == [None] * 4


def test_a_trace_holds_them_of_what_was_kept():
    network = network_from_text(f"{HEAD}input: [8, 9, 1]\nlayers:\n{CUT}{BLOCK.format('q', 'b')}")
    picture = np.zeros((1, 8, 9, 1))
    kept = network.trace(picture, keep=["qx:weights"]).step("qx:weights").drawing
    assert kept.shares
    assert boxes(kept.patches.keys) == GRID
    assert not network.trace(picture, keep=["qx:scores"]).step("qx:scores").drawing.shares
