"""The shortest programs that capture what every layer puts out in other frameworks, for `dftrace diff`."""

from __future__ import annotations

from importlib.resources import files

FRAMEWORKS = {
    "torch": "PyTorch: forward hooks on every module that has none inside",
    "keras": "Keras 3: a model that has every layer's output as its own",
    "onnx": "ONNX Runtime: the model with every tensor among its outputs",
    "tflite": "TensorFlow Lite: an interpreter that preserves all tensors",
    "c": "C: a function to be called behind each layer",
}
"""What there is a program for, with how it does it; the file of the same name holds it."""


def program(framework: str) -> str:
    """The program for a framework; its first lines say what has to stand before it."""
    return files(__name__).joinpath(f"{framework}.txt").read_text(encoding="utf-8")
