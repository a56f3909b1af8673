"""What is not tried as a layer is large is said, and not taken for what was tried."""

import numpy as np

from dataflow_cli.diff.causes import finding
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.diff import diff_lines
from tests.diff.planting import captured, good, ran, said, with_fields, with_parameters


def test_hypotheses_beyond_the_bound_are_named(monkeypatch):
    run = good("mnist-cnn")
    bad = ran(with_fields(run.network, "conv2d_2", flip_kernel=True), "mnist-cnn", run.weights)
    assert not compared(run, captured(bad)).untried
    monkeypatch.setattr(finding, "MOST_WORK", 3 * run.network.by_name["conv2d_2"].macs)
    found = compared(run, captured(bad))
    assert said(found) == "not known"
    assert found.untried[0] == "other fields"
    assert "not tried, as the layer is large: other fields," in "\n".join(diff_lines(found))


def wide(kind):
    """A layer of 64 channels, as many as its input has, with what a change makes of its kernel."""
    layer = f"{{type: {kind}, name: wide, filters: 64, kernel_size: 3}}"
    text = f"dftrace: 1\nname: wide\ninput: [5, 5, 64]\nweights: {{init: he_normal, seed: 2}}\nlayers: [{layer}]"
    network = network_from_text(text.encode(), "wide")
    x = np.random.default_rng(3).normal(size=(1, 5, 5, 64)).astype("f4")
    trace = network.trace(x)
    run = Run(*trace.origin, trace)

    def beside(change):
        bad = network.trace(x, with_parameters(run, "wide", kernel=change))
        return compared(run, captured(Run(*bad.origin, bad)))

    return run, beside


def test_of_a_large_layer_some_channels_are_tried_first(monkeypatch):
    """So that rounding, which stands behind all fields, is reached; what does not fit so is not cut."""
    run, beside = wide("conv2d")
    monkeypatch.setattr(finding, "MOST_WORK", 15 * run.network.by_name["wide"].macs)
    assert "rounded to float16" in said(beside(lambda kernel: kernel.astype("f2")))
    monkeypatch.undo()
    noise = np.random.default_rng(4)
    assert said(beside(lambda kernel: kernel + noise.normal(0, 0.1, kernel.shape))) == "not known"


def test_a_transposed_convolution_is_not_cut_along_its_input():
    _, beside = wide("conv2d_transpose")

    def one_channel(kernel):
        kernel = kernel.copy()
        kernel[:, :, 7] *= np.linspace(-1, 1, 64)
        return kernel

    assert said(beside(one_channel)) == "not known"
