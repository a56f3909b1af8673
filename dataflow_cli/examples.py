"""The worked examples that are shipped: one table, and which files each of them is made of.

In an installed package they stand in `dataflow_cli/configs`, in a checkout in `configs` beside the package.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName, suggestion
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import NetworkSpec

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Example:
    """One example: a network file, and what it shows."""

    name: str
    """The network file's name without `.yaml`."""
    section: str
    """Of the chapter; empty for what goes beyond it."""
    see: str
    """What one sees."""
    commands: tuple[str, ...]
    """What to try in the example's folder, the most telling first."""
    extra: tuple[str, ...] = ()
    """Patterns of files that belong to it although the network file does not name them."""

    @property
    def network_file(self) -> str:
        """The file that `dftrace run` takes."""
        return f"{self.name}.yaml"

    @property
    def command(self) -> str:
        """The most telling thing to try."""
        return self.commands[0]

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files that belong to it, the network file first: paths relative to `folder()`, with slashes.

        What the network file names (weights, the inputs' examples), what `extra` adds, and the notes on where each of
        them is from and who may use it.
        """
        named = (*_named_by(_spec(self)), *(path for pattern in self.extra for path in _matching(pattern)))
        notes = (note for path in named for pattern, note in _NOTES.items() if fnmatchcase(path, pattern))
        return tuple(dict.fromkeys((self.network_file, *named, *notes)))


EXAMPLES = (
    Example(
        "cifar-minibatch",
        "1",
        "24 color pictures of 32 x 32 go through a network at once: (24, 32, 32, 3)",
        ("dftrace run cifar-minibatch.yaml",),
    ),
    Example(
        "rgb-picture",
        "1",
        "a color picture (427, 640, 3) taken apart into its three channels",
        ("dftrace run rgb-picture.yaml",),
    ),
    Example(
        "mlp-2-5-1",
        "2",
        "a trained 2-5-1 network: 23 of 25 test points right, P(class 1) = 0.355 for the first",
        (
            "dftrace run mlp-2-5-1.yaml --values full",
            "dftrace run mlp-2-5-1.yaml -i mlp-2-5-1-test.csv --labels mlp-2-5-1-labels.csv",
            "dftrace show mlp-2-5-1.yaml --kind scatter -i mlp-2-5-1-train.csv --labels mlp-2-5-1-train-labels.csv",
        ),
        extra=("mlp-2-5-1-*.csv",),
    ),
    Example(
        "xor-mlp",
        "2",
        "exclusive or with weights chosen by hand",
        (
            "dftrace run xor-mlp.yaml --values full",
            'dftrace run xor-mlp.yaml --value "[[0, 0], [0, 1], [1, 0], [1, 1]]" --values full',
        ),
    ),
    Example(
        "conv1d-ramp",
        "3",
        "convolution in one dimension: same, valid, and with the kernel flipped",
        ("dftrace run conv1d-ramp.yaml --values full",),
    ),
    Example(
        "conv2d-picture",
        "4",
        "convolution in two dimensions on an 8 x 8 corner: -209 by hand",
        ("dftrace run conv2d-picture.yaml --values full --precision 0",),
    ),
    Example(
        "conv2d-raccoon",
        "4",
        "the same on the whole picture of 512 x 512",
        ("dftrace run conv2d-raccoon.yaml --values head --precision 0",),
    ),
    Example(
        "conv-layer",
        "5",
        "a convolutional layer, (5, 5, 2) to (3, 3, 3) with 57 parameters",
        ("dftrace run conv-layer.yaml --values full --precision 0", "dftrace params conv-layer.yaml -v"),
    ),
    Example(
        "pooling",
        "6",
        "max and average pooling side by side, with stride 2 and 1",
        ("dftrace run pooling.yaml --values full --precision 2",),
    ),
    Example(
        "mnist-cnn",
        "7-9",
        "the whole CNN, trained: a handwritten digit to ten probabilities, 1,199,882 parameters",
        ("dftrace run mnist-cnn.yaml -i digits/7.png", "dftrace params mnist-cnn.yaml -v"),
        extra=("digits/*.png", "digits/fours/*.png", "digits/sixes/*.png"),
    ),
    Example(
        "mnist-lstm",
        "",
        "an LSTM, trained: it reads a handwritten digit row by row, 24,458 parameters",
        (
            "dftrace run mnist-lstm.yaml -i digits/7.png",
            "dftrace explain mnist-lstm.yaml 'lstm_1[0]' -i digits/7.png",
        ),
        extra=("digits/*.png",),
    ),
    Example(
        "tiny-resnet",
        "",
        "residual blocks: a network with branches",
        (
            "dftrace run tiny-resnet.yaml --fields name,inputs,output_shape,params",
            "dftrace params tiny-resnet.yaml -v",
        ),
    ),
    Example(
        "vgg16",
        "",
        "VGG16: 138,357,544 parameters, 89 % of them in three dense layers",
        ("dftrace params vgg16.yaml", "dftrace bench vgg16.yaml"),
    ),
    Example(
        "resnet50",
        "",
        "ResNet50: sixteen blocks with shortcuts, 25,636,712 parameters",
        ("dftrace params resnet50.yaml", "dftrace bench resnet50.yaml"),
    ),
    Example(
        "mobilenetv2",
        "",
        "MobileNetV2: depthwise convolutions, 3,538,984 parameters",
        ("dftrace params mobilenetv2.yaml", "dftrace bench mobilenetv2.yaml"),
    ),
    Example(
        "unet",
        "",
        "U-Net with mirrored borders: down four times and up again, a pixel of its output sees 204 x 204",
        ("dftrace params unet.yaml", "dftrace params unet.yaml --depth 0"),
    ),
    Example(
        "sort-transformer",
        "",
        "a transformer that sorts eight letters: every step of it can be followed, 10,376 parameters",
        (
            "dftrace run sort-transformer.yaml",
            "dftrace show sort-transformer.yaml -l '*:weights'",
            "dftrace explain sort-transformer.yaml 'encoder_2/attention[0,3]' --back",
        ),
    ),
    Example(
        "mnist-vit",
        "",
        "a vision transformer that reads digits: every patch looks at all others, 60,634 parameters",
        (
            "dftrace run mnist-vit.yaml",
            "dftrace show mnist-vit.yaml -l '*:weights'",
            "dftrace explain mnist-vit.yaml 'encoder_1/attention[5,17]' --back",
        ),
    ),
    Example(
        "gpt2",
        "",
        "GPT-2: twelve blocks of causal attention, 124,439,808 parameters, the table of words among them used twice",
        ("dftrace params gpt2.yaml --depth 0", "dftrace bench gpt2.yaml"),
    ),
    Example(
        "llama-smollm-135m",
        "",
        "SmolLM-135M, a small Llama: rotary embedding within grouped-query attention, 134,515,008 parameters",
        ("dftrace params llama-smollm-135m.yaml --depth 0", "dftrace bench llama-smollm-135m.yaml"),
    ),
    Example(
        "vit-base-16",
        "",
        "ViT base: a picture as 196 patches and a class token, 86,567,656 parameters",
        ("dftrace params vit-base-16.yaml --depth 0", "dftrace bench vit-base-16.yaml"),
    ),
    Example(
        "bert-base",
        "",
        "BERT base: twelve blocks of attention, 109,482,240 parameters",
        ("dftrace params bert-base.yaml --depth 0", "dftrace bench bert-base.yaml"),
    ),
    Example(
        "minilm-l6",
        "",
        "all-MiniLM-L6-v2: a sentence to 384 numbers, 22,713,216 parameters",
        ("dftrace params minilm-l6.yaml --depth 0", "dftrace bench minilm-l6.yaml"),
    ),
    Example(
        "lstm-imdb",
        "",
        "two bidirectional LSTMs over the words of a review, 2,757,761 parameters",
        ("dftrace params lstm-imdb.yaml", "dftrace bench lstm-imdb.yaml"),
    ),
)
"""Every example, in the order of the chapter."""

_NOTES = {
    "digits/*.png": "digits/README.md",
    "mnist-cnn.npz": "mnist-cnn.json",
    "mnist-vit.npz": "mnist-vit.json",
    "sort-transformer.npz": "sort-transformer.json",
    "mnist-lstm.npz": "mnist-lstm.json",
    "patches.npy": "raccoon.md",
    "raccoon*.png": "raccoon.md",
}
"""Data by pattern, and the file that says where it is from and who may use it."""


def folder() -> Path:
    """Where the files of all examples are."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def find_example(name: str) -> Example:
    """The example of that name, `.yaml` or not. Raises UnknownName with the closest one."""
    known = {example.name: example for example in EXAMPLES}
    found = known.get(name.removesuffix(".yaml"))
    if found is None:
        hint = suggestion(name, known) or f"examples: {', '.join(known)}"
        raise UnknownName(f"there is no example '{name}'", hint=hint)
    return found


def _spec(example: Example) -> NetworkSpec:
    from dataflow_cli.netfile.parse import read_network_spec

    return read_network_spec(folder() / example.network_file)


def _named_by(spec: NetworkSpec) -> list[str]:
    """The files that a network file names: its weights and its inputs' examples."""
    from dataflow_cli.netfile.nodes import Scalar

    weights = [spec.weights.file] if spec.weights and spec.weights.file else []
    examples = [spec.folder / entry.example.text for entry in spec.inputs if isinstance(entry.example, Scalar)]
    return [path.relative_to(spec.folder).as_posix() for path in (*weights, *examples)]


def _matching(pattern: str) -> list[str]:
    return sorted(path.relative_to(folder()).as_posix() for path in folder().glob(pattern))
