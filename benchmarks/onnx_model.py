"""Our Network with its Weights as an ONNX model, channels first, so that ONNX Runtime computes the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from layout import first_axis_reordered
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

OPSET = 17


def to_onnx(network: Network, weights: Weights) -> onnx.ModelProto:
    """The model; its input and output are called as ours."""
    graph = _Graph(network, weights)
    for node in network.nodes:
        graph.add_node(node)
    height, width, channels = network.inputs[0].shape
    source, target = network.inputs[0].name, network.outputs[0]
    made = helper.make_graph(
        graph.nodes,
        network.name,
        [helper.make_tensor_value_info(source, TensorProto.FLOAT, ["N", channels, height, width])],
        [helper.make_tensor_value_info(target, TensorProto.FLOAT, ["N", *network.by_name[target].output_shape])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


class _Graph:
    """Operators and constants so far."""

    def __init__(self, network: Network, weights: Weights) -> None:
        self.network = network
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add_node(self, node: Node) -> None:
        """A layer, and its activation as an operator of its own."""
        layer: Any = node.layer
        parameters = {name: np.asarray(array) for name, array in self.weights.of(node.name).items()}
        result = f"{node.name}/linear" if layer.result_activation else node.name
        _ADD[layer.type](self, node, layer, parameters, result)
        if layer.result_activation:
            _ADD[layer.result_activation.type](self, node, layer.result_activation, {}, node.name, [result])

    def put(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))

    def constant(self, name: str, array: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def conv(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        kernel = parameters["kernel"]
        groups = layer.groups if layer.type == "conv2d" else kernel.shape[2]
        order = (3, 2, 0, 1) if layer.type == "conv2d" else (2, 3, 0, 1)
        inputs = [*node.inputs, self.constant(f"{node.name}/kernel", kernel.transpose(order))]
        if "bias" in parameters:
            inputs.append(self.constant(f"{node.name}/bias", parameters["bias"]))
        self.put(
            "Conv", inputs, output, strides=layer.strides, dilations=layer.dilation_rate, group=groups, pads=_pads(node)
        )

    def batch_normalization(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        constants = [self.constant(f"{node.name}/{name}", parameters[name]) for name in names]
        self.put("BatchNormalization", [*node.inputs, *constants], output, epsilon=layer.epsilon)

    def dense(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        kernel = first_axis_reordered(self.network, node, parameters["kernel"])
        arrays = {"kernel": kernel, "bias": parameters["bias"]}
        constants = [self.constant(f"{node.name}/{name}", array) for name, array in arrays.items()]
        self.put("Gemm", [*node.inputs, *constants], output)

    def max_pooling(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        self.put("MaxPool", [*node.inputs], output, kernel_shape=layer.pool_size, strides=layer.steps, pads=_pads(node))

    def average(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        self.put("GlobalAveragePool", [*node.inputs], f"{node.name}/pooled")
        self.put("Flatten", [f"{node.name}/pooled"], output)

    def relu(
        self, node: Node, layer: Any, parameters: dict[str, Array], output: str, inputs: list[str] | None = None
    ) -> None:
        given = inputs or [*node.inputs]
        if layer.max_value is None:
            self.put("Relu", given, output)
            return
        limits = {"low": np.float32(0), "high": np.float32(layer.max_value)}
        constants = [self.constant(f"{output}/{end}", np.asarray(limit)) for end, limit in limits.items()]
        self.put("Clip", [*given, *constants], output)

    def plain(
        self, node: Node, layer: Any, parameters: dict[str, Array], output: str, inputs: list[str] | None = None
    ) -> None:
        """An operator without fields."""
        self.put(_PLAIN[layer.type], inputs or [*node.inputs], output)


_PLAIN = {"add": "Add", "flatten": "Flatten", "softmax": "Softmax"}
_ADD: dict[str, Callable[..., None]] = {
    "conv2d": _Graph.conv,
    "depthwise_conv2d": _Graph.conv,
    "batch_normalization": _Graph.batch_normalization,
    "dense": _Graph.dense,
    "max_pooling2d": _Graph.max_pooling,
    "global_average_pooling2d": _Graph.average,
    "relu": _Graph.relu,
    **dict.fromkeys(_PLAIN, _Graph.plain),
}


def _pads(node: Node) -> list[int]:
    """All beginnings, then all ends, as ONNX has them."""
    layer: Any = node.layer
    pads = layer.pads(node.input_shapes[0][:-1])
    return [before for before, _ in pads] + [after for _, after in pads]
