"""The JSON Schema says what the parser says, as far as a schema can."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from dataflow_cli.errors import NetworkError
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from dataflow_cli.spec.json_schema import network_schema
from tests.layers.examples import EXAMPLES
from tests.spec.test_blocks import RESIDUAL
from tests.spec.test_mistakes import CASES
from tests.spec.test_round_trip import written

SCHEMA = network_schema()
CHECK = jsonschema.Draft7Validator(SCHEMA)
FILES = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def refused(text):
    return not CHECK.is_valid(yaml.safe_load(text))


def test_it_is_a_schema_of_draft_7():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_shipped_networks_are_valid(path):
    CHECK.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_network_of_the_specification_is_valid():
    CHECK.validate(yaml.safe_load(RESIDUAL))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_layer_is_valid_as_it_is_written(example):
    entry = written(example.layer(), [f"x{number}" for number in range(len(example.shapes))])
    named = {f"x{number}": list(shape) for number, shape in enumerate(example.shapes)}
    CHECK.validate({"dftrace": 1, "inputs": named, "layers": [entry]})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_there_with_its_fields_and_defaults(kind):
    body = SCHEMA["definitions"][kind]
    assert body["description"] == KINDS[kind].title()
    for name, option in KINDS[kind].options().items():
        field = body["properties"][name]
        assert field["description"] == option.doc
        if option.required:
            assert name in body["required"]
        else:
            assert field["default"] == option.default
            CHECK.evolve(schema=field | {"definitions": SCHEMA["definitions"]}).validate(option.default)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bare_type_is_valid_where_it_needs_no_fields(kind):
    needs = any(option.required for option in KINDS[kind].options().values())
    assert refused(f"dftrace: 1\ninput: [4]\nlayers: [{kind}]") == needs


SEEN = [
    *("no version", "version 2", "no input", "no layers", "empty layers", "layers mapping", "layers null"),
    *("unknown key", "both inputs", "inputs list", "input name", "shape text", "shape empty", "shape zero"),
    *("shape missing", "resize", "dtype", "std zero", "data format", "weights both", "weights none", "weights list"),
    *("weights init", "weights layout", "map list", "map value", "layer list", "layer null", "type unknown"),
    *("type torch", "type keras", "type torch pool", "type missing", "type list", "indent", "indent deeper"),
    *("field unknown", "field far", "field torch", "field stride", "field pool", "field missing", "field bare missing"),
    *("value", "value item", "value float", "value activation", "causal", "name malformed", "block without use"),
    *("block list", "block body", "block no layers", "block empty", "block key", "block name", "block repeat"),
    *("inline list", "inline text", "top list", "top text", "outputs empty", "inputs empty", "inputs mapping"),
]
"""Mistakes that a schema can see; the others need shapes, names or arithmetic."""


@pytest.mark.parametrize("name", SEEN)
def test_what_the_parser_refuses_the_schema_refuses(name):
    text, _ = CASES[name]
    with pytest.raises(NetworkError):
        network_from_text(text)
    assert refused(text)


@pytest.mark.parametrize(
    "body",
    [
        "input: {shape: [3], scale: 1/255, mean: 0.5, std: [1, 2, 3], example: [1, 2, 3]}\nlayers: [relu]",
        "input: {shape: [3], scale: 0.5, example: x.png}\nlayers: [relu]",
        "input: [3]\nweights: w.npz\nlayers: [{type: relu, inputs: input}, {type: add, inputs: [input, relu_1]}]",
        "input: [3]\nweights: {file: w.npz, layout: torch, map: {dense_1/bias: c}}\nlayers: [{type: dense, units: 1}]",
        "input: [3]\nweights: {init: zeros, seed: 3}\nlayers: [relu]\nclasses: [1, a, 2.5]",
        "input: [3]\nlayers: [{type: dense, units: 1, weights: {kernel: [[1], [2], [3]], bias: 0}}]",
        """input: [3]
blocks: {b: {params: {n: 1}, layers: [{type: dense, units: $n}]}}
layers: [{type: block, use: b, repeat: 3, with: {n: 3}, name: x, inputs: input}]
outputs: [x_1]""",
    ],
)
def test_what_the_parser_takes_the_schema_takes(body):
    network_from_text(f"dftrace: 1\n{body}")
    CHECK.validate(yaml.safe_load(f"dftrace: 1\n{body}"))
