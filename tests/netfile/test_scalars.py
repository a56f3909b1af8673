"""Scalars are read by the type of their field, never by YAML 1.1's guesses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile.model import Ratio
from dataflow_cli.netfile.parse import parse_network_spec
from dataflow_cli.network.build import network_from_text


def spec(body):
    return parse_network_spec(f"dftrace: 1\n{body}".encode(), "net.yaml")


def layer(fields, shape="[8, 8, 3]"):
    return network_from_text(f"dftrace: 1\ninput: {shape}\nlayers: [{{{fields}}}]").nodes[0].layer


@pytest.mark.parametrize("word", ["no", "y", "on", "'null'", "010", "1_000", "1e-3", "12:30:45", "2020-01-01", "0x1f"])
def test_text_stays_text(word):
    read = spec(f"name: {word}\ninput: [3]\nclasses: [{word}, b]\nlayers: [relu]")
    assert read.name == word.strip("'")
    assert read.classes == (word.strip("'"), "b")


@pytest.mark.parametrize("name", ["y", "no", "on", "null_1", "a.b-c_d", "_"])
def test_names_stay_text(name):
    network = network_from_text(
        f"dftrace: 1\ninput: [3]\nlayers: [{{type: relu, name: {name}}}, {{type: relu, inputs: {name}}}]"
    )
    assert network.nodes[0].name == name
    assert network.nodes[1].inputs == (name,)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("1E3", 1000.0), (".5", 0.5), ("5.", 5.0), ("+2", 2.0), ("010", 10.0), ("'0.25'", 0.25)],
)
def test_numbers(text, value):
    assert layer(f"type: batch_normalization, epsilon: {text}").epsilon == value


@pytest.mark.parametrize("text", ["'1,5'", "0x10", "nan", "inf", ".inf", "1e999", "one", "12:30", "''", "null", "true"])
def test_what_is_no_number(text):
    with pytest.raises(NetworkError, match="epsilon: expected a number >= 0, found"):
        layer(f"type: batch_normalization, epsilon: {text}")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1_000", 1000), ("010", 10), ("+7", 7), ("'3'", 3), ("0012", 12), ("1.0", 1), ("32.", 32), ("1.0e+16", 10**16)],
)
def test_integers(text, value):
    assert layer(f"type: dense, units: {text}", "[2]").units == value


@pytest.mark.parametrize("text", ["1.5", "1e3", "0x10", "0o7", "1__0", "_1", "1_", "-1", "0", "true", "no", "9" * 19])
def test_what_is_no_integer(text):
    with pytest.raises(NetworkError, match="units: expected an integer >= 1, found"):
        layer(f"type: dense, units: {text}", "[2]")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("'true'", True), ("TRUE", True)])
def test_booleans(text, value):
    assert layer(f"type: dense, units: 1, use_bias: {text}", "[2]").use_bias is value


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "y", "1", "0", "null", "''"])
def test_what_is_no_boolean(text):
    with pytest.raises(NetworkError, match="use_bias: expected true or false, found"):
        layer(f"type: dense, units: 1, use_bias: {text}", "[2]")


@pytest.mark.parametrize("text", ["null", "~", "", "none", "'null'"])
def test_nothing(text):
    assert layer(f"type: dense, units: 1, activation: {text}", "[2]").activation is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/255", Ratio(1, 255)),
        ("2 / 510", Ratio(1, 255)),
        ("-1/4", Ratio(-1, 4)),
        ("1e1/4", Ratio(5, 2)),
        ("0.5/2", 0.25),
        ("0.1/0.3", 0.1 / 0.3),
        ("2", 2.0),
        ("1e-3", 0.001),
        ("1/99999999999999999999", 1e-20),
        ("1e300/10", 1e299),
    ],
)
def test_scale(text, value):
    scale = spec(f"input: {{shape: [3], scale: {text}}}\nlayers: [relu]").inputs[0].scale
    assert scale == value
    assert isinstance(scale, type(value))


@pytest.mark.parametrize("over", [-6, 0, 1, 255])
@pytest.mark.parametrize("under", [-4, 1, 255, 2**53])
def test_a_ratio_is_the_standard_librarys_fraction(over, under):
    ratio, fraction = Ratio.of(over, under), Fraction(over, under)
    assert (ratio.numerator, ratio.denominator) == fraction.as_integer_ratio()
    assert (float(ratio), str(ratio), bool(ratio)) == (float(fraction), str(fraction), bool(fraction))


@pytest.mark.parametrize("text", ["1/0", "/255", "1/", "1/2/3", "a/b", "1e300/1e-300", "nan", "[1]", "1/inf", "50%"])
def test_what_is_no_scale(text):
    with pytest.raises(NetworkError, match="scale: expected a number or a fraction such as 1/255, found"):
        spec(f"input: {{shape: [3], scale: {text}}}\nlayers: [relu]")


def test_an_input_with_everything():
    read = spec(
        """\
data_format: channels_first
input:
  shape: [3, 4, 5]
  dtype: float64
  crop: center
  resize: bilinear
  invert: true
  background: light
  scale: 1/255
  mean: [0.485, 0.456, 0.406]
  std: 0.25
  example: x.png
layers: [relu]"""
    ).inputs[0]
    assert (read.shape, read.dtype, read.resize, read.invert) == ((3, 4, 5), "float64", "bilinear", True)
    assert (read.background, read.crop) == ("light", "center")
    assert (read.mean, read.std) == ((0.485, 0.456, 0.406), (0.25,))
    assert (read.channels, read.size, read.is_picture) == (3, (4, 5), True)
    assert read.example.plain == "x.png"
    assert (read.place.line, read.place.column) == (4, 3)


def test_an_input_in_short():
    read = spec("input: [28, 26, 1]\nlayers: [relu]").inputs[0]
    assert (read.name, read.shape, read.dtype) == ("input", (28, 26, 1), "float32")
    assert (read.resize, read.invert, read.scale, read.mean, read.std, read.example) == (None, False, *[None] * 4)
    assert (read.background, read.crop) == (None, None)
    assert (read.channels, read.size) == (1, (28, 26))
