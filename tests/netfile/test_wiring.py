"""Names, references, several inputs and outputs, data formats."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text


def network(body):
    return network_from_text(f"dftrace: 1\n{body}", "nets/some.yaml")


def test_layers_without_a_name_are_counted_by_type():
    layers = "[relu, flatten, relu, {type: relu, name: mine}, relu]"
    names = [node.name for node in network(f"input: [4]\nlayers: {layers}").nodes]
    assert names == ["relu_1", "flatten_1", "relu_2", "mine", "relu_4"]


def test_a_layer_takes_what_stands_before_it():
    nodes = network("input: [4]\nlayers: [relu, tanh, {type: add, inputs: [relu_1, input]}, relu]").nodes
    assert [node.inputs for node in nodes] == [("input",), ("relu_1",), ("relu_1", "input"), ("add_1",)]


def test_one_name_alone_stands_for_a_list_of_it():
    assert network("input: [4]\nlayers: [relu, {type: tanh, inputs: input}]").nodes[1].inputs == ("input",)


def test_a_layer_may_take_one_tensor_twice():
    assert network("input: [4]\nlayers: [{type: add, inputs: [input, input]}]").nodes[0].inputs == ("input", "input")


def test_several_inputs():
    read = network(
        """\
inputs:
  image: {shape: [8, 8, 1], scale: 1/255}
  meta: [4]
layers:
  - {type: flatten, inputs: image}
  - {type: concatenate, inputs: [flatten_1, meta]}
  - {type: dense, units: 3}
"""
    )
    assert [(spec.name, spec.shape) for spec in read.inputs] == [("image", (8, 8, 1)), ("meta", (4,))]
    assert read.nodes[1].output_shape == (68,)
    assert read.nodes[2].inputs == ("concatenate_1",)


def test_one_input_with_a_name_stands_before_the_first_layer():
    assert network("inputs: {image: [4]}\nlayers: [relu]").nodes[0].inputs == ("image",)


def test_outputs():
    layers = "[relu, tanh, softmax]"
    assert network(f"input: [4]\nlayers: {layers}").outputs == ("softmax_1",)
    assert network(f"input: [4]\nlayers: {layers}\noutputs: [tanh_1, relu_1]").outputs == ("tanh_1", "relu_1")


INNER = """\
input: [5, 5, 2]
weights: {init: glorot_uniform, seed: 3}
blocks:
  res:
    layers:
      - {type: conv2d, name: a, filters: 2, kernel_size: 1, activation: relu}
      - {type: conv2d, name: b, filters: 2, kernel_size: 1, inputs: ['a:sum']}
      - {type: add, name: c, inputs: [b, input], activation: relu}
layers:
  - {type: block, use: res, repeat: 2}
  - {type: concatenate, inputs: ['res_1/a:sum', res_2, 'res_2:sum']}
  - flatten
  - {type: dense, units: 3, activation: softmax}
outputs: [dense_1, 'dense_1:sum']
"""
PLAIN = """\
input: [5, 5, 2]
weights: {init: glorot_uniform, seed: 3}
blocks:
  res:
    layers:
      - {type: conv2d, name: a, filters: 2, kernel_size: 1}
      - {type: conv2d, name: b, filters: 2, kernel_size: 1}
      - {type: add, name: c, inputs: [b, input]}
      - {type: relu, name: d}
layers:
  - {type: block, use: res, repeat: 2}
  - {type: concatenate, inputs: [res_1/a, res_2, res_2/c]}
  - flatten
  - {type: dense, units: 3}
  - softmax
outputs: [softmax_1, dense_1]
"""


def test_layers_and_outputs_may_name_inner_tensors():
    """The same comes out as of a network whose activations are layers of their own."""
    read, plain = network(INNER), network(PLAIN)
    assert read.outputs == ("dense_1", "dense_1:sum")
    assert read.parameter_count == plain.parameter_count
    assert read.macs == plain.macs
    x = np.random.default_rng(0).standard_normal((3, 5, 5, 2))
    for name, other in zip(read.outputs, plain.outputs, strict=True):
        np.testing.assert_array_equal(read.predict(x)[name], plain.predict(x)[other])
    assert read.trace(x).step("res_1/a:sum").inputs == ("input",)


def test_inner_tensors_are_written_as_they_are_read():
    read = network(INNER)
    again = network_from_text(read.text())
    assert [(node.name, node.inputs) for node in again.nodes] == [(node.name, node.inputs) for node in read.nodes]
    assert again.outputs == read.outputs


@pytest.mark.parametrize(
    ("line", "column", "said", "help_"),
    [
        ("- {type: add, inputs: [relu_1, 'relu_1:sum']}", 32, "relu 'relu_1' has no inner", "relu has none"),
        ("- {type: add, inputs: [relu_1, 'dense_1:cell']}", 32, "dense 'dense_1' has no inner", "dense has: sum"),
        ("- {type: relu, inputs: 'dense_1:sun'}", 24, "dense 'dense_1' has no inner", "did you mean 'sum'?"),
        ("- {type: relu, inputs: 'input:sum'}", 24, "'input' is an input of the network", "name those of a layer"),
        ("- {type: relu, inputs: 'dens_1:sum'}", 24, "'dens_1' is not defined above", "did you mean 'dense_1'?"),
        ("outputs: ['relu_1:sum']", 11, "relu 'relu_1' has no inner", "relu has none"),
    ],
)
def test_inner_tensors_that_there_are_not(line, column, said, help_):
    with pytest.raises(NetworkError, match=said) as caught:
        network(f"input: [4]\nlayers:\n- {{type: dense, units: 4}}\n- relu\n{line}")
    (problem,) = caught.value.problems
    assert (problem.code, problem.hint) == ("E130", help_)
    assert (problem.place.line, problem.place.column) == (6, column)


def test_classes_are_as_many_as_the_outputs():
    assert network("input: [2]\nlayers: [softmax]\nclasses: [a, b]").classes == ("a", "b")
    assert network("input: [1]\nlayers: [sigmoid]\nclasses: [a, b]").classes == ("a", "b")
    picture = "input: [3, 8, 8]\nlayers: [relu]\nclasses: [a, b, c]"
    assert network(f"data_format: channels_first\n{picture}").classes == ("a", "b", "c")


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_every_layer_that_cares_is_told_the_data_format(data_format):
    shape = "[8, 8, 3]" if data_format == "channels_last" else "[3, 8, 8]"
    layers = "[{type: conv2d, filters: 4, kernel_size: 3}, batch_normalization, max_pooling2d, flatten]"
    read = network(f"data_format: {data_format}\ninput: {shape}\nlayers: {layers}")
    assert read.nodes[0].output_shape == ((6, 6, 4) if data_format == "channels_last" else (4, 6, 6))
    assert read.nodes[1].parameters["gamma"].shape == (4,)
    assert read.nodes[2].output_shape == ((3, 3, 4) if data_format == "channels_last" else (4, 3, 3))
    assert all(node.layer.data_format == data_format for node in read.nodes)
    assert read.inputs[0].data_format == data_format


def test_a_layer_may_have_a_data_format_of_its_own():
    layer = "{type: conv2d, filters: 4, kernel_size: 3, data_format: channels_first}"
    assert network(f"input: [3, 8, 8]\nlayers: [{layer}]").nodes[0].output_shape == (4, 6, 6)


def test_the_name_is_the_files_if_it_has_none():
    assert network("input: [4]\nlayers: [relu]").name == "some"
    assert network("name: my net\ninput: [4]\nlayers: [relu]").name == "my net"
    assert network_from_text("dftrace: 1\ninput: [4]\nlayers: [relu]").name == "network"


def test_where_things_stand():
    read = network("input: [4]\nlayers:\n  - relu\n  - {type: dense, units: 2}\n")
    assert [(node.place.line, node.place.column) for node in read.nodes] == [(4, 5), (5, 12)]
    assert read.file == "nets/some.yaml"
