"""The JSON Schema (draft 7) of the network file, generated from the table of kinds and the table of keys."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from dataflow_cli.spec.keys import BLOCK, BLOCK_USE, INPUT, LAYER, SHAPE, TOP, WEIGHTS, Key, Name, Text, Version

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.fields import JSONSchema, Option

_NUMBERS: JSONSchema = {"anyOf": [{"type": "number"}, {"type": "array", "items": {"$ref": "#/definitions/numbers"}}]}
_PARAMETER: JSONSchema = {"type": "string", "pattern": r"^\$[A-Za-z_]"}
"""Inside a block any value may be `$name`."""
_LAYERS: JSONSchema = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/layer"}}
_INPUTS: JSONSchema = {
    "description": LAYER["inputs"].doc,
    "anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}],
}


def network_schema() -> JSONSchema:
    """The schema of a whole network file."""
    own = {
        "dftrace": Version().schema(),
        "input": {"$ref": "#/definitions/input"},
        "inputs": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": Name().schema(),
            "additionalProperties": _ref("input"),
        },
        "weights": {"anyOf": [{"type": "string"}, _ref("weights")]},
        "blocks": {"type": "object", "propertyNames": Name().schema(), "additionalProperties": _ref("block")},
        "layers": _LAYERS,
        "outputs": {"type": "array", "minItems": 1, "items": Text().schema()},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dftrace network file, version 1",
        "type": "object",
        "required": ["dftrace", "layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
        "properties": _properties(TOP, own),
        "definitions": _definitions(),
    }


def _definitions() -> JSONSchema:
    example = {"anyOf": [{"type": "string"}, _ref("numbers")]}
    return {
        "numbers": _NUMBERS,
        "input": {"anyOf": [SHAPE.schema(), _object(_properties(INPUT, {"example": example}), ["shape"])]},
        "weights": _object(
            _properties(WEIGHTS, {"map": {"type": "object", "additionalProperties": {"type": "string"}}})
        )
        | {"oneOf": [{"required": ["file"]}, {"required": ["init"]}]},
        "block": _object(
            _properties(BLOCK, {"params": {"type": "object"}, "layers": _LAYERS}),
            ["layers"],
        ),
        "block_use": _block_use(),
        "layer": {
            "anyOf": [
                {"enum": [kind for kind in KINDS if not any(o.required for o in KINDS[kind].options().values())]},
                {"oneOf": [_ref("block_use"), *(_ref(kind) for kind in KINDS)]},
            ]
        },
    } | {kind: _layer(KINDS[kind]) for kind in KINDS}


def _block_use() -> JSONSchema:
    own = {"type": {"const": "block"}, "inputs": _INPUTS, "with": {"type": "object"}}
    return _object(_properties(BLOCK_USE, own), ["type", "use"])


def _layer(kind: type[Layer]) -> JSONSchema:
    """One kind: its own fields beside those that every layer has."""
    options = kind.options()
    weights = {"type": "object", "additionalProperties": _ref("numbers")}
    common = _properties(LAYER, {"type": {"const": kind.type}, "inputs": _INPUTS, "weights": weights})
    required = ["type", *(name for name, option in options.items() if option.required)]
    body = _object(common | {name: _field(option) for name, option in options.items()}, required)
    return {"description": kind.title()} | body


def _field(option: Option) -> JSONSchema:
    schema: JSONSchema = {"description": option.doc, "anyOf": [option.kind.schema(), _PARAMETER]}
    if option.default is not dataclasses.MISSING:
        schema["default"] = option.default
    return schema


def _properties(keys: dict[str, Key], own: dict[str, Any]) -> JSONSchema:
    """The keys of a table; `own` describes those whose parts the parser reads itself."""
    return {
        name: own[name] if name in own else {"description": key.doc} | (key.kind.schema() if key.kind else {})
        for name, key in keys.items()
    }


def _object(properties: JSONSchema, required: list[str] | None = None) -> JSONSchema:
    body: JSONSchema = {"type": "object", "additionalProperties": False, "properties": properties}
    return body | ({"required": required} if required else {})


def _ref(name: str) -> JSONSchema:
    return {"$ref": f"#/definitions/{name}"}
