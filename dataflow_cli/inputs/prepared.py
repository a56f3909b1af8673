"""How the user has pictures prepared beside the network file: turned into negatives, resized, cut to proportions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.netfile.keys import RESIZINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.given import Given
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network

HOW_TO_RESIZE = "write `resize: bilinear` under input in the network file, or run it with --input-resize bilinear"
"""What to do about a picture of another size."""


def prepared(network: Network, given: Given) -> Network:
    """The network with inputs that prepare pictures as the user asks.

    Raises InputError E303 if it takes no pictures, or if its file prepares them otherwise; UnknownName for a way of
    resizing that there is not.
    """
    asked = asked_of(given)
    if not asked:
        return network
    if given.input_resize not in (None, *RESIZINGS):
        raise UnknownName(f"no way to resize '{given.input_resize}'", hint=f"there are {' and '.join(RESIZINGS)}")
    if not any(_takes_pictures(spec) for spec in network.inputs):
        hint = f"leave out {', '.join(map(option, asked))}"
        raise InputError(f"'{network.name}' takes no pictures that could be prepared", hint=hint, code="E303")
    specs = tuple(_prepared(spec, given, asked) if _takes_pictures(spec) else spec for spec in network.inputs)
    return replace(network, inputs=specs)


def asked_of(given: Given) -> dict[str, bool | str]:
    """The fields of an input that the user asks for, and their values."""
    asked = {"invert": given.input_invert, "resize": given.input_resize, "crop": given.input_crop and "center"}
    return {field: value for field, value in asked.items() if value}


def option(field: str) -> str:
    """The option that asks for a field."""
    return f"--input-{field}"


def inverter(spec: InputSpec) -> str:
    """What it is that inverts an input, as a user calls it."""
    return option("invert") if "invert" in spec.asked else "`invert`"


def _takes_pictures(spec: InputSpec) -> bool:
    return len(spec.shape) in (2, 3) and not spec.indices


def _prepared(spec: InputSpec, given: Given, asked: Mapping[str, bool | str]) -> InputSpec:
    for field, value in asked.items():
        said = getattr(spec, field)
        if said and (said != value or field == "invert"):
            written = "true" if said is True else said
            message = f"the network file says `{field}: {written}` of input '{spec.name}' already"
            raise InputError(message, hint=f"leave out {option(field)}", code="E303")
    invert, resize = spec.invert or given.input_invert, spec.resize or given.input_resize
    return replace(
        spec, invert=invert, resize=resize, crop="center" if given.input_crop else spec.crop, asked=frozenset(asked)
    )


__all__ = ["HOW_TO_RESIZE", "asked_of", "inverter", "option", "prepared"]
