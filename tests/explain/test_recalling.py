"""Explanations that refer to others of the same layer, as those of recurrent layers do, followed back through them."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from dataflow_cli import layers
from dataflow_cli.commands.explain import command as explain
from dataflow_cli.network.build import network_from_text
from tests.explain import echo

TEXT = """\
dftrace: 1
name: heard
input: [4, 2]
weights: {init: glorot_uniform}
layers:
  - {type: echo, decay: 0.5, weights: {kernel: [1, 2]}}
  - flatten
"""
X = np.array([[8.0, 1], [0, 0], [4, 0], [0, 0]])


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(sys.modules, "dataflow_cli.layers.echo", echo)
    monkeypatch.setitem(layers._CLASSES, "echo", "echo.Echo")


def test_the_inner_tensor_is_a_step():
    trace = network_from_text(TEXT).trace(X, keep=["echo_1:state", "echo_1"])
    np.testing.assert_array_equal(trace.value("echo_1:state")[0, :, 0], [8, 4, 6, 3])
    np.testing.assert_array_equal(trace.value("echo_1")[0, :, 0], [8, 0, 6, 0])


def test_an_element_names_the_earlier_ones_that_it_came_from():
    account = network_from_text(TEXT).explain("echo_1:state", (3, 0), X)
    now, before = account.explanation.blocks
    assert (now.input, now.recalled, now.subtotal) == (0, None, 0)
    assert (before.recalled, before.places.tolist(), before.values.tolist()) == ("state", [[2, 0]], [6])
    assert account.explanation.total == account.value == 3
    assert "echo_1:state[2, 0]" in str(account)


def followed(element, *options):
    """What `explain --back` says of one of the network's elements, as JSON."""
    arguments = ["-", element, "--value", json.dumps(X.tolist()), "--back", *options]
    return CliRunner().invoke(explain, arguments, input=TEXT)


def test_back_goes_through_the_earlier_elements():
    """state[3] = 0 + 3, 3 of state[2] = 4 + 2, of which 2 are of state[1] = 0 + 4, all of state[0] = 8."""
    found = json.loads(followed("echo_1:state[3,0]", "-f", "json").stdout)
    stages = [(stage["step"], [(one["at"], one["share"]) for one in stage["reached"]]) for stage in found["back"]]
    state = [([3, 0], 1), ([2, 0], 1), ([1, 0], pytest.approx(1 / 3)), ([0, 0], pytest.approx(1 / 3))]
    assert stages[:4] == [("echo_1:state", [one]) for one in state]
    assert stages[4:] == [("input", [([2, 0], pytest.approx(2 / 3)), ([0, 0], pytest.approx(1 / 3))])]
    assert [block["recalled"] for block in found["blocks"]] == [None, "echo_1:state"]


def test_back_goes_through_output_and_inner_tensors_of_a_layer_alike():
    """From another layer into the output, from there into the state, and all shares arrive at the input."""
    found = json.loads(followed("flatten_1[4]", "-f", "json").stdout)
    steps = [stage["step"] for stage in found["back"]]
    assert steps[:2] == ["flatten_1", "echo_1"]
    assert {"echo_1", "echo_1:state", "input"} == set(steps[1:])
    assert found["back"][-1]["share"] == pytest.approx(1)


def test_the_text_names_the_steps_that_are_referred_to():
    said = followed("echo_1[2,0]").stdout
    assert "echo_1:state[2, 0]" in said
    assert "echo_1[1, 0]" in said
    assert "Back to the input" in said
