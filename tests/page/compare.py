"""What `explain -f json` says beside what the page says."""

from __future__ import annotations

import math

NUMBERS = ("values", "coefficients", "terms")
SAID = ("layer", "type", "output_shape", "at", "axes", "moves", "notes", "inputs")
BLOCK = ("name", "kind", "input", "recalled", "shape", "at", "parameter", "parameter_at", "term", "combine")
RTOL = 1e-6
RECALLED = 64 * 2.0**-23
"""The same, of the largest number in a block, where the layer's own numbers on the way go in: `explain` works them out
anew in float64, the page has them as the run does, in float32 (`of_the_run` holds that).
"""


def differences(expected, found, rtol=RTOL):
    """In words where the page says something else."""
    if "failed" in found or "refused" in found:
        return [str(found)]
    wanted = plain(expected)
    if any(block["recalled"] for block in wanted["blocks"]):
        rtol = max(rtol, RECALLED)
    said = [f"{key}: {wanted[key]} != {found[key]}" for key in SAID if wanted[key] != found[key]]
    said += numbers("value", [wanted["value"]], [found["value"]], rtol)
    if found["receptive_field"]:
        seen = [[(one["input"], one["spans"]) for one in each["receptive_field"]] for each in (wanted, found)]
        said += [f"receptive field: {seen}"] if seen[0] != seen[1] else []
    scale = max((abs(number(one)) for block in wanted["blocks"] for one in block["terms"]), default=0)
    scale = scale if math.isfinite(scale) else 0
    said += numbers("total", [wanted["total"]], [found["total"]], rtol, scale)
    if len(wanted["blocks"]) != len(found["blocks"]) or len(wanted["lines"]) != len(found["lines"]):
        return [*said, f"{len(found['blocks'])} blocks and {len(found['lines'])} lines"]
    for one, other in zip(wanted["blocks"], found["blocks"], strict=True):
        said += _block(one, other, rtol)
    for one, other in zip(wanted["lines"], found["lines"], strict=True):
        for key in ("name", "expression"):
            said += [f"line {key}: {one[key]!r} != {other[key]!r}"] if one[key] != other[key] else []
        said += numbers(f"numbers of {one['name']}", one["numbers"], other["numbers"], rtol, scale)
        said += numbers(one["name"], [one["value"]], [other["value"]], rtol, scale)
    uses = [[(use["name"], use["at"]) for use in each["parameters"]] for each in (wanted, found)]
    said += [f"parameters: {uses}"] if uses[0] != uses[1] else []
    worth = ([use["value"] for use in each["parameters"]] for each in (wanted, found))
    return said + numbers("parameters", *worth, rtol=rtol)


def _block(one, other, rtol):
    said = [f"{one['name']} {key}: {one[key]} != {other[key]}" for key in BLOCK if one[key] != other[key]]
    scale = max((abs(number(term)) for term in one["terms"]), default=0)
    scale = scale if math.isfinite(scale) else 0
    for key in NUMBERS:
        left = [value == 0 for value in one["values"]]
        said += numbers(
            f"{one['name']} {key}",
            one[key],
            other[key],
            rtol,
            scale if key == "terms" else _scale(one[key], rtol),
            may_lack=left,
        )
    for title, own in one["beside"].items():
        said += numbers(title, own, other["beside"][title], RECALLED, _scale(own, RECALLED))
    if other["roles"] is not None and other["roles"] != one["roles"]:
        said.append(f"{one['name']} roles: {one['roles']} != {other['roles']}")
    if other["contributions"] is not None:
        said += numbers(f"{one['name']} contributions", one["contributions"], other["contributions"], rtol, scale)
    return said + numbers(f"{one['name']} subtotal", [one["subtotal"]], [other["subtotal"]], rtol, scale)


def _scale(own, rtol):
    """What differences of values are measured by, beside the values themselves: of numbers on the way, the largest."""
    finite = [abs(number(one)) for one in own or () if math.isfinite(number(one))]
    return max(finite, default=0) if rtol > RTOL else 0


def of_the_run(told, values):
    """The numbers on the way that the page has otherwise than the run; `values` has the run's tensors of the sample."""
    return [
        f"{block['name']}: {value} is not {block['recalled']}{place}"
        for block in told.get("blocks", ())
        if block["recalled"] in values
        for value, place in zip(block["values"], block["at"], strict=True)
        if place is not None and not _near(float(values[block["recalled"]][tuple(place)]), number(value), 0, 0)
    ]


def numbers(what, wanted, found, rtol=RTOL, scale=0.0, *, may_lack=()):
    """Where two lists of numbers differ; one that is not known may lack where `may_lack` says so."""
    if wanted is None or found is None:
        return [] if wanted is found else [f"{what}: {wanted} != {found}"]
    if len(wanted) != len(found):
        return [f"{what}: {len(found)} numbers"]
    pairs = enumerate(zip(wanted, found, strict=True))
    wrong = [
        (at, one, other)
        for at, (one, other) in pairs
        if not (other is None and may_lack and may_lack[at]) and not _near(number(one), number(other), rtol, scale)
    ]
    return [f"{what}: {wrong[:2]}"] if wrong else []


def number(value):
    return float("nan") if value is None else float(value)


def _near(one, other, rtol, scale):
    if math.isnan(one) or math.isinf(one):
        return one == other or (math.isnan(one) and math.isnan(other))
    return abs(one - other) <= rtol * max(abs(one), abs(other), scale) + 1e-300


def plain(value):
    """A record as JSON has it."""
    import json

    from dataflow_cli.render.formats.json import dumps

    return json.loads(dumps(value))
