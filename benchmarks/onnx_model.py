"""Our Network with its Weights as an ONNX model, channels first, so that ONNX Runtime computes the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from layout import first_axis_reordered
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Step = tuple[str, list[Array], dict[str, Any]]
    """An operator, constants beside what it is given, and its attributes."""

OPSET, IR = 20, 9


def to_onnx(network: Network, weights: Weights) -> onnx.ModelProto:
    """The model; its input and output are called as ours."""
    graph = _Graph(network, weights)
    for node in network.nodes:
        graph.add_node(node)
    spec = network.inputs[0]
    source, target = spec.name, network.outputs[0]
    shape = (spec.shape[-1], *spec.shape[:-1]) if len(spec.shape) == 3 else spec.shape
    kind = TensorProto.INT64 if spec.indices else TensorProto.FLOAT
    made = helper.make_graph(
        graph.nodes,
        network.name,
        [helper.make_tensor_value_info(source, kind, ["N", *shape])],
        [helper.make_tensor_value_info(target, TensorProto.FLOAT, ["N", *network.by_name[target].output_shape])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
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

    def chained(self, name: str, given: str, operators: Sequence[Step]) -> str:
        """Operators one after the other, each with more constants and its attributes; the last gives `name`."""
        for number, (operator, arrays, attributes) in enumerate(operators, start=1):
            output = name if number == len(operators) else f"{name}/{number}"
            constants = [self.constant(f"{name}/{number}/{place}", array) for place, array in enumerate(arrays)]
            self.put(operator, [given, *constants], output, **attributes)
            given = output
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
        if len(node.output_shape) == 1:
            arrays = {"kernel": kernel, "bias": parameters["bias"]}
            constants = [self.constant(f"{node.name}/{name}", array) for name, array in arrays.items()]
            self.put("Gemm", [*node.inputs, *constants], output)
        else:
            self.chained(output, node.inputs[0], _linear(kernel, parameters.get("bias")))

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

    def gelu(
        self, node: Node, layer: Any, parameters: dict[str, Array], output: str, inputs: list[str] | None = None
    ) -> None:
        self.put("Gelu", inputs or [*node.inputs], output, approximate="tanh" if layer.approximate else "none")

    def patches(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        """(N, channels, height, width) to (N, height * width, channels)."""
        channels = node.output_shape[-1]
        self.chained(
            output,
            node.inputs[0],
            [("Reshape", [np.array([0, channels, -1])], {}), ("Transpose", [], {"perm": (0, 2, 1)})],
        )

    def mean(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        self.chained(output, node.inputs[0], [("ReduceMean", [np.array([1])], {"keepdims": 0})])

    def embedding(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        table = self.constant(f"{node.name}/embeddings", parameters["embeddings"])
        self.put("Gather", [table, node.inputs[0]], output)

    def places(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        there = parameters["position_embeddings"][: node.output_shape[0]]
        self.chained(output, node.inputs[0], [("Add", [there], {})])

    def layer_normalization(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        learned = [parameters["gamma"], parameters["beta"]]
        self.chained(output, node.inputs[0], [("LayerNormalization", learned, {"epsilon": layer.epsilon})])

    def attention(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        """As torch's exporters write it: query, key and value of every head, scores, softmax, sums, the projection."""
        parts = {}
        for name in ("query", "key", "value"):
            kernel, bias = parameters[f"{name}_kernel"], parameters[f"{name}_bias"]
            by_head = [
                ("Reshape", [np.array([0, 0, *kernel.shape[1:]])], {}),
                ("Transpose", [], {"perm": (0, 2, 3, 1) if name == "key" else (0, 2, 1, 3)}),
            ]
            steps = [*_linear(kernel.reshape(len(kernel), -1), bias.reshape(-1)), *by_head]
            parts[name] = self.chained(f"{node.name}/{name}", node.inputs[0], steps)
        scores, weights, heads = (f"{node.name}/{name}" for name in ("scores", "weights", "heads"))
        self.put("MatMul", [parts["query"], parts["key"]], scores)
        length = node.output_shape[0]
        hidden = np.triu(np.full((length, length), -np.inf, np.float32), 1)
        masked: list[Step] = [("Add", [hidden], {})] if layer.use_causal_mask else []
        scaled: Step = ("Mul", [np.asarray(np.float32(layer.key_dim**-0.5))], {})
        self.chained(weights, scores, [scaled, *masked, ("Softmax", [], {"axis": -1})])
        self.put("MatMul", [weights, parts["value"]], heads)
        kernel = parameters["output_kernel"]
        matrix = kernel.reshape(-1, kernel.shape[-1])
        together = [
            ("Transpose", [], {"perm": (0, 2, 1, 3)}),
            ("Reshape", [np.array([0, 0, len(matrix)])], {}),
        ]
        self.chained(output, heads, [*together, *_linear(matrix, parameters["output_bias"])])

    def recurrent(self, node: Node, layer: Any, parameters: dict[str, Array], output: str) -> None:
        """Steps in front, gates in ONNX' order, two biases."""
        operator, order = {"lstm": ("LSTM", (0, 3, 1, 2)), "gru": ("GRU", (0, 1, 2))}[layer.type]
        biases = np.atleast_2d(parameters["bias"])
        biases = biases if len(biases) > 1 else np.concatenate([biases, np.zeros_like(biases)])

        def there(columns: Array) -> Array:
            return columns.reshape(*columns.shape[:-1], len(order), -1)[..., order, :].reshape(columns.shape)

        arrays = [there(parameters["kernel"]).T[None], there(parameters["recurrent_kernel"]).T[None]]
        arrays.append(there(biases).reshape(1, -1))
        fields = {"hidden_size": layer.units} | ({"linear_before_reset": 1} if layer.type == "gru" else {})
        self.chained(
            output,
            node.inputs[0],
            [
                ("Transpose", [], {"perm": (1, 0, 2)}),
                (operator, arrays, fields),
                ("Squeeze", [np.array([1])], {}),
                ("Transpose", [], {"perm": (1, 0, 2)}),
            ],
        )

    def plain(
        self, node: Node, layer: Any, parameters: dict[str, Array], output: str, inputs: list[str] | None = None
    ) -> None:
        """An operator without fields."""
        self.put(_PLAIN[layer.type], inputs or [*node.inputs], output)


def _linear(kernel: Array, bias: Array | None) -> list[tuple[str, list[Array], dict[str, Any]]]:
    return [("MatMul", [kernel], {}), *([] if bias is None else [("Add", [bias], {})])]


_PLAIN = {"add": "Add", "flatten": "Flatten", "softmax": "Softmax"}
_ADD: dict[str, Callable[..., None]] = {
    "conv2d": _Graph.conv,
    "depthwise_conv2d": _Graph.conv,
    "batch_normalization": _Graph.batch_normalization,
    "dense": _Graph.dense,
    "max_pooling2d": _Graph.max_pooling,
    "global_average_pooling2d": _Graph.average,
    "relu": _Graph.relu,
    "gelu": _Graph.gelu,
    "reshape": _Graph.patches,
    "global_average_pooling1d": _Graph.mean,
    "embedding": _Graph.embedding,
    "position_embedding": _Graph.places,
    "layer_normalization": _Graph.layer_normalization,
    "multi_head_attention": _Graph.attention,
    "lstm": _Graph.recurrent,
    "gru": _Graph.recurrent,
    **dict.fromkeys(_PLAIN, _Graph.plain),
}


def _pads(node: Node) -> list[int]:
    """All beginnings, then all ends, as ONNX has them."""
    layer: Any = node.layer
    pads = layer.pads(node.input_shapes[0][:-1])
    return [before for before, _ in pads] + [after for _, after in pads]
