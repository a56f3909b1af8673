"""Layers with the weights of one above, and single parameters that are another layer's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.layers.base import Parameter
    from fuzz.case import Case
    from fuzz.making.networks import Drawn


def twin(case: Case, drawn: Drawn, name: str) -> dict[str, Any] | None:
    """A layer that is used again, on tensors of the same shapes; nothing if there is none with weights."""
    entries = [layer for layer in drawn.document.get("layers", []) if drawn.parameters.get(layer.get("name", ""))]
    if not entries:
        return None
    first = case.rng.choice(entries)
    wanted, shape = drawn.taken[first["name"]], drawn.shapes.get(first["name"])
    alike = [
        sorted(one for one in drawn.shapes if drawn.shapes[one] == wanted_one and drawn.types.get(one, "") == kind)
        for wanted_one, kind in zip(wanted, drawn.typed[first["name"]], strict=True)
    ]
    if first["name"] in drawn.numbered or shape is None or first.get("mask") not in {None, "none"}:
        return None
    drawn.shapes[name], drawn.taken[name], drawn.typed[name] = shape, wanted, drawn.typed[first["name"]]
    drawn.types |= {name: drawn.types[first["name"]]} if first["name"] in drawn.types else {}
    same = {key: value for key, value in first.items() if key not in {"name", "inputs", "weights"}}
    return {**same, "name": name, "inputs": list(map(case.rng.choice, alike)), "weights": {"share": first["name"]}}


def share_some(case: Case, drawn: Drawn, entry: dict[str, Any], parameters: Mapping[str, Parameter]) -> None:
    """Note the parameters of a layer, and let one of them be another layer's, if one above has the shape."""
    own = {name: parameter.shape for name, parameter in parameters.items() if not parameter.dtype}
    if own and case.chance(0.15):
        name = case.rng.choice(list(own))
        wanted = own[name]
        there = [(f"{layer}/{one}", shape) for layer, some in drawn.parameters.items() for one, shape in some.items()]
        fitting = [path for path, shape in there if shape == wanted]
        turned = [path for path, shape in there if len(wanted) == 2 and shape == wanted[::-1]]
        if turned:
            entry["weights"] = {name: {"share": case.rng.choice(turned), "transpose": True}}
        elif fitting:
            entry["weights"] = {name: {"share": case.rng.choice(fitting)}}
    if own:
        drawn.parameters[entry["name"]] = own
