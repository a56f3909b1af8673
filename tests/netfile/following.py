"""A reader who does what the hints say, word for word, until nothing is wrong or something is said to be missing."""

from __future__ import annotations

import re

import yaml

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

MOST_ROUNDS = 12
QUOTED = re.compile(r"`([^`]*)`")
AS_THEY_HAVE = {
    name: re.compile(rf"in (?:\w+ and )?{name}(?: and \w+)? it has `([^`]*)`") for name in ("PyTorch", "ONNX")
}
AT_THE_TOP = re.compile(r"for PyTorch's order write `([^`]*)` at the top level")
IN_ITS_PLACE = re.compile(r"for ONNX's `([^`]*)` in its place")
BEFORE = re.compile(r"write `- (\{.*?\})` before it, and no padding here")


def followed(document, whose="PyTorch"):
    """The document after all hints that hold for this framework; None if dftrace lacks something."""
    for _ in range(MOST_ROUNDS):
        text = yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=10_000)
        try:
            network_from_text(text)
        except NetworkError as error:
            problems = error.problems
        else:
            return document
        if any("dftrace has no" in problem.message + problem.hint for problem in problems):
            return None
        follow(problems[0], document, whose)
    raise AssertionError(f"no end of hints: {problems}")


def follow(problem, document, whose):
    """Do what one hint says to the last layer, or at the top level."""
    layers = document["layers"]
    layer = layers[-1]
    place = problem.place
    word = place.text[place.column - 1 : place.column - 1 + place.length]
    hint = problem.hint
    if isinstance(layer, str):
        layers[-1] = layer = {"type": layer}
    if "leave it out" in hint:
        layers[-1] = {"type": "linear"} if word == layer["type"] else {k: v for k, v in layer.items() if k != word}
        return
    before = BEFORE.search(hint)
    if before and "padding" in layer:
        hint = hint[: before.start()]
        layer.pop("padding")
        layers.insert(-1, yaml.safe_load(before[1]))
        if not QUOTED.search(hint):
            return
    assert QUOTED.search(hint), problem
    first, *others = QUOTED.findall(hint.partition(";")[0])
    if problem.code == "E121":
        layer["type"] = first
    elif ":" in first:
        layer.pop(word, None)
        others.insert(0, first)
    else:
        layers[-1] = layer = {first if key == word else key: value for key, value in layer.items()}
    for part in [*others, *AS_THEY_HAVE[whose].findall(hint)]:
        layer |= yaml.safe_load(f"{{{part}}}")
    if whose == "PyTorch" and AT_THE_TOP.search(hint):
        document |= yaml.safe_load(f"{{{AT_THE_TOP.search(hint)[1]}}}")
    if whose == "ONNX" and IN_ITS_PLACE.search(hint):
        layers[-1] = yaml.safe_load(IN_ITS_PLACE.search(hint)[1])
