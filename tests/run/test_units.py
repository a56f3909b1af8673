"""Dead units: those that put out nothing but zeros, whatever way, and in whatever parts, they are computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.kernels.living import Living
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.trace import trace_report
from dataflow_cli.trace.merge import merged
from dataflow_cli.weights.load import load_weights

LAYERS = """\
layers:
  - {type: conv2d, name: plain, filters: 6, kernel_size: 3, activation: relu}
  - {type: conv2d, name: pooled, filters: 32, kernel_size: 3, padding: same, activation: relu}
  - {type: max_pooling2d}
  - {type: conv2d, name: grouped, filters: 8, kernel_size: 3, groups: 4, activation: relu6}
  - {type: conv2d, name: sums, filters: 8, kernel_size: 1}
  - {type: batch_normalization}
  - {type: add, name: added, inputs: [grouped, batch_normalization_1], activation: relu}
  - {type: depthwise_conv2d, name: depthwise, kernel_size: 3, activation: relu}
  - {type: relu, name: alone, inputs: [sums]}
  - {type: flatten, inputs: [depthwise]}
  - {type: dense, name: hidden, units: 9, activation: relu}
  - {type: dense, name: last, units: 3, activation: softmax}
"""
HEADS = {
    "channels_last": "dftrace: 1\nweights: {init: he_normal, seed: 3}\ninput: [13, 14, 4]\n",
    "channels_first": "dftrace: 1\nweights: {init: he_normal, seed: 3}\ndata_format: channels_first\n"
    "input: [4, 13, 14]\n",
}
WATCHED = ("plain", "pooled", "grouped", "added", "depthwise", "alone", "hidden")


def half_dead(network):
    """Random weights, of which every third unit's bias drowns whatever comes in."""
    weights = load_weights(network)
    arrays = {layer: dict(parameters) for layer, parameters in weights.arrays.items()}
    for layer in WATCHED:
        if "bias" in arrays.get(layer, {}):
            arrays[layer]["bias"] = arrays[layer]["bias"].copy()
            arrays[layer]["bias"][::3] = -1000
    return replace(weights, arrays=arrays)


def dead_by_hand(trace, name, axis):
    values = np.moveaxis(trace.value(name), axis, -1)
    return tuple(int(unit) for unit in range(values.shape[-1]) if not values[..., unit].any())


@pytest.mark.parametrize("form", HEADS)
@pytest.mark.parametrize(("batch", "threads"), [(128, 1), (2, 1), (3, 2)])
def test_they_are_those_that_a_look_at_all_values_finds(form, batch, threads):
    network = network_from_text(HEADS[form] + LAYERS)
    weights, x = half_dead(network), np.random.default_rng(5).normal(size=(5, *network.inputs[0].shape))
    kept = network.trace(x, weights, batch=batch)
    fused = network.trace(x, weights, batch=batch, keep=(), threads=threads)
    for name in WATCHED:
        expected = dead_by_hand(kept, name, 1 if form == "channels_first" and name != "hidden" else -1)
        assert expected or name in {"added", "alone"}
        for trace in (kept, fused):
            assert trace.step(name).dead.places == expected, name
            assert trace.step(name).dead.units == kept.value(name).shape[1 if form == "channels_first" else -1]
    assert {step.name for step in fused.steps if step.dead} == {*WATCHED}


def test_parts_that_are_merged_have_the_dead_units_of_the_whole():
    network = network_from_text(HEADS["channels_last"] + LAYERS)
    x = np.random.default_rng(6).normal(size=(4, 13, 14, 4))
    weights = half_dead(network)
    whole = network.trace(x, weights)
    parts = merged([network.trace(x[:1], weights), network.trace(x[1:], weights)])
    assert [step.dead for step in parts.steps] == [step.dead for step in whole.steps]


def test_a_table_counts_them_where_each_unit_was_seen_twice():
    network = network_from_text(HEADS["channels_last"] + LAYERS)
    x, weights = np.random.default_rng(7).normal(size=(3, 13, 14, 4)), half_dead(network)
    for samples, hidden in ((1, None), (3, 3)):
        trace = network.trace(x[:samples], weights)
        report = trace_report(trace, [step.name for step in trace.steps])
        rows = {row["name"]: row for row in report.rows}
        assert rows["plain"]["dead"] == len(trace.step("plain").dead.places) >= 2
        assert rows["plain"]["dead_of"] == f"{rows['plain']['dead']} of 6 channels"
        assert (rows["hidden"]["dead"] is None) == (hidden is None)
        assert rows["last"]["dead"] is rows["max_pooling2d_1"]["dead"] is None
        assert "dead" in [column.key for column in report.visible]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_tiles_of_some_channels_add_up(data):
    rows, units = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 90))
    seed = data.draw(st.integers(0, 99))
    generator = np.random.default_rng(seed)
    values = generator.choice(np.array([-1, 0, 0, 0, 1, np.nan], "f4"), (rows, units)) * (generator.random(units) < 0.5)
    living, middle, cut = Living(units), data.draw(st.integers(0, units)), data.draw(st.integers(0, rows))
    for part in (slice(0, cut), slice(cut, rows)):
        living.look(values[part, :middle])
        living.look(values[part, middle:], middle)
    np.testing.assert_array_equal(living.alive, (values != 0).any(axis=0))
