"""Layers, operations and activations of Keras, PyTorch and ONNX that dftrace lacks: our name, then others of the same.

Only the names are here. A kind that is added is taken out: a test holds that, and that no name of theirs is forgotten.
"""

from __future__ import annotations

from functools import cache

from dataflow_cli.netfile.dialects.spelling import bare

TABLE = """
# recurrent
rnn: RNN RNNBase
rnn_cell: RNNCell RNNCellBase SimpleRNNCell
lstm_cell
gru_cell
stacked_rnn_cells
# attention
linear_attention: LinearAttention FlexAttention
transformer: TransformerEncoder TransformerEncoderLayer TransformerDecoder TransformerDecoderLayer
reversible_embedding
# normalization
batch_renormalization
instance_normalization_by_statistics: LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d
cross_map_lrn: CrossMapLRN2d
scaler: MeanVarianceNormalization Scaler LpNormalization Normalizer normalize
spectral_norm: SpectralNorm
weight_normalization: WeightNorm
# siblings in other dimensions
depthwise_conv3d
locally_connected1d
locally_connected2d
deform_conv: DeformConv2d
causal_conv: CausalConvWithState
bilinear
# pooling
global_lp_pooling: GlobalLpPool
fractional_max_pooling: FractionalMaxPool2d FractionalMaxPool3d
max_unpooling: MaxUnpool MaxUnpool1d MaxUnpool2d MaxUnpool3d
roi_pooling: MaxRoiPool RoiAlign
# borders and sizes
interpolation: Resize interpolate UpsamplingBilinear2d
center_crop_pad: CenterCropPad
grid_sample: AffineGrid
# shape
unflatten
split_to_sequence: SplitToSequence chunk
expand
scatter_add: index_add
tensor_scatter: TensorScatter
index_select
channel_shuffle
fold: Col2Im
unfold
compress: NonZero
reverse_sequence: flip
shape: Size
# arithmetic
bit_cast: CastLike BitCast
constant_of_shape: ConstantOfShape EyeLike Range OneHot
is_nan: IsInf IsNaN
logical: And Or Not Xor BitShift BitwiseAnd BitwiseOr BitwiseNot BitwiseXor
reduce_square_sum: ReduceSumSquare ReduceLogSum ReduceLogSumExp
cumulative_product: CumProd
reduce_l1
hardmax: Hardmax
triangle: Trilu
determinant: Det
unique
cosine_similarity
pairwise_distance
# functions beside the layers, whose names are near to those of others
reciprocal_square_root: rsqrt
complementary_error_function: erfc
sinc
is_in: isin
sort: argsort
covariance: cov
lu_decomposition: lu
conjugated_dot: vdot
truncated_remainder: fmod
most_frequent_value: mode
outer_product: addr ger outer
split_along_one_axis: hsplit vsplit dsplit
stack_along_one_axis: hstack vstack dstack
unstack
# activations
swiglu
softmin
softmax2d
rrelu
sparse_sigmoid
sparsemax
adaptive_log_softmax: AdaptiveLogSoftmaxWithLoss
# what is made before a network
embedding_bag
one_hot_encoder: OneHotEncoder LabelEncoder DictVectorizer CategoryMapper
binarizer: Binarizer
hashing: HashedCrossing
string_lookup: StringConcat StringNormalizer StringSplit RegexFullMatch
text_vectorization: TfIdfVectorizer
mel_weight_matrix: MelWeightMatrix
stft_spectrogram: STFT DFT HannWindow HammingWindow BlackmanWindow
feature_vectorizer: ArrayFeatureExtractor Imputer CastMap ZipMap
image_decoder
max_num_bounding_boxes
auto_contrast
histogram_equalization: ContrastLimitedAdaptiveHistogramEqualization
non_max_suppression
# machine learning that is no network
linear_classifier: LinearRegressor SVMClassifier SVMRegressor
tree_ensemble: TreeEnsembleClassifier TreeEnsembleRegressor
# control flow
control_flow: If Loop Scan SequenceMap Optional OptionalGetElement OptionalHasElement
sequence: SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength ConcatFromSequence
random: Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike
"""

_NUMBERS = (
    "number the words before, and give the numbers: `input: {shape: [8], dtype: int32}`, with `pad: 0` for texts of "
    "unequal length"
)
REMARKS = {
    "rnn": "write the layer that its cell makes: `simple_rnn`, `lstm` or `gru`",
    "rnn_cell": "write `simple_rnn`, which goes along the sequence with this cell",
    "lstm_cell": "write `lstm`, which goes along the sequence with this cell",
    "gru_cell": "write `gru`, which goes along the sequence with this cell",
    "stacked_rnn_cells": "write a layer for each cell, all but the last with `return_sequences: true`",
    **dict.fromkeys(("hashing", "string_lookup", "text_vectorization"), _NUMBERS),
    "reciprocal_square_root": "write `sqrt`, and `reciprocal` behind it",
    "unflatten": "`reshape` takes the whole shape of a sample",
    "softmax2d": "`softmax` along the channels is the same: `axis: -1`, in a channels-first file `axis: 1`",
}
"""What may be written instead, by our name, where that gives the same numbers."""


@cache
def _by_spelling() -> dict[str, str]:
    lines = (line.partition(":") for line in TABLE.split("\n") if line and not line.startswith("#"))
    return {bare(word): ours for ours, _, others in lines for word in (ours, *others.split())}


def missing(word: str) -> str | None:
    """Our name of a layer that some framework calls `word` and dftrace lacks; None if it is none."""
    return _by_spelling().get(bare(word))
