"""The kinds of layers. `KINDS` is the one table that feeds the parser, `layers`, the schema, completion and the docs.

A new kind is one file in its family's folder, one line in the table, and one row of examples in
`tests/layers/examples.py`. The table says where each class lives and imports it when somebody asks for it: a network of
four kinds loads four files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer

_CLASSES = {
    # dense
    "dense": "core.dense.Dense",
    "einsum_dense": "core.einsum_dense.EinsumDense",
    "embedding": "core.embedding.Embedding",
    "masking": "core.masking.Masking",
    "constant": "core.constant.Constant",
    # convolution
    "conv1d": "convolution.conv.Conv1D",
    "conv2d": "convolution.conv.Conv2D",
    "conv3d": "convolution.conv.Conv3D",
    "depthwise_conv1d": "convolution.depthwise_conv.DepthwiseConv1D",
    "depthwise_conv2d": "convolution.depthwise_conv.DepthwiseConv2D",
    "separable_conv1d": "convolution.separable_conv.SeparableConv1D",
    "separable_conv2d": "convolution.separable_conv.SeparableConv2D",
    "conv1d_transpose": "convolution.conv_transpose.Conv1DTranspose",
    "conv2d_transpose": "convolution.conv_transpose.Conv2DTranspose",
    "conv3d_transpose": "convolution.conv_transpose.Conv3DTranspose",
    # pooling
    "max_pooling1d": "pooling.pooling.MaxPooling1D",
    "max_pooling2d": "pooling.pooling.MaxPooling2D",
    "max_pooling3d": "pooling.pooling.MaxPooling3D",
    "average_pooling1d": "pooling.pooling.AveragePooling1D",
    "average_pooling2d": "pooling.pooling.AveragePooling2D",
    "average_pooling3d": "pooling.pooling.AveragePooling3D",
    "global_max_pooling1d": "pooling.global_pooling.GlobalMaxPooling1D",
    "global_max_pooling2d": "pooling.global_pooling.GlobalMaxPooling2D",
    "global_max_pooling3d": "pooling.global_pooling.GlobalMaxPooling3D",
    "global_average_pooling1d": "pooling.global_pooling.GlobalAveragePooling1D",
    "global_average_pooling2d": "pooling.global_pooling.GlobalAveragePooling2D",
    "global_average_pooling3d": "pooling.global_pooling.GlobalAveragePooling3D",
    "lp_pooling1d": "pooling.lp_pooling.LpPooling1D",
    "lp_pooling2d": "pooling.lp_pooling.LpPooling2D",
    "lp_pooling3d": "pooling.lp_pooling.LpPooling3D",
    "adaptive_max_pooling1d": "pooling.adaptive_pooling.AdaptiveMaxPooling1D",
    "adaptive_max_pooling2d": "pooling.adaptive_pooling.AdaptiveMaxPooling2D",
    "adaptive_max_pooling3d": "pooling.adaptive_pooling.AdaptiveMaxPooling3D",
    "adaptive_average_pooling1d": "pooling.adaptive_pooling.AdaptiveAveragePooling1D",
    "adaptive_average_pooling2d": "pooling.adaptive_pooling.AdaptiveAveragePooling2D",
    "adaptive_average_pooling3d": "pooling.adaptive_pooling.AdaptiveAveragePooling3D",
    # shape
    "flatten": "shape.flatten.Flatten",
    "reshape": "shape.reshape.Reshape",
    "permute": "shape.permute.Permute",
    "zero_padding1d": "shape.zero_padding.ZeroPadding1D",
    "zero_padding2d": "shape.zero_padding.ZeroPadding2D",
    "zero_padding3d": "shape.zero_padding.ZeroPadding3D",
    "cropping1d": "shape.cropping.Cropping1D",
    "cropping2d": "shape.cropping.Cropping2D",
    "cropping3d": "shape.cropping.Cropping3D",
    "up_sampling1d": "shape.up_sampling.UpSampling1D",
    "up_sampling2d": "shape.up_sampling.UpSampling2D",
    "up_sampling3d": "shape.up_sampling.UpSampling3D",
    "resizing": "shape.resizing.Resizing",
    "center_crop": "shape.resizing.CenterCrop",
    "repeat_vector": "shape.repeat_vector.RepeatVector",
    "transpose": "shape.permute.Transpose",
    "squeeze": "shape.squeeze.Squeeze",
    "expand_dims": "shape.squeeze.ExpandDims",
    "slice": "shape.slice.Slice",
    "split": "shape.split.Split",
    "gather": "shape.gather.Gather",
    "take_along_axis": "shape.by_indices.TakeAlongAxis",
    "gather_nd": "shape.gather_nd.GatherND",
    "index_copy": "shape.index_copy.IndexCopy",
    "put_along_axis": "shape.scattering.PutAlongAxis",
    "scatter_nd": "shape.scattering.ScatterND",
    "pad": "shape.pad.Pad",
    "tile": "shape.tile.Tile",
    "depth_to_space": "shape.depth_to_space.DepthToSpace",
    "space_to_depth": "shape.depth_to_space.SpaceToDepth",
    # recurrent
    "simple_rnn": "recurrent.simple_rnn.SimpleRNN",
    "lstm": "recurrent.lstm.LSTM",
    "gru": "recurrent.gru.GRU",
    "conv_lstm1d": "recurrent.conv_lstm.ConvLSTM1D",
    "conv_lstm2d": "recurrent.conv_lstm.ConvLSTM2D",
    "conv_lstm3d": "recurrent.conv_lstm.ConvLSTM3D",
    "bidirectional": "recurrent.bidirectional.Bidirectional",
    "time_distributed": "recurrent.time_distributed.TimeDistributed",
    # normalization
    "batch_normalization": "normalization.batch_normalization.BatchNormalization",
    "layer_normalization": "normalization.layer_normalization.LayerNormalization",
    "group_normalization": "normalization.group_normalization.GroupNormalization",
    "rms_normalization": "normalization.lengths.RMSNormalization",
    "unit_normalization": "normalization.lengths.UnitNormalization",
    "normalization": "normalization.normalization.Normalization",
    "spectral_normalization": "normalization.spectral_normalization.SpectralNormalization",
    "lrn": "normalization.lrn.LRN",
    "layer_scale": "normalization.layer_scale.LayerScale",
    "dropout": "regularization.dropout.Dropout",
    "alpha_dropout": "regularization.dropout.AlphaDropout",
    "spatial_dropout1d": "regularization.dropout.SpatialDropout1D",
    "spatial_dropout2d": "regularization.dropout.SpatialDropout2D",
    "spatial_dropout3d": "regularization.dropout.SpatialDropout3D",
    "gaussian_noise": "regularization.noise.GaussianNoise",
    "gaussian_dropout": "regularization.noise.GaussianDropout",
    "activity_regularization": "regularization.noise.ActivityRegularization",
    "identity": "regularization.noise.Identity",
    "aug_mix": "regularization.augmentation.AugMix",
    "cut_mix": "regularization.augmentation.CutMix",
    "mix_up": "regularization.augmentation.MixUp",
    "equalization": "regularization.augmentation.Equalization",
    "rand_augment": "regularization.augmentation.RandAugment",
    "random_brightness": "regularization.augmentation.RandomBrightness",
    "random_color_degeneration": "regularization.augmentation.RandomColorDegeneration",
    "random_color_jitter": "regularization.augmentation.RandomColorJitter",
    "random_contrast": "regularization.augmentation.RandomContrast",
    "random_elastic_transform": "regularization.augmentation.RandomElasticTransform",
    "random_erasing": "regularization.augmentation.RandomErasing",
    "random_flip": "regularization.augmentation.RandomFlip",
    "random_gaussian_blur": "regularization.augmentation.RandomGaussianBlur",
    "random_grayscale": "regularization.augmentation.RandomGrayscale",
    "random_hue": "regularization.augmentation.RandomHue",
    "random_invert": "regularization.augmentation.RandomInvert",
    "random_perspective": "regularization.augmentation.RandomPerspective",
    "random_posterization": "regularization.augmentation.RandomPosterization",
    "random_rotation": "regularization.augmentation.RandomRotation",
    "random_saturation": "regularization.augmentation.RandomSaturation",
    "random_sharpness": "regularization.augmentation.RandomSharpness",
    "random_shear": "regularization.augmentation.RandomShear",
    "random_translation": "regularization.augmentation.RandomTranslation",
    "random_zoom": "regularization.augmentation.RandomZoom",
    "solarization": "regularization.augmentation.Solarization",
    "random_crop": "regularization.augmentation.RandomCrop",
    # activation
    "activation": "activations.activation.ActivationLayer",
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
    "relu6": "activations.clipped.ReLU6",
    "hard_tanh": "activations.clipped.HardTanh",
    "hard_silu": "activations.clipped.HardSiLU",
    "hard_shrink": "activations.shrinking.HardShrink",
    "soft_shrink": "activations.shrinking.SoftShrink",
    "tanh_shrink": "activations.shrinking.TanhShrink",
    "threshold": "activations.shrinking.Threshold",
    "mish": "activations.smooth.Mish",
    "celu": "activations.smooth.CELU",
    "squareplus": "activations.smooth.Squareplus",
    "sparse_plus": "activations.smooth.SparsePlus",
    "log_sigmoid": "activations.smooth.LogSigmoid",
    "glu": "activations.glu.GLU",
    # arithmetic
    "sqrt": "arithmetic.functions.Sqrt",
    "square": "arithmetic.functions.Square",
    "exp": "arithmetic.functions.Exp",
    "log": "arithmetic.functions.Log",
    "abs": "arithmetic.functions.Abs",
    "negative": "arithmetic.functions.Negative",
    "reciprocal": "arithmetic.functions.Reciprocal",
    "sin": "arithmetic.functions.Sin",
    "cos": "arithmetic.functions.Cos",
    "tan": "arithmetic.trigonometric.Tan",
    "arcsin": "arithmetic.trigonometric.ArcSin",
    "arccos": "arithmetic.trigonometric.ArcCos",
    "arctan": "arithmetic.trigonometric.ArcTan",
    "sinh": "arithmetic.trigonometric.Sinh",
    "cosh": "arithmetic.trigonometric.Cosh",
    "arcsinh": "arithmetic.trigonometric.ArcSinh",
    "arccosh": "arithmetic.trigonometric.ArcCosh",
    "arctanh": "arithmetic.trigonometric.ArcTanh",
    "floor": "arithmetic.functions.Floor",
    "ceil": "arithmetic.functions.Ceil",
    "round": "arithmetic.functions.Round",
    "sign": "arithmetic.functions.Sign",
    "erf": "arithmetic.functions.Erf",
    "cast": "arithmetic.functions.Cast",
    "clip": "arithmetic.functions.Clip",
    "rescaling": "arithmetic.rescaling.Rescaling",
    "reduce_sum": "arithmetic.reduce.ReduceSum",
    "reduce_mean": "arithmetic.reduce.ReduceMean",
    "reduce_max": "arithmetic.reduce.ReduceMax",
    "reduce_norm": "arithmetic.reduce.ReduceNorm",
    "cumulative_sum": "arithmetic.cumulative.CumulativeSum",
    "argmax": "arithmetic.ranking.ArgMax",
    "argmin": "arithmetic.ranking.ArgMin",
    "top_k": "arithmetic.ranking.TopK",
    "reduce_min": "arithmetic.reduce.ReduceMin",
    "reduce_product": "arithmetic.reduce.ReduceProduct",
    # features
    "category_encoding": "features.category_encoding.CategoryEncoding",
    "integer_lookup": "features.integer_lookup.IntegerLookup",
    "discretization": "features.discretization.Discretization",
    "mel_spectrogram": "features.mel_spectrogram.MelSpectrogram",
    # attention
    "multi_head_attention": "attention.multi_head.MultiHeadAttention",
    "group_query_attention": "attention.multi_head.GroupQueryAttention",
    "attention": "attention.luong.Attention",
    "additive_attention": "attention.luong.AdditiveAttention",
    "scaled_dot_product_attention": "attention.scaled_dot_product.ScaledDotProductAttention",
    "dot": "attention.products.Dot",
    "matmul": "attention.products.MatMul",
    "einsum": "attention.einsum.Einsum",
    "position_embedding": "attention.positions.PositionEmbedding",
    "sine_position_encoding": "attention.positions.SinePositionEncoding",
    "rotary_embedding": "attention.rotary.RotaryEmbedding",
    # quantized
    "quantize_linear": "quantized.linear.QuantizeLinear",
    "dequantize_linear": "quantized.linear.DequantizeLinear",
    "dynamic_quantize_linear": "quantized.dynamic.DynamicQuantizeLinear",
    "qlinear_conv1d": "quantized.conv.QLinearConv1D",
    "qlinear_conv2d": "quantized.conv.QLinearConv2D",
    "qlinear_conv3d": "quantized.conv.QLinearConv3D",
    "conv_integer1d": "quantized.conv.ConvInteger1D",
    "conv_integer2d": "quantized.conv.ConvInteger2D",
    "conv_integer3d": "quantized.conv.ConvInteger3D",
    "qlinear_matmul": "quantized.matmul.QLinearMatMul",
    "matmul_integer": "quantized.matmul.MatMulInteger",
    # merging
    "add": "merging.merge.Add",
    "subtract": "merging.merge.Subtract",
    "multiply": "merging.masked_merge.Multiply",
    "average": "merging.merge.Average",
    "maximum": "merging.masked_merge.Maximum",
    "minimum": "merging.masked_merge.Minimum",
    "divide": "merging.quotient.Divide",
    "mod": "merging.quotient.Mod",
    "power": "merging.quotient.Power",
    "greater": "merging.comparing.Greater",
    "greater_equal": "merging.comparing.GreaterEqual",
    "less": "merging.comparing.Less",
    "less_equal": "merging.comparing.LessEqual",
    "equal": "merging.comparing.Equal",
    "not_equal": "merging.comparing.NotEqual",
    "where": "merging.comparing.Where",
    "concatenate": "merging.concatenate.Concatenate",
    "stack": "merging.stack.Stack",
}


class _Kinds(Mapping[str, "type[Layer]"]):
    """The classes by the name that a network file gives them, in the order of the table."""

    def __getitem__(self, name: str) -> type[Layer]:
        kind: type[Layer] = imported(f"{__name__}.{_CLASSES[name]}")
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)

    def __contains__(self, name: object) -> bool:
        return name in _CLASSES


KINDS = _Kinds()


def kind_named(name: str) -> type[Layer] | None:
    """The kind that a record calls so; None for one that dftrace does not have."""
    return KINDS.get(name)


def family(kind: type[Layer]) -> str:
    """The family that a kind belongs to, which is the folder that holds it: `convolution`."""
    return kind.__module__.split(".")[-2]


def relatives(kind: type[Layer]) -> Iterator[tuple[str, type[Layer]]]:
    """The other kinds of its family by name; no others are imported."""
    for name, path in _CLASSES.items():
        if path.split(".")[0] == family(kind) and KINDS[name] is not kind:
            yield name, KINDS[name]
