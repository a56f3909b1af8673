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
_TEXT = (".txt", ".text", ".log", ".out")
"""Endings of what is as people read it. A name without an ending has none, nor one that ends in a number or a date."""


def format_of(output: str | None, formats: tuple[str, ...], *, drawn: tuple[str, ...] = ()) -> str:
    """The format of `formats` that the ending of the file `output` stands for; the first for text and no ending.

    Endings in `drawn` are what the command draws where no format is chosen. Raises OutputError for any other ending.
    """
    ending = PurePath(output or "").suffix.lower().removeprefix(".")
    form = _FORMATS.get(ending)
    if form in formats:
        return form
    if f".{ending}" in _TEXT or ending in drawn or not ending[:1].isalpha():
        return formats[0]
    why = _ELSEWHERE.get(ending) or f"{form or f'.{printable(ending)}'} is no format of this command"
    endings = (*(one for one, form in _FORMATS.items() if form in formats), *drawn)
    named = ", ".join((*(f".{one}" for one in endings), _TEXT[0]))
    raise OutputError(
        f"{printable(output or '')}: {why}", hint=f"let its name end in {named}, or choose a format with -f"
    )
