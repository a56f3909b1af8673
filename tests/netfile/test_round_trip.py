"""Every kind of layer, written as YAML and read again, is the same layer."""

from __future__ import annotations

import dataclasses
from collections import Counter

import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import Layer
from dataflow_cli.network.build import network_from_text
from tests.layers.examples import EXAMPLES
from tests.layers.per_kind import per_kind


def plain(value):
    """A field as a network file would write it."""
    if isinstance(value, Layer):
        return value.type
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def written(layer, inputs):
    """The layer as an entry of `layers:`, with every field that it has."""
    return {"type": layer.type, "inputs": inputs, **fields_of(layer)}


def fields_of(layer):
    """Every field; a layer in one of them as a mapping of its own."""
    values = {name: (getattr(layer, name), option) for name, option in type(layer).options().items()}
    return {
        name: {"type": value.type, **fields_of(value)} if is_mapping(value, option) else plain(value)
        for name, (value, option) in values.items()
    }


def is_mapping(value, option):
    """Whether the field is a layer with fields of its own: a name alone stands for others."""
    return isinstance(value, Layer) and (option.holds_layer or option.kind.read(value.type) != value)


def network(layers, shapes):
    """A network of these entries, read from YAML."""
    named = {f"x{number}": entry for number, entry in enumerate(shapes)}
    layers = [*layers, *readers(layers)]
    return network_from_text(yaml.safe_dump({"dftrace": 1, "inputs": named, "layers": layers}, sort_keys=False))


def whole(network):
    """The layers, without the tensors in them that others read."""
    return [node for node in network.nodes if not node.inner]


def readers(layers):
    """What reads the first part of every layer that gives nothing but parts."""
    seen = Counter()
    for entry in layers:
        seen[entry["type"]] += 1
        if KINDS[entry["type"]].parts_only:
            part = next(iter(KINDS[entry["type"]].insides))
            yield {"type": "linear", "inputs": f"{entry['type']}_{seen[entry['type']]}:{part}"}


@per_kind(EXAMPLES)
def test_an_example_survives(example):
    layer = example.layer()
    names = [f"x{number}" for number in range(len(example.shapes))]
    node = whole(network([written(layer, names)], example.entries))[0]
    assert node.layer == layer
    assert node.output_shape == layer.output_shape(example.shapes)
    assert node.parameters == layer.parameters(example.shapes)


@per_kind(EXAMPLES)
def test_an_example_is_read_as_it_is_written(example):
    names = [f"x{number}" for number in range(len(example.shapes))]
    entry = {"type": example.kind, "inputs": names, **example.fields}
    assert whole(network([entry], example.entries))[0].layer == example.layer()


@given(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=8), st.data())
def test_a_network_of_any_layers_survives(examples, data):
    shapes, layers, entries = [], [], []
    for example in examples:
        names = [f"x{len(shapes) + number}" for number in range(len(example.shapes))]
        shapes += example.entries
        layers.append(example.layer())
        entry = written(layers[-1], names)
        dropped = data.draw(
            st.sets(st.sampled_from([name for name in entry if name not in ("type", "inputs")] or ["-"]))
        )
        defaults = {option.name for option in type(layers[-1]).options().values() if not option.required}
        is_default = {name for name in defaults if getattr(layers[-1], name) == _default(type(layers[-1]), name)}
        entries.append({name: value for name, value in entry.items() if name not in dropped & is_default})
    read = network(entries, shapes)
    assert [node.layer for node in whole(read)[: len(layers)]] == layers


def _default(kind, name):
    return next(field.default for field in dataclasses.fields(kind) if field.name == name)


def test_all_kinds_take_part():
    assert {example.kind for example in EXAMPLES} == set(KINDS)
