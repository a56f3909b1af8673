"""Shapes, parameters, MACs and receptive fields of networks whose figures are known."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import pytest

from dataflow_cli.errors import UnknownName
from dataflow_cli.network.build import network_from_text
from tests.network.architectures import MNIST, MOBILENETV2, RESNET50, VGG16


def test_the_cnn_of_the_chapter():
    network = network_from_text(MNIST)
    shapes = [node.output_shape for node in network.nodes]
    assert shapes == [(26, 26, 32), (24, 24, 64), (12, 12, 64), (9216,), (128,), (10,)]
    assert [node.parameter_count for node in network.nodes] == [320, 18_496, 0, 0, 1_179_776, 1_290]
    assert network.parameter_count == network.trainable_count == 1_199_882


def test_the_multiply_accumulates_by_hand():
    macs = [node.macs for node in network_from_text(MNIST).nodes]
    conv1 = 26 * 26 * 32 * (3 * 3 * 1)
    conv2 = 24 * 24 * 64 * (3 * 3 * 32)
    assert macs == [conv1, conv2, 0, 0, 9216 * 128, 128 * 10]
    assert network_from_text(MNIST).macs == sum(macs)


def test_the_receptive_fields_by_hand():
    sizes = [node.receptive_field for node in network_from_text(MNIST).nodes]
    assert sizes == [(3, 3), (5, 5), (6, 6), None, None, None]


@pytest.mark.parametrize(
    ("text", "parameters", "trainable", "macs"),
    [
        (VGG16, 138_357_544, 138_357_544, 15_470_264_320),
        (RESNET50, 25_636_712, 25_583_592, 3_857_925_120),
        (MOBILENETV2, 3_538_984, 3_504_872, 300_774_272),
    ],
    ids=["vgg16", "resnet50", "mobilenetv2"],
)
def test_known_networks(text, parameters, trainable, macs):
    """Parameters as Keras Applications lists them; MACs as the literature has them."""
    network = network_from_text(text)
    assert network.parameter_count == parameters
    assert network.trainable_count == trainable
    assert network.macs == pytest.approx(macs, rel=0.01)
    assert network.nodes[-1].output_shape == (1000,)


def test_shapes_inside_known_networks():
    vgg, resnet, mobile = map(network_from_text, (VGG16, RESNET50, MOBILENETV2))
    assert vgg.by_name["flatten_1"].output_shape == (25_088,)
    assert resnet.by_name["global_average_pooling2d_1"].input_shapes == ((7, 7, 2048),)
    assert mobile.by_name["global_average_pooling2d_1"].input_shapes == ((7, 7, 1280),)
    assert resnet.by_name["stage_2/main/conv2d_1"].inputs == ("identity_2/add_1",)


def test_receptive_fields_of_known_networks():
    """212 and 483, as in Araujo et al., "Computing receptive fields", Distill 2019."""
    vgg = network_from_text(VGG16)
    assert vgg.by_name["max_pooling2d_1"].receptive_field == (6, 6)
    assert vgg.by_name["conv_13/conv2d_1"].receptive_field == (196, 196)
    assert vgg.by_name["max_pooling2d_5"].receptive_field == (212, 212)
    assert network_from_text(RESNET50).by_name["identity_12/add_1"].receptive_field == (483, 483)


@pytest.mark.parametrize("text", [MNIST, VGG16, RESNET50, MOBILENETV2])
def test_the_whole_is_the_sum_of_its_layers(text):
    network = network_from_text(text)
    shapes = [parameter.shape for node in network.nodes for parameter in node.parameters.values()]
    assert network.parameter_count == sum(map(math.prod, shapes)) == sum(node.parameter_count for node in network.nodes)
    assert network.macs == sum(node.macs for node in network.nodes)
    for node in network.nodes:
        sources = [network.by_name[name].output_shape for name in node.inputs if name in network.by_name]
        assert list(node.input_shapes)[-len(sources) :] == sources or "input" in node.inputs


LARGE = """\
dftrace: 1
input: [40000]
layers:
  - {type: dense, units: 50000}
  - {type: dense, units: 80000}
  - {type: dense, units: 50000}
"""


def test_ten_thousand_million_parameters_are_counted_at_once():
    started = time.perf_counter()
    assert network_from_text(LARGE).parameter_count == 10_000_180_000
    assert time.perf_counter() - started < 0.5


def test_counting_needs_no_numpy():
    code = f"""
import sys
from dataflow_cli.network.build import network_from_text
from dataflow_cli.counts.counting import summary
from dataflow_cli.network.memory import estimated_peak_bytes
from dataflow_cli.render.params import params_report, tensor_report
network = network_from_text({LARGE!r})
assert network.parameter_count == 10_000_180_000
assert estimated_peak_bytes(network, 1, "float32") > 40_000_000_000
assert params_report(summary(network), verbose=True).totals["params"] == 10_000_180_000
tensor_report(summary(network))
assert not {{"numpy", "PIL", "rich", "click"}} & set(sys.modules), set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nodes_by_name_and_by_pattern():
    network = network_from_text(MNIST)
    assert network.node("dense_1").output_shape == (128,)
    assert network.matching(["conv*", "dense_2"]) == ("conv2d_1", "conv2d_2", "dense_2")
    with pytest.raises(UnknownName) as caught:
        network.node("conv2d_3")
    assert caught.value.message == "mnist-cnn has no layer 'conv2d_3'"
    assert caught.value.hint.startswith("layers: conv2d_1, conv2d_2")
    with pytest.raises(UnknownName) as caught:
        network.matching(["dense_1", "xyz"])
    assert caught.value.hint == "layers: conv2d_1, conv2d_2, max_pooling2d_1, flatten_1, dense_1, dense_2"


def test_the_type_that_the_network_computes_in():
    assert network_from_text(MNIST).dtype == "float32"
    double = network_from_text("dftrace: 1\ninput: {shape: [3], dtype: float64}\nlayers: [relu]")
    whole = network_from_text("dftrace: 1\ninput: {shape: [3], dtype: int64}\nlayers: [relu]")
    assert (double.dtype, whole.dtype) == ("float64", "float32")
