"""The JSON Schema (draft 7) of the network file, generated from the table of kinds and the table of keys.

It takes what the parser takes and refuses what the parser refuses, as far as a schema can see: not what needs names,
shapes or arithmetic (a layer that is not defined above, fields that contradict each other, a block's parameters), not
how a value is quoted, and not how often a block is used.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.wrapped import OUTSIDE
from dataflow_cli.layers.patterns import definitions, reference, text
from dataflow_cli.netfile.example import NO_NUMBER
from dataflow_cli.netfile.keys import BLOCK, BLOCK_USE, INPUT, LAYER, SHAPE, SHARED, TOP, WEIGHTS, Key, Name, Version
from dataflow_cli.netfile.limits import MAX_INPUTS, MAX_LAYERS

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.fields import JSONSchema, Option

_ANY_TEXT: JSONSchema = {"type": ["string", "number", "boolean"], "minLength": 1}
_PARAMETER: JSONSchema = {"type": "string", "pattern": r"^\$"}
BLOCK_TYPE = "block"
_IN_BLOCKS = "in_blocks_"
"""What the definitions begin with in which any value may be `$name`."""
_LAYERS: JSONSchema = {"type": "array", "minItems": 1, "maxItems": MAX_LAYERS, "items": reference("layer")}
CUTTING: JSONSchema = {
    "dependencies": {"shorter_side": {"required": ["resize"], "not": {"required": ["crop"]}}},
}
"""What the fields of an input ask of each other."""
_PLAIN = frozenset(definitions())
"""What is written alike inside of blocks and outside."""


def network_schema() -> JSONSchema:
    """The schema of a whole network file."""
    own = {
        "dftrace": Version().schema(),
        "input": reference("input"),
        "inputs": _named(reference("input")) | {"minProperties": 1, "maxProperties": MAX_INPUTS},
        "weights": {"anyOf": [_ANY_TEXT, reference("weights")]},
        "blocks": _named(reference("block")),
        "layers": _LAYERS,
        "outputs": _described(TOP["outputs"]) | {"minItems": 1, "uniqueItems": True},
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
    layers = _layers()
    example = {"anyOf": [_ANY_TEXT, _list_of("values", least=1)]}
    names = {"type": "object", "additionalProperties": _ANY_TEXT}
    weights = _object(_properties(WEIGHTS, {"map": names}))
    in_blocks = _free(_LAYERS)
    return {
        "input": {"anyOf": [SHAPE.schema(), _object(_properties(INPUT, {"example": example}), ["shape"]) | CUTTING]},
        "values": {"anyOf": [reference("number"), text(NO_NUMBER.pattern), _list_of("values", least=1)]},
        "weights": weights | {"oneOf": [{"required": ["file"]}, {"required": ["init"]}]},
        "block": _object(_properties(BLOCK, {"params": {"type": "object"}, "layers": in_blocks}), ["layers"]),
        **definitions(),
        **layers,
        **{_IN_BLOCKS + name: _free(body) for name, body in layers.items()},
    }


def _layers() -> JSONSchema:
    """What a list of layers holds."""
    bare = [kind for kind in KINDS if not any(option.required for option in KINDS[kind].options().values())]
    return {
        "layer": {"anyOf": [{"enum": bare}, _written_out()]},
        "block_use": _block_use(),
        "own_weights": _own_weights(),
        "wrapped": _wrapped(),
        "numbers": {"anyOf": [reference("number"), _list_of("numbers", least=0)]},
        **{kind: _layer(KINDS[kind]) for kind in KINDS},
    }


def _written_out() -> JSONSchema:
    """A layer as a mapping: its type, and what that type makes of the rest.

    Editors offer at `type:` what stands here. Of a choice between kinds they drop all that lack a required field, and
    nobody has written one yet.
    """
    bodies = {BLOCK_TYPE: reference("block_use")} | {kind: reference(kind) for kind in KINDS}
    rules = [_if_type({"const": kind}, body) for kind, body in bodies.items()]
    kinds = _described(LAYER["type"]) | {"enum": list(bodies)}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": kinds},
        "allOf": [*rules, _if_type(_PARAMETER, {"anyOf": list(bodies.values())})],
    }


def _if_type(kind: JSONSchema, body: JSONSchema) -> JSONSchema:
    return {"if": {"required": ["type"], "properties": {"type": kind}}, "then": body}


def _wrapped() -> JSONSchema:
    """A layer in a field of another one: what is said of an entry stands outside."""
    outside = [{"required": [name]} for name in OUTSIDE]
    used = {"required": ["type"], "properties": {"type": {"const": BLOCK_TYPE}}}
    unfit = [name for name, kind in KINDS.items() if kind.arity[0] > 1 or kind.parts_only is True]
    several = {"required": ["type"], "properties": {"type": {"enum": unfit}}}
    return {"allOf": [reference("layer"), {"not": {"anyOf": [*outside, used, several]}}]}


def _block_use() -> JSONSchema:
    own = {"type": {"const": BLOCK_TYPE}, "inputs": _inputs(), "with": {"type": "object"}}
    return _object(_properties(BLOCK_USE, own), ["type", "use"])


def _layer(kind: type[Layer]) -> JSONSchema:
    """One kind: its own fields beside those that every layer has."""
    options = kind.options()
    common = _properties(
        LAYER, {"type": {"const": kind.type}, "inputs": _inputs(), "weights": reference("own_weights")}
    )
    required = ["type", *(name for name, option in options.items() if option.required)]
    return {"description": kind.title()} | _object(common | {n: _field(o) for n, o in options.items()}, required)


def _own_weights() -> JSONSchema:
    """A layer's parameters: written out, or another layer's."""
    shared = _object(_properties(SHARED, {}), ["share"])
    whole = {"description": "the layer above whose weights these are"} | _ANY_TEXT
    numbers = {"anyOf": [reference("numbers"), shared]}
    return {"type": "object", "properties": {"share": whole}, "additionalProperties": numbers}


def _inputs() -> JSONSchema:
    """Names of layers, at least one."""
    schema = _described(LAYER["inputs"])
    single, several = schema["anyOf"]
    return schema | {"anyOf": [single, several | {"minItems": 1}]}


def _field(option: Option) -> JSONSchema:
    schema: JSONSchema = {"description": option.doc, "anyOf": [option.kind.schema()]}
    if option.default is not dataclasses.MISSING:
        schema["default"] = option.default
    return schema


def _free(schema: JSONSchema) -> JSONSchema:
    """The same, with `$name` in place of any value that it holds."""
    freed: JSONSchema = {}
    for key, part in schema.items():
        if key == "properties":
            freed[key] = {name: _or_parameter(value) for name, value in part.items()}
        elif key in {"items", "additionalProperties"} and part:
            freed[key] = _or_parameter(part)
        elif key in {"anyOf", "allOf"}:
            freed[key] = [_free(choice) for choice in part]
        elif key == "then":
            freed[key] = _free(part)
        else:
            freed[key] = part
    name = schema.get("$ref", "").rpartition("/")[2]
    return reference(_IN_BLOCKS + name) if name and name not in _PLAIN else freed


def _or_parameter(schema: JSONSchema) -> JSONSchema:
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    freed = _free({key: part for key, part in schema.items() if key not in about})
    return about | {"anyOf": [freed, _PARAMETER]}


def _properties(keys: dict[str, Key], own: dict[str, Any]) -> JSONSchema:
    """The keys of a table; `own` describes those whose parts the parser reads itself."""
    return {name: own[name] if name in own else _described(key) for name, key in keys.items()}


def _described(key: Key) -> JSONSchema:
    return {"description": key.doc} | (key.kind.schema() if key.kind else {})


def _named(body: JSONSchema) -> JSONSchema:
    """A mapping of names to what they stand for."""
    return {"type": "object", "propertyNames": Name().schema(), "additionalProperties": body}


def _list_of(name: str, *, least: int) -> JSONSchema:
    return {"type": "array", "minItems": least, "items": reference(name)}


def _object(properties: JSONSchema, required: list[str] | None = None) -> JSONSchema:
    body: JSONSchema = {"type": "object", "additionalProperties": False, "properties": properties}
    return body | ({"required": required} if required else {})
