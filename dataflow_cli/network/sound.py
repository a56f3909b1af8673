"""What is left of a network that does not build: the part above the first layer with a problem, and what stopped there.

A NetworkError carries it, so that what is sound can still be looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Stopped:
    """The first layer with a problem: what arrives there."""

    name: str
    type: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    """Of those inputs that are there."""
    wanted: str = ""
    """What it would take, in a few words; nothing where the problem is another one."""


@dataclass(frozen=True)
class Sound:
    """The part of a network that can be computed with."""

    network: Network
    """All layers above the one that stopped; it may have none. It puts out what the last of them does."""
    stopped: Stopped | None
    """None if all layers fit, and the problem lies in what is written beside them."""
