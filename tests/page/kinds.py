"""Every example of every kind of layer, grouped into a few networks, each run with two samples."""

from __future__ import annotations

import json

import numpy as np

from dataflow_cli.api import traced
from dataflow_cli.given import Given
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from tests.layers.examples import EXAMPLES, MASKED, arrays

EVERY = [*EXAMPLES, *MASKED]
TOGETHER = 24
"""Examples in one network."""
SAMPLES = 2


def _entries(example, names):
    """The layer, with its masks: one is named at it, several come along with what hands them on."""
    given, masks = names[: len(names) - len(example.masks)], names[len(names) - len(example.masks) :]
    if len(masks) < 2:
        own = {"mask": masks[0]} if masks else {}
        return [{"type": example.kind, "inputs": given, **example.fields, **own}]
    before = []
    for number, mask in zip(example.masks, masks, strict=True):
        before.append({"type": "linear", "name": f"masked_{given[number]}", "inputs": given[number], "mask": mask})
        given[number] = before[-1]["name"]
    return [*before, {"type": example.kind, "inputs": given, **example.fields}]


def network_of(examples):
    """A network of these layers, each with inputs of its own."""
    inputs, layers, seen = {}, [], {}
    for number, example in enumerate(examples):
        names = [f"x{number}_{place}" for place in range(len(example.shapes))]
        inputs |= dict(zip(names, example.entries, strict=True))
        layers += _entries(example, names)
        seen[example.kind] = seen.get(example.kind, 0) + 1
        if KINDS[example.kind].parts_only:
            part = next(iter(KINDS[example.kind].insides))
            layers.append({"type": "linear", "inputs": f"{example.kind}_{seen[example.kind]}:{part}"})
    text = {"dftrace": 1, "inputs": inputs, "weights": {"init": "glorot_uniform", "seed": 3}, "layers": layers}
    return network_from_text(json.dumps(text))


def trace_of(examples, samples=SAMPLES):
    """The run of a group, all of its tensors kept."""
    network = network_of(examples)
    x = {}
    for number, example in enumerate(examples):
        given, _ = arrays(example, samples, np.float32)
        x |= {f"x{number}_{place}": array for place, array in enumerate(given)}
    return traced(network, Given(x=x), keep=network.tensors)
