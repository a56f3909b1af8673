"""Networks that build: whatever is asked of one, the answers agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import network_from_text
from dataflow_cli.errors import NetworkError
from fuzz import oracles
from fuzz.bounds import bounded
from fuzz.findings import Finding
from fuzz.making.arrays import batch_for
from fuzz.making.networks import network as drawn_network
from fuzz.making.trimmings import trim
from fuzz.oracles import Run

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
MOST_WORK = 2_000_000_000
"""Multiply-accumulates from which on a network takes its time by right: attention over a picture's every pixel."""


def attack(case: Case) -> None:
    """One network under every oracle."""
    drawn = drawn_network(case)
    trim(case, drawn)
    text = drawn.text
    case.write(FILE, text)
    with bounded():
        try:
            network = network_from_text(text)
        except NetworkError as error:
            raise Finding(f"refused: {error}") from None
        wild = case.chance(0.2)
        known = network.sized(**{spec.name: drawn.shapes[spec.name] for spec in network.inputs})
        if known.macs > MOST_WORK:
            return
        run = Run(network, batch_for(case, known, case.few(5), wild=wild))
        for oracle in oracles.OF_ANY_NUMBERS if wild else oracles.ALL:
            oracle(run, case.rng)
    answer = case.ask("params", FILE, "-f", "json")
    oracles.params_are_the_networks(run, answer.out.decode())
    answer = case.ask("check", FILE, "-f", "json")
    oracles.check_calls_it_fine(answer)
