"""Which values an input gets, and which the network file takes: raw, scaled, scaled twice, of other units or bits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.inputs.facts import Facts, warning
from dataflow_cli.inputs.prepared import inverter
from dataflow_cli.inputs.preprocess import WHITE, is_integer
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.errors import Problem
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec

SMALL = 2
"""Values up to this one are no raw 0..255 values."""
_NORMALIZED = 6
"""Values of zero mean and unit variance are hardly larger."""
_WIDE = 32
"""A network that learned from scaled or normalized values has seen none further apart."""
_LONG_ROW = 64
"""Numbers a sample from which whole numbers 0..255 are pixels: 8 x 8, the smallest digits that are learned from."""


def raw_values(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W300: values 0..255 of a picture, and a network file that leaves them as wide or makes them wider."""
    widest = max(high - low for low, high in _reached(spec))
    if not _are_bytes(samples, spec, facts) or widest <= (WHITE + 1 if _is_meant(spec) else _WIDE):
        return None
    found = f"input '{spec.name}' gets raw values from {facts.minimum:g} to {facts.maximum:g}"
    if _rescales(spec):
        found += f", and {_come_to(spec)}"
        return warning(
            "W300", found, "write `scale: 1/255`, with mean and std of values 0..1, if that is how it learned"
        )
    learned = "write `scale: 1/255` under input if the network learned from 0..1, or `scale: 1` if it learned from"
    return warning("W300", found, f"{learned} these")


def scaled_twice(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W305: values that are scaled or normalized already, and a line of the network file that takes 0..255."""
    unit = facts.minimum >= -1 and facts.maximum <= 1
    by = _takes_bytes(spec, unit=unit)
    if not by or not _are_small(samples, facts) or (facts.integral and not unit):
        return None
    hint = "multiply the data by 255" if unit else "give the values as they were before"
    other = "leave that option out" if by.startswith("-") else "take that line out of the network file"
    return warning("W305", f"{_gets(spec, facts)}, and {by} takes 0..255", f"{hint}, or {other}")


def normalized_twice(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W305: pictures that are centered already and are centered again, or that were divided by 255 twice."""
    if facts.integral or not spec.is_picture or not _are_small(samples, facts) or _takes_bytes(spec, unit=True):
        return None
    if spec.mean is not None and min(spec.mean) >= 0 and facts.minimum < 0:
        hint = "give the values as they were before, or take that out of the network file"
        return warning("W305", f"{_gets(spec, facts)}, and {_fields(spec)} center them again", hint)
    if not _rescales(spec) and facts.minimum >= 0 and facts.maximum <= 1.5 / WHITE:
        hint = "multiply the data by 255"
        return warning("W305", f"{_gets(spec, facts)}, as if they were divided by 255 twice", hint)
    return None


def other_units(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W305: mean or std are of values 0..255 behind a scale that leaves 0..1, so that all values come out alike."""
    alike = any(high - low <= 1 / 32 for low, high in _reached(spec))
    off_center = spec.mean is not None and any(max(low, -high) > (high - low) / 8 for low, high in _reached(spec))
    if not _are_bytes(samples, spec, facts) or not (alike or off_center):
        return None
    hint = "mean and std are of scaled values: behind `scale: 1/255`, 127.5 is 0.5"
    return warning("W305", f"in input '{spec.name}' {_come_to(spec)}", hint)


def not_bytes(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W303: values outside 0..255 where a picture is expected: 16 or 32 bits, or bytes read as signed."""
    whole = samples.array.dtype.kind in "iu" or (facts.integral and "text" in samples.formats)
    if not spec.is_picture or is_integer(spec) or not (whole or samples.is_picture):
        return None
    normalized = samples.is_picture and max(-facts.minimum, facts.maximum) <= _NORMALIZED
    if normalized or facts.maximum < facts.minimum or (facts.minimum >= 0 and facts.maximum <= WHITE):
        return None
    kind = "integers" if facts.integral else "values"
    return warning(
        "W303",
        f"input '{spec.name}' gets {kind} from {facts.minimum:g} to {facts.maximum:g}, a picture has 0..255",
        "convert the data to values 0..255, or to floating-point numbers if they are meant as they are",
    )


def _are_bytes(samples: Samples, spec: InputSpec, facts: Facts) -> bool:
    """Whether the values look like a picture's 0..255. Small integers in a table may be anything."""
    if is_integer(spec):
        return False
    if samples.is_picture:
        return facts.maximum > SMALL
    pixels = spec.is_picture or samples.array.dtype == np.uint8 or math.prod(spec.shape) >= _LONG_ROW
    return pixels and facts.integral and facts.minimum >= 0 and WHITE / 2 < facts.maximum <= WHITE


def _are_small(samples: Samples, facts: Facts) -> bool:
    """Whether the values are no bytes, and not so small only because they are of other bits, or all zero."""
    other_bits = any(problem.code == "W303" for problem in samples.problems)
    if other_bits or samples.array.dtype == np.uint8 or facts.minimum == facts.maximum == 0:
        return False
    return _NORMALIZED >= facts.maximum >= facts.minimum >= -_NORMALIZED


def _gets(spec: InputSpec, facts: Facts) -> str:
    return f"input '{spec.name}' gets values from {facts.minimum:g} to {facts.maximum:g}"


def _rescales(spec: InputSpec) -> bool:
    """Whether the network file changes more of the values than their sign and start."""
    return spec.scale is not None or spec.mean is not None or spec.std is not None


def _is_meant(spec: InputSpec) -> bool:
    """Whether the network file itself speaks of values as wide as a byte's: `scale: 1`, or a mean of such."""
    wide = spec.scale is not None and abs(float(spec.scale)) * WHITE > _WIDE
    return wide or (spec.mean is not None and max(spec.mean) > SMALL)


def _takes_bytes(spec: InputSpec, *, unit: bool) -> str:
    """The line of the network file that needs values 0..255, if there is one. `unit`: the values are within -1..1."""
    if spec.scale is not None and abs(float(spec.scale)) <= (1 / 32 if unit else 1 / 128):
        return f"`scale: {spec.scale}`"
    return f"{inverter(spec)}, which is 255 - x" if spec.invert else ""


def _reached(spec: InputSpec) -> list[tuple[float, float]]:
    """The least and the largest value that 0..255 comes to in the network, for each channel that differs."""
    scale = 1.0 if spec.scale is None else float(spec.scale)
    means, stds = spec.mean or (0.0,), spec.std or (1.0,)
    channels = max(len(means), len(stds))
    pairs = zip(means * (channels // len(means)), stds * (channels // len(stds)), strict=True)
    ends = [[(end * scale - mean) / std for end in (0, WHITE)] for mean, std in pairs]
    return [(min(pair), max(pair)) for pair in ends]


def _come_to(spec: InputSpec) -> str:
    lows, highs = zip(*_reached(spec), strict=True)
    names = _fields(spec)
    return f"{names} make{'' if ' and ' in names else 's'} 0..255 to {min(lows):.4g}..{max(highs):.4g}"


def _fields(spec: InputSpec) -> str:
    """What of the three the network file has: `scale`, `mean` and `std`."""
    names = [f"`{name}`" for name in ("scale", "mean", "std") if getattr(spec, name) is not None]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
