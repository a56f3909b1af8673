"""The shortest programs that capture what every layer puts out in other frameworks, for `dftrace diff`."""

from __future__ import annotations

from importlib.resources import files

FRAMEWORKS = {
    "torch": "PyTorch: forward hooks on every module that has none inside",
    "keras": "Keras 3: a model that has every layer's output as its own",
    "onnx": "ONNX Runtime: the model with every tensor among its outputs",
}
"""What there is a program for, with how it does it; the file of the same name holds it."""


def program(framework: str) -> str:
    """The program for a framework: Python, to be put behind the lines that make `model` and `x`."""
    return files(__name__).joinpath(f"{framework}.txt").read_text(encoding="utf-8")
