"""What an explanation costs: each channel more costs a few calls, as its terms are worked out with those of all others.

Calls are counted, as they are the same on every machine.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import KINDS
from tests.layers.examples import EXAMPLES
from tests.layers.per_kind import each_kind
from tests.layers.test_explain_contract import random_case

A_BLOCK = 30
"""Calls that it takes to make a block, and one of a block: most read the fields of one."""
FEW, MORE = 64, 128
ALONE = {example.kind: example for example in reversed(EXAMPLES) if len(example.shapes) == 1 and example.shapes[0]}


def calls(work):
    """How many functions are called, of Python's and of those written in C."""
    count = 0

    def hook(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(hook)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def case_of(kind, times):
    """An example with so many times the channels, if the layer takes these, and its last element."""
    (shape,) = ALONE[kind].shapes
    try:
        case = random_case(replace(ALONE[kind], shapes=[(*shape[:-1], shape[-1] * times)]), "float64")
    except LayerError:
        pytest.skip("its fields say how many channels it takes")
    return case, tuple(n - 1 for n in case.values().shape[1:])


@each_kind([kind for kind in ALONE if not KINDS[kind].is_recurrent])
def test_a_channel_more_costs_few_calls(kind):
    counts = []
    for times in (FEW, FEW, MORE):  # what is made once is made by the first
        case, at = case_of(kind, times)
        counts.append(calls(lambda case=case, at=at: case.explained(at)))
    channels = ALONE[kind].shapes[0][-1] * (MORE - FEW)
    assert counts[2] - counts[1] <= A_BLOCK * channels
