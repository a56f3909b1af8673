"""Layers of several tensors, each of which others may read: `inputs: ['halves_1:first']`."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from dataflow_cli import layers
from dataflow_cli.commands.explain import command as explain
from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.trace.saved import load_trace, save_trace
from tests.network import halves

TEXT = """\
dftrace: 1
name: halved
input: [6]
weights: {init: zeros}
layers:
  - halves
  - {type: subtract, inputs: ['halves_1:first', 'halves_1:second']}
outputs: [subtract_1, 'halves_1:second']
"""
X = np.array([1.0, 2, 3, 10, 20, 30])


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(sys.modules, "dataflow_cli.layers.halves", halves)
    monkeypatch.setitem(layers._CLASSES, "halves", "halves.Halves")
    halves.CALLS.clear()


@pytest.mark.parametrize("more", [{}, {"batch": 2}], ids=str)
def test_tensors_of_a_layer_are_read_put_out_and_computed_once(more, tmp_path):
    network = network_from_text(TEXT)
    assert [(node.name, node.output_shape) for node in network.nodes] == [
        ("halves_1:first", (3,)),
        ("halves_1:second", (3,)),
        ("halves_1", (6,)),
        ("subtract_1", (3,)),
    ]
    trace = network.trace(np.stack([X] * 3), **more)
    np.testing.assert_array_equal(trace.value("subtract_1")[2], [-18, -36, -54])
    np.testing.assert_array_equal(trace.value("halves_1:second")[2], [20, 40, 60])
    assert set(halves.CALLS) == {"both"}  # and neither half for itself
    assert [step.name for step in trace.steps][1:] == [node.name for node in network.nodes]
    save_trace(trace, tmp_path / "trace.npz")
    assert load_trace(tmp_path / "trace.npz").outputs == ("subtract_1", "halves_1:second")


def test_an_element_is_followed_back_through_the_tensor_that_was_read():
    arguments = ["-", "subtract_1[1]", "--value", json.dumps(X.tolist()), "--back", "-f", "json"]
    found = json.loads(CliRunner().invoke(explain, arguments, input=TEXT).stdout)
    stages = {stage["step"]: stage for stage in found["back"]}
    assert [one["at"] for one in stages["input"]["reached"]] == [[4], [1]]
    assert stages["halves_1:second"]["reached"][0]["share"] == pytest.approx(40 / 44)


@pytest.mark.parametrize(
    ("body", "said", "hint", "line"),
    [
        ("layers: [halves, relu]", "gives 2 tensors", "name one of them: halves_1:first, halves_1:second", 3),
        ("layers: [relu, halves]", "gives 2 tensors", "name one of them: halves_1:first, halves_1:second", 3),
        ("layers: [halves, relu]\noutputs: [halves_1]", "gives 2 tensors", "name one of them", 3),
        ("layers: [halves, {type: relu, inputs: 'halves_1:frist'}]", "no inner tensor 'frist'", "'first'", 3),
        ("layers: [{type: halves, short: true}, {type: relu, inputs: 'halves_1:second'}]", "'second'", "first", 3),
    ],
)
def test_which_of_them_is_meant_has_to_be_said(body, said, hint, line):
    with pytest.raises(NetworkError) as caught:
        network_from_text(f"dftrace: 1\ninput: [6]\n{body}")
    problem = caught.value.problems[0]
    assert said in problem.message
    assert hint in problem.hint
    assert problem.place.line == line
