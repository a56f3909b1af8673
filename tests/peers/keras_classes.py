"""What Keras calls our kinds."""

import pytest

CLASSES = {
    "activation": "Activation",
    "conv1d": "Conv1D",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "rms_normalization": "RMSNormalization",
    "simple_rnn": "SimpleRNN",
    "lstm": "LSTM",
    "gru": "GRU",
    **{f"conv_lstm{rank}d": f"ConvLSTM{rank}D" for rank in (1, 2, 3)},
}
"""Those that are not our words with capitals."""


def class_of(kind):
    """`max_pooling2d` is `MaxPooling2D`."""
    name = "".join(word.capitalize() for word in kind.split("_"))
    for rank in "123":
        name = name.replace(f"{rank}d", f"{rank}D")
    keras = pytest.importorskip("keras")
    return getattr(keras.layers, CLASSES.get(kind, name))
