"""The table of kinds as a report, and one kind as a page."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.layers import KINDS
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report
from dataflow_cli.render.wrapping import paragraphs

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.fields import Option


COLUMNS = (
    Column("type", "type"),
    Column("fields", "fields", text.names, wraps=True, keep=5),
    Column("summary", "what it does", wraps=True, keep=8),
)

FIELD_COLUMNS = (
    Column("field", "field"),
    Column("takes", "takes", wraps=True, keep=7),
    Column("default", "default", keep=6),
    Column("doc", "what it is", wraps=True, keep=8),
)


def layers_report() -> Report:
    """A row a kind."""
    rows = tuple(
        {"type": name, "fields": tuple(_written(o) for o in kind.options().values()), "summary": kind.title()}
        for name, kind in KINDS.items()
    )
    return Report(
        schemas.LAYERS, "layers", COLUMNS, rows, notes=("`dftrace layers TYPE` explains one of them; * is required",)
    )


def kind_report(kind: type[Layer]) -> Report:
    """A row a field of one kind, with its formula above."""
    rows = tuple(_row(option) for option in kind.options().values())
    module = inspect.getdoc(sys.modules[kind.__module__]) or ""
    return Report(
        schemas.LAYERS,
        "fields",
        FIELD_COLUMNS,
        rows,
        title=f"{kind.type}: {kind.title()}",
        head={"type": kind.type, "summary": kind.title(), "formula": module, "insides": dict(kind.insides)},
        notes=(*paragraphs(module), *_in_torch(kind), *_insides(kind)),
    )


def _in_torch(kind: type[Layer]) -> tuple[str, ...]:
    """The defaults that a file with `framework: torch` has otherwise."""
    theirs = [f"{field}: {default_text(value)}" for field, value in kind.torch_defaults.items()]
    return ("", f"with `framework: torch`: {', '.join(theirs)}") if theirs else ()


def _insides(kind: type[Layer]) -> tuple[str, ...]:
    """What the layer works out on the way, a line each."""
    if not kind.insides:
        return ()
    return ("", "inner tensors:", *(f"    LAYER:{name}  {what}" for name, what in kind.insides.items()))


def _row(option: Option) -> dict[str, Any]:
    default = None if option.required else default_text(option.default)
    return {"field": option.name, "takes": option.kind.describe(), "default": default, "doc": option.doc}


def default_text(value: Any) -> str:
    """A default as a network file would write it."""
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return str(list(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(option: Option) -> str:
    return f"{option.name}*" if option.required else option.name
