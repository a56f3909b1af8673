"""What the tests of the shipped networks share."""

from functools import cache
from pathlib import Path

import pytest

from dataflow_cli import load_network

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def configs():
    """The folder of the shipped networks."""
    return CONFIGS


@pytest.fixture(scope="session")
def network():
    """A shipped network by its name."""
    return cache(lambda name: load_network(CONFIGS / f"{name}.yaml"))


@pytest.fixture(scope="session")
def trace(network):
    """What a shipped network does to its own example, in float64 as in a calculation by hand."""
    return cache(lambda name: network(name).trace(dtype="float64"))
