"""The page on tables names every column, and no other."""

import re

import pytest

from dataflow_cli.render.params import LAYER_COLUMNS, TENSOR_COLUMNS
from dataflow_cli.render.trace import COLUMNS
from tests.contract.shell import ROOT

PAGE = (ROOT / "docs/tables.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "columns"), [(0, COLUMNS), (1, LAYER_COLUMNS), (2, TENSOR_COLUMNS)], ids=["run", "params", "tensors"]
)
def test_every_field_is_told(number, columns):
    tables = re.findall(r"\| field \| what it is \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    told = [name for line in tables[number].splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(told) == sorted(column.key for column in columns)
