"""The JSON that Polygraphy writes: `polygraphy run --save-outputs`, and of `--save-inputs`.

{"lst": [[runner, [{"outputs": {name: {"values": {"array": the .npy in base64}}}}]]]}
[{name: {"array": ...}}]
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.npy import read_array, read_header
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.untrusted_json import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.shapes import Array, Shape

MAX_BYTES = 2**30
"""Of the file, all of which is read."""
_ONE = "save the outputs of one runner and one iteration: polygraphy run MODEL --onnxrt --save-outputs FILE.json"


class PolygraphyOutputs:
    """The arrays of one run by name, decoded when asked for."""

    def __init__(self, path: Path, texts: Mapping[str, str]) -> None:
        self._path = path
        self._texts = texts
        with reported(InputError, path):
            self.shapes: Mapping[str, Shape] = {name: _header(text) for name, text in texts.items()}

    def read(self, name: str) -> Array:
        """One array. Raises InputError if it is damaged."""
        with reported(InputError, self._path):
            data = _decoded(self._texts[name])
            return read_array(io.BytesIO(data), len(data))


def is_polygraphy(start: bytes) -> bool:
    """Whether a file begins as Polygraphy's do."""
    words = b"".join(start.split())
    return words.startswith(b'{"lst":[') or (words.startswith(b'[{"') and b'{"array":"' in words)


def open_polygraphy(path: Path) -> PolygraphyOutputs:
    """The outputs, or inputs, in a file. Raises InputError if it has not those of one run, or is damaged."""
    with reported(InputError, path):
        if path.stat().st_size > MAX_BYTES:
            raise FileProblem(f"more than {MAX_BYTES:,} bytes", hint="save fewer outputs, or an .npz")
        data = path.read_bytes()
        if data.lstrip()[:1] == b"[":
            data = b'{"inputs": ' + data + b"}"
        return PolygraphyOutputs(path, _texts(read_json(data, "the file")))


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    """The arrays of the one iteration of the one runner, as base64."""
    runs = found.get("inputs") if "inputs" in found else found.get("lst")
    if not isinstance(runs, list) or len(runs) != 1:
        raise FileProblem("holds the results of several runs, or of none", hint=_ONE)
    if "inputs" in found:
        arrays = runs[0]
    else:
        run = runs[0]
        iterations = run[1] if isinstance(run, list) and len(run) == 2 else None
        if not isinstance(iterations, list) or len(iterations) != 1 or not isinstance(iterations[0], dict):
            raise FileProblem("holds several iterations, or none", hint=_ONE)
        arrays = iterations[0].get("outputs")
    if not isinstance(arrays, dict):
        raise FileProblem("has no outputs by name", hint=_ONE)
    return {name: _text(name, each) for name, each in arrays.items()}


def _text(name: str, found: Any) -> str:
    while isinstance(found, dict) and "values" in found:
        found = found["values"]
    text = found.get("array") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise FileProblem(f"'{name[:80]}' is no array", hint=_ONE)
    return text


def _decoded(text: str) -> bytes:
    import base64
    import binascii

    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileProblem("an array that is no base64", hint="save it again") from error


def _header(text: str) -> Shape:
    """The shape, from the beginning alone."""
    return read_header(io.BytesIO(_decoded(text[: 4 * 2**15]))).shape
