"""A page to click through, as `-o FILE.html` asks for it."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.cli.output import emit, tell
from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from dataflow_cli.page.beside import Beside
    from dataflow_cli.trace.model import Trace

ENDINGS = (".html", ".htm")
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def _bytes(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """`8MB`, `500 kB`, or a number of bytes."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Za-z]{0,3})", value.strip())
    if match is None or match[2].upper() not in _UNITS:
        raise click.BadParameter(f"'{value}' is no size: write 8MB, 500kB, or a number of bytes")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def max_size_option(function: Any) -> Any:
    """How large a page may be."""
    return click.option(
        "--max-size",
        callback=_bytes,
        metavar="SIZE",
        help="Of a page, -o FILE.html: numbers that do not fit are rounded, then left out. Default 8MB.",
    )(function)


def profile_beside(path: str, trace: Trace) -> Beside:
    """What a saved profile says of the layers of a run. Raises InputError if it is none, or has none of them."""
    from dataflow_cli.page.beside import of_profile
    from dataflow_cli.profile.saved import load_profile

    profile = load_profile(path)
    shapes = {step.name: step.output_shape for step in trace.steps if not step.is_input}  # inputs are alike everywhere
    known = [layer.name for layer in profile.layers if shapes.get(layer.name) == layer.output_shape]
    strange = [layer.name for layer in profile.layers if layer.name in shapes and layer.name not in known]
    if strange or not known:
        message = f"{printable(path)}: a profile of {printable(profile.network)}, whose layers are others"
        raise InputError(message, hint=f"profile this one: dftrace profile NET -i DATA --save {printable(path)}")
    return of_profile(profile)


def is_page(output: str | None, max_size: int | None) -> bool:
    """Whether a page is wanted. Raises UsageError for a size of something else."""
    page = output is not None and PurePath(output).suffix.lower() in ENDINGS
    if max_size is not None and not page:
        raise click.UsageError("--max-size is of a page: add -o FILE.html")
    return page


def write_page(
    trace: Trace,
    weights: str | None,
    output: str,
    max_size: int | None,
    *,
    quiet: bool,
    beside: Beside | None = None,
) -> None:
    """Write the page of a run, with what is known `beside`, and say on stderr what did not fit."""
    from dataflow_cli.explain.origin import known_origin
    from dataflow_cli.page.beside import NOTHING
    from dataflow_cli.page.build import MAX_SIZE, build

    size = MAX_SIZE if max_size is None else max_size
    page = build(trace, known_origin(trace, weights), size, NOTHING if beside is None else beside)
    emit(page.text.encode(), output)
    if not quiet:
        tell(*(f"note: {words}" for words in page.omitted))
