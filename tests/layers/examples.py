"""Examples of every kind of layer: fields as a network file has them, input shapes, and cases worked out by hand.

Shapes and arrays are channels last and of one sample, without the minibatch axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.shapes import Shape

LN2, LN3 = math.log(2), math.log(3)


@dataclass(frozen=True)
class ByHand:
    """Inputs of one sample, parameters by name, and what must come out."""

    inputs: Sequence[Any]
    expected: Any
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """One layer, by its fields, with the shapes of its inputs."""

    kind: str
    fields: Mapping[str, Any]
    shapes: Sequence[Shape]
    by_hand: ByHand | None = None
    masks: tuple[int, ...] = ()
    """Whose masks stand behind the inputs: the last shapes are theirs."""
    whole: tuple[str, ...] = ()
    """The types of the inputs, where these are whole numbers."""

    @property
    def types(self) -> tuple[str, ...]:
        """By input, the type of whole numbers; nothing for floating-point ones."""
        return self.whole or ("",) * len(self.shapes)

    @property
    def entries(self) -> list[Any]:
        """What a network file says of inputs for it."""
        pairs = zip(self.shapes, self.types, strict=True)
        return [{"shape": list(shape), "dtype": kind} if kind else list(shape) for shape, kind in pairs]

    def __str__(self) -> str:
        fields = ",".join(f"{name}={value}" for name, value in self.fields.items()).replace(" ", "")
        return f"{self.kind}({fields})"

    def layer(self, **others: Any) -> Layer:
        """The layer, with some fields in place of the example's."""
        layer = make(self.kind, {**self.fields, **others})
        return layer.masked(self.masks) if self.masks else layer

    def by_hand_arrays(self, dtype: Any = np.float64) -> tuple[list[Any], dict[str, Any]]:
        """The inputs of one sample, and the parameters, of the case that was worked out by hand."""
        whole = whole_numbers(self)
        kinds = ["int64" if number in whole else kind for number, kind in enumerate(self.types)]
        own = {name: one.dtype for name, one in self.layer().parameters(self.shapes).items()}
        parameters = {
            name: np.array(values, own.get(name) or dtype) for name, values in self.by_hand.parameters.items()
        }
        return [np.array([x], kind or dtype) for x, kind in zip(self.by_hand.inputs, kinds, strict=True)], parameters

    def with_masks(self, inputs: Sequence[Any]) -> list[Any]:
        """The inputs, with ones and zeros where masks stand; the first step counts."""
        count = len(inputs) - len(self.masks)
        return [
            *inputs[:count],
            *((np.arange(x.size).reshape(x.shape) % 3 != 1).astype(x.dtype) for x in inputs[count:]),
        ]


def whole_numbers(example: Example) -> dict[int, int]:
    """Inputs that are whole numbers from 0 on, and how many there are of them."""
    return dict(example.layer().lookups(example.shapes))


def make(kind: str, fields: Mapping[str, Any]) -> Layer:
    """A layer from fields as a network file has them."""
    options = KINDS[kind].options()
    return KINDS[kind](**{name: options[name].kind.read(value) for name, value in fields.items()})


def arrays(example: Example, samples: int, dtype: Any = np.float64) -> tuple[list[Any], dict[str, Any]]:
    """Random inputs and parameters for an example, always the same ones."""
    rng = np.random.default_rng(7)
    layer = example.layer()
    inputs = random_inputs(rng, example, layer, example.shapes, (samples, dtype))
    parameters = {
        name: random_integers(rng, name, one) if one.dtype else random_numbers(rng, name, one.shape).astype(dtype)
        for name, one in layer.parameters(example.shapes).items()
    }
    return inputs, parameters


def random_inputs(rng: Any, example: Example, layer: Layer, shapes: Sequence[Shape], how: tuple[int, Any]) -> list[Any]:
    """So many samples of this type, such as the layer takes: whole numbers are small, so that sums are no ends."""
    samples, dtype = how
    inputs = [
        small_integers(rng, (samples, *shape), zero=len(shape) < 2 and len(shapes) > 1)
        if kind
        else rng.standard_normal((samples, *shape))
        for shape, kind in zip(shapes, example.types, strict=True)
    ]
    inputs = [x.astype(kind or dtype) for x, kind in zip(inputs, example.types, strict=True)]
    for number, count in whole_numbers(example).items():
        drawn = rng.integers(0, count, inputs[number].shape)
        inputs[number] = drawn if layer.takes_indices else drawn.astype(dtype)
    if example.kind in DEFINED:
        inputs = [DEFINED[example.kind](x) for x in inputs]
    if example.fields.get("attention_mask") == "boolean":
        inputs[-1] = np.abs(inputs[-1]) + 1  # where no key is seen, none plays a part
    if example.fields.get("key_lengths"):
        inputs[-1][:] = example.shapes[1][-2]  # all keys
    return example.with_masks(inputs)


def small_integers(rng: Any, shape: Shape, *, zero: bool) -> Any:
    """Whole numbers from 4 on; zero points below that."""
    return rng.integers(1, 4, shape) if zero else rng.integers(4, 7, shape)


def random_integers(rng: Any, name: str, parameter: Parameter) -> Any:
    """Whole numbers for a parameter of these: small ones; outputs lie around the middle of their type."""
    if name == "output_zero_point":
        return np.full(parameter.shape, 0 if np.iinfo(parameter.dtype).min < 0 else 100, parameter.dtype)
    least = 2 if name.endswith("zero_point") else 4
    return np.asarray(rng.integers(least, least + 2, parameter.shape)).astype(parameter.dtype)


def random_numbers(rng: Any, name: str, shape: Shape) -> Any:
    """Numbers for any other: positive ones, the scale of an output that holds sums a larger one."""
    return np.asarray(rng.uniform(4, 6, shape) if name == "output_scale" else rng.uniform(0.5, 1.5, shape))


def rows(*values: Sequence[float]) -> list[list[list[float]]]:
    """A picture of one channel from its rows."""
    return [[[value] for value in row] for row in values]


def line(*values: float) -> list[list[float]]:
    """A signal of one channel."""
    return [[value] for value in values]


def function(kind: str, inputs: Sequence[float], expected: Sequence[float], **fields: Any) -> Example:
    """An activation by hand: what becomes of each number."""
    return Example(kind, fields, [(len(inputs),)], ByHand([inputs], expected))


ONE_TO_NINE = rows([1, 2, 3], [4, 5, 6], [7, 8, 9])
SIGNAL = [0, 1, 3, 6, 10]

DENSE = [
    Example("dense", {"units": "4"}, [(3,)]),
    Example("dense", {"units": "2", "use_bias": "false", "activation": "softmax"}, [(4, 3)]),
    Example(
        "dense",
        {"units": "2", "activation": "relu"},
        [(3,)],
        ByHand([[1, 2, 3]], [24, 0], {"kernel": [[1, -1], [2, 0], [6, -4]], "bias": [1, 2]}),
    ),
    Example(
        "einsum_dense",
        {"equation": "abc,cd->abd", "output_dims": ["null", "1"], "bias_axes": "d", "activation": "relu"},
        [(2, 3)],
        ByHand([[[1, 2, 3], [0, 1, -1]]], [[24], [0]], {"kernel": [[1], [2], [6]], "bias": [1]}),
    ),
    Example("einsum_dense", {"equation": "...x,xy->...y", "output_dims": "4"}, [(3,)]),
    Example("einsum_dense", {"equation": "ab...,bcd->adc...", "output_dims": ["2", "3"], "bias_axes": "d"}, [(4, 2)]),
    Example(
        "einsum_dense", {"equation": "abcd,dbe->aeb", "output_dims": ["2", "null"], "bias_axes": "eb"}, [(2, 3, 4)]
    ),
    Example("einsum_dense", {"equation": "nij,ijk->njki", "output_dims": ["3", "2", "null"]}, [(2, 3)]),
    Example("einsum_dense", {"equation": "nij,jk->nk", "output_dims": "2", "activation": "softmax"}, [(2, 3)]),
    Example(
        "embedding",
        {"input_dim": "3", "output_dim": "2"},
        [(4,)],
        ByHand([[2, 0, 2, 1]], [[5, 6], [1, 2], [5, 6], [3, 4]], {"embeddings": [[1, 2], [3, 4], [5, 6]]}),
    ),
    Example("embedding", {"input_dim": "3", "output_dim": "2", "mask_zero": "true"}, [(4,)]),
    Example("constant", {"shape": ["2", "1"]}, [(3, 1)], ByHand([line(7, 8, 9)], line(5, 6), {"value": line(5, 6)})),
    Example("constant", {"shape": ["4"], "trainable": "false"}, [(2, 3)]),
    Example("constant", {"shape": []}, [(2, 3)]),
    Example("constant", {"shape": ["2"], "dtype": "int8"}, [(3,)]),
    Example("masking", {}, [(3, 2)], ByHand([[[0, 0], [0, 2], [1, 0]]], [[0, 0], [0, 2], [1, 0]])),
]

RECURRENT = [
    Example(
        "simple_rnn",
        {"units": "1", "activation": "null", "return_sequences": "true"},
        [(3, 1)],
        ByHand([line(1, 2, 3)], line(3, 6.5, 10.25), {"kernel": [[2]], "recurrent_kernel": [[0.5]], "bias": [1]}),
    ),
    Example("simple_rnn", {"units": "3"}, [(4, 2)]),
    Example("simple_rnn", {"units": "2", "activation": "elu", "use_bias": "false"}, [(3, 2), (2,)]),
    Example(
        "lstm",
        {"units": "1", "activation": "null", "return_sequences": "true"},
        [(2, 1)],
        ByHand(
            [line(4, 8)],
            line(0.75, 2.15625),
            {"kernel": [[0, 0, 1, 0]], "recurrent_kernel": [[0, 0, 2, 0]], "bias": [LN3, 0, 0, -LN3]},
        ),
    ),
    Example(
        "lstm",
        {"units": "1", "activation": "null", "recurrent_activation": {"type": "hard_sigmoid", "alpha": "0.2"}},
        [(2, 1)],
        ByHand(
            [line(4, 8)],
            [2.15625],
            {"kernel": [[0, 0, 1, 0]], "recurrent_kernel": [[0, 0, 2, 0]], "bias": [1.25, 0, 0, -1.25]},
        ),
    ),
    Example("lstm", {"units": "2"}, [(3, 2)]),
    Example("lstm", {"units": "2", "return_sequences": "true", "go_backwards": "true"}, [(3, 2)]),
    Example("lstm", {"units": "2", "use_bias": "false", "activation": "softsign"}, [(2, 2), (2,), (2,)]),
    Example(
        "gru",
        {"units": "1", "activation": "null", "return_sequences": "true"},
        [(2, 1)],
        ByHand(
            [line(4, 8)],
            line(5.4375, 15.9140625),
            {"kernel": [[0, 0, 1]], "recurrent_kernel": [[0, 0, 2]], "bias": [[-LN3, 0, 1], [0, LN3, 3]]},
        ),
    ),
    Example(
        "gru",
        {"units": "1", "activation": "null", "reset_after": "false"},
        [(2, 1)],
        ByHand(
            [line(4, 8)],
            [11.90625],
            {"kernel": [[0, 0, 1]], "recurrent_kernel": [[0, 0, 2]], "bias": [-LN3, LN3, 1]},
        ),
    ),
    Example("gru", {"units": "2", "return_sequences": "true"}, [(3, 2), (2,)]),
    Example("gru", {"units": "2", "reset_after": "false", "go_backwards": "true"}, [(3, 2)]),
    Example("gru", {"units": "2", "use_bias": "false", "recurrent_activation": "hard_sigmoid"}, [(3, 2)]),
    Example(
        "conv_lstm1d",
        {"filters": "1", "kernel_size": "2", "activation": "null", "return_sequences": "true"},
        [(2, 2, 1)],
        ByHand(
            [[line(1, 3), line(5, 3)]],
            [line(0.75), line(2.15625)],
            {
                "kernel": [[[0, 0, 1, 0]]] * 2,
                "recurrent_kernel": [[[0, 0, 2, 0]], [[0, 0, 5, 0]]],
                "bias": [LN3, 0, 0, -LN3],
            },
        ),
    ),
    Example("conv_lstm1d", {"filters": "2", "kernel_size": "2", "padding": "same", "strides": "2"}, [(3, 5, 2)]),
    Example(
        "conv_lstm1d",
        {"filters": "1", "kernel_size": "2", "dilation_rate": "2", "go_backwards": "true", "return_sequences": "true"},
        [(3, 7, 2), (5, 1), (5, 1)],
    ),
    Example(
        "conv_lstm2d",
        {"filters": "1", "kernel_size": ["2", "1"], "activation": "null"},
        [(2, 2, 1, 1)],
        ByHand(
            [[rows([1], [3]), rows([5], [3])]],
            rows([2.15625]),
            {
                "kernel": [[[[0, 0, 1, 0]]]] * 2,
                "recurrent_kernel": [[[[0, 0, 2, 0]]], [[[0, 0, 5, 0]]]],
                "bias": [LN3, 0, 0, -LN3],
            },
        ),
    ),
    Example(
        "conv_lstm2d",
        {"filters": "1", "kernel_size": "2", "return_sequences": "true", "use_bias": "false"},
        [(2, 4, 3, 2)],
    ),
    Example(
        "conv_lstm3d",
        {"filters": "1", "kernel_size": ["2", "1", "1"], "activation": "null"},
        [(2, 2, 1, 1, 1)],
        ByHand(
            [[[rows([1]), rows([3])], [rows([5]), rows([3])]]],
            [rows([2.15625])],
            {
                "kernel": [[[[[0, 0, 1, 0]]]]] * 2,
                "recurrent_kernel": [[[[[0, 0, 2, 0]]]], [[[[0, 0, 5, 0]]]]],
                "bias": [LN3, 0, 0, -LN3],
            },
        ),
    ),
    Example("conv_lstm3d", {"filters": "2", "kernel_size": ["1", "2", "1"], "padding": "same"}, [(2, 1, 3, 2, 1)]),
    Example(
        "bidirectional",
        {"layer": {"type": "simple_rnn", "units": "1", "activation": "null", "return_sequences": "true"}},
        [(2, 1)],
        ByHand(
            [line(1, 2)],
            [[3, 13.25], [6.5, 6.5]],
            {
                "forward_kernel": [[2]],
                "forward_recurrent_kernel": [[0.5]],
                "forward_bias": [1],
                "backward_kernel": [[3]],
                "backward_recurrent_kernel": [[1.5]],
                "backward_bias": [0.5],
            },
        ),
    ),
    Example("bidirectional", {"layer": {"type": "lstm", "units": "2"}}, [(3, 2)]),
    Example(
        "bidirectional",
        {"layer": {"type": "simple_rnn", "units": "1", "activation": "null", "return_sequences": "true"}},
        [(2, 1), (1,), (1,)],
        ByHand(
            [line(1, 2), [2], [3]],
            [[4, 20], [7, 11]],
            {
                "forward_kernel": [[2]],
                "forward_recurrent_kernel": [[0.5]],
                "forward_bias": [1],
                "backward_kernel": [[3]],
                "backward_recurrent_kernel": [[1.5]],
                "backward_bias": [0.5],
            },
        ),
    ),
    Example(
        "bidirectional",
        {"layer": {"type": "gru", "units": "1", "return_sequences": "true"}, "merge_mode": "mul"},
        [(3, 2)],
    ),
    Example(
        "bidirectional",
        {
            "layer": {"type": "lstm", "units": "1", "go_backwards": "true"},
            "backward_layer": {"type": "gru", "units": "1"},
            "merge_mode": "ave",
        },
        [(3, 2)],
    ),
    Example(
        "bidirectional",
        {"layer": {"type": "conv_lstm1d", "filters": "1", "kernel_size": "2", "return_sequences": "true"}},
        [(3, 3, 1)],
    ),
    Example(
        "time_distributed",
        {"layer": {"type": "dense", "units": "1", "activation": "relu"}},
        [(2, 2)],
        ByHand([[[1, 2], [3, -4]]], line(6, 0), {"kernel": [[1], [2]], "bias": [1]}),
    ),
    Example("time_distributed", {"layer": {"type": "conv1d", "filters": "1", "kernel_size": "2"}}, [(2, 3, 2)]),
    Example("time_distributed", {"layer": {"type": "gru", "units": "2"}}, [(2, 2, 1)]),
    Example("time_distributed", {"layer": "flatten"}, [(2, 2, 2)]),
]

CONVOLUTION = [
    Example(
        "conv1d",
        {"filters": "1", "kernel_size": "3"},
        [(5, 1)],
        ByHand([line(*SIGNAL)], line(4, 6, 8), {"kernel": [[[-1]], [[0]], [[1]]], "bias": [1]}),
    ),
    Example("conv1d", {"filters": "4", "kernel_size": "3", "padding": "causal", "dilation_rate": "2"}, [(9, 2)]),
    Example("conv1d", {"filters": "4", "kernel_size": "3", "padding": ["2", "0"], "strides": "2"}, [(9, 2)]),
    Example(
        "conv2d",
        {"filters": "1", "kernel_size": "2"},
        [(3, 3, 1)],
        ByHand([ONE_TO_NINE], rows([-3, -3], [-3, -3]), {"kernel": [[[[1]], [[0]]], [[[0]], [[-1]]]], "bias": [1]}),
    ),
    Example(
        "conv2d",
        {"filters": "1", "kernel_size": "2", "flip_kernel": "true", "use_bias": "false"},
        [(3, 3, 1)],
        ByHand([ONE_TO_NINE], rows([4, 4], [4, 4]), {"kernel": [[[[1]], [[0]]], [[[0]], [[-1]]]]}),
    ),
    Example("conv2d", {"filters": "4", "kernel_size": ["3", "2"], "padding": "same", "strides": "2"}, [(7, 6, 3)]),
    Example("conv2d", {"filters": "6", "kernel_size": "3", "groups": "3", "padding": "1"}, [(5, 5, 3)]),
    Example("conv2d", {"filters": "2", "kernel_size": "3", "dilation_rate": "2"}, [(9, 8, 2)]),
    Example("conv2d", {"filters": "2", "kernel_size": "3", "padding": [["2", "0"], ["0", "1"]]}, [(5, 6, 2)]),
    Example("conv3d", {"filters": "2", "kernel_size": "2", "strides": ["1", "2", "1"]}, [(4, 5, 4, 2)]),
    Example(
        "conv3d",
        {"filters": "1", "kernel_size": ["2", "1", "1"], "use_bias": "false"},
        [(2, 1, 2, 1)],
        ByHand([[[[[1], [2]]], [[[3], [4]]]]], [[[[7], [10]]]], {"kernel": [[[[[1]]]], [[[[2]]]]]}),
    ),
    Example(
        "depthwise_conv2d",
        {"kernel_size": ["1", "2"], "depth_multiplier": "2"},
        [(1, 3, 2)],
        ByHand(
            [[[[1, 10], [2, 20], [4, 40]]]],
            [[[3, 2, 30, -17], [6, 4, 60, -37]]],
            {"kernel": [[[[1, 0], [1, 0]], [[1, 1], [1, -1]]]], "bias": [0, 0, 0, 3]},
        ),
    ),
    Example("depthwise_conv2d", {"kernel_size": "3", "padding": "same", "strides": "2"}, [(7, 8, 3)]),
    Example("depthwise_conv2d", {"kernel_size": "3", "dilation_rate": "2", "flip_kernel": "true"}, [(7, 8, 3)]),
    Example(
        "separable_conv2d",
        {"filters": "1", "kernel_size": ["1", "2"]},
        [(1, 3, 2)],
        ByHand(
            [[[[1, 10], [2, 20], [4, 40]]]],
            [[[37], [73]]],
            {
                "depthwise_kernel": [[[[1], [1]], [[1], [0]]]],
                "pointwise_kernel": [[[[2], [3]]]],
                "bias": [1],
            },
        ),
    ),
    Example(
        "separable_conv2d",
        {"filters": "5", "kernel_size": "3", "depth_multiplier": "2", "padding": "same", "activation": "tanh"},
        [(6, 5, 3)],
    ),
    Example(
        "conv2d_transpose",
        {"filters": "1", "kernel_size": "2", "strides": "2"},
        [(1, 2, 1)],
        ByHand(
            [rows([1, 2])],
            rows([6, 7, 7, 9], [8, 9, 11, 13]),
            {"kernel": [[[[1]], [[2]]], [[[3]], [[4]]]], "bias": [5]},
        ),
    ),
    Example(
        "conv2d_transpose",
        {
            "filters": "1",
            "kernel_size": ["1", "2"],
            "strides": ["1", "2"],
            "padding": [["0", "0"], ["1", "0"]],
            "output_padding": ["0", "1"],
        },
        [(1, 2, 1)],
        ByHand([rows([1, 2])], rows([15, 7, 25, 5]), {"kernel": [[[[1]], [[10]]]], "bias": [5]}),
    ),
    Example("conv2d_transpose", {"filters": "3", "kernel_size": "3", "strides": "2", "padding": "same"}, [(4, 5, 2)]),
    Example("conv2d_transpose", {"filters": "3", "kernel_size": "3", "dilation_rate": "2"}, [(4, 5, 2)]),
    Example("conv2d_transpose", {"filters": "2", "kernel_size": "1", "strides": "3"}, [(4, 5, 2)]),
    Example(
        "conv2d_transpose",
        {"filters": "2", "kernel_size": ["3", "4"], "strides": "2", "padding": "1", "output_padding": ["1", "0"]},
        [(4, 5, 2)],
    ),
    Example(
        "conv2d_transpose",
        {"filters": "2", "kernel_size": "3", "strides": "2", "padding": "same", "output_padding": "1"},
        [(4, 5, 2)],
    ),
]

CONVOLUTION += [
    Example(
        "depthwise_conv1d",
        {"kernel_size": "2", "depth_multiplier": "2"},
        [(3, 2)],
        ByHand(
            [[[1, 10], [2, 20], [4, 40]]],
            [[3, 2, 30, -17], [6, 4, 60, -37]],
            {"kernel": [[[1, 0], [1, 0]], [[1, 1], [1, -1]]], "bias": [0, 0, 0, 3]},
        ),
    ),
    Example("depthwise_conv1d", {"kernel_size": "3", "padding": "causal", "dilation_rate": "2"}, [(7, 3)]),
    Example("depthwise_conv1d", {"kernel_size": "3", "padding": "same", "strides": "2"}, [(8, 3)]),
    Example(
        "separable_conv1d",
        {"filters": "1", "kernel_size": "2"},
        [(3, 2)],
        ByHand(
            [[[1, 10], [2, 20], [4, 40]]],
            [[37], [73]],
            {"depthwise_kernel": [[[1], [1]], [[1], [0]]], "pointwise_kernel": [[[2], [3]]], "bias": [1]},
        ),
    ),
    Example(
        "separable_conv1d",
        {"filters": "3", "kernel_size": "3", "depth_multiplier": "2", "padding": "causal", "activation": "tanh"},
        [(6, 2)],
    ),
    Example(
        "conv1d_transpose",
        {"filters": "1", "kernel_size": "3", "strides": "2"},
        [(2, 1)],
        ByHand([line(1, 10)], line(6, 7, 18, 25, 35), {"kernel": [[[1]], [[2]], [[3]]], "bias": [5]}),
    ),
    Example("conv1d_transpose", {"filters": "4", "kernel_size": "4", "strides": "3", "groups": "2"}, [(4, 6)]),
    Example(
        "conv1d_transpose",
        {"filters": "2", "kernel_size": "1", "groups": "2", "use_bias": "false"},
        [(1, 4)],
        ByHand([[[1, 2, 3, 4]]], [[21, 430]], {"kernel": [[[1, 10, 10, 100]]]}),
    ),
    Example(
        "conv2d_transpose",
        {"filters": "4", "kernel_size": "3", "strides": "2", "padding": "same", "groups": "2"},
        [(3, 4, 2)],
    ),
    Example("conv3d_transpose", {"filters": "2", "kernel_size": "2", "strides": ["1", "2", "2"]}, [(2, 3, 2, 2)]),
    Example(
        "conv3d_transpose",
        {"filters": "1", "kernel_size": ["2", "1", "1"], "strides": "1", "use_bias": "false"},
        [(1, 1, 2, 1)],
        ByHand([[[[[1], [10]]]]], [[[[2], [20]]], [[[3], [30]]]], {"kernel": [[[[[2]]]], [[[[3]]]]]}),
    ),
]

VOLUME = [[[[1], [2]], [[3], [4]]], [[[5], [6]], [[7], [8]]]]

POOLING = [
    Example("max_pooling1d", {}, [(5, 1)], ByHand([line(1, 3, 2, -4, 9)], line(3, 2))),
    Example("max_pooling1d", {"pool_size": "3", "strides": "2", "padding": "same"}, [(8, 2)]),
    Example(
        "average_pooling1d",
        {"padding": "1", "count_include_pad": "true"},
        [(4, 1)],
        ByHand([line(1, 3, 5, 8)], line(0.5, 4, 4)),
    ),
    Example(
        "average_pooling2d",
        {"pool_size": "3", "strides": "2", "padding": "1", "ceil_mode": "true", "count_include_pad": "true"},
        [(4, 6, 2)],
    ),
    Example("max_pooling1d", {"ceil_mode": "true"}, [(5, 1)], ByHand([line(1, 3, 2, -4, 9)], line(3, 2, 9))),
    Example(
        "average_pooling2d",
        {"pool_size": "3", "strides": "2", "padding": "1", "ceil_mode": "true"},
        [(4, 6, 2)],
    ),
    Example(
        "average_pooling1d",
        {"padding": "1", "ceil_mode": "true"},
        [(4, 1)],
        ByHand([line(1, 3, 5, 8)], line(1, 4, 8)),
    ),
    Example("max_pooling2d", {"strides": "1"}, [(3, 3, 1)], ByHand([ONE_TO_NINE], rows([5, 6], [8, 9]))),
    Example(
        "max_pooling2d",
        {"padding": [["1", "0"], ["0", "1"]]},
        [(3, 3, 1)],
        ByHand([rows([-1, -2, -3], [-4, -5, -6], [-7, -8, -9])], rows([-1, -3], [-4, -6])),
    ),
    Example("max_pooling2d", {"pool_size": ["3", "2"], "strides": ["2", "3"], "padding": "same"}, [(7, 8, 2)]),
    Example("max_pooling3d", {}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[8]]]])),
    Example("max_pooling3d", {"pool_size": "2", "strides": "1", "padding": "same"}, [(3, 4, 3, 2)]),
    Example("average_pooling1d", {}, [(5, 1)], ByHand([line(1, 3, 2, -4, 9)], line(2, -1))),
    Example("average_pooling1d", {"pool_size": "3", "strides": "1", "padding": ["2", "1"]}, [(6, 2)]),
    Example("average_pooling2d", {"strides": "1"}, [(3, 3, 1)], ByHand([ONE_TO_NINE], rows([3, 4], [6, 7]))),
    Example(
        "average_pooling2d",
        {"padding": "same"},
        [(3, 3, 1)],
        ByHand([ONE_TO_NINE], rows([3, 4.5], [7.5, 9])),
    ),
    Example("average_pooling2d", {"pool_size": "3", "strides": "2", "padding": "1"}, [(6, 7, 2)]),
    Example("average_pooling3d", {}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[4.5]]]])),
    Example("average_pooling3d", {"pool_size": "3", "strides": "2", "padding": "same"}, [(4, 3, 4, 2)]),
    Example("global_max_pooling1d", {}, [(3, 2)], ByHand([[[1, -1], [3, -2], [2, -3]]], [3, -1])),
    Example("global_max_pooling2d", {}, [(3, 3, 1)], ByHand([ONE_TO_NINE], [9])),
    Example("global_max_pooling2d", {"keepdims": "true"}, [(4, 3, 2)]),
    Example("global_max_pooling3d", {}, [(2, 2, 2, 1)], ByHand([VOLUME], [8])),
    Example("global_average_pooling1d", {}, [(3, 2)], ByHand([[[1, -1], [3, -2], [2, -3]]], [2, -2])),
    Example("global_average_pooling1d", {"keepdims": "true"}, [(5, 2)]),
    Example("global_average_pooling2d", {"keepdims": "true"}, [(3, 3, 1)], ByHand([ONE_TO_NINE], [[[5]]])),
    Example("global_average_pooling3d", {}, [(2, 2, 2, 1)], ByHand([VOLUME], [4.5])),
]

POOLING += [
    Example(
        "max_pooling1d",
        {"dilation_rate": "2", "strides": "1"},
        [(5, 1)],
        ByHand([line(1, 3, 2, -4, 9)], line(2, 3, 9)),
    ),
    Example("max_pooling2d", {"pool_size": "3", "dilation_rate": ["2", "1"], "padding": "same"}, [(7, 6, 2)]),
    Example(
        "average_pooling1d",
        {"dilation_rate": "2", "strides": "1", "padding": "1", "count_include_pad": "true"},
        [(4, 1)],
        ByHand([line(1, 3, 5, 8)], line(1.5, 3, 5.5, 2.5)),
    ),
    Example(
        "average_pooling2d",
        {"pool_size": "3", "strides": "2", "dilation_rate": "2", "padding": "1", "ceil_mode": "true"},
        [(6, 7, 2)],
    ),
    Example("lp_pooling1d", {}, [(5, 1)], ByHand([line(3, -4, 5, 12, 9)], line(5, 13))),
    Example("lp_pooling1d", {"p": "1", "padding": "1", "dilation_rate": "2"}, [(5, 2)]),
    Example(
        "lp_pooling2d", {"p": "1", "strides": "1"}, [(2, 3, 1)], ByHand([rows([1, -2, 3], [4, 5, -6])], rows([12, 16]))
    ),
    Example("lp_pooling2d", {"p": "3", "pool_size": ["2", "3"], "padding": "same"}, [(5, 6, 2)]),
    Example("lp_pooling3d", {"p": "1"}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[36]]]])),
    Example("adaptive_max_pooling1d", {"output_size": "2"}, [(5, 1)], ByHand([line(1, 3, 7, -4, 9)], line(7, 9))),
    Example("adaptive_max_pooling2d", {"output_size": ["2", "3"]}, [(5, 7, 2)]),
    Example("adaptive_max_pooling2d", {"output_size": "2"}, [(3, 3, 1)], ByHand([ONE_TO_NINE], rows([5, 6], [8, 9]))),
    Example("adaptive_max_pooling3d", {"output_size": "1"}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[8]]]])),
    Example("adaptive_average_pooling1d", {"output_size": "2"}, [(5, 1)], ByHand([line(1, 3, 2, -4, 8)], line(2, 2))),
    Example("adaptive_average_pooling1d", {"output_size": "7"}, [(5, 2)]),
    Example(
        "adaptive_average_pooling2d",
        {"output_size": ["1", "2"]},
        [(3, 3, 1)],
        ByHand([ONE_TO_NINE], rows([4.5, 5.5])),
    ),
    Example("adaptive_average_pooling2d", {"output_size": ["4", "3"]}, [(6, 6, 2)]),
    Example("adaptive_average_pooling3d", {"output_size": "1"}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[4.5]]]])),
]

SHAPE = [
    Example("flatten", {}, [(2, 2, 2)], ByHand([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], [1, 2, 3, 4, 5, 6, 7, 8])),
    Example("flatten", {}, [(5,)]),
    Example("reshape", {"target_shape": ["2", "-1"]}, [(6,)], ByHand([[1, 2, 3, 4, 5, 6]], [[1, 2, 3], [4, 5, 6]])),
    Example("reshape", {"target_shape": "-1"}, [(2, 3)]),
    Example("reshape", {"target_shape": ["4", "3"]}, [(4, 3)]),
    Example("permute", {"dims": ["2", "1"]}, [(2, 3)], ByHand([[[1, 2, 3], [4, 5, 6]]], [[1, 4], [2, 5], [3, 6]])),
    Example("permute", {"dims": ["3", "1", "2"]}, [(4, 3, 2)]),
    Example("permute", {"dims": ["1", "2"]}, [(4, 3)]),
    Example(
        "zero_padding1d",
        {"padding": ["1", "2"]},
        [(2, 2)],
        ByHand([[[1, 2], [3, 4]]], [[0, 0], [1, 2], [3, 4], [0, 0], [0, 0]]),
    ),
    Example("zero_padding2d", {}, [(1, 2, 1)], ByHand([rows([1, 2])], rows([0] * 4, [0, 1, 2, 0], [0] * 4))),
    Example("zero_padding2d", {"padding": [["2", "0"], ["0", "3"]]}, [(3, 4, 2)]),
    Example(
        "cropping2d",
        {"cropping": [["0", "1"], ["2", "0"]]},
        [(3, 3, 1)],
        ByHand([ONE_TO_NINE], rows([3], [6])),
    ),
    Example("cropping2d", {"cropping": ["1", "2"]}, [(6, 7, 2)]),
    Example(
        "up_sampling2d",
        {"size": ["1", "2"]},
        [(2, 2, 1)],
        ByHand([rows([1, 2], [3, 4])], rows([1, 1, 2, 2], [3, 3, 4, 4])),
    ),
    Example(
        "up_sampling2d",
        {"size": ["1", "2"], "interpolation": "bilinear"},
        [(2, 2, 1)],
        ByHand([rows([0, 4], [8, 12])], rows([0, 1, 3, 4], [8, 9, 11, 12])),
    ),
    Example("up_sampling2d", {"size": ["3", "2"], "interpolation": "bilinear"}, [(6, 5, 2)]),
    Example("up_sampling2d", {"size": ["4", "1"], "interpolation": "bilinear"}, [(5, 4, 2)]),
    Example("up_sampling2d", {"size": "3"}, [(4, 4, 2)]),
    Example("up_sampling1d", {}, [(2, 1)], ByHand([line(1, 2)], line(1, 1, 2, 2))),
    Example("up_sampling1d", {"interpolation": "linear"}, [(2, 1)], ByHand([line(0, 4)], line(0, 1, 3, 4))),
    Example(
        "up_sampling3d", {"size": ["1", "1", "2"]}, [(1, 1, 2, 1)], ByHand([[[[[1], [2]]]]], [[[[1], [1], [2], [2]]]])
    ),
    Example(
        "cropping3d", {"cropping": [["1", "0"], "0", ["0", "1"]]}, [(2, 2, 2, 1)], ByHand([VOLUME], [[[[5]], [[7]]]])
    ),
    Example("up_sampling3d", {"size": ["2", "1", "2"], "interpolation": "trilinear"}, [(2, 3, 3, 1)]),
    Example("cropping1d", {"cropping": ["1", "2"]}, [(5, 1)], ByHand([line(1, 2, 3, 4, 5)], line(2, 3))),
    Example("cropping3d", {"cropping": ["1", "0", ["0", "1"]]}, [(3, 2, 3, 2)]),
    Example(
        "zero_padding3d",
        {"padding": [["1", "0"], "0", "1"]},
        [(1, 1, 1, 2)],
        ByHand([[[[[1, 2]]]]], [[[[0, 0], [0, 0], [0, 0]]], [[[0, 0], [1, 2], [0, 0]]]]),
    ),
    Example("zero_padding3d", {}, [(2, 1, 2, 1)]),
]

FOUR = line(1, 2, 3, 4)
CHANNELS = [[[[1, 2, 3, 4, 5, 6, 7, 8]]]]
PAIRS = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]], [[2], [0]]]

SHAPE += [
    Example("repeat_vector", {"n": "2"}, [(3,)], ByHand([[1, 2, 3]], [[1, 2, 3], [1, 2, 3]])),
    Example("transpose", {}, [(2, 3)], ByHand([[[1, 2, 3], [4, 5, 6]]], [[1, 4], [2, 5], [3, 6]])),
    Example("transpose", {"dims": ["3", "1", "2"]}, [(4, 3, 2)]),
    Example("squeeze", {}, [(1, 3, 1)], ByHand([[[[1], [2], [3]]]], [1, 2, 3])),
    Example("squeeze", {"axis": "1"}, [(1, 3, 1)], ByHand([[[[1], [2], [3]]]], [[1], [2], [3]])),
    Example("squeeze", {"axis": ["-1", "1"]}, [(1, 3, 1)]),
    Example("expand_dims", {}, [(2,)], ByHand([[1, 2]], [[1], [2]])),
    Example("expand_dims", {"axis": "1"}, [(3, 2)]),
    Example(
        "slice",
        {"starts": ["1", "-1", "null"]},
        [(3, 2, 2)],
        ByHand([[[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]], [[[7, 8]], [[11, 12]]]),
    ),
    Example("slice", {"starts": ["1", "0", "0"], "ends": ["6", "-1", "1"], "steps": ["2", "1", "1"]}, [(7, 4, 2)]),
    Example("slice", {"starts": ["-1", "null"], "steps": ["-2", "1"]}, [(5, 2)]),
    Example("slice", {"starts": "2", "ends": "99"}, [(5,)], ByHand([[1, 2, 3, 4, 5]], [3, 4, 5])),
    Example("take_along_axis", {}, [(2, 3), (2, 1)], ByHand([[[1, 2, 3], [4, 5, 6]], [[2], [0]]], line(3, 4))),
    Example("take_along_axis", {"axis": "1"}, [(3, 1, 2), (2, 2, 2)]),
    Example("gather", {"indices": ["2", "0", "-1", "2"]}, [(3,)], ByHand([[5, 6, 7]], [7, 5, 7, 7])),
    Example("gather", {"indices": ["1", "0"], "axis": "1"}, [(4, 3)]),
    Example("gather", {"indices": ["1", "0", "1"]}, [(4, 3, 2)]),
    Example("gather", {"axis": "1"}, [(3, 2), (2,)], ByHand([[[1, 2], [3, 4], [5, 6]], [2, 0]], [[5, 6], [1, 2]])),
    Example("gather", {"axis": "2"}, [(2, 3, 2), (2, 2)]),
    Example(
        "gather_nd",
        {},
        [(2, 3), (3, 2)],
        ByHand([[[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 2], [-1, -1]]], [4, 3, 6]),
    ),
    Example("gather_nd", {}, [(3, 2, 2), (2, 1)], ByHand(PAIRS, [[[9, 10], [11, 12]], [[1, 2], [3, 4]]])),
    Example("gather_nd", {}, [(2, 3, 2), (2, 2, 2)]),
    Example(  # of two for one place the last one stays
        "index_copy", {"indices": ["2", "0", "2"]}, [(3,), (3,)], ByHand([[5, 6, 7], [1, 2, 3]], [2, 6, 3])
    ),
    Example(
        "index_copy",
        {"indices": ["2", "0", "2"], "reduction": "add"},
        [(3,), (3,)],
        ByHand([[5, 6, 7], [1, 2, 3]], [7, 6, 11]),
    ),
    Example("index_copy", {"indices": ["2", "0"], "axis": "1"}, [(4, 3), (2, 3)]),
    Example("index_copy", {"indices": ["1", "1", "0"], "axis": "2"}, [(2, 4, 3), (2, 3, 3)]),
    Example("index_copy", {"indices": ["3", "1", "3"], "axis": "1", "reduction": "max"}, [(4, 3), (3, 3)]),
    Example("index_copy", {"indices": ["-1"], "reduction": "mul"}, [(2, 2, 2), (2, 2, 1)]),
    Example(
        "index_copy",
        {"axis": "1"},
        [(3, 2), (2,), (2, 2)],
        ByHand([[[1, 2], [3, 4], [5, 6]], [2, 0], [[7, 8], [9, 10]]], [[9, 10], [3, 4], [7, 8]]),
    ),
    Example("index_copy", {"reduction": "add"}, [(2, 3), (2, 2), (2, 2, 2)]),
    Example(
        "put_along_axis",
        {},
        [(2, 3), (2, 1), (2, 1)],
        ByHand([[[1, 2, 3], [4, 5, 6]], [[2], [0]], [[7], [8]]], [[1, 2, 7], [8, 5, 6]]),
    ),
    Example("put_along_axis", {"axis": "1", "reduction": "min"}, [(3, 2, 2), (4, 1, 2), (4, 1, 2)]),
    Example(
        "put_along_axis", {"reduction": "mul"}, [(3,), (2,), (2,)], ByHand([[5, 6, 7], [1, 1], [2, 3]], [5, 36, 7])
    ),
    Example(
        "scatter_nd",
        {},
        [(2, 3), (2, 2), (2,)],
        ByHand([[[1, 2, 3], [4, 5, 6]], [[1, 0], [0, -1]], [7, 8]], [[1, 2, 8], [7, 5, 6]]),
    ),
    Example("scatter_nd", {"reduction": "add"}, [(2, 3, 2), (2, 2, 1), (2, 2, 3, 2)]),
    Example("tile", {"repeats": ["2", "1"]}, [(2, 2)], ByHand([[[1, 2], [3, 4]]], [[1, 2], [3, 4], [1, 2], [3, 4]])),
    Example("tile", {"repeats": ["1", "1", "2"]}, [(2, 3, 2)]),
    Example("tile", {"repeats": ["2", "3", "1"]}, [(2, 3, 2)]),
    Example("depth_to_space", {"block_size": "2"}, [(1, 1, 8)], ByHand(CHANNELS, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])),
    Example(
        "depth_to_space",
        {"block_size": "2", "mode": "CRD"},
        [(1, 1, 8)],
        ByHand(CHANNELS, [[[1, 5], [2, 6]], [[3, 7], [4, 8]]]),
    ),
    Example("depth_to_space", {"block_size": "2"}, [(3, 2, 4)]),
    Example(
        "space_to_depth", {"block_size": "2"}, [(2, 2, 2)], ByHand([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], CHANNELS[0])
    ),
    Example(
        "space_to_depth",
        {"block_size": "2", "mode": "CRD"},
        [(2, 2, 2)],
        ByHand([[[[1, 5], [2, 6]], [[3, 7], [4, 8]]]], CHANNELS[0]),
    ),
    Example("space_to_depth", {"block_size": "3"}, [(3, 6, 2)]),
    Example("pad", {}, [(1, 2, 1)], ByHand([rows([1, 2])], rows([0] * 4, [0, 1, 2, 0], [0] * 4))),
    Example(
        "pad", {"padding": ["2", "1"], "constant_values": "7"}, [(2, 1)], ByHand([line(1, 2)], line(7, 7, 1, 2, 7))
    ),
    Example("pad", {"padding": "2", "mode": "reflect"}, [(4, 1)], ByHand([FOUR], line(3, 2, 1, 2, 3, 4, 3, 2))),
    Example("pad", {"padding": "2", "mode": "symmetric"}, [(4, 1)], ByHand([FOUR], line(2, 1, 1, 2, 3, 4, 4, 3))),
    Example("pad", {"padding": "2", "mode": "edge"}, [(4, 1)], ByHand([FOUR], line(1, 1, 1, 2, 3, 4, 4, 4))),
    Example("pad", {"padding": "2", "mode": "wrap"}, [(4, 1)], ByHand([FOUR], line(3, 4, 1, 2, 3, 4, 1, 2))),
    Example("pad", {"padding": [["2", "0"], "1"], "mode": "reflect"}, [(4, 3, 2)]),
    Example("pad", {"padding": ["0", "1", ["1", "0"]], "mode": "edge"}, [(2, 2, 3, 1)]),
]

SHAPE += [
    Example(
        "resizing",
        {"height": "1", "width": "2", "interpolation": "nearest"},
        [(2, 4, 1)],
        ByHand([rows([1, 2, 3, 4], [5, 6, 7, 8])], rows([6, 8])),
    ),
    Example(
        "resizing",
        {"height": "1", "width": "4"},
        [(1, 2, 1)],
        ByHand([rows([1, 5])], rows([1, 2, 4, 5])),
    ),
    Example(
        "resizing",
        {"height": "1", "width": "3", "coordinate_transformation_mode": "align_corners"},
        [(1, 2, 1)],
        ByHand([rows([1, 5])], rows([1, 3, 5])),
    ),
    Example(
        "resizing",
        {"height": "1", "width": "2", "antialias": "true"},
        [(1, 4, 1)],
        ByHand([rows([0, 7, 14, 28])], rows([5, 19])),
    ),
    Example(
        "resizing",
        {"height": "1", "width": "2", "interpolation": "bicubic", "coordinate_transformation_mode": "asymmetric"},
        [(1, 3, 1)],
        ByHand([rows([1, 5, 16])], rows([1, 188 / 17])),
    ),
    Example(
        "resizing",
        {"height": "2", "width": "2", "pad_to_aspect_ratio": "true", "fill_value": "8"},
        [(2, 4, 1)],
        ByHand([rows([1, 3, 5, 7], [9, 11, 13, 15])], rows([5, 7], [9, 11])),
    ),
    Example(
        "resizing",
        {"height": "3", "width": "5", "crop_to_aspect_ratio": "true", "interpolation": "lanczos3"},
        [(6, 6, 2)],
    ),
    Example(
        "resizing",
        {"height": "7", "width": "6", "interpolation": "bicubic", "cubic_coeff_a": "-0.75", "exclude_outside": "false"},
        [(4, 6, 2)],
    ),
    Example("resizing", {"height": "2", "width": "3", "interpolation": "bicubic", "antialias": "true"}, [(7, 5, 1)]),
    Example("resizing", {"height": "6", "width": "3", "interpolation": "lanczos5"}, [(4, 5, 1)]),
    Example("resizing", {"height": "5", "width": "1", "coordinate_transformation_mode": "align_corners"}, [(3, 4, 2)]),
    Example(
        "resizing", {"height": "5", "width": "3", "interpolation": "nearest", "nearest_mode": "floor"}, [(7, 4, 2)]
    ),
    Example(
        "resizing",
        {"height": "1", "width": "2", "scales": ["1", "0.6"]},
        [(1, 4, 1)],
        ByHand([rows([0, 3, 6, 9])], rows([1, 6])),  # at (p + 1/2) / 0.6 - 1/2: 1/3 and 2
    ),
    Example(
        "resizing",
        {"height": "1", "width": "4", "scales": ["1", "0.5"], "antialias": "true"},
        [(1, 4, 1)],
        ByHand([rows([0, 7, 0, 7])], rows([3, 4, 7, 7])),  # 3/4, 3/4, 1/4 by 7/4; then beyond the end
    ),
    Example(
        "resizing",
        {"height": "1", "width": "3", "scales": ["1", "2"], "coordinate_transformation_mode": "half_pixel_symmetric"},
        [(1, 2, 1)],
        ByHand([rows([0, 8])], rows([0, 4, 8])),
    ),
    Example(
        "resizing",
        {
            "height": "1",
            "width": "3",
            "coordinate_transformation_mode": "tf_crop_and_resize",
            "roi": ["0", "0.25", "1", "1.25"],
            "fill_value": "7",
        },
        [(1, 5, 1)],
        ByHand([rows([1, 2, 3, 4, 5])], rows([2, 4, 7])),
    ),
    Example(
        "resizing",
        {"height": "1", "width": "2", "coordinate_transformation_mode": "pytorch_half_pixel"},
        [(3, 4, 1)],
        ByHand([rows([1, 2, 3, 4], [9, 9, 9, 9], [9, 9, 9, 9])], rows([1.5, 3.5])),
    ),
    Example(
        "resizing",
        {
            "height": "1",
            "width": "2",
            "interpolation": "nearest",
            "nearest_mode": "floor",
            "coordinate_transformation_mode": "tf_half_pixel_for_nn",
        },
        [(1, 4, 1)],
        ByHand([rows([1, 2, 3, 4])], rows([2, 4])),
    ),
    Example("up_sampling2d", {"size": ["2", "1"], "interpolation": "bicubic"}, [(5, 3, 2)]),
    Example("up_sampling2d", {"size": "3", "interpolation": "lanczos3"}, [(4, 2, 1)]),
    Example("center_crop", {"height": "1", "width": "2"}, [(3, 3, 1)], ByHand([ONE_TO_NINE], rows([4, 5]))),
    Example("center_crop", {"height": "3", "width": "5"}, [(4, 6, 2)]),
    Example("center_crop", {"height": "4", "width": "2"}, [(3, 3, 2)]),
]

NORMALIZATION = [
    Example(
        "spectral_normalization",
        {"layer": {"type": "dense", "units": "2", "activation": "relu"}},
        [(3,)],
        ByHand(
            [[1, 2, 3]],
            [24, 0],
            {"kernel": [[1, -1], [2, 0], [6, -4]], "bias": [1, 2], "vector_u": [[0.6, 0.8]]},
        ),
    ),
    Example("spectral_normalization", {"layer": {"type": "conv1d", "filters": "2", "kernel_size": "2"}}, [(3, 2)]),
    Example(
        "batch_normalization",
        {"epsilon": "0"},
        [(2, 2)],
        ByHand(
            [[[1, 2], [3, 6]]],
            [[10, 1], [12, 21]],
            {"gamma": [2, 10], "beta": [10, 11], "moving_mean": [1, 4], "moving_variance": [4, 4]},
        ),
    ),
    Example(
        "batch_normalization",
        {"epsilon": "1", "scale": "false", "center": "false"},
        [(2,)],
        ByHand([[3, 6]], [1, 1], {"moving_mean": [1, 4], "moving_variance": [3, 3]}),
    ),
    Example("batch_normalization", {}, [(3, 4, 2)]),
    Example("batch_normalization", {"axis": "1"}, [(3, 4, 2)]),
    Example(
        "layer_normalization",
        {"epsilon": "0"},
        [(2, 2)],
        ByHand([[[1, 3], [10, 4]]], [[9, 7], [11, 3]], {"gamma": [1, 2], "beta": [10, 5]}),
    ),
    Example("layer_normalization", {"epsilon": "1e-3", "scale": "false"}, [(3, 4, 5)]),
    Example("layer_normalization", {"axis": ["1", "3"]}, [(3, 4, 5)]),
    Example("layer_normalization", {"axis": "-2", "center": "false"}, [(3, 4, 5)]),
    Example("layer_normalization", {}, [(6,)]),
    Example("group_normalization", {"groups": "2"}, [(3, 2, 4)]),
    Example(
        "group_normalization",
        {"groups": "2", "epsilon": "0"},
        [(2, 2)],
        ByHand([[[1, 3], [5, 9]]], [[9, 3], [11, 7]], {"gamma": [1, 2], "beta": [10, 5]}),
    ),
    Example(
        "group_normalization",
        {"groups": "1", "epsilon": "0", "center": "false", "scale": "false"},
        [(2, 2)],
        ByHand([[[1, 3], [5, 7]]], [[-3 / 5**0.5, -1 / 5**0.5], [1 / 5**0.5, 3 / 5**0.5]]),
    ),
    Example("group_normalization", {"groups": "-1"}, [(3, 2, 4)]),
    Example("group_normalization", {"groups": "2", "axis": "1"}, [(4, 3)]),
    Example("rms_normalization", {}, [(3, 4)]),
    Example("rms_normalization", {"epsilon": "0"}, [(2,)], ByHand([[1, 7]], [0.4, 4.2], {"scale": [2, 3]})),
    Example("rms_normalization", {"axis": ["1", "3"]}, [(3, 2, 4)]),
    Example("unit_normalization", {}, [(2,)], ByHand([[3, -4]], [0.6, -0.8])),
    Example("unit_normalization", {"axis": "1"}, [(3, 2)]),
    Example("normalization", {}, [(2,)], ByHand([[3, 6]], [1, 2], {"mean": [1, 0], "variance": [4, 9]})),
    Example(
        "normalization",
        {"mean": ["1", "2"], "variance": "4"},
        [(3, 2)],
        ByHand([[[1, 2], [3, 6], [5, 0]]], [[0, 0], [1, 2], [2, -1]]),
    ),
    Example("normalization", {"mean": "1", "variance": "4", "invert": "true"}, [(2,)], ByHand([[1, 2]], [3, 5])),
    Example("normalization", {"axis": "1"}, [(3, 2)]),
    Example(
        "lrn",
        {"size": "3", "alpha": "3", "beta": "0.5", "k": "0"},
        [(3,)],
        ByHand([[3, 4, 12]], [0.6, 4 / 13, 12 / 160**0.5]),
    ),
    Example("lrn", {"alpha": "1"}, [(2, 3, 7)]),
    Example("lrn", {"size": "2", "alpha": "2", "beta": "1"}, [(3, 4)]),
    Example("layer_scale", {}, [(2, 2)], ByHand([[[1, 2], [3, 4]]], [[5, 20], [15, 40]], {"gamma": [5, 10]})),
    Example("layer_scale", {"init_values": "0.1"}, [(3, 2, 4)]),
    Example("alpha_dropout", {"rate": "0.5"}, [(2,)], ByHand([[1, -2]], [1, -2])),
    Example("spatial_dropout1d", {"rate": "0.5"}, [(2, 1)], ByHand([line(1, -2)], line(1, -2))),
    Example("spatial_dropout2d", {"rate": "0.5"}, [(1, 2, 1)], ByHand([rows([1, -2])], rows([1, -2]))),
    Example("spatial_dropout3d", {"rate": "0.5"}, [(2, 2, 2, 1)], ByHand([VOLUME], VOLUME)),
    Example("gaussian_noise", {"stddev": "0.5"}, [(2,)], ByHand([[1, -2]], [1, -2])),
    Example("gaussian_dropout", {"rate": "0.5"}, [(2,)], ByHand([[1, -2]], [1, -2])),
    Example("activity_regularization", {"l1": "0.5"}, [(2,)], ByHand([[1, -2]], [1, -2])),
    Example("identity", {}, [(2,)], ByHand([[1, -2]], [1, -2])),
    Example("dropout", {"rate": "0.5"}, [(2, 2)], ByHand([[[1, -2], [3, 4]]], [[1, -2], [3, 4]])),
]

PLAIN_AUGMENTATIONS = (
    "aug_mix cut_mix mix_up equalization rand_augment random_color_jitter random_elastic_transform random_erasing "
    "random_flip random_gaussian_blur random_grayscale random_invert random_perspective random_shear solarization"
)
WITH_FACTOR = (
    "random_brightness random_color_degeneration random_contrast random_hue random_posterization random_rotation "
    "random_saturation random_sharpness"
)
AUGMENTATIONS = {
    **{kind: {} for kind in PLAIN_AUGMENTATIONS.split()},
    **{kind: {"factor": ["0.2", "0.5"]} for kind in WITH_FACTOR.split()},
    "random_translation": {"height_factor": "0.5", "width_factor": ["-0.1", "0.5"]},
    "random_zoom": {"height_factor": "0.5"},
    "random_crop": {"height": "1", "width": "2"},
}
RANDOM = [
    Example(kind, fields, [(1, 2, 1)], ByHand([rows([1, 2])], rows([1, 2]))) for kind, fields in AUGMENTATIONS.items()
]

ACTIVATION = [
    Example("activation", {"activation": "relu"}, [(3,)], ByHand([[-1, 0, 2]], [0, 0, 2])),
    Example("activation", {"activation": "leaky_relu"}, [(2,)], ByHand([[-1, 2]], [-0.2, 2])),
    Example("activation", {"activation": "gelu"}, [(3, 2)]),
    function("relu", [-2, 0, 3], [0, 0, 3]),
    function(
        "relu", [-2, 0, 1, 2, 3, 9], [-0.4, -0.2, -0.1, 0, 3, 6], max_value="6", negative_slope=".1", threshold="2"
    ),
    function("relu", [-2, 5, 7], [0, 5, 6], max_value="6"),
    function("relu", [-2, 5], [-1, 5], negative_slope="0.5"),
    function("leaky_relu", [-2, 0, 3], [-0.6, 0, 3]),
    function("leaky_relu", [-2, 3], [-1, 3], negative_slope="0.5"),
    Example("prelu", {}, [(2,)], ByHand([[-2, -2]], [-2, -6], {"alpha": [1, 3]})),
    Example(
        "prelu",
        {"shared_axes": "1"},
        [(2, 2)],
        ByHand([[[-1, -1], [2, -3]]], [[-5, -7], [2, -21]], {"alpha": [[5, 7]]}),
    ),
    Example("prelu", {"shared_axes": ["1", "2"]}, [(3, 4, 2)]),
    function("elu", [-LN2, 0, 3], [-0.5, 0, 3]),
    function("elu", [-LN2, 3], [-1, 3], alpha="2"),
    function("selu", [-LN2, 0, 1], [-0.5 * 1.0507009873554805 * 1.6732632423543772, 0, 1.0507009873554805]),
    function("gelu", [-1, 0, 1], [-0.15865525393145707, 0, 0.8413447460685429]),
    function("gelu", [-1, 0, 1], [-0.15880800939172324, 0, 0.8411919906082768], approximate="true"),
    function("silu", [-LN3, 0, LN3], [-0.25 * LN3, 0, 0.75 * LN3]),
    function("sigmoid", [-LN3, 0, LN3, -9999, 9999], [0.25, 0.5, 0.75, 0, 1]),
    function("hard_sigmoid", [-4, -3, 0, 1.5, 3, 4], [0, 0, 0.5, 0.75, 1, 1]),
    function("tanh", [-LN2, 0, LN2], [-0.6, 0, 0.6]),
    function("softplus", [0, LN3, 9999, -9999], [LN2, 2 * LN2, 9999, 0]),
    function("softsign", [-3, 0, 1], [-0.75, 0, 0.5]),
    function("softmax", [0, LN3], [0.25, 0.75]),
    function("softmax", [9999, 9999 + LN3], [0.25, 0.75]),
    Example("softmax", {"axis": "1"}, [(2, 2)], ByHand([[[0, 0], [LN3, 0]]], [[0.25, 0.5], [0.75, 0.5]])),
    Example("softmax", {"axis": ["1", "2"]}, [(2, 2)], ByHand([[[0, 0], [LN2, 0]]], [[0.2, 0.2], [0.4, 0.2]])),
    Example("softmax", {}, [(3, 4, 5)]),
    function("log_softmax", [0, LN3], [-2 * LN2, LN3 - 2 * LN2]),
    Example("log_softmax", {"axis": "-1"}, [(3, 4)]),
    function("linear", [-2, 0, 3], [-2, 0, 3]),
    function("hard_sigmoid", [-9, -2, 0, 2, 9], [0, 0.1, 0.5, 0.9, 1], alpha="0.2"),
    function("hard_sigmoid", [-9, 0, 1], [0, 0.25, 0.75], alpha="0.5", beta="0.25"),
    function("relu6", [-2, 0, 3, 6, 7], [0, 0, 3, 6, 6]),
    function("hard_tanh", [-2, -0.5, 0.5, 2], [-1, -0.5, 0.5, 1]),
    function("hard_tanh", [-2, -0.5, 2, 4], [-0.25, -0.25, 2, 3], min_val="-0.25", max_val="3"),
    function("hard_silu", [-4, -3, -1.5, 0, 3, 4], [0, 0, -0.375, 0, 3, 4]),
    function("hard_shrink", [-2, -0.25, 0.25, 0.75], [-2, 0, 0, 0.75]),
    function("hard_shrink", [-2, -1, 0.75, 1.25], [-2, 0, 0, 1.25], threshold="1"),
    function("soft_shrink", [-2, -0.25, 0.25, 0.75], [-1.5, 0, 0, 0.25]),
    function("soft_shrink", [-2, 0.75, 1.25], [-1, 0, 0.25], threshold="1"),
    function("tanh_shrink", [-LN2, 0.25, LN2], [0.6 - LN2, 0.25 - math.tanh(0.25), LN2 - 0.6]),
    function("threshold", [-2, 1, 1.5], [7, 7, 1.5], threshold="1", default_value="7"),
    function("mish", [0, LN2], [0, LN2 * 0.8]),
    function("celu", [-LN2, 0, 3], [-0.5, 0, 3]),
    function("celu", [-2 * LN2, 3], [-1, 3], alpha="2"),
    function("squareplus", [0, 1.5, -1.5, 9e9], [1, 2, 0.5, 9e9]),
    function("squareplus", [3, -3], [4, 1], b="16"),
    function("sparse_plus", [-2, -0.5, 0, 0.5, 3], [0, 0.0625, 0.25, 0.5625, 3]),
    function("log_sigmoid", [0, LN3, -9999, 9999], [-LN2, LN3 - 2 * LN2, -9999, 0]),
    Example("glu", {}, [(2, 4)], ByHand([[[1, 2, 0, LN3], [4, 0, -LN3, 1]]], [[0.5, 1.5], [1, 0]])),
    Example("glu", {"axis": "1"}, [(4, 3)]),
    Example("glu", {}, [(3, 4, 2)]),
    function("glu", [3, -8, -LN3, LN3], [0.75, -6]),
]

ARITHMETIC = [
    function("sqrt", [0.25, 4, 9], [0.5, 2, 3]),
    function("square", [-3, 0.5], [9, 0.25]),
    function("exp", [-LN2, 0, LN3], [0.5, 1, 3]),
    function("log", [0.5, 1, 3], [-LN2, 0, LN3]),
    function("abs", [-3, 2], [3, 2]),
    function("negative", [-3, 2], [3, -2]),
    function("reciprocal", [-4, 0.5], [-0.25, 2]),
    function("sin", [math.pi / 6, -math.pi / 2], [0.5, -1]),
    function("cos", [math.pi / 3, math.pi], [0.5, -1]),
    function("tan", [math.pi / 4, -math.pi / 4], [1, -1]),
    function("arcsin", [0.5, -1], [math.pi / 6, -math.pi / 2]),
    function("arccos", [0.5, -1], [math.pi / 3, math.pi]),
    function("arctan", [1, -1], [math.pi / 4, -math.pi / 4]),
    function("sinh", [LN2, -LN3], [0.75, -4 / 3]),
    function("cosh", [LN2, -LN3], [1.25, 5 / 3]),
    function("arcsinh", [0.75, -4 / 3], [LN2, -LN3]),
    function("arccosh", [1.25, 5 / 3], [LN2, LN3]),
    function("arctanh", [0.6, -0.8], [LN2, -LN3]),
    function("floor", [-1.5, 2.5], [-2, 2]),
    function("ceil", [-1.5, 2.5], [-1, 3]),
    function("round", [-1.5, 2.5, 0.4, 0.6], [-2, 2, 0, 1]),
    function("sign", [-1.5, 2.5], [-1, 1]),
    function("erf", [-0.5, 0, 0.5], [-0.5204998778130465, 0, 0.5204998778130465]),
    function("power", [-3, 0.5], [-27, 0.125], exponent="3"),
    function("power", [-2, 0.5], [0.25, 4], exponent="-2"),
    function("clip", [-3, 0.5, 9], [-1, 0.5, 2], min_value="-1", max_value="2"),
    function("clip", [-3, 9], [-3, 2], max_value="2"),
    function("rescaling", [-3, 4], [-5, 9], scale="2", offset="1"),
    Example(
        "rescaling",
        {"scale": ["2", "-1"], "offset": ["0", "3"]},
        [(2, 2)],
        ByHand([[[1, 2], [3, 4]]], [[2, 1], [6, -1]]),
    ),
    Example("rescaling", {"scale": ["1", "2", "3"]}, [(4, 5, 3)]),
    Example("reduce_sum", {}, [(2, 2)], ByHand([[[1, 2], [3, 4]]], 10)),
    Example("reduce_sum", {"axis": "1"}, [(3, 2)]),
    Example("reduce_sum", {"axis": "-1", "keepdims": "true"}, [(3, 2, 4)]),
    Example("reduce_mean", {"axis": ["1", "2"]}, [(2, 2, 1)], ByHand([[[[1], [2]], [[3], [6]]]], [3])),
    Example("reduce_mean", {"axis": "2", "keepdims": "true"}, [(3, 2)]),
    Example("reduce_max", {"axis": "1"}, [(2, 2)], ByHand([[[1, 9], [3, 4]]], [3, 9])),
    Example("reduce_max", {"axis": "-1", "keepdims": "true"}, [(3, 2, 4)]),
    Example("reduce_norm", {}, [(2,)], ByHand([[3, 4]], 5)),
    Example("reduce_norm", {"axis": "1"}, [(3, 2)]),
]
ARITHMETIC += [
    function("cast", [-2.5, 0.25, 3.75], [-2, 0, 3], dtype="int32"),
    function("cast", [-300, 0.25, 300], [0, 0, 255], dtype="uint8"),
    function("cast", [-2.5, 0, 3.75], [1, 0, 1], dtype="bool"),
    function("cast", [1 + 2**-11, 1 + 3 * 2**-11, 1.5], [1, 1 + 2**-9, 1.5], dtype="float16"),
    function("cast", [1 + 2**-8, 1 + 3 * 2**-8, 1.5], [1, 1 + 2**-6, 1.5], dtype="bfloat16"),
    Example("reduce_min", {"axis": "1"}, [(2, 2)], ByHand([[[1, 9], [3, 4]]], [1, 4])),
    Example("reduce_min", {"axis": "-1", "keepdims": "true"}, [(3, 2, 4)]),
    Example("reduce_product", {}, [(2, 2)], ByHand([[[1, 2], [3, 4]]], 24)),
    Example("reduce_product", {"axis": "1"}, [(3, 2)], ByHand([[[0, 2], [3, 0], [2, 0]]], [0, 0])),
]
ARITHMETIC += [
    Example("argmax", {"axis": "1"}, [(2, 2)], ByHand([[[1, 9], [3, 4]]], [1, 0])),
    Example("argmax", {"axis": "2", "keepdims": "true"}, [(2, 3, 2)]),
    Example("argmin", {}, [(4,)], ByHand([[5, 9, 3, 4]], 2)),
    Example("cumulative_sum", {}, [(2, 3)], ByHand([[[1, 2, 3], [4, 5, 6]]], [[1, 3, 6], [4, 9, 15]])),
    Example(
        "cumulative_sum",
        {"axis": "1", "exclusive": "true", "reverse": "true"},
        [(3, 2)],
        ByHand([[[1, 2], [3, 4], [5, 6]]], [[8, 10], [5, 6], [0, 0]]),
    ),
    Example("cumulative_sum", {"axis": "2", "reverse": "true"}, [(2, 3, 2)]),
    Example("top_k", {"k": "2"}, [(4,)], ByHand([[3, 7, -1, 5]], [7, 5])),
    Example("top_k", {"k": "2", "axis": "1", "largest": "false"}, [(3, 2)]),
    Example("split", {"indices_or_sections": "2"}, [(4,)], ByHand([[1, 2, 3, 4]], [1, 2, 3, 4])),
    Example("split", {"indices_or_sections": ["1", "2"], "axis": "2"}, [(2, 4, 3)]),
]
DEFINED = {
    **dict.fromkeys(("sqrt", "log", "power"), np.abs),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), np.tanh),
    "arccosh": lambda x: 1 + np.abs(x),
}
"""Kinds that are defined for some numbers alone, and what makes one of these of any."""
PUTTING = {"index_copy", "put_along_axis", "scatter_nd"}
"""Kinds that put elements where whole numbers may say: another number need not put another one there."""
BY_NUMBER = {
    "embedding",
    "category_encoding",
    "take_along_axis",
    "gather_nd",
    "integer_lookup",
    *PUTTING - {"index_copy"},
}
"""Kinds that take whole numbers of a few alone."""
EXACT = {"equal", "not_equal", "where", "category_encoding", "discretization", *BY_NUMBER - {"embedding"}}
"""Kinds that ask whether a number is one number exactly, or lies in one bin, which a random one never does."""

TWO = [[1, 2, -3], [4, -1, 2]]

MERGING = [
    Example("add", {}, [(3,), (3,)], ByHand(TWO, [5, 1, -1])),
    Example("add", {"activation": "relu"}, [(3,)] * 3, ByHand([*TWO, [0, 0, 5]], [5, 1, 4])),
    Example("add", {}, [(2, 1), (1, 2)], ByHand([[[1], [2]], [[10, 20]]], [[11, 21], [12, 22]])),
    Example("add", {}, [(2, 2), (2,)], ByHand([[[1, 2], [3, 4]], [10, 20]], [[11, 22], [13, 24]])),
    Example("add", {}, [(4, 3, 2), (4, 3, 1)]),
    Example("subtract", {}, [(3,), (3,)], ByHand(TWO, [-3, 3, -5])),
    Example("multiply", {}, [(3,), (3,)], ByHand(TWO, [4, -2, -6])),
    Example("multiply", {}, [(4, 3, 2), (1, 1, 2)]),
    Example("average", {}, [(3,), (3,)], ByHand(TWO, [2.5, 0.5, -0.5])),
    Example("maximum", {}, [(3,)] * 3, ByHand([*TWO, [0, 9, 0]], [4, 9, 2])),
    Example("minimum", {}, [(3,)] * 3, ByHand([*TWO, [0, 9, 0]], [0, -1, -3])),
    Example("minimum", {}, [(4, 3, 2)] * 2),
    Example("divide", {}, [(3,), (3,)], ByHand([[1, 6, -3], [4, -3, 2]], [0.25, -2, -1.5])),
    Example("divide", {"activation": "relu"}, [(4, 3, 2), (1, 1, 2)]),
    Example("mod", {}, [(4,), (4,)], ByHand([[7, -7, 7, 5.5], [3, 3, -3, 2]], [1, 2, -2, 1.5])),
    Example("mod", {"activation": "tanh"}, [(4, 3, 2), (1, 1, 2)]),
    Example("power", {}, [(3,), (3,)], ByHand([[4, 2, -2], [0.5, -2, 3]], [2, 0.25, -8])),
    Example("greater", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [0, 0, 1])),
    Example("greater", {}, [(4, 3, 2), (4, 3, 1)]),
    Example("greater_equal", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [0, 1, 1])),
    Example("less", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [1, 0, 0])),
    Example("less_equal", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [1, 1, 0])),
    Example("equal", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [0, 1, 0])),
    Example("not_equal", {}, [(3,), (3,)], ByHand([[1, 2, 3], [2, 2, 2]], [1, 0, 1])),
    Example("where", {}, [(3,)] * 3, ByHand([[1, 0, -1], [2, 3, 4], [5, 6, 7]], [2, 6, 4])),
    Example("concatenate", {}, [(2, 1), (2, 2)], ByHand([[[1], [2]], [[3, 4], [5, 6]]], [[1, 3, 4], [2, 5, 6]])),
    Example(
        "concatenate", {"axis": "1"}, [(1, 2), (2, 2)], ByHand([[[1, 2]], [[3, 4], [5, 6]]], [[1, 2], [3, 4], [5, 6]])
    ),
    Example("concatenate", {}, [(4, 3, 2), (4, 3, 1), (4, 3, 5)]),
    Example("stack", {}, [(2,)] * 3, ByHand([[1, 2], [3, 4], [5, 6]], [[1, 3, 5], [2, 4, 6]])),
    Example("stack", {"axis": "1"}, [(3, 2)] * 2),
]

ONES = {
    f"{name}_{what}": [[[1.0]]] if what == "kernel" else ([0.0] if name == "output" else [[0.0]])
    for name in ("query", "key", "value", "output")
    for what in ("kernel", "bias")
}
"""One head of one number that hands on what it finds."""
KERNELS = {name: values for name, values in ONES.items() if name.endswith("kernel")}

HEADS = {"num_query_heads": "4", "num_key_value_heads": "2", "head_dim": "3"}

ATTENTION = [
    Example("multi_head_attention", {"num_heads": "1", "key_dim": "2"}, [(3, 2)]),
    Example(
        "multi_head_attention",
        {"num_heads": "2", "key_dim": "3", "value_dim": "2", "output_dim": "1", "use_causal_mask": "true"},
        [(3, 2), (3, 2)],
    ),
    Example(
        "multi_head_attention",
        {"num_heads": "2", "key_dim": "1", "attention_mask": "additive", "sliding_window": "2", "use_bias": "false"},
        [(3, 2), (4, 1), (4, 3), (2, 1, 4)],
    ),
    Example(  # the query 1 finds keys 0 and ln 3 by scores 0 and ln 3: 1/4 and 3/4; 0 finds all alike
        "multi_head_attention",
        {"num_heads": "1", "key_dim": "1"},
        [(2, 1), (2, 1)],
        ByHand([line(1, 0), line(0, LN3)], line(0.75 * LN3, 0.5 * LN3), ONES),
    ),
    Example(  # the first query sees one key; the second none, so it takes from all alike
        "multi_head_attention",
        {"num_heads": "1", "key_dim": "1", "use_bias": "false", "attention_mask": "boolean"},
        [(2, 1), (2, 1), (2, 2)],
        ByHand([line(1, 0), line(5, 7), [[0, 1], [0, 0]]], line(7, 6), KERNELS),
    ),
    Example("group_query_attention", {"num_query_heads": "2", "num_key_value_heads": "1", "head_dim": "1"}, [(2, 2)]),
    Example("group_query_attention", HEADS, [(3, 2)]),
    Example(  # both heads find what the first query of the example above does, by the keys that they share
        "group_query_attention",
        {"num_query_heads": "2", "num_key_value_heads": "1", "head_dim": "1", "use_bias": "false"},
        [(1, 1), (2, 1)],
        ByHand(
            [line(1), line(0, LN3)],
            line(1.5 * LN3),
            {
                "query_kernel": [[[1], [1]]],
                "key_kernel": [[[1]]],
                "value_kernel": [[[1]]],
                "output_kernel": [[[1]], [[1]]],
            },
        ),
    ),
    Example("multi_head_attention", {"num_heads": "2", "key_dim": "4", "rotary": "halves"}, [(3, 2)]),
    Example(
        "multi_head_attention",
        {"num_heads": "1", "key_dim": "4", "rotary": "halves", "rotary_scaling": "8", "rotary_original_length": "9"}
        | {"use_output_bias": "false"},
        [(3, 2)],
    ),
    Example(
        "multi_head_attention",
        {"num_heads": "2", "key_dim": "4", "rotary": "interleaved", "rotary_dim": "2", "rotary_base": "100"},
        [(3, 2), (2, 3)],
    ),
    Example(
        "group_query_attention",
        HEADS
        | {"head_dim": "4", "rotary": "halves", "rotary_scaling": "2", "qk_norm": "true", "use_causal_mask": "true"},
        [(3, 2)],
    ),
    Example(  # keys are turned by 0 and 1, the query by 0: scores of 2 cos 0 / √2 and 2 cos 1 / √2
        "multi_head_attention",
        {"num_heads": "1", "key_dim": "2", "value_dim": "1", "rotary": "halves", "use_bias": "false"},
        [(1, 1), (2, 1), (2, 1)],
        ByHand(
            [line(1), line(5, 9), line(1, 1)],
            line(5 + 4 / (1 + math.exp(math.sqrt(2) * (1 - math.cos(1))))),
            {
                "query_kernel": [[[1, 1]]],
                "key_kernel": [[[1, 1]]],
                "value_kernel": [[[1]]],
                "output_kernel": [[[1]]],
            },
        ),
    ),
    Example("multi_head_attention", {"num_heads": "2", "key_dim": "2", "value_dim": "3", "use_gate": "true"}, [(3, 2)]),
    Example("multi_head_attention", {"num_heads": "1", "key_dim": "2", "attention_axes": "2"}, [(2, 3, 2), (2, 2, 2)]),
    Example("group_query_attention", HEADS | {"use_gate": "true", "qk_norm": "true", "use_bias": "false"}, [(2, 3)]),
    Example(  # scores 0 and ln 3 of the query 1, as above
        "attention", {}, [(2, 1), (2, 1), (2, 1)], ByHand([line(1, 0), line(5, 9), line(0, LN3)], line(8, 7))
    ),
    Example("attention", {"use_scale": "true", "use_causal_mask": "true"}, [(3, 2), (3, 2)]),
    Example(
        "attention",
        {"score_mode": "concat"},
        [(1, 1), (2, 1), (2, 1)],
        ByHand([line(0), line(5, 9), line(-math.atanh(0.5), math.atanh(0.5))], line(8), {"concat_score_weight": LN3}),
    ),
    Example("attention", {"use_scale": "true", "score_mode": "concat"}, [(2, 3), (3, 2), (3, 3)]),
    Example(
        "additive_attention",
        {},
        [(1, 1), (2, 1), (2, 1)],
        ByHand([line(0), line(5, 9), line(-math.atanh(0.5), math.atanh(0.5))], line(8), {"scale": [LN3]}),
    ),
    Example("additive_attention", {"use_scale": "false", "use_causal_mask": "true"}, [(2, 3), (4, 3)]),
    Example(  # the first query sees the key 0 of the past and its own, ln 3; the other one more that does not fit
        "scaled_dot_product_attention",
        {"use_causal_mask": "true", "past": "true"},
        [(2, 1), (2, 1), (2, 1), (1, 1, 1), (1, 1, 1)],
        ByHand([line(1, 1), line(LN3, -1000), line(9, 0), [[[0]]], [[[5]]]], line(8, 8)),
    ),
    Example(  # two heads, of which the second sees no key
        "scaled_dot_product_attention",
        {"num_heads": "2", "num_key_value_heads": "1", "scale": "2", "attention_mask": "boolean"},
        [(1, 2), (2, 1), (2, 1), (2, 1, 1)],
        ByHand([[[0.5, 9]], line(0, LN3), line(5, 9), [[[1]], [[0]]]], [[8, 0]]),
    ),
    Example(  # scores 0 and a large one, which is brought to ln 3
        "scaled_dot_product_attention",
        {"softcap": str(LN3)},
        [(1, 1, 1), (1, 2, 1), (1, 2, 1)],
        ByHand([[line(100)], [line(0, 100)], [line(5, 9)]], [line(8)]),
    ),
    Example("scaled_dot_product_attention", {"use_causal_mask": "true", "softcap": "2"}, [(2, 3, 4)]),
    Example(
        "scaled_dot_product_attention",
        {"num_heads": "4", "num_key_value_heads": "2", "past": "true", "attention_mask": "additive"},
        [(3, 8), (3, 4), (3, 2), (4, 3, 4), (2, 2, 2), (2, 2, 1)],
    ),
    Example(
        "scaled_dot_product_attention",
        {"left_window": "1", "right_window": "0", "scale": "0.5"},
        [(4, 3, 2), (2, 5, 2), (2, 5, 3)],
    ),
    Example(  # the sample has two of the three keys, and the query stands at the second
        "scaled_dot_product_attention",
        {"key_lengths": "true", "use_causal_mask": "true"},
        [(1, 1), (3, 1), (3, 1), (1,)],
        ByHand([line(1), line(0, LN3, 9), line(5, 9, 100), [2]], line(8)),
    ),
    Example("dot", {"axis": "1"}, [(3,), (3,)], ByHand([[1, 2, 3], [4, 5, -6]], [-4])),
    Example("dot", {"axis": "1", "normalize": "true"}, [(2,), (2,)], ByHand([[3, 4], [4, 3]], [24 / 25])),
    Example("dot", {"axis": "-1", "normalize": "true"}, [(2, 3), (4, 3)]),
    Example("dot", {"axis": ["2", "1"]}, [(4, 3), (3, 2)]),
    Example("dot", {"axis": "-1"}, [(2, 2), (3, 4, 2)]),
    Example("matmul", {}, [(2, 2), (2, 1)], ByHand([[[1, 2], [3, 4]], [[5], [6]]], [[17], [39]])),
    Example("matmul", {}, [(2, 3, 4), (1, 4, 2)]),
    Example("matmul", {}, [(3, 4), (2, 4, 2)]),
    Example(
        "einsum", {"equation": "nab,nb->na"}, [(2, 3), (3,)], ByHand([[[1, 2, 3], [4, 5, 6]], [1, 0, -1]], [-2, -2])
    ),
    Example("einsum", {"equation": "nhqd,nkhd->nqhk"}, [(2, 3, 4), (5, 2, 4)]),
    Example("einsum", {"equation": "nabc,ncbd->nda"}, [(2, 3, 4), (4, 3, 2)]),
    Example("einsum", {"equation": "na,nb->nba"}, [(2,), (3,)]),
    Example(
        "position_embedding",
        {"sequence_length": "3"},
        [(2, 2)],
        ByHand([[[1, 2], [3, 4]]], [[11, 22], [33, 44]], {"position_embeddings": [[10, 20], [30, 40], [50, 60]]}),
    ),
    Example(
        "sine_position_encoding",
        {"max_wavelength": "100"},
        [(2, 4)],
        ByHand(
            [[[0, 0, 0, 0], [1, 1, 1, 1]]],
            [[0, 1, 0, 1], [1 + math.sin(1), 1 + math.cos(1), 1 + math.sin(0.1), 1 + math.cos(0.1)]],
        ),
    ),
    Example(
        "rotary_embedding",
        {"max_wavelength": "100"},
        [(2, 4)],
        ByHand(
            [[[1, 2, 3, 4], [1, 0, 0, 1]]],
            [[1, 2, 3, 4], [math.cos(1), -math.sin(0.1), math.sin(1), math.cos(0.1)]],
        ),
    ),
    Example(
        "rotary_embedding",
        {"max_wavelength": "100", "interleaved": "true"},
        [(2, 4)],
        ByHand(
            [[[1, 2, 3, 4], [1, 0, 0, 1]]],
            [[1, 2, 3, 4], [math.cos(1), math.sin(1), -math.sin(0.1), math.cos(0.1)]],
        ),
    ),
    Example("rotary_embedding", {"num_heads": "2", "scaling_factor": "2"}, [(3, 2, 8)]),
]

MASKED = [
    Example(
        "multiply",
        {},
        [(4, 1), (4, 1), (4,), (4,)],
        ByHand([line(2, 3, 4, 5), line(7, 8, 9, 6), [1, 0, 1, 0], [1, 1, 0, 0]], line(14, 8, 4, 0)),
        masks=(0, 1),
    ),
    Example(
        "maximum",
        {},
        [(4, 1), (4, 1), (4,), (4,)],
        ByHand([line(2, 9, 4, 5), line(7, 8, 9, 6), [1, 0, 1, 0], [1, 1, 0, 0]], line(7, 8, 4, 5)),
        masks=(0, 1),
    ),
    Example("multiply", {"activation": "tanh"}, [(3, 2), (3, 2), (3,)], masks=(1,)),
    Example("minimum", {}, [(3, 2), (3, 2), (3, 2), (3,), (3,)], masks=(0, 2)),
    Example("multiply", {}, [(3, 2), (3, 2), (3, 2), (3,), (3,), (3,)], masks=(0, 1, 2)),
    Example("maximum", {}, [(2, 3), (2, 1), (2,)], masks=(-1,)),
    Example("masking", {"mask_value": "-1"}, [(2, 2)], ByHand([[[-1, -1], [0, 2]]], [[0, 0], [0, 2]])),
    Example(
        "global_average_pooling1d",
        {},
        [(3, 2), (3,)],
        ByHand([[[1, -1], [3, -2], [2, -6]], [1, 0, 1]], [1.5, -3.5]),
        masks=(0,),
    ),
    Example("global_average_pooling1d", {"keepdims": "true"}, [(5, 2), (5,)], masks=(-1,)),
    Example("softmax", {}, [(3,), (3,)], ByHand([[0, 5, LN3], [1, 0, 1]], [0.25, 0, 0.75]), masks=(0,)),
    Example("softmax", {}, [(2, 4), (2, 4)], masks=(-1,)),
    Example("softmax", {"axis": "1"}, [(4, 2), (2,)], masks=(-1,)),
    Example("multi_head_attention", {"num_heads": "2", "key_dim": "2"}, [(4, 2), (4,)], masks=(0,)),
    Example(
        "multi_head_attention",
        {"num_heads": "2", "key_dim": "2", "attention_mask": "additive", "use_causal_mask": "true"},
        [(4, 2), (4, 3), (4, 4), (4,), (4,)],
        masks=(0, 1),
    ),
    Example("group_query_attention", HEADS, [(2, 2), (5, 2), (4, 2, 5)], masks=(-1,)),
    Example(  # a query that is padding gives 0; a key that is has no part
        "attention",
        {},
        [(2, 1), (2, 1), (2,), (2,)],
        ByHand([line(1, 1), line(5, 7), [0, 1], [1, 0]], line(0, 5)),
        masks=(0, 1),
    ),
    Example("additive_attention", {}, [(3, 2), (4, 2), (4, 2), (3,), (4,)], masks=(0, 2)),
    Example("scaled_dot_product_attention", {"num_heads": "2"}, [(4, 2), (4,)], masks=(0,)),
    Example(
        "simple_rnn",
        {"units": "1", "activation": "null", "return_sequences": "true"},
        [(4, 1), (4,)],
        ByHand(
            [line(9, 1, 9, 3), [0, 1, 0, 1]],
            line(0, 3, 3, 8.5),
            {"kernel": [[2]], "recurrent_kernel": [[0.5]], "bias": [1]},
        ),
        masks=(0,),
    ),
    Example("simple_rnn", {"units": "2", "go_backwards": "true"}, [(4, 2), (2,), (4,)], masks=(-1,)),
    Example(  # nothing comes out before the first step that counts, whatever the state is
        "simple_rnn",
        {"units": "1", "activation": "null", "return_sequences": "true"},
        [(3, 1), (1,), (3,)],
        ByHand(
            [line(9, 1, 9), [4], [0, 1, 0]],
            line(0, 5, 5),
            {"kernel": [[2]], "recurrent_kernel": [[0.5]], "bias": [1]},
        ),
        masks=(0,),
    ),
    Example("lstm", {"units": "2", "return_sequences": "true"}, [(4, 2), (4,)], masks=(0,)),
    Example("lstm", {"units": "2", "go_backwards": "true"}, [(3, 2), (2,), (2,), (3,)], masks=(0,)),
    Example("gru", {"units": "2", "return_sequences": "true", "go_backwards": "true"}, [(5, 2), (5,)], masks=(0,)),
    Example("gru", {"units": "2", "reset_after": "false"}, [(3, 2), (3,)], masks=(-1,)),
    Example(
        "bidirectional",
        {"layer": {"type": "lstm", "units": "1", "return_sequences": "true"}, "merge_mode": "sum"},
        [(4, 2), (4,)],
        masks=(0,),
    ),
    Example("bidirectional", {"layer": {"type": "gru", "units": "2"}}, [(5, 2), (5,)], masks=(-1,)),
    Example(
        "bidirectional",
        {"layer": {"type": "lstm", "units": "2"}, "merge_mode": "mul"},
        [(3, 2), (2,), (2,), (2,), (2,), (3,)],
        masks=(0,),
    ),
    Example(
        "lstm",
        {"units": "1", "return_sequences": "true", "zero_output_for_mask": "true"},
        [(4, 2), (1,), (1,), (4,)],
        masks=(0,),
    ),
    Example("gru", {"units": "2", "zero_output_for_mask": "true"}, [(2, 2), (2,)], masks=(0,)),
    Example("time_distributed", {"layer": {"type": "lstm", "units": "2"}}, [(2, 3, 2), (2, 3)], masks=(0,)),
    Example(
        "conv_lstm1d",
        {"filters": "1", "kernel_size": "2", "return_sequences": "true", "zero_output_for_mask": "true"},
        [(3, 3, 1), (2, 1), (2, 1), (3,)],
        masks=(0,),
    ),
    Example(
        "conv_lstm1d", {"filters": "2", "kernel_size": "1", "go_backwards": "true"}, [(3, 2, 1), (3,)], masks=(-1,)
    ),
    Example(
        "bidirectional",
        {"layer": {"type": "conv_lstm1d", "filters": "1", "kernel_size": "1", "return_sequences": "true"}},
        [(4, 2, 1), (4,)],
        masks=(0,),
    ),
    Example("time_distributed", {"layer": {"type": "global_average_pooling1d"}}, [(2, 3, 2), (2, 3)], masks=(-1,)),
    Example(
        "time_distributed",
        {"layer": {"type": "multi_head_attention", "num_heads": "1", "key_dim": "2"}},
        [(2, 3, 2), (2, 3)],
        masks=(0,),
    ),
    Example(
        "bidirectional",
        {"layer": {"type": "simple_rnn", "units": "1", "activation": "null", "return_sequences": "true"}},
        [(3, 1), (3,)],
        ByHand(
            [line(1, 9, 2), [1, 0, 1]],
            [[3, 13.25], [0, 0], [6.5, 6.5]],
            {
                "forward_kernel": [[2]],
                "forward_recurrent_kernel": [[0.5]],
                "forward_bias": [1],
                "backward_kernel": [[3]],
                "backward_recurrent_kernel": [[1.5]],
                "backward_bias": [0.5],
            },
        ),
        masks=(0,),
    ),
    Example(  # the second key is padding, and so is the second query
        "multi_head_attention",
        {"num_heads": "1", "key_dim": "1"},
        [(2, 1), (2, 1), (2,), (2,)],
        ByHand([line(1, 0), line(5, 7), [1, 0], [1, 0]], line(5, 6), ONES),
        masks=(0, 1),
    ),
]
"""What depends on which steps count: a file says so elsewhere, so these are no examples of entries."""
MEL = {
    "fft_length": "8",
    "sequence_stride": "3",
    "num_mel_bins": "2",
    "sampling_rate": "64",
    "min_freq": "0",
    "top_db": "20",
}
LOOKED_UP = {"vocabulary": ["12", "36", "1138", "42"]}
BINS = {"bin_boundaries": ["-1", "0", "1.5"]}
FEATURES = [
    # One frequency beside the constant one: half of the difference of neighbours, squared, in a triangle at its top.
    Example(
        "mel_spectrogram",
        {
            "fft_length": "2",
            "sequence_stride": "2",
            "num_mel_bins": "1",
            "window": "null",
            "power_to_db": "false",
            "sampling_rate": "1400",
            "min_freq": "0",
            "max_freq": "2100",
        },
        [(4,)],
        ByHand([[1, 3, 4, 10]], [[4, 1, 36]]),
    ),
    Example("mel_spectrogram", MEL, [(9,)]),
    Example("mel_spectrogram", MEL | {"sequence_length": "5", "window": "hamming", "ref_power": "3"}, [(7,)]),
    Example("mel_spectrogram", MEL | {"mag_exp": "1", "power_to_db": "false", "window": ["1"] * 8}, [(11,)]),
    Example("discretization", BINS, [(5,)], ByHand([[-2, -1, 0, 1, 1.5]], [0, 1, 2, 2, 3])),
    Example(
        "discretization",
        BINS | {"output_mode": "one_hot"},
        [(2, 1)],
        ByHand([line(-0.5, 2)], [[0, 1, 0, 0], [0, 0, 0, 1]]),
    ),
    Example("discretization", BINS | {"output_mode": "one_hot"}, [(2, 2)]),
    Example("discretization", BINS | {"output_mode": "multi_hot"}, [(3,)], ByHand([[-5, -2, 1]], [1, 0, 1, 0])),
    Example("discretization", BINS | {"output_mode": "count"}, [(3,)], ByHand([[-5, -2, 1]], [2, 0, 1, 0])),
    Example("category_encoding", {"num_tokens": "3"}, [(4,)], ByHand([[2, 0, 2, 0]], [1, 0, 1])),
    Example(
        "category_encoding", {"num_tokens": "3", "output_mode": "count"}, [(4,)], ByHand([[2, 0, 2, 2]], [1, 0, 3])
    ),
    Example(
        "category_encoding", {"num_tokens": "2", "output_mode": "one_hot"}, [(2,)], ByHand([[1, 0]], [[0, 1], [1, 0]])
    ),
    Example("category_encoding", {"num_tokens": "4", "output_mode": "one_hot"}, [(2, 2)]),
    # What Keras gives for [[12, 1138, 42, 42], [42, 7, 36, -7], [0, 12, 9, 10**12]] with a vocabulary of these four.
    Example("integer_lookup", LOOKED_UP, [(4,)], ByHand([[0, 12, 9, 10**12]], [0, 1, 0, 0])),
    Example("integer_lookup", LOOKED_UP | {"num_oov_indices": "3"}, [(4,)], ByHand([[42, 7, 36, -7]], [6, 1, 4, 2])),
    Example("integer_lookup", LOOKED_UP | {"mask_token": "0"}, [(4,)], ByHand([[0, 12, 9, 10**12]], [0, 2, 1, 1])),
    Example(
        "integer_lookup",
        LOOKED_UP | {"mask_token": "0", "num_oov_indices": "2", "output_mode": "count"},
        [(4,)],
        ByHand([[0, 12, 9, 10**12]], [1, 1, 1, 0, 0, 0]),
    ),
    Example(
        "integer_lookup", LOOKED_UP | {"output_mode": "multi_hot"}, [(4,)], ByHand([[42, 7, 36, -7]], [1, 0, 1, 0, 1])
    ),
    Example(
        "integer_lookup",
        LOOKED_UP | {"output_mode": "count", "max_tokens": "8", "pad_to_max_tokens": "true"},
        [(4,)],
        ByHand([[0, 12, 9, 10**12]], [3, 1, 0, 0, 0, 0, 0, 0]),
    ),
    Example(
        "integer_lookup",
        {"vocabulary": ["0", "-1", "3", "1"], "mask_token": "0", "output_mode": "int"},
        [(2, 3)],
        ByHand([[[3, 2, 1], [0, 1, 3]]], [[2, 1, 3], [0, 3, 2]]),
    ),
    Example("integer_lookup", {"vocabulary": ["2", "1"], "output_mode": "one_hot", "mask_token": "0"}, [(2, 1)]),
]

QUANTIZED = [
    Example(  # ties go to the even number, and what lies beyond an end is cut off
        "quantize_linear",
        {},
        [(6,)],
        ByHand([[0.25, 0.75, 1.25, -0.5, 200, -200]], [3, 5, 5, 2, 255, 0], {"scale": 0.5, "zero_point": 3}),
    ),
    Example("quantize_linear", {"axis": "2", "dtype": "int8"}, [(2, 3)]),
    Example("quantize_linear", {"axis": "-1", "block_size": "2", "dtype": "int16"}, [(2, 3)]),
    Example("quantize_linear", {"use_zero_point": "false", "dtype": "uint16"}, [(2, 2)]),
    Example(
        "dequantize_linear",
        {},
        [(3,)],
        ByHand([[0, 3, 255]], [-1.5, 0, 126], {"scale": 0.5, "zero_point": 3}),
        whole=("uint8",),
    ),
    Example("dequantize_linear", {"axis": "1"}, [(2, 3)], whole=("int32",)),
    Example("dequantize_linear", {"axis": "1", "block_size": "2"}, [(3, 2)], whole=("int8",)),
    Example("dequantize_linear", {"use_zero_point": "false"}, [(2, 2)], whole=("uint16",)),
    Example("dynamic_quantize_linear", {}, [(4,)], ByHand([[-1, 0, 0.5, 4.1]], [0, 50, 75, 255])),
    Example("dynamic_quantize_linear", {}, [(2, 3)]),
    Example(
        "qlinear_conv1d",
        {"filters": "1", "kernel_size": "2"},
        [(4, 1)],
        ByHand(  # half of 2·2 - 1·1 + 5, 2·1 - 1·5 + 5 and 2·5 + 1·1 + 5
            [line(12, 11, 15, 9)],
            line(104, 101, 108),
            {
                "input_scale": 0.5,
                "input_zero_point": 10,
                "kernel": [[[2]], [[-1]]],
                "kernel_scale": 0.25,
                "kernel_zero_point": 0,
                "output_scale": 0.25,
                "output_zero_point": 100,
                "bias": [5],
            },
        ),
        whole=("uint8",),
    ),
    Example(
        "qlinear_conv1d",
        {"filters": "2", "kernel_size": "2", "padding": "causal", "dilation_rate": "2", "dtype": "int8"},
        [(5, 2)],
        whole=("int8",),
    ),
    Example(
        "qlinear_conv2d",
        {"filters": "4", "kernel_size": "2", "groups": "2", "per_channel": "true"},
        [(3, 3, 2)],
        ByHand(
            [np.full((3, 3, 2), 3)],
            np.broadcast_to([104, 108, 112, 115], (2, 2, 4)),
            {
                "input_scale": 1,
                "input_zero_point": 2,
                "kernel": np.broadcast_to([2, 3, 4, 5], (2, 2, 1, 4)),
                "kernel_scale": [1, 1, 1, 0.75],
                "kernel_zero_point": [1, 1, 1, 0],
                "output_scale": 1,
                "output_zero_point": 100,
                "bias": [0, 0, 0, 0],
            },
        ),
        whole=("uint8",),
    ),
    Example(
        "qlinear_conv2d",
        {"filters": "3", "kernel_size": "3", "padding": "same", "strides": "2", "use_bias": "false"},
        [(4, 5, 2)],
        whole=("int8",),
    ),
    Example(
        "qlinear_conv3d",
        {"filters": "1", "kernel_size": "1"},
        [(1, 2, 2, 1)],
        ByHand(
            [[[[[7], [9]], [[5], [4]]]]],
            [[[[10], [14]], [[6], [4]]]],
            {
                "input_scale": 1,
                "input_zero_point": 5,
                "kernel": [[[[[2]]]]],
                "kernel_scale": 1,
                "kernel_zero_point": 0,
                "output_scale": 1,
                "output_zero_point": 5,
                "bias": [1],
            },
        ),
        whole=("uint8",),
    ),
    Example(
        "conv_integer1d",
        {"filters": "1", "kernel_size": "2"},
        [(3, 1)],
        ByHand(
            [line(12, 11, 15)], line(3, -3), {"input_zero_point": 10, "kernel": [[[2]], [[-1]]], "kernel_zero_point": 0}
        ),
        whole=("uint8",),
    ),
    Example(
        "conv_integer1d",
        {"filters": "2", "kernel_size": "2", "padding": "same"},
        [(4, 1), (1,)],
        whole=("uint8", "uint8"),
    ),
    Example(
        "conv_integer2d",
        {"filters": "1", "kernel_size": "2", "kernel_type": "uint8"},
        [(2, 2, 1)],
        ByHand(
            [rows([1, 2], [3, 4])],
            [[[2]]],
            {"input_zero_point": 1, "kernel": np.arange(4).reshape(2, 2, 1, 1), "kernel_zero_point": 2},
        ),
        whole=("int8",),
    ),
    Example(
        "conv_integer2d",
        {"filters": "2", "kernel_size": "2", "padding": "same", "per_channel": "true"},
        [(3, 2, 2), (1,)],
        whole=("int8", "int8"),
    ),
    Example(
        "conv_integer3d",
        {"filters": "1", "kernel_size": "1", "use_zero_point": "false"},
        [(1, 1, 2, 1)],
        ByHand([[[[[200], [3]]]]], [[[[-25400], [-381]]]], {"kernel": [[[[[-127]]]]]}),
        whole=("uint8",),
    ),
    Example(
        "matmul_integer",
        {},
        [(1, 2), (2, 2)],
        ByHand([[[5, 7]], [[1, 2], [3, -4]]], [[8, -18]], {"first_zero_point": 3, "second_zero_point": 1}),
        whole=("uint8", "int8"),
    ),
    Example("matmul_integer", {"per_column": "true"}, [(2, 2), (2, 3), (1,)], whole=("uint8", "int8", "uint8")),
    Example("matmul_integer", {}, [(2, 2), (2, 3), (1,), (3,)], whole=("uint8",) * 4),
    Example("matmul_integer", {"use_zero_point": "false"}, [(3, 1, 2), (2, 2)], whole=("int8", "uint8")),
    Example(
        "qlinear_matmul",
        {},
        [(1, 2), (2, 2)],
        ByHand(
            [[[5, 7]], [[1, 2], [3, -4]]],
            [[102, 96]],
            {
                "first_scale": 0.5,
                "first_zero_point": 3,
                "second_scale": 0.5,
                "second_zero_point": 1,
                "output_scale": 1,
                "output_zero_point": 100,
            },
        ),
        whole=("uint8", "int8"),
    ),
    Example("qlinear_matmul", {"per_column": "true", "dtype": "int8"}, [(2, 2, 2), (2, 3)], whole=("int8", "int8")),
]
EXAMPLES = [
    *DENSE,
    *RECURRENT,
    *CONVOLUTION,
    *POOLING,
    *SHAPE,
    *NORMALIZATION,
    *RANDOM,
    *ACTIVATION,
    *ARITHMETIC,
    *ATTENTION,
    *QUANTIZED,
    *MERGING,
    *FEATURES,
]
