"""Which layers are computed together."""

from __future__ import annotations

import pytest

from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.chains import chains, largest_ahead

RESIDUAL = """\
dftrace: 1
input: [8, 8, 4]
layers:
  - {type: conv2d, name: stem, filters: 8, kernel_size: 3, padding: same}
  - {type: batch_normalization, name: stem_bn}
  - {type: relu, name: start}
  - {type: conv2d, name: shortcut, filters: 16, kernel_size: 1}
  - {type: batch_normalization, name: shortcut_bn}
  - {type: conv2d, name: a, filters: 16, kernel_size: 3, padding: same, activation: relu, inputs: start}
  - {type: conv2d, name: b, filters: 16, kernel_size: 1}
  - {type: batch_normalization, name: b_bn}
  - {type: add, name: sum, inputs: [shortcut_bn, b_bn]}
  - {type: relu, name: end}
  - {type: global_average_pooling2d, name: mean}
  - {type: dense, name: scores, units: 3, activation: softmax}
"""


def grouped(text, keep=(), **how):
    return [[node.name for node in chain] for chain in chains(network_from_text(text), keep, **how)]


def layers(*lines, shape="[8, 8, 4]"):
    return f"dftrace: 1\ninput: {shape}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)


def test_a_residual_block():
    """The branch that is computed last adds what the shortcut brings, which by then is there."""
    assert grouped(RESIDUAL) == [
        ["stem", "stem_bn", "start"],
        ["shortcut", "shortcut_bn"],
        ["a"],
        ["b", "b_bn", "sum", "end"],
        ["mean"],
        ["scores"],
    ]


def test_a_tensor_that_is_kept_ends_its_chain():
    kept = grouped(RESIDUAL, ["b", "sum"])
    assert kept[3:5] == [["b"], ["b_bn", "sum"]]
    assert ["end"] in kept


def test_an_output_of_the_network_ends_its_chain():
    assert ["b", "b_bn"] in grouped(RESIDUAL + "outputs: [b_bn, scores]\n")


def test_every_layer_is_in_one_chain_after_all_that_it_reads():
    network = network_from_text(RESIDUAL)
    order = [node for chain in chains(network) for node in chain]
    assert sorted(node.name for node in order) == sorted(network.by_name)
    seen = {"input"}
    for node in order:
        assert set(node.inputs) <= seen
        seen.add(node.name)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("{type: conv2d, name: a, filters: 4, kernel_size: 1}", "{type: add, inputs: [a, a]}"), [["a"], ["add_1"]]),
        (("relu", "tanh", "{type: dropout, rate: 0.5}"), [["relu_1", "tanh_1", "dropout_1"]]),
        (("{type: max_pooling2d, pool_size: 2}", "relu"), [["max_pooling2d_1", "relu_1"]]),
        (("flatten", "{type: dense, units: 3, activation: softmax}", "relu"), [["flatten_1"], ["dense_1"], ["relu_1"]]),
        (("{type: dense, units: 3}", "relu"), [["dense_1", "relu_1"]]),
        (("{type: batch_normalization, axis: 1}", "relu"), [["batch_normalization_1"], ["relu_1"]]),
        (
            ("{type: conv2d, filters: 4, kernel_size: 1, data_format: channels_first}", "relu"),
            [["conv2d_1", "relu_1"]],
        ),
        (
            (
                "{type: conv2d, filters: 4, kernel_size: 1, data_format: channels_first}",
                "{type: batch_normalization, data_format: channels_first}",
                "batch_normalization",
            ),
            [["conv2d_1", "batch_normalization_1"], ["batch_normalization_2"]],
        ),
    ],
)
def test_what_goes_together(lines, expected):
    assert grouped(layers(*lines)) == expected


def test_the_largest_tensor_that_is_left():
    order = chains(network_from_text(RESIDUAL))
    assert largest_ahead(order)[0] == 8 * 8 * 16
    assert largest_ahead(order)[-2:] == largest_ahead(order[-2:]) == [16, 3]
    assert largest_ahead(()) == []


CONV = "{type: conv2d, name: a, filters: 4, kernel_size: 1, activation: relu}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((CONV, "{type: max_pooling2d, name: p}", "{type: relu, name: r}"), [["a", "p"], ["r"]]),
        ((CONV, "{type: relu, name: r}", "{type: max_pooling2d, name: p}"), [["a", "r", "p"]]),
        ((CONV, "{type: average_pooling2d, name: p}"), [["a"], ["p"]]),
        ((CONV, "{type: max_pooling2d, name: p, pool_size: 1}"), [["a"], ["p"]]),
        ((CONV, "{type: max_pooling2d, name: p}", "{type: up_sampling2d, name: u, inputs: a}"), [["a"], ["p"], ["u"]]),
        ((CONV.replace("relu", "softmax"), "{type: max_pooling2d, name: p}"), [["a"], ["p"]]),
    ],
)
def test_a_pooling_of_the_largest_ends_a_chain(lines, expected):
    assert grouped(layers(*lines)) == expected
