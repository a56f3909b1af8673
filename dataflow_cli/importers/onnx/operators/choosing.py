"""Where: one of two tensors, by a third."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.operators.elementwise import combined

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held


def where(call: Call) -> Held:
    """The second where the first is true, else the third."""
    return combined(call, "where", call.values(), dtype=call.value(1).dtype)
