"""What a drawing needs to know is asked of the kinds, and every kind answers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

from dataflow_cli import network_from_text
from dataflow_cli.layers import KINDS
from dataflow_cli.network.outlined import outlined
from dataflow_cli.trace.outlined import outlined as of_trace
from tests.layers.examples import EXAMPLES
from tests.layers.per_kind import per_kind


@per_kind(EXAMPLES)
def test_every_kind_is_drawn(example):
    inputs = {f"x{number}": entry for number, entry in enumerate(example.entries)}
    layer = {"type": example.kind, "name": "it", **example.fields, "inputs": list(inputs)}
    parts = example.layer().inner_tensors if KINDS[example.kind].parts_only else ()
    readers = [{"type": "linear", "inputs": f"it:{name}"} for name in list(parts)[:1]]
    network = network_from_text(json.dumps({"dftrace": 1, "inputs": inputs, "layers": [layer, *readers]}))
    part = outlined(network).by_name["it"]
    assert (part.label, part.shape, part.inputs) == (example.kind, network.node("it").output_shape, tuple(inputs))
    assert part.parameters == network.node("it").parameter_count
    assert part.family
    for view in ("boxes", "volumes"):
        svg = network.draw(form="svg", view=view)
        assert "it" in [text.text for text in ET.fromstring(svg).findall("{*}text")]  # noqa: S314  our own text
    assert network.draw(form="dot").count("->") == len(inputs) * (1 + len(readers)) + len(readers)
    assert "it " in network.draw()


def test_a_part_says_what_is_set_of_it_and_no_more():
    text = """
dftrace: 1
input: [32, 32, 3]
layers:
  - {type: conv2d, filters: 3, kernel_size: 3, strides: 2, padding: same, activation: relu}
  - {type: max_pooling2d, pool_size: 2, strides: 2}
  - {type: conv2d_transpose, filters: 4, kernel_size: 2, strides: 2, use_bias: false}
  - {type: dense, units: 7, activation: linear}
"""
    parts = outlined(network_from_text(text)).parts
    assert [(part.window, dict(part.fields), part.activation) for part in parts[1:]] == [
        ((3, 3), {"strides": "2", "padding": "same"}, "relu"),
        ((2, 2), {"strides": "2"}, ""),
        ((2, 2), {"strides": "2", "use_bias": "false"}, ""),
        ((), {}, "linear"),
    ]
    assert [part.units for part in parts] == [False, False, False, False, True]


def test_an_inner_tensor_that_is_read_is_drawn_where_it_is_read():
    text = """
dftrace: 1
input: {shape: [2], example: [1, 2]}
weights: {init: glorot_uniform}
layers:
  - {type: dense, name: a, units: 2, activation: relu}
  - {type: dense, name: b, units: 2, activation: relu}
  - {type: add, name: c, inputs: [b, 'a:sum'], activation: relu}
outputs: [c, 'b:sum']
"""
    network = network_from_text(text)
    ways = {"a:sum": ("input",), "a": ("input",), "b:sum": ("a",), "b": ("a",), "c": ("b", "a:sum")}
    for outline in (outlined(network), of_trace(network.trace(keep=["a:sum", "b:sum", "c:sum"]))):
        assert {part.name: part.inputs for part in outline.parts[1:]} == ways
        assert outline.outputs == ("c", "b:sum")
