"""Our Network with its Weights as a torch module, channels first, of the modules that a torch user would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from layout import first_axis_reordered
from torch import nn

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights


class TorchNetwork(nn.Module):
    """Runs the nodes in order; each is a module and the names of its inputs."""

    def __init__(self, network: Network, weights: Weights) -> None:
        super().__init__()
        self.input, self.output = network.inputs[0].name, network.outputs[0]
        self.wires = [(node.name, node.inputs) for node in network.nodes]
        self.parts = nn.ModuleList(_module(network, node, weights) for node in network.nodes)
        self.last = {name: index for index, (_, inputs) in enumerate(self.wires) for name in inputs}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, height, width) to (N, classes)."""
        live = {self.input: x}
        for index, ((name, inputs), part) in enumerate(zip(self.wires, self.parts, strict=True)):
            live[name] = part(*(live[given] for given in inputs))
            for given in inputs:
                if self.last[given] == index:
                    live.pop(given, None)
        return live[self.output]


class _Add(nn.Module):
    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return left + right


class _GlobalAverage(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


def _module(network: Network, node: Node, weights: Weights) -> nn.Module:
    """One layer with its parameters, and its activation."""
    layer: Any = node.layer
    arrays = {name: np.asarray(array) for name, array in weights.of(node.name).items()}
    if "kernel" in arrays and layer.type == "dense":
        arrays["kernel"] = first_axis_reordered(network, node, arrays["kernel"])
    parts = [_layer(node, layer, arrays)]
    if layer.result_activation:
        parts.append(_activation(layer.result_activation))
    return parts[0] if len(parts) == 1 else nn.Sequential(*parts)


def _layer(node: Node, layer: Any, arrays: dict[str, Array]) -> nn.Module:
    if layer.type in ("conv2d", "depthwise_conv2d"):
        return _conv(node, layer, arrays)
    if layer.type == "dense":
        dense = nn.Linear(*arrays["kernel"].shape)
        return _filled(dense, weight=arrays["kernel"].T, bias=arrays["bias"])
    if layer.type == "batch_normalization":
        norm = nn.BatchNorm2d(node.input_shapes[0][-1], eps=layer.epsilon)
        return _filled(
            norm,
            weight=arrays["gamma"],
            bias=arrays["beta"],
            running_mean=arrays["moving_mean"],
            running_var=arrays["moving_variance"],
        )
    if layer.type == "max_pooling2d":
        (top, bottom), (left, right) = layer.pads(node.input_shapes[0][:-1])
        pad, pool = nn.ZeroPad2d((left, right, top, bottom)), nn.MaxPool2d(layer.pool_size, layer.steps)
        if top == bottom and left == right:
            return nn.MaxPool2d(layer.pool_size, layer.steps, (top, left))
        return nn.Sequential(pad, pool)
    plain = {"add": _Add, "flatten": nn.Flatten, "global_average_pooling2d": _GlobalAverage}
    return plain[layer.type]() if layer.type in plain else _activation(layer)


def _conv(node: Node, layer: Any, arrays: dict[str, Array]) -> nn.Module:
    """Padding that is not the same on both sides is a module before it."""
    kernel, channels = arrays["kernel"], node.input_shapes[0][-1]
    depthwise = layer.type == "depthwise_conv2d"
    (top, bottom), (left, right) = layer.pads(node.input_shapes[0][:-1])
    even = top == bottom and left == right
    conv = nn.Conv2d(
        channels,
        node.output_shape[-1],
        layer.kernel_size,
        layer.strides,
        (top, left) if even else 0,
        layer.dilation_rate,
        channels if depthwise else layer.groups,
        bias="bias" in arrays,
    )
    weight = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    _filled(conv, weight=weight, **({"bias": arrays["bias"]} if "bias" in arrays else {}))
    return conv if even else nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), conv)


def _activation(layer: Any) -> nn.Module:
    if layer.type == "softmax":
        return nn.Softmax(-1)
    return nn.ReLU(inplace=True) if layer.max_value is None else nn.ReLU6(inplace=True)


def _filled(module: nn.Module, **arrays: Array) -> nn.Module:
    """The module with these values."""
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    module.load_state_dict(module.state_dict() | state)
    return module
