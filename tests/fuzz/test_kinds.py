"""Random networks hold every kind: a network of each is drawn as the fuzzer draws them, and answers to its oracles."""

import random

import pytest

from dataflow_cli import network_from_text
from dataflow_cli.layers import KINDS
from tests.contract.inside import POSIX
from tests.layers.per_kind import each_kind

pytest.importorskip("resource", reason=POSIX)  # the fuzzer bounds the programs that it starts

from fuzz import oracles
from fuzz.case import Case
from fuzz.making.arrays import batch_for
from fuzz.making.networks import Drawn, Maker, families
from fuzz.oracles import Run

LEFT_OUT: dict[str, str] = {}
"""Kinds that random networks do not hold, each with the reason."""
TRIES = 2000


class Words:
    """Draws for a pattern what fits some."""

    def draw(self, _strategy):
        return "a"


def drawn_with(kind, folder):
    """A network of an input and a layer of a kind, as the maker draws them, with its case; None if it finds none."""
    for number in range(TRIES):
        case = Case(random.Random(number), Words(), folder)  # noqa: S311  chances, not secrets
        maker = Maker(case)
        drawn = Drawn({"dftrace": 1, "data_format": maker.data_format, "weights": {"init": "glorot_uniform"}})
        maker.add_inputs(drawn)
        layer = maker.layer_of(kind, drawn, "n0")
        if layer is not None:
            drawn.document["layers"] = [layer]
            drawn.document["outputs"] = list(drawn.shapes)[-1:]
            return case, drawn
    return None


def test_all_kinds_are_of_a_family():
    assert sorted(kind for family in families() for kind in family) == sorted(KINDS)
    assert {*LEFT_OUT} <= {*KINDS}


@each_kind()
def test_a_kind_is_drawn_and_answers_to_the_oracles(kind, tmp_path):
    found = drawn_with(kind, tmp_path)
    assert (found is None) == (kind in LEFT_OUT)
    if found is not None:
        case, drawn = found
        network = network_from_text(drawn.text)
        run = Run(network, batch_for(case, network, 2))
        for oracle in oracles.ALL:
            oracle(run, case.rng)
