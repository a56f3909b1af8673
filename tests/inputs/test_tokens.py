"""What an input's whole numbers stand for: told beside one row of them, by runs and explanations."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import network_from_text
from dataflow_cli.errors import NetworkError

NET = """\
dftrace: 1
input: {shape: %s, tokens: [a, b, c]}
weights: {init: glorot_uniform}
layers: [{type: embedding, input_dim: 4, output_dim: 2}]
"""


def test_a_row_of_numbers_has_its_tokens_and_what_stands_for_nothing_none():
    network = network_from_text(NET % "[4]")
    rows = np.array([[2, 0, 3, 1], [1, 1, 0, 2]])
    assert network.trace(rows[:1]).tokens == ("c", "a", "", "b")
    assert network.trace(rows).tokens == ()
    assert network.explain("embedding_1", (1, 0), rows, sample=1).setting.tokens == ("b", "b", "a", "c")
    assert network.explain("input", (3,), rows, sample=1).explanation.notes == ("token: c",)
    assert network_from_text(network.text()).inputs[0].tokens == ("a", "b", "c")


def test_they_are_for_a_row():
    with pytest.raises(NetworkError) as caught:
        network_from_text(NET % "[4, 3]")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("E112", "tokens stand for a row of numbers, and a sample has 2 axes")
