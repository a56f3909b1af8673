"""What layers found by adapt() and a .keras file has beside config.json: vocabularies of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.zip_member import read_member
from dataflow_cli.importers.keras.counted import by_count
from dataflow_cli.importers.keras.entries import layers_of, settings_of

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping
    from typing import Any

_LONGEST = 2**21
"""Bytes of a vocabulary: more numbers than a layer may have, each on its line."""


def with_vocabularies(config: Mapping[str, Any], archive: zipfile.ZipFile) -> None:
    """Put the vocabularies of a model's layers into their configs, as if they had been made with them.

    Raises FileProblem for one that holds anything but whole numbers.
    """
    names = frozenset(archive.namelist())
    for path, layer in _layers("assets", config):
        settings, name = settings_of(layer), f"{path}/vocabulary.txt"
        if layer.get("class_name") == "IntegerLookup" and not settings.get("vocabulary") and name in names:
            settings["vocabulary"] = _numbers(read_member(archive, name, _LONGEST), name)  # type: ignore[index]


def _layers(path: str, model: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All layers of a model and of those in it, each with the folder of what it stores."""
    for part, layer in by_count(layers_of(model)):
        yield f"{path}/layers/{part}", layer
        yield from _layers(f"{path}/layers/{part}", layer)


def _numbers(data: bytes, name: str) -> list[int]:
    lines = data.split()
    if not all(line.lstrip(b"-").isdigit() and len(line) < 21 for line in lines):
        hint = "save the model again with model.save('model.keras')"
        raise FileProblem(f"its {name} is no list of whole numbers", hint=hint)
    return [int(line) for line in lines]
