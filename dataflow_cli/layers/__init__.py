"""The kinds of layers. `KINDS` is the one table that feeds the parser, `layers`, the schema, completion and the docs.

A new kind is one file beside this one, one line in the table, and one row of examples in `tests/layers/examples.py`.
The table says where each class lives and imports it when somebody asks for it: a network of four kinds loads four
files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer

_CLASSES = {
    # dense
    "dense": "dense.Dense",
    "embedding": "embedding.Embedding",
    # convolution
    "conv1d": "conv.Conv1D",
    "conv2d": "conv.Conv2D",
    "conv3d": "conv.Conv3D",
    "depthwise_conv2d": "depthwise_conv.DepthwiseConv2D",
    "separable_conv2d": "separable_conv.SeparableConv2D",
    "conv2d_transpose": "conv_transpose.Conv2DTranspose",
    # pooling
    "max_pooling1d": "pooling.MaxPooling1D",
    "max_pooling2d": "pooling.MaxPooling2D",
    "max_pooling3d": "pooling.MaxPooling3D",
    "average_pooling1d": "pooling.AveragePooling1D",
    "average_pooling2d": "pooling.AveragePooling2D",
    "average_pooling3d": "pooling.AveragePooling3D",
    "global_max_pooling1d": "global_pooling.GlobalMaxPooling1D",
    "global_max_pooling2d": "global_pooling.GlobalMaxPooling2D",
    "global_max_pooling3d": "global_pooling.GlobalMaxPooling3D",
    "global_average_pooling1d": "global_pooling.GlobalAveragePooling1D",
    "global_average_pooling2d": "global_pooling.GlobalAveragePooling2D",
    "global_average_pooling3d": "global_pooling.GlobalAveragePooling3D",
    # shape
    "flatten": "flatten.Flatten",
    "reshape": "reshape.Reshape",
    "permute": "permute.Permute",
    "zero_padding1d": "zero_padding.ZeroPadding1D",
    "zero_padding2d": "zero_padding.ZeroPadding2D",
    "cropping2d": "cropping.Cropping2D",
    "up_sampling2d": "up_sampling.UpSampling2D",
    # normalization
    "batch_normalization": "batch_normalization.BatchNormalization",
    "layer_normalization": "layer_normalization.LayerNormalization",
    "dropout": "dropout.Dropout",
    # activation
    "activation": "activation.ActivationLayer",
    "relu": "activations.relu.ReLU",
    "leaky_relu": "activations.leaky_relu.LeakyReLU",
    "prelu": "activations.prelu.PReLU",
    "elu": "activations.elu.ELU",
    "selu": "activations.selu.SELU",
    "gelu": "activations.gelu.GELU",
    "silu": "activations.silu.SiLU",
    "sigmoid": "activations.sigmoid.Sigmoid",
    "hard_sigmoid": "activations.hard_sigmoid.HardSigmoid",
    "tanh": "activations.tanh.Tanh",
    "softplus": "activations.softplus.Softplus",
    "softsign": "activations.softsign.Softsign",
    "softmax": "activations.softmax.Softmax",
    "log_softmax": "activations.log_softmax.LogSoftmax",
    "linear": "activations.linear.Linear",
    # merging
    "add": "merge.Add",
    "subtract": "merge.Subtract",
    "multiply": "merge.Multiply",
    "average": "merge.Average",
    "maximum": "merge.Maximum",
    "minimum": "merge.Minimum",
    "concatenate": "concatenate.Concatenate",
}


class _Kinds(Mapping[str, "type[Layer]"]):
    """The classes by the name that a network file gives them, in the order of the table."""

    def __getitem__(self, name: str) -> type[Layer]:
        module, _, attribute = _CLASSES[name].rpartition(".")
        kind: type[Layer] = getattr(import_module(f"{__name__}.{module}"), attribute)
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)

    def __contains__(self, name: object) -> bool:
        return name in _CLASSES


KINDS = _Kinds()
