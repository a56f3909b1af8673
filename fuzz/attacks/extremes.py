"""A number at the end of its range in an otherwise small network: an answer at once, or one located error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.layers import KINDS
from fuzz.findings import require
from fuzz.making.arrayfiles import npy
from fuzz.making.networks import network, written
from fuzz.making.values import EXTREMES, Values

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
ALLOWED = 400
"""MiB that a run may take: enough for a network that is small apart from the one number."""
_WORK = 20_000_000
"""Multiply-accumulates up to which there is no excuse for taking long."""
_SMALL = 16 * 2**20
"""Bytes of tensors and parameters up to which an element is explained."""


def attack(case: Case) -> None:
    """Set one or two values to an extreme, then ask."""
    document = network(case, 4).document
    for _ in range(case.few(2)):
        stretch(case, document)
    case.write(FILE, written(document))
    sound = case.ask("check", FILE, "-f", "json").code == 0
    counted = case.ask("params", FILE, "-f", "json", "-v")
    require((counted.code == 0) == sound, "check and params disagree", counted.messages)
    if not sound or not is_small(json.loads(counted.out)):
        return
    given = sample(case, json.loads(counted.out))
    ran = case.ask("run", FILE, "--init", "zeros", *given, "--max-memory", f"{ALLOWED}MiB", "-q", mebibytes=ALLOWED)
    require(ran.code == 0 or "E500" in ran.messages or not given, f"check is fine, run is not: {ran.first}")
    explain(case, json.loads(counted.out), given)


def is_small(counted: dict[str, Any]) -> bool:
    """Whether there is no excuse for taking long; of what hangs on sizes that are left open that is not known."""
    macs = counted["totals"]["macs"]
    return macs is not None and macs <= _WORK and all(row["output_bytes"] is not None for row in counted["layers"])


def stretch(case: Case, document: dict[str, Any]) -> None:
    """Give a field of a layer, or a length of an input, a value at the end of its range."""
    layer = case.rng.choice(document["layers"])
    options = KINDS[layer["type"]].options()
    if not options or case.chance(0.2):
        shape = next(iter([document["input"]] if "input" in document else document["inputs"].values()))
        lengths = shape["shape"] if isinstance(shape, dict) else shape
        lengths[case.rng.randrange(len(lengths))] = case.rng.choice([number for number in EXTREMES if number > 0])
        return
    name = case.rng.choice(list(options))
    layer[name] = Values(case, extreme=True).of(options[name].kind.schema())


def sample(case: Case, counted: dict[str, Any]) -> list[str]:
    """Zeros for every input, as options; none for inputs that are too large for that."""
    inputs = [row for row in counted["layers"] if row["type"] == "input"]
    if any(row["output_bytes"] > _SMALL for row in inputs):
        return []
    files = [case.write(f"{row['name']}.npy", npy(np.zeros(row["output_shape"], "u1"))) for row in inputs]
    return [word for row, file in zip(inputs, files, strict=True) for word in ("-i", f"{row['name']}={file}")]


def explain(case: Case, counted: dict[str, Any], given: list[str]) -> None:
    """Ask for the formula of a layer; for an element of it if the network is small."""
    row = case.rng.choice([row for row in counted["layers"] if row["type"] != "input"])
    case.ask("explain", FILE, row["name"])
    if counted["totals"]["output_bytes"] + counted["totals"]["param_bytes"] <= _SMALL:
        at = ",".join(str(case.rng.choice((0, length - 1, length // 2))) for length in row["output_shape"])
        back = ["--back"] if case.chance(0.5) else []
        case.ask("explain", FILE, f"{row['name']}[{at}]", "--init", "zeros", *given, "-q", *back)
