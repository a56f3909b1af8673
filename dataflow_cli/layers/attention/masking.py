"""How a score came about behind the cap, and behind the mask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.explained import roles_of_score
from dataflow_cli.layers.attention.looked import look
from dataflow_cli.layers.explaining.explanation import CANDIDATE, Explanation
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.cached import Cached
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


def capped(layer: Cached, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A score through the cap's tanh."""
    found = look(layer, at[1], inputs, parameters)
    head, _, key = at
    score, value = float(found.scores[head, key]), float(found.capped[head, key])
    start = _score("scores", at, score)
    start = start.then("softcap", "{} · tanh({} / {})", (layer.cap, score, layer.cap), value)
    return replace(start, roles=Later(lambda: roles_of_score(layer, at, found, parameters)))


def masked(layer: Cached, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A score with what the mask adds, or minus infinity where the key is not seen."""
    found = look(layer, at[1], inputs, parameters)
    head, _, key = at
    score = float(found.capped[head, key])
    start = _score(layer.softmaxed, at, score)
    seen = bool(found.seen[head, key])
    added = 0.0 if found.added is None else float(found.added[head, key])
    if found.added is not None and seen:
        start = start.then("plus the mask", "{} + {}", (score, added), score + added)
    if not seen:
        start = start.then("the query does not see the key", "", (), -np.inf)
    return replace(start, roles=Later(lambda: _roles(layer, at, found, parameters, seen=seen)))


def _roles(layer: Cached, at: Shape, found: Look, parameters: Parameters, *, seen: bool) -> list[Array]:
    """What the elements of the inputs are to a masked score: those of masks are compared at least."""
    roles = list(roles_of_score(layer, at, found, parameters))
    if not seen:
        roles = [np.zeros_like(role) for role in roles]
    fed = layer.fed_masks(_asked(layer, at, found.inputs), [x.shape[1:] for x in found.inputs])
    return [
        np.where(some & (role == 0), CANDIDATE, role).astype(np.int8) for some, role in zip(fed, roles, strict=True)
    ]


def _asked(layer: Cached, at: Shape, inputs: Arrays) -> np.ndarray:
    own = [x.shape[1:] for x in inputs]
    asked = np.zeros((layer.heads(own), layer.places(own)[0]), bool)
    asked[at[:2]] = True
    return asked


def _score(tensor: str, at: Shape, value: float) -> Explanation:
    """An explanation that starts from one of the layer's own scores."""
    numbers = np.array([value])
    block = explaining.own(
        "the score", "element", numbers, np.array([at], np.intp), numbers, recalled=tensor, contributions=numbers
    )
    return Explanation(at, value, (), (block,))
