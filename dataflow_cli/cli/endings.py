"""The format that the ending of a file's name stands for, where no format was chosen."""

from __future__ import annotations

from pathlib import PurePath

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable

_FORMATS = {
    "json": "json",
    "jsonl": "jsonl",
    "csv": "csv",
    "tsv": "tsv",
    "md": "markdown",
    "tex": "latex",
    "npy": "npy",
    "png": "png",
    "svg": "svg",
}
_ELSEWHERE = {
    **dict.fromkeys(("png", "svg"), "pictures are drawn by dftrace show and dftrace draw"),
    **dict.fromkeys(
        ("html", "htm"), "a page is written by dftrace show NET -i FILE -o FILE.html, with --profile P.npz beside it"
    ),
    "npz": "tensors are kept by dftrace run NET -i FILE --save FILE.npz",
    "npy": "one tensor is written by dftrace run NET -i FILE -l LAYER -f npy",
    **dict.fromkeys(
        ("pdf", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "eps", "ps"), "pictures are written as PNG or SVG"
    ),
}
"""Endings of what is not text, and who writes it: a file called so gets no table."""


def format_of(output: str | None, formats: tuple[str, ...], *, drawn: tuple[str, ...] = ()) -> str:
    """The format of `formats` that the ending of the file `output` stands for; the first where it stands for none.

    Endings in `drawn` are what the command draws where no format is chosen. Raises OutputError for an ending of
    something that is none of the formats.
    """
    ending = PurePath(output or "").suffix.lower().removeprefix(".")
    form = _FORMATS.get(ending)
    if form in formats:
        return form
    why = _ELSEWHERE.get(ending) or (None if form is None else f"{form} is no format of this command")
    if why is not None and ending not in drawn:
        problem = f"{printable(output or '')}: {why}"
        endings = (*(one for one, form in _FORMATS.items() if form in formats), *drawn)
        named = ", ".join(f".{one}" for one in endings)
        raise OutputError(problem, hint=f"let its name end in {named}, or choose a format with -f")
    return formats[0]
