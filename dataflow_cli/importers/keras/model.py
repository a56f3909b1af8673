"""A Keras file -> the description of its model in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.importers.keras.config import read_model
from dataflow_cli.importers.keras.entries import layers_of, settings_of
from dataflow_cli.importers.keras.graph import graph_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.importers.described import Imported


_FIRST = frozenset(("nb_filter", "border_mode", "init", "inner_init"))
"""Fields that layers had in Keras 1 alone."""


def import_keras(path: Path) -> Imported:
    """The model in a file. What of it dftrace lacks is listed. Raises FileProblem if it holds no model; OSError."""
    model = read_model(path)
    if model.version.startswith("1.") or any(_FIRST & settings_of(layer).keys() for layer in layers_of(model.config)):
        raise FileProblem(
            f"is a model of Keras {model.version or '1'}, whose layers have other fields than those since Keras 2",
            hint="open it with Keras 2.0 to 2.3, which reads both, and save it again: "
            "keras.models.load_model('old.h5').save('new.h5')",
        )
    old = not model.version.startswith("3") if model.version else "module" not in model.config
    origin = f"Keras {model.version}".strip()
    try:
        return graph_of(model.config, origin, old=old, name=path.name.partition(".")[0])
    except FieldError as error:
        hint = error.hint or "save the model again with model.save('model.keras')"
        raise FileProblem(f"no model that can be read: {error.message}", hint=hint) from error
