"""Whether a file is an ONNX model: such files begin with no mark of their own."""

from __future__ import annotations

SUFFIX = ".onnx"
_MAY_FOLLOW = frozenset(b"\x12\x1a\x22\x28\x32\x3a\x42")
"""Keys of the fields behind the version of the format: producer, domain, model_version, graph, opset_import."""


def is_onnx(name: str, head: bytes) -> bool:
    """Whether a file is an ONNX model, by its name or its first bytes: the version of the format, a small number."""
    return name.endswith(SUFFIX) or (len(head) > 2 and head[0] == 8 and 0 < head[1] < 32 and head[2] in _MAY_FOLLOW)
