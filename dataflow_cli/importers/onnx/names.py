"""What a layer is called: as the module of which the exporter tells, by the node's path or by its parameters."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dataflow_cli.importers.onnx.model import Node
    from dataflow_cli.importers.onnx.tensors import Tensor

_PARAMETER = re.compile(r"(.+)[./](?:weight|kernel|weight_quantized|gamma)")
"""A parameter of the module before it."""


_BESIDE = frozenset(("Constant", "Identity", "Cast", "Dropout", "Shape", "Unsqueeze", "ConstantOfShape"))
"""Operations that do not tell what a module does."""
_PRODUCTS = frozenset(("MatMul", "Gemm"))
"""Operations whose bias may be added by another one."""


def lonely_modules(nodes: Iterable[Node]) -> frozenset[str]:
    """The modules, by PyTorch's scopes, that are one operation, which need not be named then."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if node.name.startswith("/") and node.operation not in _BESIDE:
            found[node.name.rpartition("/")[0]].append(node.operation)
    return frozenset(module for module, operations in found.items() if _is_one(operations))


def _is_one(operations: list[str]) -> bool:
    return len(operations) == 1 or (len(operations) == 2 and operations[1] == "Add" and operations[0] in _PRODUCTS)


def path_of(node: Node, initializers: Mapping[str, Tensor], lonely: Collection[str] = ()) -> str:
    """A node's name as its module has it: `layer1.0.conv1` for `/layer1/layer1.0/conv1/Conv`.

    `lonely` are the modules of one operation; of others the operation is named too: `encoder.0.attention.softmax`.
    """
    for name in node.inputs[1:]:
        module = _PARAMETER.fullmatch(name) if name in initializers else None
        if module and not name.startswith("onnx::"):
            return module[1].removeprefix("module.")
    name = node.name or next(filter(None, node.outputs), "") or node.operation
    if name.startswith("/") and name.strip("/"):
        return _of_scopes(name, node.operation, lonely)
    bare = name.removeprefix("node_") or name
    return bare if not bare.isdecimal() else f"{node.operation.lower()}_{name}"


def _of_scopes(name: str, operation: str, lonely: Collection[str]) -> str:
    """PyTorch's scopes: each module's path, and last the operation, with a number if it is not the first one."""
    scope, _, last = name.rpartition("/")
    modules = [each for each in scope.split("/") if each]
    inner = [*modules[1:], ""]
    kept = [each for each, within in zip(modules, inner, strict=False) if not within.startswith(f"{each}.")]
    if kept and scope in lonely:
        return ".".join(kept)
    return ".".join([*kept, last.lower() if last.startswith(operation) else last])
