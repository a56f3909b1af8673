"""All operations of ONNX: what is read as a kind, what is worked out before the network runs, and what there is no
kind for.
"""

from __future__ import annotations

import sys
import textwrap

import pytest

from dataflow_cli.importers.onnx.folding import RECKONED, WORKED_OUT
from dataflow_cli.importers.onnx.operators import operations
from dataflow_cli.netfile.dialects.types import our_type

defs = pytest.importorskip("onnx.defs")
FOLDED = {"If", "Constant", *RECKONED, *WORKED_OUT}
"""What becomes no layer: branches whose condition is known, sizes, and what follows from known numbers."""


def listed(words, names):
    lines = textwrap.fill(", ".join(sorted(names)), 116, initial_indent="  ", subsequent_indent="  ")
    return f"{words} ({len(names)}):\n{lines}\n"


def test_every_operation_that_there_is_a_kind_for_is_read(capsys):
    """A kind knows itself by the names that others have for it, ONNX' among them."""
    every = {schema.name for schema in defs.get_all_schemas() if not schema.domain}
    read = every & set(operations())
    folded = every & FOLDED - read
    refused = every - read - folded
    with capsys.disabled():
        tables = listed("read", read), listed("worked out beforehand", folded), listed("refused by name", refused)
        sys.stdout.write("\n" + "".join(tables))
    assert {name: our_type(name) for name in refused if our_type(name)} == {}
