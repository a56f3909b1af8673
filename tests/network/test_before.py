"""Tensors before the activation in place of those after it."""

import pytest
from click.testing import CliRunner

from dataflow_cli.api import load_network
from dataflow_cli.commands.show import command as show
from dataflow_cli.errors import UnknownName
from dataflow_cli.network.before import before_activation
from tests.contract.shell import MNIST, ROOT, SEVEN

NAMES = ("input", "conv2d_1", "max_pooling2d_1", "dense_1")


def test_convolutions_are_meant_unless_others_are_named():
    network = load_network(MNIST)
    assert before_activation(network, NAMES) == ("input", "conv2d_1:sum", "max_pooling2d_1", "dense_1")
    assert before_activation(network, NAMES, "dense*") == ("input", "conv2d_1", "max_pooling2d_1", "dense_1:sum")
    assert before_activation(network, NAMES, "*") == ("input", "conv2d_1:sum", "max_pooling2d_1", "dense_1:sum")


def test_a_layer_without_an_activation_stays_itself():
    network = load_network(ROOT / "configs/conv2d-picture.yaml")
    names = tuple(network.by_name)
    assert before_activation(network, names) == names


@pytest.mark.parametrize(
    ("net", "pattern", "said"),
    [
        ("xor-mlp", "", "no convolution"),
        ("mnist-cnn", "max*", "no inner tensor 'sum'"),
        ("mnist-cnn", "x*", "no layer 'x"),
    ],
)
def test_where_nothing_is_meant(net, pattern, said):
    with pytest.raises(UnknownName, match=said):
        before_activation(load_network(ROOT / f"configs/{net}.yaml"), NAMES[:1], pattern)


def test_a_glob_with_a_colon_names_inner_tensors_alone():
    network = load_network(MNIST)
    assert network.tensors_matching(["conv*:sum", "dense_2"]) == ("conv2d_1:sum", "conv2d_2:sum", "dense_2")
    assert not [name for name in network.tensors_matching(["*"]) if ":" in name]


def test_the_option_draws_what_the_names_draw():
    network = load_network(MNIST)
    names = before_activation(network, ("input", *(n.name for n in network.nodes if n.layer.redrawn)))
    layers = [word for name in names for word in ("-l", name)]
    drawn = [
        CliRunner().invoke(show, [str(MNIST), "-i", str(SEVEN), *more, "-o", "-"]).stdout_bytes
        for more in (["--before-activation"], layers, [])
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0].startswith(b"\x89PNG")
