"""A number at the end of its range in an otherwise small network: an answer at once, or one located error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from fuzz.findings import require
from fuzz.making.networks import network, written
from fuzz.making.values import EXTREMES, Values

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
ALLOWED = "400MiB"
"""What a run may take, and what is enough for a network that is small apart from the one number."""
_SMALL = 16 * 2**20
"""Bytes of tensors and parameters up to which an element is explained."""
_UNFIT = ("E301", "E302", "E500")


def attack(case: Case) -> None:
    """Set one or two values to an extreme, then ask."""
    document = network(case, 4).document
    for _ in range(case.few(2)):
        stretch(case, document)
    case.write(FILE, written(document))
    sound = case.ask("check", FILE, "-f", "json").code == 0
    counted = case.ask("params", FILE, "-f", "json", "-v")
    require((counted.code == 0) == sound, "check and params disagree", counted.messages)
    ran = case.ask("run", FILE, "--init", "zeros", "--value", "0", "--max-memory", ALLOWED, "-q")
    require(ran.code == 0 or not sound or any(code in ran.messages for code in _UNFIT), "check is fine, run is not")
    if sound:
        explain(case, json.loads(counted.out))


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


def explain(case: Case, counted: dict[str, Any]) -> None:
    """Ask for the formula of a layer; for an element of it if the network is small."""
    row = case.rng.choice([row for row in counted["layers"] if row["type"] != "input"])
    case.ask("explain", FILE, row["name"])
    if counted["totals"]["output_bytes"] + counted["totals"]["param_bytes"] <= _SMALL:
        at = ",".join(str(case.rng.choice((0, length - 1, length // 2))) for length in row["output_shape"])
        given = ("--init", "zeros", "--value", "0", "-q")
        case.ask("explain", FILE, f"{row['name']}[{at}]", *given, *(("--back",) if case.chance(0.5) else ()))
