"""A block of no terms, such as a band that selects nothing, is written as JSON like any other."""

from __future__ import annotations

import numpy as np

from dataflow_cli.layers.explaining.explanation import OWN, Block
from dataflow_cli.render.explanation import json


def test_a_block_of_no_terms_is_empty_lists():
    none = np.zeros(0)
    places = np.zeros((0, 2), np.int64)
    inside, roles = none.astype(bool), none.astype(np.int8)
    block = Block("none", "row", OWN, none, places, inside, none, roles, none, 0.0, parameter="kernel",
                  parameter_places=places)  # fmt: skip
    told = json._block(None, block)
    assert (told["values"], told["at"], told["parameter_at"]) == ([], [], [])
