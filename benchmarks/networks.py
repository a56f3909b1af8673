"""The networks that are measured, and where the files are that only the measurements need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processes import ROOT, SCRATCH

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """A network with its goals: ratios to be reached at most."""

    name: str
    title: str
    over_torch: float
    over_onnx: float
    traced: float
    batches: tuple[int, ...] = (1,)

    @property
    def config(self) -> Path:
        """The network file."""
        return ROOT / "configs" / f"{self.name}.yaml"

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
        """One input, channels last, with values as a picture has them."""
        return SCRATCH / f"{self.name}-sample.npy"

    @property
    def prepared(self) -> Path:
        """The same input as the others take it: preprocessed, channels first."""
        return SCRATCH / f"{self.name}-prepared.npy"


NETWORKS = (
    Measured("mnist-cnn", "MNIST CNN", over_torch=0.9, over_onnx=1.2, traced=1.3, batches=(1, 24, 256)),
    Measured("mobilenetv2", "MobileNetV2", over_torch=1.0, over_onnx=2.0, traced=1.7),
    Measured("resnet50", "ResNet50", over_torch=0.8, over_onnx=1.1, traced=1.3),
    Measured("vgg16", "VGG16", over_torch=0.75, over_onnx=0.85, traced=1.3),
)
QUICK = NETWORKS[:2]
"""What `--quick` measures."""


def network(name: str) -> Measured:
    """The network of that name."""
    return next(one for one in NETWORKS if one.name == name)
