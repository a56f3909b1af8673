"""Which places of heads are left out of pictures: padding, as masks say, of what was kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import api
from dataflow_cli.given import Given
from dataflow_cli.trace.merge import merged
from dataflow_cli.trace.saved import load_trace, save_trace

MASKED = """\
dftrace: 1
input: {shape: [6], text: ids}
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: embedding, input_dim: 9, output_dim: 4, mask_zero: true}
  - {type: multi_head_attention, name: looks, num_heads: 2, key_dim: 3%s}
"""
WEIGHTS = "looks:weights"


def traced(text, x, keep=(WEIGHTS,)):
    return api.traced(api.network_from_text(text), Given(x=np.asarray(x)), keep=list(keep))


@pytest.mark.parametrize("more", ["", ", use_causal_mask: true"])
def test_what_counts_in_no_sample_is_left_out_wherever_it_stands(tmp_path, more):
    x = [[3, 4, 0, 5, 0, 0], [3, 0, 0, 5, 0, 0]]
    trace = traced(MASKED % more, x, (WEIGHTS, "looks:scores", "looks:query", "looks:value"))
    gone = (2, 4, 5)
    save_trace(trace, tmp_path / "t.npz")
    for one in (trace, load_trace(tmp_path / "t.npz")):
        assert one.step(WEIGHTS).left_out == one.step("looks:scores").left_out == (gone, gone)
        assert one.step("looks:query").left_out == one.step("looks:value").left_out == (gone, ())
        assert one.step("looks").left_out == ()
    kept = np.delete(np.delete(trace.value(WEIGHTS)[0], gone, axis=1), gone, axis=2)
    assert kept.sum(axis=-1) == pytest.approx(np.ones(kept.shape[:-1]), abs=1e-6)


@pytest.mark.parametrize("x", [[[1, 2, 3, 4, 5, 6]], [[0, 0, 0, 0, 0, 0]]], ids=["all", "none"])
def test_nothing_is_left_out_where_all_or_nothing_counts(x):
    assert traced(MASKED % "", x).step(WEIGHTS).left_out == ()


def test_parts_of_the_samples_leave_out_what_none_of_them_needs():
    x = np.array([[3, 4, 0, 5, 0, 0], [3, 0, 7, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    parts = [traced(MASKED % "", x[at : at + 1]) for at in range(3)]
    assert merged(parts[:2]).step(WEIGHTS).left_out == traced(MASKED % "", x[:2]).step(WEIGHTS).left_out
    assert merged(parts[:2]).step(WEIGHTS).left_out == ((4, 5), (4, 5))
    assert merged(parts).step(WEIGHTS).left_out == ()


ADDED = """\
dftrace: 1
inputs: {asked: [3, 4], told: [5, 4], mask: [%s5]}
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: multi_head_attention, name: looks, inputs: [asked, told, mask], num_heads: 2, key_dim: 3,
     attention_mask: %s}
"""


@pytest.mark.parametrize(("form", "hidden"), [("additive", -10000.0), ("additive", -np.inf), ("boolean", 0.0)])
@pytest.mark.parametrize("rows", ["", "3, "])
def test_a_mask_that_is_an_input_leaves_out_keys_and_no_queries_of_another_tensor(form, hidden, rows):
    network = api.network_from_text(ADDED % (rows, form))
    rng = np.random.default_rng(1)
    mask = np.full((2, 3, 5) if rows else (2, 5), 1.0, np.float32)
    mask[..., 1], mask[0, ..., 4] = hidden, hidden
    given = {"asked": rng.random((2, 3, 4)), "told": rng.random((2, 5, 4)), "mask": mask}
    trace = api.traced(network, Given(x=given), keep=[WEIGHTS])
    assert trace.step(WEIGHTS).left_out == ((), (1,))
    assert not trace.value(WEIGHTS)[..., 1].any()


def test_a_record_cannot_leave_out_what_is_not_there(tmp_path):
    from dataflow_cli.errors import DftraceError

    trace = traced(MASKED % "", [[3, 4, 0, 5, 0, 0]])
    for places in (((7,), ()), ((1, 0), ()), ((1,),)):
        steps = tuple(replace(one, left_out=places) if one.name == WEIGHTS else one for one in trace.steps)
        save_trace(replace(trace, steps=steps), tmp_path / "t.npz")
        with pytest.raises(DftraceError, match="left out"):
            load_trace(tmp_path / "t.npz")
