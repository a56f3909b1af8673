"""Plants small faults in every convolution and dense layer of large networks, and counts which are found.

    python tools/measure_sensitivity.py [CONFIG ...]

Each layer is computed anew in float32 of our own inputs with one number changed: a bias by 1e-4 of what comes out, the
sign of one weight, one weight by 0.1 % of the layer's largest where it meets an input that is not zero. It is planted
if somewhere, by exact arithmetic, it changes the output by more than rounding hides, SEEN eps S; found if dftrace diff
calls the output other than what rounding may do. The record is tools/sensitivity.json, the table in docs/comparing.md
made of it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure_own_errors import BEGIN, END, PAGE, ROOT, placed

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.own import own_error
from dataflow_cli.diff.rounding import most_for_cancelling
from dataflow_cli.diff.run import taken
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.network.build import load_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.budget import Budget
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array

RECORD = ROOT / "tools/sensitivity.json"
MARKS = BEGIN.replace("own errors", "sensitivity"), END.replace("own errors", "sensitivity")
NETWORKS = ("vgg16", "resnet50")
EACH = 3
"""Faults of each sort in a layer."""
SEEN = 2.0
"""Times eps S, as the budget has it behind the activation: what a fault changes somewhere, to be told from rounding."""
BIAS, SIGN, WEIGHT = "a bias by 1e-4 of the output's scale", "a weight's sign", "a weight by 0.1 % of the largest"

Parameters = dict[str, "Array"]


def found_in(network: Network) -> list[dict[str, Any]]:
    """Of every layer and sort of fault how many were planted and found."""
    trace = network.trace()
    weights = trace.origin[1]
    found: list[dict[str, Any]] = []
    for node in network.nodes:
        if node.layer.sums_products:
            parameters = {name: np.asarray(array) for name, array in weights.of(node.name).items()}
            inputs = [trace.values[name] for name in node.inputs]
            found += _layer(network.name, node, inputs, parameters)
    return found


def _layer(network: str, node: Node, inputs: list[Array], parameters: Parameters) -> Iterator[dict[str, Any]]:
    exact = {name: array.astype(np.float64) for name, array in parameters.items()}
    with computing():
        taken_in = [*taken(node, inputs)]
        allowed = budget(node.layer, taken_in, exact, "float32")
        sound = node.layer(list(inputs), parameters).tobytes()
        for sort, faults in _faults(inputs, parameters, float(np.abs(allowed.wanted).max())).items():
            changed = [(given, got) for given in faults if (got := node.layer(list(inputs), given)).tobytes() != sound]
            own = [_own(node, taken_in, exact, allowed, got.astype(np.float64)) for _, got in changed]
            effects = [effect(node, taken_in, parameters, given, allowed) for given, _ in changed]
            yield {
                "network": network,
                "layer": node.name,
                "kind": node.layer.type,
                "fault": sort,
                "planted": sum(each > SEEN for each in effects),
                "found": sum(each > 1 for each, moved in zip(own, effects, strict=True) if moved > SEEN),
                "own": [round(each, 3) for each in own],
                "effect": [round(each, 3) for each in effects],
            }


def _own(node: Node, inputs: list[Array], parameters: Parameters, allowed: Budget, got: Array) -> float:
    """The own error as diff judges it: anew, where products that cancel each other might explain it."""
    own, _ = own_error(node, inputs, parameters, allowed, got)
    if 1 < own <= most_for_cancelling(node.layer, inputs):
        allowed = budget(node.layer, inputs, parameters, "float32", cancelling=True)
        own, _ = own_error(node, inputs, parameters, allowed, got)
    return own


def effect(node: Node, inputs: list[Array], parameters: Parameters, given: Parameters, allowed: Budget) -> float:
    """The largest change of an output that a fault makes by exact arithmetic, in units of eps S there."""
    (name,) = (name for name in given if given[name] is not parameters[name])
    channel = int(np.argwhere(given[name] != parameters[name])[0][-1])
    layer: Any = node.layer
    counted = "filters" if hasattr(layer, "filters") else "units"
    one = replace(layer, **{counted: 1}) if layer.activating or layer.result_activation is None else layer
    columns = slice(channel, channel + 1) if one is not layer else slice(None)
    sound, changed = (
        one(list(inputs), {key: array[..., columns].astype(np.float64) for key, array in each.items()})
        for each in (parameters, given)
    )
    spread: Any = allowed.spread
    return float((np.abs(changed - sound) / np.maximum(spread[..., columns], np.finfo(np.float64).tiny)).max())


def _faults(inputs: list[Array], parameters: Parameters, scale: float) -> dict[str, Iterator[Parameters]]:
    rng = np.random.default_rng(0)
    made = {SIGN: _weights(rng, inputs[0], parameters, None), WEIGHT: _weights(rng, inputs[0], parameters, 1e-3)}
    return ({BIAS: _biases(rng, parameters, 1e-4 * scale)} if "bias" in parameters else {}) | made


def _biases(rng: np.random.Generator, parameters: Parameters, by: float) -> Iterator[Parameters]:
    for at in rng.integers(parameters["bias"].size, size=EACH):
        changed = parameters["bias"].copy()
        changed[at] += by
        yield parameters | {"bias": changed}


def _weights(rng: np.random.Generator, x: Array, parameters: Parameters, part: float | None) -> Iterator[Parameters]:
    """One weight otherwise that meets an input that is not zero: by a part of the largest, or with the other sign."""
    kernel = parameters["kernel"]
    live = np.flatnonzero(np.abs(x).reshape(-1, x.shape[-1]).max(axis=0))
    for _ in range(EACH):
        at = [int(rng.integers(length)) for length in kernel.shape]
        at[-2] = int(rng.choice(live))
        place, changed = tuple(at), kernel.copy()
        changed[place] = -changed[place] if part is None else changed[place] + part * np.abs(kernel).max()
        yield parameters | {"kernel": changed}


def table(record: list[dict[str, Any]]) -> str:
    """A row a network, kind and fault."""
    lines = [
        "| network | kind | layers | fault | beneath rounding | planted | found |",
        "|---|---|--:|---|--:|--:|--:|",
    ]
    for key in dict.fromkeys((each["network"], each["kind"], each["fault"]) for each in record):
        own = [each for each in record if (each["network"], each["kind"], each["fault"]) == key]
        planted, found = (sum(each[name] for each in own) for name in ("planted", "found"))
        beneath = EACH * len(own) - planted
        lines.append(f"| {key[0]} | {key[1]} | {len(own)} | {key[2]} | {beneath} | {planted} | {found} |")
    return "\n".join(lines)


def page(record: list[dict[str, Any]]) -> str:
    """The page about comparisons with the table of a record."""
    return placed(PAGE.read_text(encoding="utf-8"), *MARKS, table(record))


def main(names: list[str]) -> None:
    """Measures the networks and writes the record and the page."""
    record = []
    for name in names:
        print(name, flush=True)
        record += found_in(load_network(ROOT / f"configs/{name}.yaml"))
    RECORD.write_text("[\n" + ",\n".join(json.dumps(each) for each in record) + "\n]\n", encoding="utf-8")
    PAGE.write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main([Path(name).stem for name in sys.argv[1:]] or [*NETWORKS])
