"""The chapter's networks and what explains them."""

from pathlib import Path

from dataflow_cli import load_network
from dataflow_cli.api import explain_files
from dataflow_cli.explain.element import WHOLE, Element

CONFIGS = Path(__file__).parents[2] / "configs"


def explained(config, layer, at, **options):
    """The account of one element, or the way back from it."""
    return explain_files(load_network(CONFIGS / f"{config}.yaml"), Element(layer, at), **options)


def vector(config, layer):
    """A dense layer as a whole."""
    return explained(config, layer, WHOLE)
