"""One number of a layer that goes along a sequence, which is in every step, is named as it is found in a kernel."""

import numpy as np
import pytest

from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from tests.diff.planting import captured, good, ran, said, with_parameters

LAYERS = {
    "lstm": "{type: lstm, units: 48, return_sequences: true, go_backwards: true}",
    "gru": "{type: gru, units: 48, use_bias: false}",
    "gru, reset before": "{type: gru, units: 48, reset_after: false}",
    "both": "{type: bidirectional, merge_mode: sum, layer: {type: lstm, units: 32, return_sequences: true}}",
}


def one_moved(rng, run, layer, key):
    at = tuple(int(rng.integers(length)) for length in run.weights.of(layer)[key].shape)

    def moved(array):
        array = array.copy()
        array[at] += 0.3 * np.abs(array).max()
        return array

    return f"{key}[{', '.join(map(str, at))}]", with_parameters(run, layer, **{key: moved})


@pytest.mark.parametrize("case", LAYERS)
@pytest.mark.parametrize("part", ["kernel", "recurrent_kernel"])
def test_one_weight_is_named(case, part):
    rng = np.random.default_rng([*map(ord, case + part)])
    layer = LAYERS[case].replace("{type", "{name: along, type", 1)
    text = f"dftrace: 1\nname: one\ninput: [12, 10]\nweights: {{init: glorot_uniform, seed: 5}}\nlayers: [{layer}]"
    network = network_from_text(text.encode(), "one")
    trace = network.trace(rng.uniform(-1, 1, (2, 12, 10)).astype("f4"))
    run = Run(*trace.origin, trace)
    place, weights = one_moved(rng, run, "along", f"backward_{part}" if case == "both" else part)
    bad = network.trace(trace.values["input"], weights)
    assert f"equal if {place} is " in said(compared(run, captured(Run(*bad.origin, bad), foreign=True)))


@pytest.mark.parametrize("key", ["bias", "kernel", "recurrent_kernel"])
def test_one_of_the_digits_lstm_is_named(key):
    run, rng = good("mnist-lstm"), np.random.default_rng(8)
    place, weights = one_moved(rng, run, "lstm_1", key)
    assert f"equal if {place} is " in said(compared(run, captured(ran(run.network, "mnist-lstm", weights))))
