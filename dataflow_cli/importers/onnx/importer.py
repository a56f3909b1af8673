"""An ONNX file -> the description of its model in our words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.file import open_model
from dataflow_cli.importers.onnx.patterns import joined
from dataflow_cli.importers.onnx.tidying import tidied
from dataflow_cli.importers.onnx.translation import translated

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.importers.described import Imported


def import_onnx(path: Path) -> Imported:
    """The model in a file. What of it dftrace lacks is listed. Raises FileProblem if it holds none; OSError."""
    return replace(tidied(joined(translated(open_model(path)))), name=path.name.removesuffix(".onnx"))
