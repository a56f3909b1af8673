"""Attention over the picture that its keys are patches of."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network, load_trace, save_trace
from dataflow_cli.errors import OutputError
from dataflow_cli.examples import folder
from dataflow_cli.render.pictures.over_picture import _HEAT, spread_out
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.trace.picture_facts import Patch

NAME = "encoder_1/attention:weights"


@pytest.fixture(scope="module")
def trace():
    """The 7, with what every patch takes from the others."""
    return load_network(folder() / "mnist-vit.yaml").trace(keep=[NAME, "input"])


def drawn(trace, **wanted):
    """The row over the picture."""
    return picture(trace, [NAME], Wanted(**wanted)).rows[0]


@pytest.mark.parametrize("query", [0, 5])
def test_what_a_query_takes_most_of_is_reddest_at_the_patch_of_that_key(trace, query):
    """4 x 4 patches of 7 x 7: key k lies at 7 (k // 4), 7 (k % 4). A scale over all heads."""
    (tiles,) = (row := drawn(trace, query=query)).panels
    assert tiles.captions == ("picture", "head 0", "head 1", "head 2", "head 3")
    weights = trace.value(NAME)[0, :, query]
    head, key = np.unravel_index(weights.argmax(), weights.shape)
    plain = tiles.pixels[0]
    turned = np.abs(tiles.pixels[1:].astype(int) - plain).sum(axis=-1)
    patches = turned.reshape(4, 4, 7, 4, 7).sum(axis=(2, 4)).reshape(4, 16)
    assert np.unravel_index(patches.argmax(), patches.shape) == (head, key)
    assert float(row.legend.marks[-1][1]) == pytest.approx(weights.max(), rel=1e-3)
    top, left = 7 * (query // 4), 7 * (query % 4)
    assert [(one.top, one.left, one.height, one.width) for one in tiles.windows] == [(top, left, 7, 7)]
    assert row.lines[2] == f"query {query}, height {top} to {top + 6}, width {left} to {left + 6}"


def test_without_a_token_of_no_part_it_is_the_mean_of_all(trace):
    row = drawn(trace)
    assert (row.lines[2], row.panels[0].windows) == ("the mean of 16 queries", ())
    mean = trace.value(NAME)[0].astype(np.float64).mean(axis=1)
    assert float(row.legend.marks[-1][1]) == pytest.approx(mean.max(), rel=1e-3)


def test_a_token_of_no_part_is_the_one_that_looks(trace):
    step = trace.step(NAME)
    patches = step.drawing.patches
    changed = type(patches)(patches.of, (*patches.queries[:2], None, *patches.queries[3:]), patches.keys)
    drawing = type(step.drawing)(**{**vars(step.drawing), "patches": changed})
    other = type(step)(**{**vars(step), "drawing": drawing})
    steps = tuple(other if one.name == NAME else one for one in trace.steps)
    row = drawn(type(trace)(**{**vars(trace), "steps": steps}))
    assert row.lines[2] == "query 2, which stands for no part"


def test_a_saved_trace_is_drawn_alike_and_without_the_picture_as_heads(trace, tmp_path):
    save_trace(trace, tmp_path / "t.npz")
    assert (drawn(load_trace(tmp_path / "t.npz")).panels[0].pixels == drawn(trace).panels[0].pixels).all()
    bare = type(trace)(**{**vars(trace), "values": {NAME: trace.value(NAME)}})
    assert drawn(bare).panels[0].pixels.shape == (4, 16, 16, 3)
    assert drawn(trace, kind="mosaic").panels[0].pixels.shape == (4, 16, 16, 3)


def test_a_query_that_there_is_not_or_that_nothing_is_drawn_of(trace):
    with pytest.raises(OutputError, match="no query 16") as caught:
        drawn(trace, query=16)
    assert caught.value.hint == "they go from 0 to 15"
    with pytest.raises(OutputError, match="no attention over a picture"):
        picture(trace, ["input"], Wanted(query=1))


def test_where_patches_overlap_it_is_their_mean():
    shares = np.array([[[0.2, 0.6, 0.2]]])
    heat, there = spread_out(shares, (Patch(0, 0, 1, 2), Patch(0, 1, 1, 2), None), (2, 3))
    assert heat[0, 0, 0].tolist() == pytest.approx([0.2, 0.4, 0.6])
    assert there.tolist() == [[True] * 3, [False] * 3]


def test_a_number_that_is_none_has_its_own_color_and_what_is_zero_is_the_picture(trace):
    weights = np.zeros_like(trace.value(NAME))
    weights[:, 1, :, 3] = 0.5
    weights[:, 2, :, 3] = np.nan
    values = {**trace.values, NAME: weights}
    (tiles,) = drawn(type(trace)(**{**vars(trace), "values": values})).panels
    base, zero, half, bad, _ = tiles.pixels
    assert (zero == base).all()
    assert (bad[:7, 21:] == (255, 0, 255)).all()
    assert (half[:7, 21:] == np.rint(0.2 * base[:7, 21:] + 0.8 * np.array(_HEAT))).all()
