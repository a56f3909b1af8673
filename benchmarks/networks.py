"""The networks that are measured, and where the files are that only the measurements need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processes import HERE, ROOT, SCRATCH

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """A network with its goals: ratios to be reached at most."""

    name: str
    title: str
    over_torch: float
    over_onnx: float
    traced: float | None = None
    batches: tuple[int, ...] = (1,)
    is_shipped: bool = True
    """Whether its file is one of `configs`, or is here for the measurements alone."""
    torch_layouts: tuple[str, ...] = ("torch",)
    """The engines of torch of which the faster one counts: with pictures, memory has one layout or another."""

    @property
    def config(self) -> Path:
        """The network file."""
        return (ROOT / "configs" if self.is_shipped else HERE / "layers") / f"{self.name}.yaml"

    @property
    def weights(self) -> Path:
        """Parameters for all engines: random for the large networks."""
        return SCRATCH / f"{self.name}.npz"

    @property
    def onnx(self) -> Path:
        """The same network with the same parameters for ONNX Runtime."""
        return SCRATCH / f"{self.name}.onnx"

    @property
    def torch(self) -> Path:
        """The same for torch, as TorchScript."""
        return SCRATCH / f"{self.name}.pt"

    @property
    def sample(self) -> Path:
        """One input, channels last, with values as a picture has them, or as the network takes them."""
        return SCRATCH / f"{self.name}-sample.npy"

    @property
    def agreed(self) -> Path:
        """Is there if all engines give the same for it."""
        return SCRATCH / f"{self.name}.agreed"

    @property
    def prepared(self) -> Path:
        """The same input as the others take it: preprocessed, channels first."""
        return SCRATCH / f"{self.name}-prepared.npy"


LAYOUTS = ("torch contiguous", "torch channels_last")
NETWORKS = (
    Measured(
        "mnist-cnn",
        "MNIST CNN",
        over_torch=0.9,
        over_onnx=1.2,
        traced=1.3,
        batches=(1, 24, 256),
        torch_layouts=LAYOUTS,
    ),
    Measured("mobilenetv2", "MobileNetV2", over_torch=1.0, over_onnx=2.0, traced=1.7, torch_layouts=LAYOUTS),
    Measured("resnet50", "ResNet50", over_torch=0.8, over_onnx=1.1, traced=1.3, torch_layouts=LAYOUTS),
    Measured("vgg16", "VGG16", over_torch=0.75, over_onnx=0.85, traced=1.3, torch_layouts=LAYOUTS),
)
SEQUENCES = (
    Measured("lstm", "LSTM 128 x 128, 100 steps", 1.0, 1.2, batches=(1, 32), is_shipped=False),
    Measured("gru", "GRU 128 x 128, 100 steps", 1.0, 1.2, batches=(1, 32), is_shipped=False),
    Measured("mnist-vit", "MNIST ViT", 1.0, 1.2, batches=(1, 24)),
    Measured("bert-layer", "BERT-base layer, 128 tokens", 1.0, 1.2, is_shipped=False),
    Measured("vit-layer", "ViT-base layer, 197 patches", 1.0, 1.2, is_shipped=False),
    Measured("gpt2", "GPT-2, 128 tokens", 1.0, 1.2),
)
"""What goes along a sequence, or looks at all of it. Of these only the warm forward pass is measured."""
QUICK = NETWORKS[:2]
QUICK_SEQUENCES = SEQUENCES[:3]
"""What `--quick` measures."""


def network(name: str) -> Measured:
    """The network of that name."""
    return next(one for one in NETWORKS + SEQUENCES if one.name == name)


def captured(name: str, side: str) -> Path:
    """Tensors of that network, as one side of a comparison has them."""
    return SCRATCH / f"{name}-{side}.npz"
