"""The tensors that an ONNX file begins with, by their names there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.importers.arrays import ImportedArrays
from dataflow_cli.importers.onnx.constants import of_tensor
from dataflow_cli.importers.onnx.file import open_model

if TYPE_CHECKING:
    from pathlib import Path


def open_onnx_arrays(path: Path) -> ImportedArrays:
    """The initializers of a file. Raises FileProblem if it holds no model."""
    initializers = open_model(path).graph.initializers
    return ImportedArrays({name: of_tensor(tensor) for name, tensor in initializers.items()})
