"""DepthToSpace and SpaceToDepth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held


_KINDS = {"DepthToSpace": "depth_to_space", "SpaceToDepth": "space_to_depth"}


def blocks(call: Call) -> Held:
    """Channels as blocks of places, and back; in newer versions `mode` says which runs faster among the channels."""
    x = call.sampled(0)
    mode = call.attribute("mode", "DCR")
    if mode not in ("DCR", "CRD"):
        raise FieldError(f"its mode '{mode[:40]}' is not there in dftrace")
    if x.rank != 4:
        raise FieldError(f"it takes pictures (N, channels, height, width), found {x.rank} axes")
    fields = {"block_size": call.attribute("blocksize", 0)} | ({} if mode == "DCR" else {"mode": mode})
    return call.layer(_KINDS[call.operation], fields, [x])
