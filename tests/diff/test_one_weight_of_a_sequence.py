"""One number of a layer that goes along a sequence, which is in every step, is named as it is found in a kernel."""

import numpy as np
import pytest

from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from tests.diff.planting import captured, good, ran, said, with_parameters

LAYERS = {
    "lstm": ([12, 10], "{type: lstm, units: 48, return_sequences: true, go_backwards: true}"),
    "gru": ([12, 10], "{type: gru, units: 48, use_bias: false}"),
    "gru, reset before": ([12, 10], "{type: gru, units: 48, reset_after: false}"),
    "both": (
        [12, 10],
        "{type: bidirectional, merge_mode: sum, layer: {type: lstm, units: 32, return_sequences: true}}",
    ),
    "both, product": ([4, 64], "{type: bidirectional, merge_mode: mul, layer: {type: lstm, units: 64}}"),
    "pictures": ([3, 5, 32], "{type: conv_lstm1d, filters: 32, kernel_size: 3, padding: same}"),
    "in each step": ([2, 3, 64], "{type: time_distributed, layer: {type: lstm, units: 64}}"),
}


def one_moved(rng, run, layer, key):
    at = tuple(int(rng.integers(length)) for length in run.weights.of(layer)[key].shape)

    def moved(array):
        array = array.copy()
        array[at] += 0.3 * np.abs(array).max()
        return array

    return f"{key}[{', '.join(map(str, at))}]", with_parameters(run, layer, **{key: moved})


def network_of(shape, layer):
    named = layer.replace("{type", "{name: along, type", 1)
    text = f"dftrace: 1\nname: one\ninput: {shape}\nweights: {{init: glorot_uniform, seed: 5}}\nlayers: [{named}]"
    return network_from_text(text.encode(), "one")


VECTORS = ("lstm", "gru", "gru, reset before", "both")
PARTS = [*((case, "kernel") for case in LAYERS), *((case, "recurrent_kernel") for case in VECTORS)]


@pytest.mark.parametrize(("case", "part"), PARTS)
def test_one_weight_is_named(case, part):
    rng = np.random.default_rng([*map(ord, case + part)])
    network = network_of(*LAYERS[case])
    trace = network.trace(rng.uniform(-1, 1, (2, *LAYERS[case][0])).astype("f4"))
    run = Run(*trace.origin, trace)
    place, weights = one_moved(rng, run, "along", f"backward_{part}" if "both" in case else part)
    bad = network.trace(trace.values["input"], weights)
    assert f"equal if {place} is " in said(compared(run, captured(Run(*bad.origin, bad), foreign=True)))


@pytest.mark.parametrize("key", ["bias", "kernel", "recurrent_kernel"])
def test_one_of_the_digits_lstm_is_named(key):
    run, rng = good("mnist-lstm"), np.random.default_rng(8)
    place, weights = one_moved(rng, run, "lstm_1", key)
    assert f"equal if {place} is " in said(compared(run, captured(ran(run.network, "mnist-lstm", weights))))


WRAPPED = {
    "reset_after: false": "{type: bidirectional, layer: {type: gru, units: 6, use_bias: false%s}}",
    "recurrent_activation: hard_sigmoid": "{type: bidirectional, merge_mode: mul, layer: {type: lstm, units: 6%s}}",
    "activation: relu": "{type: time_distributed, layer: {type: dense, units: 7%s}}",
}


@pytest.mark.parametrize("field", WRAPPED)
def test_a_field_of_the_layer_in_a_wrapper_is_named(field):
    ours, theirs = (network_of([5, 8], WRAPPED[field] % added) for added in ("", f", {field}"))
    x = np.random.default_rng(4).uniform(-1, 1, (3, 5, 8)).astype("f4")
    trace = ours.trace(x)
    bad = theirs.trace(x, trace.origin[1])
    found = said(compared(Run(*trace.origin, trace), captured(Run(*bad.origin, bad), foreign=True)))
    assert f"`{field}`" in found
    assert found.endswith("in its `layer`")
