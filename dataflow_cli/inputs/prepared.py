"""How the user has inputs prepared beside the network file: its picture's size, its values, the order of channels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, InputError, UnknownName
from dataflow_cli.netfile.keys import INPUT, RESIZINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.given import Given
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network

HOW_TO_RESIZE = "write `resize: bilinear` under input in the network file, or run it with --input-resize bilinear"
"""What to do about a picture of another size."""
OPTIONS = {
    "preprocess": "--preprocess",
    "invert": "--input-invert",
    "resize": "--input-resize",
    "crop": "--input-crop",
    "scale": "--input-scale",
    "mean": "--input-mean",
    "std": "--input-std",
    "channel_order": "--channel-order",
}
"""By field of an input, the option that asks for it."""
_OF_VALUES = ("scale", "mean", "std", "channel_order")
"""What one has to know of a model: said once, by the network file or beside it."""
_OF_PICTURES = ("crop", "resize", "shorter_side", "channel_order", "invert")


def completed(network: Network, given: Given) -> Network:
    """The network with all that the user says of it beside its file: how inputs are prepared, what classes are called.

    Raises what `prepared` and `with_classes` raise.
    """
    network = prepared(network, given)
    if given.classes is None:
        return network
    from dataflow_cli.inputs.class_names import with_classes

    return with_classes(network, given.classes)


def prepared(network: Network, given: Given) -> Network:
    """The network with inputs that are prepared as the user asks.

    Raises InputError E303 if it takes nothing that could be so prepared, if its file prepares it otherwise, or if what
    is asked for does not fit; UnknownName for a way of resizing, or of preprocessing, that there is not.
    """
    asked = asked_of(given)
    if not asked and given.preprocess is None:
        return network
    names = tuple(spec.name for spec in network.inputs if _takes_pictures(spec))
    if not names and not any(field in _OF_PICTURES for field in asked):
        names = tuple(spec.name for spec in network.inputs if not spec.indices)
    if not names:
        hint = f"leave out {', '.join(map(option, _said(given, asked)))}"
        raise InputError(f"'{network.name}' takes no pictures that could be prepared", hint=hint, code="E303")
    specs = tuple(_prepared(spec, given, asked) if spec.name in names else spec for spec in network.inputs)
    return replace(network, inputs=specs)


def asked_of(given: Given) -> dict[str, Any]:
    """The fields of an input that the user asks for one by one, and their values. Raises UnknownName, InputError."""
    if given.input_resize not in (None, *RESIZINGS):
        raise UnknownName(f"no way to resize '{given.input_resize}'", hint=f"there are {' and '.join(RESIZINGS)}")
    asked: dict[str, Any] = {
        "invert": given.input_invert,
        "resize": given.input_resize,
        "crop": "center" if given.input_crop else None,
        "scale": _read("scale", given.input_scale),
        "mean": _read("mean", _numbers(given.input_mean)),
        "std": _read("std", _numbers(given.input_std)),
        "channel_order": _read("channel_order", given.channel_order),
    }
    return {field: value for field, value in asked.items() if value is not None and value is not False}


def option(field: str) -> str:
    """The option that asks for a field."""
    return OPTIONS[field]


def inverter(spec: InputSpec) -> str:
    """What it is that inverts an input, as a user calls it."""
    return option("invert") if "invert" in spec.asked else "`invert`"


def _said(given: Given, asked: Mapping[str, Any]) -> list[str]:
    return [*(["preprocess"] if given.preprocess is not None else []), *asked]


def _numbers(value: Any) -> Any:
    """Numbers, as they are written on the command line: `0.485,0.456,0.406`."""
    return value.split(",") if isinstance(value, str) else value


def _read(field: str, value: Any) -> Any:
    """The typed value of a field. Raises InputError E303."""
    kind = INPUT[field].kind
    if value is None or kind is None:
        return value
    try:
        return kind.read(list(value) if isinstance(value, tuple) else value)
    except FieldError as error:
        hint = error.hint or f"write {kind.describe()}"
        raise InputError(f"{option(field)}: {error.message}", hint=hint, code="E303") from error


def _takes_pictures(spec: InputSpec) -> bool:
    return len(spec.shape) in (2, 3) and not spec.indices


def _prepared(spec: InputSpec, given: Given, asked: Mapping[str, Any]) -> InputSpec:
    for field, value in asked.items():
        _check_free(spec, field, value, option(field))
    fields = _preset(spec, given, asked) | dict(asked)
    stated = spec.stated or any(field in fields for field in _OF_VALUES)
    result = replace(spec, **fields, stated=stated, asked=frozenset(asked))
    from dataflow_cli.netfile.input_fields import contradictions

    for field, message, hint in contradictions(result):
        said = option(field) if field in asked else f"--preprocess {given.preprocess}"
        raise InputError(f"{said}: {message}", hint=hint, code="E303")
    return result


def _preset(spec: InputSpec, given: Given, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the preset says of an input, if one is asked for; over what it says of a picture's size stands what the file
    says, or an option of its own.

    Raises UnknownName if there is no such preset, InputError E303 if it does not fit.
    """
    if given.preprocess is None:
        return {}
    from dataflow_cli.inputs.presets import PRESETS, fields_of, fits

    if given.preprocess not in PRESETS:
        hint = f"there are {', '.join(PRESETS)}"
        raise UnknownName(f"no preprocessing is called '{given.preprocess}'", hint=hint)
    said = f"--preprocess {given.preprocess}"
    if not fits(given.preprocess, spec.channels if spec.is_picture else 1):
        message = f"{said} is for pictures of 3 channels, and input '{spec.name}' is not one"
        raise InputError(message, hint="say --input-scale, --input-mean and --input-std one by one", code="E303")
    fields = fields_of(given.preprocess, spec)
    for field in _OF_VALUES:
        if field not in asked:
            _check_free(spec, field, fields.get(field), said)
    if spec.resizes or "crop" in asked:
        fields.pop("shorter_side", None)
    free = {field for field in fields if _takes_pictures(spec) and getattr(spec, field) is None}
    return {field: value for field, value in fields.items() if field in _OF_VALUES or field in free}


def _check_free(spec: InputSpec, field: str, value: Any, said: str) -> None:
    """Raise InputError E303 if the network file says something else of the field, or inverts already."""
    written, usual = getattr(spec, field), type(spec).__dataclass_fields__[field].default
    if written == usual or (written == value and field != "invert"):
        return
    shown = {True: "true"}.get(written, written) if not isinstance(written, tuple) else list(written)
    message = f"the network file says `{field}: {shown}` of input '{spec.name}' already"
    raise InputError(message, hint=f"leave out {said}", code="E303")


__all__ = ["HOW_TO_RESIZE", "OPTIONS", "asked_of", "completed", "inverter", "option", "prepared"]
