"""An ONNX file on disk: looked at, mapped into memory, read."""

from __future__ import annotations

import mmap
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.files.foreign import HINTS, called
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.regular import regular_size
from dataflow_cli.importers.onnx.external import Outside
from dataflow_cli.importers.onnx.reading import read_model
from dataflow_cli.importers.onnx.wire import damaged

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.importers.onnx.model import Model

LARGEST = 2**31 - 1
"""Bytes that a message of Protocol Buffers may have."""
_SPLIT = "save it with its tensors in a file of their own: onnx.save(model, path, save_as_external_data=True)"


def open_model(path: Path) -> Model:
    """The model in a file. Raises FileProblem if it holds none that is read; OSError."""
    size = regular_size(path)
    if not size:
        raise damaged("it is empty")
    if size > LARGEST:
        raise FileProblem(f"is a protobuf of {size:,} bytes, and none has more than 2 GB", hint=_SPLIT)
    with path.open("rb") as stream:
        data = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    what = called(bytes(data[:512]))
    if what:
        raise FileProblem(f"is {what}, not an ONNX model", hint=HINTS.get(what, "name a file that ends with .onnx"))
    model = read_model(data)
    outside = Outside(path)
    tensors = {
        name: replace(tensor, outside=outside) if tensor.external else tensor
        for name, tensor in model.graph.initializers.items()
    }
    return replace(model, graph=replace(model.graph, initializers=tensors))
