"""A network file that was written is read as the same network, and written again as the same text."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError, OutputError, Place
from dataflow_cli.layers.activations.relu import ReLU
from dataflow_cli.layers.core.dense import Dense
from dataflow_cli.netfile.model import LayerSpec, NetworkSpec, Reference, WeightsSpec
from dataflow_cli.netfile.nodes import Mapping, Scalar, Sequence
from dataflow_cli.netfile.parse import parse_network_spec, read_network_spec
from dataflow_cli.netfile.write import network_text
from dataflow_cli.network.build import build_network
from tests.layers.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("configs/*.yaml"))
NOWHERE = Place("", 1, 1)


def parsed(text):
    return parse_network_spec(text.encode(), "net.yaml")


def told(spec):
    """All that a network file says: the network, wired, without places and without what was worked out."""
    network = build_network(spec)
    nodes = [
        (
            node.name,
            node.layer,
            node.inputs,
            node.output_shape,
            {name: value.plain for name, value in node.inline.items()},
        )
        for node in network.nodes
    ]
    inputs = [
        {each.name: getattr(one, each.name) for each in fields(one) if each.name not in ("example", "place")}
        | {"example": one.example and one.example.plain}
        for one in network.inputs
    ]
    weights = network.weights and (
        {name: value for name, value in vars(network.weights).items() if name not in ("place", "map_keys", "file")}
    )
    warned = [problem.code for problem in network.warnings]
    return network.name, inputs, nodes, network.outputs, network.classes, weights, warned


def assert_survives(spec):
    text = network_text(spec)
    again = parse_network_spec(text.encode(), spec.file, spec.base)
    assert told(again) == told(spec)
    assert network_text(again) == text
    return text


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_network(path):
    text = assert_survives(read_network_spec(path))
    ours = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    assert len(text.splitlines()) <= len(ours)
    assert max(map(len, text.splitlines())) <= 120


def test_a_page_of_the_documentation_comes_out_as_it_stands_there():
    page = (ROOT / "docs" / "network-file.md").read_text(encoding="utf-8")
    example = next(part for part in page.split("```")[1::2] if "name: tiny-resnet" in part).removeprefix("yaml\n")
    plain = "".join(f"{line.partition(' #')[0].rstrip()}\n" for line in example.splitlines())
    assert network_text(parsed(example)) == plain


TRAPS = """no|~|null|1e3|0x10|12:30|2020-01-01| a|a |$x|a: b|a #b|- a|{a}|'|"|\\|*a|&a|!a|%a|@a|`a`|<<|=|.inf"""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.sampled_from(
    [*TRAPS.split("|"), "|", "\N{NO-BREAK SPACE}", "\x00", "\u2028", "\N{BUG}"]
)


@given(TEXTS, st.lists(TEXTS, min_size=2, max_size=2), TEXTS, st.dictionaries(TEXTS | st.just("k" * 2000), TEXTS))
def test_any_text(name, classes, file, names):
    spec = parsed("dftrace: 1\ninput: [2]\nlayers: [relu]")
    weights = WeightsSpec(file, map=names)
    text = network_text(replace(spec, name=name, classes=tuple(classes), weights=weights))
    read = parsed(text)
    assert (read.name, list(read.classes), read.weights.path, read.weights.map) == (name, classes, file, names)
    by_others = yaml.safe_load(text)
    said = {"file": file, "map": names} if names else file
    assert (by_others["name"], by_others["classes"], by_others["weights"]) == (name, classes, said)


@given(st.floats(0, allow_infinity=False), st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_number(epsilon, bias):
    written = Mapping(NOWHERE, {}, {"bias": Sequence(NOWHERE, tuple(Scalar(NOWHERE, repr(one)) for one in bias))})
    spec = parsed(f"dftrace: 1\ninput: [2]\nlayers: [layer_normalization, {{type: dense, units: {len(bias)}}}]")
    normalization, dense = spec.layers
    layers = (
        replace(normalization, layer=replace(normalization.layer, epsilon=epsilon)),
        replace(dense, weights=written.values),
    )
    read = parsed(network_text(replace(spec, layers=layers)))
    assert read.layers[0].layer.epsilon.hex() == epsilon.hex()
    assert [float(one).hex() for one in read.layers[1].weights["bias"].plain] == [one.hex() for one in bias]


@st.composite
def entries(draw, kinds, depth, names=("input",)):
    """Entries of `layers:` that keep a vector of four numbers as it is; blocks among them while `depth` lasts."""
    found, taken = [], list(names)
    for number in range(draw(st.integers(1, 4))):
        entry = draw(st.sampled_from(kinds[depth]))
        entry = {key: draw(value) if isinstance(value, st.SearchStrategy) else value for key, value in entry.items()}
        inputs = draw(st.lists(st.sampled_from(taken), min_size=2, max_size=2))
        if entry["type"] == "add" or draw(st.integers(0, 3)) == 0:
            entry["inputs"] = inputs if entry["type"] == "add" else inputs[:1]
        if entry.get("repeat", 1) == 1 and draw(st.booleans()):
            entry["name"] = f"n{number}"
            taken.append(entry["name"])
        found.append(entry)
    return found


UNITS = {"type": "dense", "units": 4, "use_bias": st.booleans(), "activation": st.sampled_from([None, "relu", "tanh"])}
PLAIN = [UNITS, {"type": "relu", "max_value": st.sampled_from([None, 1, 0.5])}, {"type": "add"}]


@st.composite
def networks_of_blocks(draw):
    """A document whose blocks stand in each other, take parameters and are repeated."""
    kinds, blocks = [PLAIN], {}
    for depth, name in enumerate(["first", "second", "third"]):
        layers = draw(entries(kinds, depth))
        layers[0]["negative_slope" if layers[0]["type"] == "relu" else "unused"] = "$p"
        fits = layers[0].pop("unused", None) is None
        blocks[name] = {"layers": layers} | ({"params": {"p": 0}} if fits else {})
        use = {"type": "block", "use": name, "repeat": st.integers(1, 3)}
        given = {"with": st.fixed_dictionaries({"p": st.sampled_from([0, 0.1, 1])})} if fits else {}
        kinds.append([*kinds[-1], use | given, use])
    return {"dftrace": 1, "input": [4], "blocks": blocks, "layers": draw(entries(kinds, 3))}


@given(networks_of_blocks())
def test_any_blocks(document):
    assert_survives(parsed(yaml.safe_dump(document)))


@given(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=6), st.booleans(), st.data())
def test_any_layers(examples, channels_first, data):
    shapes = [entry for example in examples for entry in example.entries]
    taken = iter(f"x{number}" for number in range(len(shapes)))
    layers = [
        {"type": each.kind, "inputs": [next(taken) for _ in each.shapes], **each.fields}
        | ({"name": f"n{number}"} if data.draw(st.booleans()) else {})
        for number, each in enumerate(examples)
    ]
    named = {f"x{number}": entry for number, entry in enumerate(shapes)}
    document = {"dftrace": 1, "inputs": named, "layers": layers}
    if channels_first and not any("data_format" in layer for layer in layers):
        document["data_format"] = "channels_first"
    try:
        spec = parsed(yaml.safe_dump(document))
        build_network(spec)
    except NetworkError:
        return  # what fits channels that stand last need not fit those that stand first
    assert_survives(spec)


def test_paths_follow_the_file(tmp_path):
    (tmp_path / "a").mkdir()
    spec = parse_network_spec(
        b"dftrace: 1\ninput: {shape: [2], example: ../x.csv}\nweights: w/net.npz\nlayers: [relu]",
        "net.yaml",
        tmp_path / "a",
    )
    assert "w/net.npz" in network_text(spec)
    moved = yaml.safe_load(network_text(spec, tmp_path))
    assert (moved["weights"], moved["input"]["example"]) == ("a/w/net.npz", "x.csv")
    elsewhere = yaml.safe_load(network_text(spec, tmp_path / "b" / "c"))
    assert (elsewhere["weights"], elsewhere["input"]["example"]) == ("../../a/w/net.npz", "../../x.csv")


def test_a_network_is_written_whole_or_not_at_all(tmp_path):
    network = load_network(ROOT / "configs" / "mnist-cnn.yaml")
    network.write(tmp_path / "net.yaml")
    again = load_network(tmp_path / "net.yaml")
    assert (again.name, [node.layer for node in again.nodes]) == (network.name, [node.layer for node in network.nodes])
    assert again.weights.file.resolve() == network.weights.file.resolve()
    assert network.text() == network_text(read_network_spec(ROOT / "configs" / "mnist-cnn.yaml"))
    nameless = replace(network, nodes=(*network.nodes[:-1], replace(network.nodes[-1], name="not a name")))
    with pytest.raises(OutputError, match="expected a name"):
        nameless.write(tmp_path / "net.yaml")
    assert load_network(tmp_path / "net.yaml").nodes[0].name == "conv2d_1"
    assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]


def layer_specs(*layers):
    """Layers by name, kind and inputs, as an importer would describe them."""
    return tuple(
        LayerSpec(
            name,
            layer,
            tuple(Reference(each, Scalar(NOWHERE, each)) for each in inputs),
            Scalar(NOWHERE, layer.type),
            Mapping(NOWHERE, {}, {}),
        )
        for name, layer, inputs in layers
    )


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([("a", Dense(units=2, activation=ReLU(max_value=6)), ["input"])], "dense 'a': activation: expected the name"),
        ([("a", ReLU(), ["input"]), ("b/c", ReLU(), ["a"]), ("b/d", ReLU(), ["input"])], "block 'b' take a, input"),
        ([("a/b", ReLU(), ["input"]), ("c", ReLU(), ["a/b"]), ("a/d", ReLU(), ["c"])], "the name 'a' is taken"),
        ([("a", ReLU(max_value=float("inf")), ["input"])], "relu 'a': max_value: expected a number"),
        ([("\ud800", ReLU(), ["input"])], "cannot stand in a network file"),
        ([("two words", ReLU(), ["input"])], "name: expected a name, found 'two words'"),
    ],
)
def test_what_no_file_can_say_is_an_error(layers, said):
    inputs = parsed("dftrace: 1\ninput: [2]\nlayers: [relu]").inputs
    with pytest.raises(OutputError, match=said):
        network_text(NetworkSpec("net.yaml", "n", inputs, layer_specs(*layers)))


@pytest.mark.parametrize("layout", ["", ", layout: keras"])
def test_what_torch_has_otherwise_is_not_written_in_a_file_of_torch(layout):
    text = (
        f"dftrace: 1\nname: net\nframework: torch\ninput: [4, 4, 2]\nweights: {{file: net.pt{layout}}}\nlayers:\n"
        "  - {type: conv2d, filters: 3, kernel_size: 1, activation: leaky_relu}\n  - batch_normalization\n"
        "  - {type: leaky_relu, negative_slope: 0.3}\n  - prelu\n  - flatten\n"
    )
    assert_survives(parsed(text))
    written = yaml.safe_load(network_text(parsed(text)))
    assert written == yaml.safe_load(text if layout else text.replace("{file: net.pt}", "net.pt"))
