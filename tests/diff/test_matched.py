"""One weight that rounding hides at every element and channel: it is found, and rounding is not taken for one."""

import numpy as np

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.matched import suspect
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from tests.diff.planting import captured, said, with_parameters

NETWORK = network_from_text(
    b"""
dftrace: 1
name: faint
input: {shape: [24, 24, 8]}
weights: {init: he_normal, seed: 3}
layers: [{type: conv2d, name: look, filters: 16, kernel_size: 3, padding: same, activation: relu}]
""",
    "faint",
)
AT = (1, 2, 5, 7)


def picture():
    """Noise, and one channel that is almost empty: what its weights are hardly shows."""
    x = np.random.default_rng(1).uniform(0, 1, (1, 24, 24, 8)).astype("f4")
    x[..., 5] = np.where(np.random.default_rng(2).uniform(size=(1, 24, 24)) < 0.05, 2e-3, 0)
    return x


def ran(x, weights=None):
    trace = NETWORK.trace(x, weights)
    return Run(*trace.origin, trace)


def planted(kernel):
    kernel = kernel.copy()
    kernel[AT] += 1e-3 * np.abs(kernel).max()
    return kernel


def test_a_weight_beneath_rounding_is_found_and_named():
    run = ran(picture())
    bad = ran(picture(), with_parameters(run, "look", kernel=planted))
    parameters = run.parameters(NETWORK.by_name["look"])
    allowed = budget(NETWORK.by_name["look"].layer, [picture().astype("f8")], parameters, "float32")
    assert allowed.used(bad.values["look"].astype("f8"), -1) < 1
    found = compared(run, captured(bad))
    assert found.first is not None
    assert found.first.name == "look"
    assert "kernel[1, 2, 5, 7] is" in said(found)


def test_rounding_that_is_the_same_on_a_background_is_no_weight():
    """Three quarters of the picture are white: there every window errs alike, as often as there are windows."""
    rng = np.random.default_rng(4)
    x = picture()
    x[:, :18] = 1
    layer, parameters = NETWORK.by_name["look"].layer, ran(x).parameters(NETWORK.by_name["look"])
    allowed = budget(layer, [x.astype("f8")], parameters, "float32")
    assert allowed.slope is not None
    error = 0.4 * rng.standard_normal(allowed.wanted.shape)
    white = error[:, 5:6, 5:6].copy()
    white[..., 3] = 3  # of one channel it is far off, as the sum of equal products may be
    error[:, 1:17, 1:23] = white
    got = allowed.wanted + np.where(allowed.slope > 0, allowed.spread * error, 0)
    found = suspect(layer, x.astype("f8"), parameters["kernel"], allowed, got, axis=-1)
    assert found.share < 1
