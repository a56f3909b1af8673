"""Blocks: their names, parameters, repetition and nesting."""

from __future__ import annotations

from dataflow_cli.network.build import network_from_text

RESIDUAL = """\
dftrace: 1
input: [28, 28, 1]
blocks:
  residual:
    params: {filters: 16}
    layers:
      - {type: conv2d, name: a, filters: $filters, kernel_size: 3, padding: same, activation: relu}
      - {type: conv2d, name: b, filters: $filters, kernel_size: 3, padding: same}
      - {type: add, inputs: [b, input], activation: relu}
layers:
  - {type: conv2d, name: stem, filters: 16, kernel_size: 3, padding: same, activation: relu}
  - {type: block, use: residual, repeat: 2}
  - {type: conv2d, name: down, filters: 32, kernel_size: 3, strides: 2, padding: same, activation: relu}
  - {type: block, use: residual, with: {filters: 32}}
"""


def network(body, head="dftrace: 1\ninput: [4]\n"):
    return network_from_text(head + body)


def wires(read):
    return {node.name: node.inputs for node in read.nodes}


def test_the_residual_network_of_the_specification():
    assert wires(network_from_text(RESIDUAL)) == {
        "stem": ("input",),
        "residual_1/a": ("stem",),
        "residual_1/b": ("residual_1/a",),
        "residual_1/add_1": ("residual_1/b", "stem"),
        "residual_2/a": ("residual_1/add_1",),
        "residual_2/b": ("residual_2/a",),
        "residual_2/add_1": ("residual_2/b", "residual_1/add_1"),
        "down": ("residual_2/add_1",),
        "residual_3/a": ("down",),
        "residual_3/b": ("residual_3/a",),
        "residual_3/add_1": ("residual_3/b", "down"),
    }


def test_parameters_have_defaults_and_values():
    nodes = network_from_text(RESIDUAL).by_name
    assert nodes["residual_2/b"].output_shape == (28, 28, 16)
    assert nodes["residual_3/b"].output_shape == (14, 14, 32)


def test_a_name_of_a_blocks_own():
    body = "blocks: {b: {layers: [relu]}}\nlayers:\n  - {type: block, use: b, name: first}\n"
    body += "  - {type: block, use: b, name: many, repeat: 2}\n  - {type: block, use: b}\n"
    assert list(wires(network(body))) == ["first/relu_1", "many_1/relu_1", "many_2/relu_1", "b_4/relu_1"]


def test_from_outside_a_blocks_name_means_its_last_layer():
    body = "blocks: {b: {layers: [relu, {type: tanh, name: end}]}}\nlayers:\n  - {type: block, use: b}\n  - linear\n"
    read = network(body + "  - {type: add, inputs: [b_1, linear_1]}\noutputs: [b_1, add_1]")
    assert read.by_name["linear_1"].inputs == ("b_1/end",)
    assert read.by_name["add_1"].inputs == ("b_1/end", "linear_1")
    assert read.outputs == ("b_1/end", "add_1")


def test_from_outside_a_layer_in_a_block_has_its_full_name():
    body = "blocks: {b: {layers: [relu, tanh]}}\nlayers:\n  - {type: block, use: b}\n"
    read = network(body + "  - {type: linear, inputs: b_1/relu_1}\noutputs: [b_1/tanh_1]")
    assert read.by_name["linear_1"].inputs == ("b_1/relu_1",)
    assert read.outputs == ("b_1/tanh_1",)


def test_a_block_may_take_what_it_names():
    body = "blocks: {b: {layers: [relu]}}\nlayers:\n  - tanh\n  - {type: block, use: b, inputs: input}\n"
    assert wires(network(body))["b_1/relu_1"] == ("input",)
    head = "dftrace: 1\ninputs: {x: [4], y: [4]}\n"
    body = "blocks: {b: {layers: [relu]}}\nlayers:\n  - {type: block, use: b, inputs: [y]}\n"
    assert wires(network(body, head))["b_1/relu_1"] == ("y",)


def test_names_in_a_block_are_its_own():
    body = "blocks: {b: {layers: [{type: relu, name: x}, {type: tanh, inputs: x}]}}\nlayers:\n"
    body += "  - {type: linear, name: x}\n  - {type: block, use: b, repeat: 2}\n"
    assert wires(network(body)) == {
        "x": ("input",),
        "b_1/x": ("x",),
        "b_1/tanh_1": ("b_1/x",),
        "b_2/x": ("b_1/tanh_1",),
        "b_2/tanh_1": ("b_2/x",),
    }


def test_blocks_in_blocks():
    body = """\
blocks:
  inner:
    params: {units: 1, kind: relu}
    layers:
      - {type: dense, units: $units}
      - {type: $kind}
      - $kind
  outer:
    params: {units: 2, last: tanh}
    layers:
      - {type: block, use: inner, with: {units: $units}}
      - {type: block, use: inner, repeat: 2, with: {units: 5, kind: $last}, inputs: input}
      - {type: concatenate, inputs: [inner_1, inner_3, input]}
layers:
  - {type: block, use: outer, with: {units: 3}}
  - {type: block, use: outer, name: top}
"""
    read = network(body)
    assert read.by_name["outer_1/inner_1/dense_1"].output_shape == (3,)
    assert read.by_name["outer_1/inner_1/relu_2"].inputs == ("outer_1/inner_1/relu_1",)
    assert read.by_name["outer_1/inner_2/dense_1"].inputs == ("input",)
    assert read.by_name["outer_1/inner_3/tanh_1"].output_shape == (5,)
    joined = read.by_name["outer_1/concatenate_1"]
    assert joined.inputs == ("outer_1/inner_1/relu_2", "outer_1/inner_3/tanh_2", "input")
    assert joined.output_shape == (12,)
    assert read.by_name["top/inner_1/dense_1"].inputs == ("outer_1/concatenate_1",)
    assert read.nodes[-1].output_shape == (2 + 5 + 12,)


def test_a_parameter_may_stand_for_any_whole_value():
    body = """\
blocks:
  b:
    params: {shape: [2, 2], take: input, weights: {kernel: 1, bias: 0}, name: own, activation: null}
    layers:
      - {type: dense, name: $name, units: 4, weights: $weights, activation: $activation}
      - {type: reshape, inputs: $take, target_shape: $shape}
layers: [{type: block, use: b, with: {shape: [4, 1]}}]
"""
    read = network(body)
    assert read.by_name["b_1/own"].inline.keys() == {"kernel", "bias"}
    assert read.by_name["b_1/own"].layer.activation is None
    assert (read.nodes[1].inputs, read.nodes[1].output_shape) == (("input",), (4, 1))


def test_only_a_whole_and_unquoted_value_is_a_parameter():
    body = "blocks: {b: {params: {n: 1}, layers: [{type: dense, units: $n, name: a}]}}\nname: '$n'\nlayers:\n"
    assert network(body + "  - {type: block, use: b}").name == "$n"
