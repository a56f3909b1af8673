"""A reader who does what the hints say, word for word, until nothing is wrong or something is said to be missing."""

from __future__ import annotations

import re

import yaml

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

MOST_ROUNDS = 12
QUOTED = re.compile(r"`([^`]*)`")
AS_PYTORCH = re.compile(r"in PyTorch it has `([^`]*)`")
BEFORE = re.compile(r"write `- (\{.*?\})` before it, and no padding here")


def followed(document):
    """The document after all hints; None if it is refused because dftrace lacks something."""
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
        follow(problems[0], document["layers"])
    raise AssertionError(f"no end of hints: {problems}")


def follow(problem, layers):
    """Do what one hint says to the last layer."""
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
    for part in [*others, *AS_PYTORCH.findall(hint)]:
        layer |= yaml.safe_load(f"{{{part}}}")
