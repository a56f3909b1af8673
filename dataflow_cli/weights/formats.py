"""Files that hold weights, and are not read yet: called by their names, with a way that works today."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from dataflow_cli.files.foreign import HINTS, called
from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from pathlib import Path

_START = 512
_TORCH = (
    "PyTorch makes an .npz of a state dict: `numpy.savez({npz}, **{{name: value.float().numpy() for name, value in "
    "torch.load({file}, map_location='cpu').items()}})`; then write `weights: {{file: {npz}, layout: torch, map: ...}}`"
)
_SAFETENSORS = (
    "`numpy.savez({npz}, **safetensors.numpy.load_file({file}))` makes an .npz of it; then write "
    "`weights: {{file: {npz}, map: ...}}`, with `layout: torch` if it comes from PyTorch"
)
_KERAS = (
    "Keras makes an .npz of it: `numpy.savez({npz}, **{{value.path: value.numpy() for value in "
    "keras.saving.load_model({file}).weights}})`; then write `weights: {{file: {npz}, map: ...}}`"
)
_KERAS_WEIGHTS = (
    "Keras makes an .npz of it, once the model is built: `model.load_weights({file}); numpy.savez({npz}, "
    "**{{value.path: value.numpy() for value in model.weights}})`; then write `weights: {{file: {npz}, map: ...}}`"
)
_CONVERT = "save its arrays by their names with numpy.savez({npz}, ...), and name that file"
_TORCH_BEFORE_1_6 = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""What torch.save wrote first."""


def not_read(path: Path) -> FileProblem | None:
    """What a file is that is no .npz, if that is known. Raises OSError."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    found = _in_zip(path) if start.startswith(b"PK") else _by_start(start, path.name, path.stat().st_size)
    if found is None:
        return None
    what, hint = found
    file, npz = repr(printable(path.name)), repr(printable(f"{path.name.partition('.')[0]}.npz"))
    return FileProblem(what, hint=hint.format(file=file, npz=npz))


def _in_zip(path: Path) -> tuple[str, str] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if "data.pkl" in names:
        return _yet("a PyTorch file", _TORCH)
    return _yet("a Keras model (.keras)", _KERAS) if "model.weights.h5" in names else None


def _by_start(start: bytes, name: str, size: int) -> tuple[str, str] | None:
    what = called(start)
    if what in HINTS:  # a failed download
        return f"is {what}", HINTS[what]
    if what == "an HDF5 file":
        return _yet("an HDF5 file, as Keras writes", _KERAS_WEIGHTS if name.endswith(".weights.h5") else _KERAS)
    if start.startswith(_TORCH_BEFORE_1_6):
        return _yet("a PyTorch file", _TORCH)
    if start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < size:
        return _yet("a safetensors file", _SAFETENSORS)
    return _yet(what or _other(start, name), _CONVERT) if what or _other(start, name) else None


def _other(start: bytes, name: str) -> str:
    if start.startswith(b"\x93NUMPY"):
        return "a single array (.npy)"
    if name.endswith(".onnx"):
        return "an ONNX file"
    if start[4:8] == b"TFL3":
        return "a TensorFlow Lite file"
    return "a GGUF file" if start.startswith(b"GGUF") else ""


def _yet(what: str, hint: str) -> tuple[str, str]:
    return f"is {what}, which is not read yet; an .npz is", hint
