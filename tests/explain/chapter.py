"""The chapter's networks and what explains them."""

from pathlib import Path

from dataflow_cli import explaining, load_network
from dataflow_cli.explain.element import WHOLE
from dataflow_cli.given import Given

CONFIGS = Path(__file__).parents[2] / "configs"


def explained(config, layer, at, *, back=0, **given):
    """The account of one element, or the way back from it."""
    return explaining.explained(load_network(CONFIGS / f"{config}.yaml"), layer, at, Given(**given), back=back)


def vector(config, layer):
    """A dense layer as a whole."""
    return explained(config, layer, WHOLE)
