"""The JSON Schema says what the parser says, as far as a schema can."""

from __future__ import annotations

import copy
import functools
import operator
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError
from dataflow_cli.layers import KINDS
from dataflow_cli.netfile.json_schema import network_schema
from dataflow_cli.network.build import network_from_text
from tests.layers.examples import EXAMPLES
from tests.layers.per_kind import each_kind, per_kind
from tests.layers.test_fields import VALUES
from tests.netfile.test_blocks import RESIDUAL
from tests.netfile.test_mistakes import CASES
from tests.netfile.test_round_trip import written

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


@per_kind(EXAMPLES)
def test_every_layer_is_valid_as_it_is_written(example):
    entry = written(example.layer(), [f"x{number}" for number in range(len(example.shapes))])
    named = {f"x{number}": list(shape) for number, shape in enumerate(example.shapes)}
    CHECK.validate({"dftrace": 1, "inputs": named, "layers": [entry]})


@each_kind()
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


@each_kind()
def test_a_bare_type_is_valid_where_it_needs_no_fields(kind):
    needs = any(option.required for option in KINDS[kind].options().values())
    assert refused(f"dftrace: 1\ninput: [4]\nlayers: [{kind}]") == needs


def test_every_type_stands_outside_of_any_choice_where_editors_offer_it():
    _, written_out = SCHEMA["definitions"]["layer"]["anyOf"]
    assert written_out["properties"]["type"]["enum"] == ["block", *KINDS]


@pytest.mark.parametrize("item", ["{type: $what, unis: 3}", "{type: conv2d, filters: $n, kernel_size: 3, unis: 3}"])
def test_a_field_that_no_kind_has_is_refused_in_blocks_too(item):
    block = f"dftrace: 1\ninput: [4]\nlayers: [{{type: block, use: b}}]\nblocks: {{b: {{layers: [{item}]}}}}"
    assert refused(block)
    assert not refused(block.replace(", unis: 3", ""))


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


DOCUMENTS = [
    {
        "dftrace": 1,
        "name": "all",
        "data_format": "channels_last",
        "inputs": {
            "a": {"shape": [8, 8, 2], "dtype": "float32", "resize": "nearest", "invert": True, "scale": "1/255"},
            "b": {
                "shape": [8, 8, 2],
                "background": "dark",
                "crop": "center",
                "scale": 0.5,
                "mean": 0.5,
                "std": [1, 2],
                "example": [[0.5, -1], [2]],
            },
        },
        "weights": {"file": "w.npz", "map": {}, "layout": "torch"},
        "classes": ["one", 2, True],
        "layers": [
            {"type": "add", "name": "sum", "inputs": ["a", "b"], "activation": None},
            "flatten",
            {"type": "dense", "units": 3, "weights": {"kernel": 0.5, "bias": 0}},
            {"type": "relu", "max_value": 6},
        ],
        "outputs": ["dense_1", "relu_1"],
    },
    {
        "dftrace": 1,
        "input": [8, 8, 2],
        "weights": {"init": "zeros", "seed": 3},
        "blocks": {
            "body": {
                "params": {"filters": 4, "size": 3, "what": "relu"},
                "layers": [
                    {"type": "conv2d", "filters": "$filters", "kernel_size": ["$size", 3], "padding": [[1, 1], [0, 2]]},
                    {"type": "max_pooling2d", "pool_size": 1},
                    {"type": "$what"},
                    "$what",
                ],
            }
        },
        "layers": [
            {"type": "block", "use": "body", "name": "x", "with": {"filters": 2}, "repeat": 1, "inputs": "input"}
        ],
    },
    {"dftrace": 1, "input": {"shape": [4], "example": "x.npy"}, "weights": "w.npz", "layers": ["relu"]},
]
WORDS = [
    *(
        "type",
        "name",
        "inputs",
        "units",
        "use",
        "with",
        "file",
        "init",
        "seed",
        "map",
        "layers",
        "shape",
        "x",
        "a/b",
        "1a",
    )
]
MEANT = re.compile(
    "class names|numbers for|map: the network|is taken|is reserved|list of [0-9]|any memory|axes; at most"
    r"|expected a number, found \["
)
"""Of what the codes below say, that which needs names, shapes or arithmetic."""
SEMANTIC = {"E126", "E130", "E132", "E133", "E140", "E141", "E151"}


def places(tree, path=()):
    """The paths to all values of a document that a schema says something of."""
    yield path
    if path[-1:] in {("params",), ("with",)}:
        return
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        yield from places(value, (*path, key))


@st.composite
def documents(draw):
    """A document with one or two parts that are replaced, left out, added, or called something else."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(1 if "blocks" in document else draw(st.integers(1, 2))):
        *path, last = draw(st.sampled_from([path for path in places(document) if path]))
        parent = functools.reduce(operator.getitem, path, document)
        value, change = draw(VALUES), draw(st.sampled_from(["replace", "replace", "leave out", "add", "rename"]))
        if change == "replace" or not isinstance(parent, dict):
            parent[last] = value
        elif change == "add":
            parent[draw(st.sampled_from(WORDS))] = value
        else:
            old = parent.pop(last)
            if change == "rename":
                parent[draw(st.sampled_from(WORDS))] = old
    return document


def problems_of(document):
    try:
        network_from_text(yaml.safe_dump(document, sort_keys=False))
    except NetworkError as error:
        return error.problems
    return ()


def is_visible(problem):
    """Whether a schema could see it."""
    counted = problem.code == "E134" and "empty" not in problem.message
    return problem.code not in SEMANTIC and not counted and not MEANT.search(problem.message)


@settings(max_examples=120)
@given(documents())
def test_the_schema_and_the_parser_agree_on_any_document(document):
    """Both ways, as far as a schema can see; behind what it cannot see, the parser may not see all that it can."""
    problems = problems_of(document)
    if CHECK.is_valid(document):
        assert not any(map(is_visible, problems))
    else:
        assert problems
