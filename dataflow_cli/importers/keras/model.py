"""A Keras file -> the description of its model in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.importers.keras.config import read_model
from dataflow_cli.importers.keras.graph import graph_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.importers.described import Imported


def import_keras(path: Path) -> Imported:
    """The model in a file. What of it dftrace lacks is listed. Raises FileProblem if it holds no model; OSError."""
    model = read_model(path)
    old = not model.version.startswith("3") if model.version else "module" not in model.config
    origin = f"Keras {model.version}".strip()
    try:
        return graph_of(model.config, origin, old=old, name=path.name.partition(".")[0])
    except FieldError as error:
        hint = error.hint or "save the model again with model.save('model.keras')"
        raise FileProblem(f"no model that can be read: {error.message}", hint=hint) from error
