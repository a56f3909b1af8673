"""What a layer is called: as the module of which the exporter tells, by the node's path or by its parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.importers.onnx.model import Node
    from dataflow_cli.importers.onnx.tensors import Tensor

_PARAMETER = re.compile(r"(.+)[./](?:weight|kernel|weight_quantized|gamma)")
"""A parameter of the module before it."""
_BARE = re.compile(r"(?:node_)?(.+)")


def path_of(node: Node, initializers: Mapping[str, Tensor]) -> str:
    """A node's name as its module has it: `layer1.0.conv1` for `/layer1/layer1.0/conv1/Conv`."""
    for name in node.inputs[1:]:
        module = _PARAMETER.fullmatch(name) if name in initializers else None
        if module and not re.fullmatch(r"onnx::.*", name):
            return module[1].removeprefix("module.")
    name = node.name or next(filter(None, node.outputs), "") or node.operation
    parts = [each for each in name.split("/") if each]
    if name.startswith("/") and parts:
        return _of_scopes(parts, node.operation)
    bare = _BARE.fullmatch(name)
    return bare[1] if bare and not bare[1].isdecimal() else f"{node.operation.lower()}_{name}"


def _of_scopes(parts: list[str], operation: str) -> str:
    """PyTorch's scopes: each module's path, and last the operation, with a number if it is not the first one."""
    *modules, last = parts
    own = re.fullmatch(rf"{re.escape(operation)}((?:_\d+)?)(?:_output_\d+)?", last)
    inner = [*modules[1:], ""]
    kept = [each for each, within in zip(modules, inner, strict=False) if not within.startswith(f"{each}.")]
    if own is None or not modules:
        return ".".join([*kept, last.lower() if own else last])
    return ".".join(kept) + own[1]
