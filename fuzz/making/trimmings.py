"""What a sound network may have beside its layers: outputs, parameters in the file, prepared inputs, a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from fuzz.case import Case
    from fuzz.making.networks import Drawn


def trim(case: Case, drawn: Drawn) -> None:
    """Add some of it."""
    layers = drawn.document["layers"]
    for layer in layers:
        parameters = drawn.parameters.get(layer.get("name", ""))
        if parameters and "weights" not in layer and case.chance(0.1):
            layer["weights"] = {case.rng.choice(list(parameters)): case.rng.choice((0.5, 2))}
    if case.chance(0.2):
        names = [layer["name"] for layer in layers if "name" in layer and not KINDS[layer["type"]].parts_only]
        if names:
            drawn.document["outputs"] = sorted({case.rng.choice(names) for _ in range(2)})
    if case.chance(0.3):
        prepare(case, drawn.document)
    into_block(case, drawn)


def prepare(case: Case, document: dict[str, Any]) -> None:
    """Let a floating-point input be scaled and shifted."""
    holder, names = (document, ["input"]) if "input" in document else (document["inputs"], list(document["inputs"]))
    for name in names:
        if isinstance(holder[name], list):
            spec: dict[str, Any] = {"shape": holder[name], "scale": case.rng.choice((0.5, "1/255", -1, "3/2"))}
            spec |= {"mean": 0.25} if case.chance(0.5) else {}
            spec |= {"std": [0.5]} if case.chance(0.5) else {}
            holder[name] = spec


def into_block(case: Case, drawn: Drawn) -> None:
    """Put the last layer into a block of its own, with a number of its as a parameter, and use it there; where it
    takes what it gives, twice, perhaps with the same weights.
    """
    document = drawn.document
    last = document["layers"][-1]
    if "weights" in last or "mask" in last:
        return
    if not case.chance(0.2) or len(last.get("inputs", [])) > 1 or "outputs" in document or "name" not in last:
        return
    inner = {key: value for key, value in last.items() if key != "inputs"}
    numbers = [key for key, value in inner.items() if type(value) is int]
    use: dict[str, Any] = {"type": "block", "use": "wrapped"}
    body: dict[str, Any] = {"layers": [inner]}
    if numbers:
        key = case.rng.choice(numbers)
        use["with"], body["params"] = {"p": inner[key]}, {"p": 1}
        inner[key] = "$p"
    document["blocks"] = {"wrapped": body}
    name = last["name"]
    alike = drawn.taken[name] == [drawn.shapes.get(name)] and drawn.typed[name] == [drawn.types.get(name, "")]
    if alike and case.chance(0.5):
        use |= {"repeat": 2} | ({"share": True} if drawn.parameters.get(last["name"]) and case.chance(0.7) else {})
    document["layers"][-1] = use | ({"inputs": last["inputs"]} if "inputs" in last else {})
