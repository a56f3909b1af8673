"""How far an imported network is from what its own framework computes: each tensor by itself, in parts of its scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

CLOSE = 1e-4
"""Of the largest value of a tensor: less is rounding, in another order of sums."""
_LEAST = 1e-30
_MOST_ROUNDINGS = 10
"""How many times as far as ours another engine's rounding may lead."""


def apart(found: Array, wanted: Array, least: float = _LEAST) -> float:
    """The largest difference, in parts of the largest value that is wanted, or of the least that counts as one.

    What is not finite has to be so in both.
    """
    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    alike = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    scale = max(float(np.abs(wanted[np.isfinite(wanted)]).max(initial=0)), least)
    with np.errstate(invalid="ignore"):
        return float(np.where(alike, 0, np.abs(found - wanted)).max(initial=0)) / scale


def least_scale(node: Node) -> float:
    """What differences of a layer's values are measured by at least: probabilities may all be next to nothing."""
    function = node.layer.result_activation
    means = {node.layer.meaning, function.meaning if function is not None else ""}
    return 1.0 if means & {"probability", "distribution"} else _LEAST


def checked(difference: float, told: str, package: str, rounding: float = 0.0) -> float:
    """The difference of a layer. Raises InputError if it is more than rounding.

    `rounding` is how far it is known to lead: much is left of it where large numbers leave little of each other.
    """
    if not difference <= max(CLOSE, _MOST_ROUNDINGS * rounding):
        message = f"{told}: its values differ from {package}' by {difference:.1e} of their scale"
        message = message if package.endswith("s") else message.replace(f"{package}'", f"{package}'s")
        raise InputError(message, hint="the files are written; please report this with the model")
    return difference


def verdict(differences: Mapping[str, float], package: str) -> str:
    """What was found of all layers. Raises InputError if there were none."""
    if not differences:
        message = f"none of its layers could be held against {package}"
        raise InputError(message, hint="the files are written, and not verified")
    worst = max(differences, key=lambda name: differences[name])
    most = f"at most {differences[worst]:.1e} of a tensor's scale apart ({worst})"
    most += ", which is what rounding makes of it" if differences[worst] > CLOSE else ""
    return f"verified: {len(differences):,} layers beside {package}, {most}\n"
