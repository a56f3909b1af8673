"""One layer of ours by PyTorch's own functions: inputs and output (N, *shape) in our order.

Pictures are turned to channels first in memory, PyTorch's default, or left as they lie, for which its convolutions have
kernels of their own. A kind or a field that no function here has raises KeyError or NotImplementedError: that layer is
then not captured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

    Parameters = dict[str, Tensor]


class Layer(nn.Module):
    """A layer with its parameters and its activation."""

    def __init__(self, node: Node, parameters: dict[str, Array], *, channels_last: bool = False) -> None:
        super().__init__()
        self.node, self.layer = node, _settings(node)
        self.stated = {name: torch.from_numpy(np.array(array)) for name, array in parameters.items()}
        self.channels_last = channels_last
        self.compute = KINDS[self.layer.type]
        self.recurrent = nn.ModuleList(_recurrent(node, self.stated) if self.layer.type in RECURRENT else [])

    def forward(self, *inputs: Tensor) -> Tensor:
        """The output (N, *output_shape)."""
        found = self.compute(self, self.stated, *inputs)
        function = self.layer.result_activation
        return found if function is None else ACTIVATIONS[function.type](function, found)

    def first(self, x: Tensor) -> Tensor:
        """Channels first; in memory too, unless they are to lie last."""
        turned = x.permute(0, x.ndim - 1, *range(1, x.ndim - 1))
        return turned if self.channels_last else turned.contiguous()

    def last(self, x: Tensor) -> Tensor:
        """Channels last again, in whatever memory."""
        return x.permute(0, *range(2, x.ndim), 1)

    def pads(self) -> list[tuple[int, int]]:
        """What is put before and behind every spatial axis."""
        return list(self.layer.pads(self.node.input_shapes[0][:-1]))


def _settings(node: Node) -> Any:
    """A layer, if its inputs are channels last, and nothing of it is random."""
    if node.sees.channels_first:
        raise NotImplementedError(node.name)
    return node.layer


def _padded(layer: Layer, x: Tensor, value: float = 0.0) -> tuple[Tensor, list[int]]:
    """What PyTorch's own padding cannot do is done before, and the padding that is left to it."""
    pads = layer.pads()
    if all(before == after for before, after in pads) and not value:
        return x, [before for before, _ in pads]
    flat = [n for before, after in reversed(pads) for n in (before, after)]
    return functional.pad(x, flat, value=value), [0] * len(pads)


def _conv(layer: Layer, p: Parameters, x: Tensor) -> Tensor:
    rank, kernel = layer.layer.rank, p["kernel"]
    axes = range(rank)
    if layer.layer.flip_kernel:
        kernel = kernel.flip(*axes)
    depthwise = hasattr(layer.layer, "depth_multiplier")
    if depthwise:
        groups = kernel.shape[-2]
        weight = kernel.permute(rank, rank + 1, *axes).reshape(-1, 1, *kernel.shape[:rank])
    else:
        groups, weight = layer.layer.groups, kernel.permute(rank + 1, rank, *axes)
    if layer.channels_last and rank == 2:
        weight = weight.contiguous(memory_format=torch.channels_last)
    elif not layer.channels_last:
        weight = weight.contiguous()
    x, padding = _padded(layer, layer.first(x))
    run: Any = (functional.conv1d, functional.conv2d, functional.conv3d)[rank - 1]
    return layer.last(run(x, weight, p.get("bias"), layer.layer.strides, padding, layer.layer.dilation_rate, groups))


def _conv_transpose(layer: Layer, p: Parameters, x: Tensor) -> Tensor:
    fields, kernel = layer.layer, p["kernel"]
    if fields.padding != "valid" or fields.output_padding is not None or fields.groups != 1:
        raise NotImplementedError(layer.node.name)
    weight = kernel.permute(fields.rank + 1, fields.rank, *range(fields.rank)).contiguous()
    run: Any = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[fields.rank - 1]
    return layer.last(run(layer.first(x), weight, p.get("bias"), fields.strides))


def _dense(_: Layer, p: Parameters, x: Tensor) -> Tensor:
    return functional.linear(x, p["kernel"].T.contiguous(), p.get("bias"))


def _embedding(_: Layer, p: Parameters, x: Tensor) -> Tensor:
    return functional.embedding(x.long(), p["embeddings"])


def _max_pooling2d(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    x, padding = _padded(layer, layer.first(x), float("-inf") if any(map(any, layer.pads())) else 0.0)
    return layer.last(functional.max_pool2d(x, layer.layer.pool_size, layer.layer.steps, padding))


def _average_pooling2d(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    if any(map(any, layer.pads())):
        raise NotImplementedError(layer.node.name)
    return layer.last(functional.avg_pool2d(layer.first(x), layer.layer.pool_size, layer.layer.steps))


def _global_average(_: Layer, __: Parameters, x: Tensor, mask: Tensor | None = None) -> Tensor:
    axes = list(range(1, x.ndim - 1))
    if mask is None:
        return x.mean(axes)
    weights = mask.to(x.dtype).unsqueeze(-1)
    return (x * weights).sum(1) / weights.sum(1)


def _batch_normalization(layer: Layer, p: Parameters, x: Tensor) -> Tensor:
    moments = p["moving_mean"], p["moving_variance"]
    found = functional.batch_norm(layer.first(x), *moments, p.get("gamma"), p.get("beta"), eps=layer.layer.epsilon)
    return layer.last(found)


def _layer_normalization(layer: Layer, p: Parameters, x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], p.get("gamma"), p.get("beta"), layer.layer.epsilon)


def _rms_normalization(layer: Layer, p: Parameters, x: Tensor) -> Tensor:
    """As transformers writes it, for exporters know no other."""
    return p["scale"] * (x * torch.rsqrt((x * x).mean(-1, keepdim=True) + layer.layer.epsilon))


def _unit_normalization(_: Layer, __: Parameters, x: Tensor) -> Tensor:
    return functional.normalize(x, dim=-1)


def _position_embedding(_: Layer, p: Parameters, x: Tensor) -> Tensor:
    return x + p["position_embeddings"][: x.shape[1]]


def _constant(_: Layer, p: Parameters, x: Tensor) -> Tensor:
    return p["value"].expand(len(x), *p["value"].shape)


def _taken(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    """A slice."""
    fields = layer.layer
    ends = fields.ends or [None] * len(fields.starts)
    steps = fields.steps or [None] * len(fields.starts)
    return x[(slice(None), *(slice(*each) for each in zip(fields.starts, ends, steps, strict=True)))]


def _pad(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    (around,) = {n for pads in layer.layer.padding for n in ([pads] if isinstance(pads, int) else pads)}
    return layer.last(functional.pad(layer.first(x), [around] * 4, layer.layer.mode))


def _cropping(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.layer.cropping
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def _attention(layer: Layer, p: Parameters, x: Tensor, mask: Tensor | None = None) -> Tensor:
    """Of itself: by several heads, whose keys and values a group of queries may share."""
    fields = layer.layer
    plain = not fields.qk_norm and not fields.use_gate and not fields.sliding_window and fields.rotary_scaling == 1.0
    if not plain or fields.attention_mask or fields.rotary not in {None, "halves"}:
        raise NotImplementedError(layer.node.name)
    if mask is not None and (fields.masks != (0,) or fields.use_causal_mask):
        raise NotImplementedError(layer.node.name)
    parts = [_by_heads(p, name, x) for name in ("query", "key", "value")]
    if fields.rotary:
        parts[:2] = [_turned(part, fields.rotary_base) for part in parts[:2]]
    query, key, value = parts
    shared = query.shape[1] // key.shape[1]
    key, value = (part.repeat_interleave(shared, 1) if shared > 1 else part for part in (key, value))
    found = _looked(query, key, value, mask, is_causal=fields.use_causal_mask)
    kernel = p["output_kernel"].flatten(0, 1)
    return functional.linear(found.transpose(1, 2).flatten(2), kernel.T.contiguous(), p.get("output_bias"))


def _looked(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, is_causal: bool) -> Tensor:
    """(N, heads, queries, numbers). Padding is not seen, and sees everything alike, as in Keras."""
    if mask is None:
        return functional.scaled_dot_product_attention(query, key, value, is_causal=is_causal)
    counts = (mask > 0.5).to(query.dtype)  # written out, for exporters know no added mask of float64
    both = counts[:, None, :, None] * counts[:, None, None]
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + (1 - both) * torch.finfo(query.dtype).min
    return scores.softmax(-1) @ value


def _by_heads(p: Parameters, name: str, x: Tensor) -> Tensor:
    """(N, heads, steps, numbers)."""
    kernel, bias = p[f"{name}_kernel"], p.get(f"{name}_bias")
    made = functional.linear(x, kernel.flatten(1).T.contiguous(), None if bias is None else bias.flatten())
    return made.reshape(*made.shape[:-1], *kernel.shape[1:]).transpose(1, 2)


def _turned(x: Tensor, base: float) -> Tensor:
    """Pairs of halves turned by angles that grow with the place."""
    half = x.shape[-1] // 2
    angles = torch.arange(x.shape[-2])[:, None] / base ** (torch.arange(half, dtype=torch.float64) / half)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    one, other = x[..., :half], x[..., half:]
    return torch.cat([one * cos - other * sin, other * cos + one * sin], -1)


def _of_recurrent(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    found: Tensor = layer.recurrent[0](x)[0]
    return found if len(layer.node.output_shape) == 2 else found[:, -1]


def _bidirectional(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    """The second goes along it backwards: its last state is the one at the front."""
    if layer.layer.merge_mode != "concat":
        raise NotImplementedError(layer.node.name)
    forward: Tensor = layer.recurrent[0](x)[0]
    backward: Tensor = layer.recurrent[1](x.flip(1))[0].flip(1)
    if len(layer.node.output_shape) == 2:
        return torch.cat([forward, backward], -1)
    return torch.cat([forward[:, -1], backward[:, 0]], -1)


RECURRENT = {"lstm", "gru", "bidirectional"}


def _recurrent(node: Node, p: Parameters) -> list[nn.Module]:
    layer: Any = node.layer
    if layer.type != "bidirectional":
        return [_cells(layer, node.input_shapes[0][-1], p)]
    ways = [
        {name.removeprefix(way): value for name, value in p.items() if name.startswith(way)}
        for way in ("forward_", "backward_")
    ]
    return [_cells(layer.layer, node.input_shapes[0][-1], way) for way in ways]


def _cells(layer: Any, features: int, p: Parameters) -> nn.Module:
    """PyTorch has gates in an order of its own, and a bias for the inputs and one for the states."""
    if layer.go_backwards:
        raise NotImplementedError(layer.type)
    kinds: dict[str, Callable[..., nn.Module]] = {"lstm": nn.LSTM, "gru": nn.GRU}
    module = kinds[layer.type](features, layer.units, batch_first=True)
    count = p["kernel"].shape[-1] // layer.units
    order = list(np.argsort(layer.torch_gates or range(count)))

    def there(columns: Tensor) -> Tensor:
        return columns.reshape(*columns.shape[:-1], count, -1)[..., order, :].flatten(-2)

    bias = torch.atleast_2d(p["bias"])
    state = {
        "weight_ih_l0": there(p["kernel"]).T,
        "weight_hh_l0": there(p["recurrent_kernel"]).T,
        "bias_ih_l0": there(bias[0]),
        "bias_hh_l0": there(bias[1]) if len(bias) > 1 else torch.zeros_like(bias[0]),
    }
    module = module.to(p["kernel"].dtype)
    module.load_state_dict(state)
    return module


def _rectified(function: Any, x: Tensor) -> Tensor:
    if function.negative_slope or function.threshold:
        raise NotImplementedError(function.type)
    return functional.relu(x) if function.max_value is None else x.clamp(0, function.max_value)


ACTIVATIONS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "relu": _rectified,
    "gelu": lambda function, x: functional.gelu(x, approximate="tanh" if function.approximate else "none"),
    "silu": lambda _, x: functional.silu(x),
    "sigmoid": lambda _, x: torch.sigmoid(x),
    "tanh": lambda _, x: torch.tanh(x),
    "softmax": lambda _, x: functional.softmax(x, -1),
}


def _activation(layer: Layer, _: Parameters, x: Tensor) -> Tensor:
    return ACTIVATIONS[layer.layer.type](layer.layer, x)


KINDS: dict[str, Callable[..., Tensor]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "depthwise_conv1d", "depthwise_conv2d"), _conv),
    **dict.fromkeys(("conv1d_transpose", "conv2d_transpose", "conv3d_transpose"), _conv_transpose),
    **dict.fromkeys((f"global_average_pooling{rank}d" for rank in (1, 2, 3)), _global_average),
    **dict.fromkeys(("multi_head_attention", "group_query_attention"), _attention),
    **dict.fromkeys(("lstm", "gru"), _of_recurrent),
    **dict.fromkeys(ACTIVATIONS, _activation),
    "bidirectional": _bidirectional,
    "dense": _dense,
    "embedding": _embedding,
    "max_pooling2d": _max_pooling2d,
    "average_pooling2d": _average_pooling2d,
    "batch_normalization": _batch_normalization,
    "layer_normalization": _layer_normalization,
    "rms_normalization": _rms_normalization,
    "unit_normalization": _unit_normalization,
    "position_embedding": _position_embedding,
    "constant": _constant,
    "slice": _taken,
    "pad": _pad,
    "cropping2d": _cropping,
    "add": lambda _, __, *x: x[0] + x[1],
    "multiply": lambda _, __, *x: x[0] * x[1],
    "concatenate": lambda layer, _, *x: torch.cat(x, layer.layer.axis),
    "flatten": lambda _, __, x: x.flatten(1),
    "reshape": lambda layer, _, x: x.reshape(len(x), *layer.node.output_shape),
}
