"""Faults that nobody chose: the layer is named, and the right cause, or that it is not known."""

import pytest

from dataflow_cli.diff.compare import compared
from tests.diff.drawn import faults, sides
from tests.diff.planting import said

SEED, FEW = 17, 8
"""The first of those that `make test-peers` goes through on all sides, each on one side here."""


@pytest.mark.parametrize("number", range(FEW))
def test_a_drawn_fault_is_found_and_its_cause(number):
    fault = faults(SEED, FEW)[number]
    every = [*sides(fault)]
    run, captured, wanted = every[number % len(every)]
    found = compared(run, captured)
    assert found.first is not None, fault.what
    assert found.first.name == fault.layer
    assert any(words in said(found) for words in wanted), (fault.what, said(found))
