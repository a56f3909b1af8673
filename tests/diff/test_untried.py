"""What is not tried as a layer is large is said, and not taken for what was tried."""

from dataflow_cli.diff.causes import finding
from dataflow_cli.diff.compare import compared
from dataflow_cli.render.diff import diff_lines
from tests.diff.planting import captured, good, ran, said, with_fields


def test_hypotheses_beyond_the_bound_are_named(monkeypatch):
    run = good("mnist-cnn")
    bad = ran(with_fields(run.network, "conv2d_2", flip_kernel=True), "mnist-cnn", run.weights)
    assert not compared(run, captured(bad)).untried
    monkeypatch.setattr(finding, "MOST_WORK", 3 * run.network.by_name["conv2d_2"].macs)
    found = compared(run, captured(bad))
    assert said(found) == "not known"
    assert found.untried[0] == "other fields"
    assert "not tried, as the layer is large: other fields," in "\n".join(diff_lines(found))
