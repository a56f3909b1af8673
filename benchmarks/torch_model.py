"""Our Network with its Weights as a torch module, channels first, of the modules that a torch user would write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from layout import first_axis_reordered
from torch import nn
from torch_modules import Add, Along, Attention, GlobalAverage, Patches, Places

if TYPE_CHECKING:
    from collections.abc import Callable

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
        """An input as torch takes it, such as (N, channels, height, width), to the network's output."""
        live = {self.input: x}
        for index, ((name, inputs), part) in enumerate(zip(self.wires, self.parts, strict=True)):
            live[name] = part(*(live[given] for given in inputs))
            for given in inputs:
                if self.last[given] == index:
                    live.pop(given, None)
        return live[self.output]


@dataclass(frozen=True)
class _Part:
    """One layer with its parameters."""

    node: Node
    layer: Any
    arrays: dict[str, Array]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its first input."""
        return self.node.input_shapes[0]


def _module(network: Network, node: Node, weights: Weights) -> nn.Module:
    """One layer with its parameters, and its activation."""
    layer: Any = node.layer
    arrays = {name: np.asarray(array) for name, array in weights.of(node.name).items()}
    if "kernel" in arrays and layer.type == "dense":
        arrays["kernel"] = first_axis_reordered(network, node, arrays["kernel"])
    parts = [_layer(_Part(node, layer, arrays))]
    if layer.result_activation:
        parts.append(_activation(layer.result_activation))
    return parts[0] if len(parts) == 1 else nn.Sequential(*parts)


def _layer(part: _Part) -> nn.Module:
    kind = part.layer.type
    if kind in _PLAIN:
        return _PLAIN[kind]()
    return _MADE[kind](part) if kind in _MADE else _activation(part.layer)


def _dense(part: _Part) -> nn.Module:
    inputs, units = part.arrays["kernel"].shape
    dense = nn.Linear(inputs, units, bias="bias" in part.arrays)
    return _filled(
        dense, weight=part.arrays["kernel"].T, **({"bias": part.arrays["bias"]} if "bias" in part.arrays else {})
    )


def _batch_normalization(part: _Part) -> nn.Module:
    return _filled(
        nn.BatchNorm2d(part.shape[-1], eps=part.layer.epsilon),
        weight=part.arrays["gamma"],
        bias=part.arrays["beta"],
        running_mean=part.arrays["moving_mean"],
        running_var=part.arrays["moving_variance"],
    )


def _layer_normalization(part: _Part) -> nn.Module:
    norm = nn.LayerNorm(part.shape[-1], eps=part.layer.epsilon)
    return _filled(norm, weight=part.arrays["gamma"], bias=part.arrays["beta"])


def _max_pooling(part: _Part) -> nn.Module:
    (top, bottom), (left, right) = part.layer.pads(part.shape[:-1])
    pad, pool = nn.ZeroPad2d((left, right, top, bottom)), nn.MaxPool2d(part.layer.pool_size, part.layer.steps)
    if top == bottom and left == right:
        return nn.MaxPool2d(part.layer.pool_size, part.layer.steps, (top, left))
    return nn.Sequential(pad, pool)


def _embedding(part: _Part) -> nn.Module:
    return _filled(nn.Embedding(*part.arrays["embeddings"].shape), weight=part.arrays["embeddings"])


def _places(part: _Part) -> nn.Module:
    return _filled(Places(*part.arrays["position_embeddings"].shape), weight=part.arrays["position_embeddings"])


def _attention(part: _Part) -> nn.Module:
    channels = part.shape[-1]
    module = Attention(channels, part.layer.num_heads, part.layer.key_dim, is_causal=part.layer.use_causal_mask)
    for name in ("query", "key", "value", "output"):
        kernel = part.arrays[f"{name}_kernel"]
        matrix = kernel.reshape(-1, kernel.shape[-1]) if name == "output" else kernel.reshape(len(kernel), -1)
        _filled(getattr(module, name), weight=matrix.T, bias=part.arrays[f"{name}_bias"].reshape(-1))
    return module


def _recurrent(part: _Part) -> nn.Module:
    """PyTorch has gates in an order of its own, and a bias for the inputs and one for the states."""
    module = Along({"lstm": nn.LSTM, "gru": nn.GRU}[part.layer.type], part.shape[-1], part.layer.units)
    count = part.arrays["kernel"].shape[-1] // part.layer.units
    order = np.argsort(part.layer.torch_gates or range(count))

    def there(columns: Array) -> Array:
        return columns.reshape(*columns.shape[:-1], count, -1)[..., order, :].reshape(columns.shape)

    bias = np.atleast_2d(part.arrays["bias"])
    _filled(
        module.layer,
        weight_ih_l0=there(part.arrays["kernel"]).T,
        weight_hh_l0=there(part.arrays["recurrent_kernel"]).T,
        bias_ih_l0=there(bias[0]),
        bias_hh_l0=there(bias[1]) if len(bias) > 1 else np.zeros_like(bias[0]),
    )
    return module


def _conv(part: _Part) -> nn.Module:
    """Padding that is not the same on both sides is a module before it."""
    kernel, channels = part.arrays["kernel"], part.shape[-1]
    depthwise = part.layer.type == "depthwise_conv2d"
    (top, bottom), (left, right) = part.layer.pads(part.shape[:-1])
    even = top == bottom and left == right
    conv = nn.Conv2d(
        channels,
        part.node.output_shape[-1],
        part.layer.kernel_size,
        part.layer.strides,
        (top, left) if even else 0,
        part.layer.dilation_rate,
        channels if depthwise else part.layer.groups,
        bias="bias" in part.arrays,
    )
    weight = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    _filled(conv, weight=weight, **({"bias": part.arrays["bias"]} if "bias" in part.arrays else {}))
    return conv if even else nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), conv)


def _activation(layer: Any) -> nn.Module:
    if layer.type == "softmax":
        return nn.Softmax(-1)
    if layer.type == "gelu":
        return nn.GELU("tanh" if layer.approximate else "none")
    return nn.ReLU(inplace=True) if layer.max_value is None else nn.ReLU6(inplace=True)


def _filled(module: nn.Module, **arrays: Array) -> nn.Module:
    """The module with these values."""
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    module.load_state_dict(module.state_dict() | state)
    return module


_PLAIN: dict[str, Callable[[], nn.Module]] = {
    "add": Add,
    "flatten": nn.Flatten,
    "global_average_pooling2d": partial(GlobalAverage, 2, 3),
    "global_average_pooling1d": partial(GlobalAverage, 1),
    "reshape": Patches,
}
_MADE: dict[str, Callable[[_Part], nn.Module]] = {
    "conv2d": _conv,
    "depthwise_conv2d": _conv,
    "dense": _dense,
    "batch_normalization": _batch_normalization,
    "layer_normalization": _layer_normalization,
    "max_pooling2d": _max_pooling,
    "embedding": _embedding,
    "position_embedding": _places,
    "multi_head_attention": _attention,
    "lstm": _recurrent,
    "gru": _recurrent,
}
