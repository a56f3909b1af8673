"""Every mistake that a network file can hold, with the exact words it is answered with: see mistakes.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dataflow_cli.errors import CODES, NetworkError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.problems import all_problems

GOLDEN = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
SECTION = re.compile(r"^=== (.*?)\n(.*?)^--- answer\n(.*?)(?=^=== |\Z)", re.DOTALL | re.MULTILINE)
CASES = {name: (text, answer) for name, text, answer in SECTION.findall(GOLDEN)}


def problems(text):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text, "net.yaml")
    return caught.value.problems


def answer(text):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text, "net.yaml")
    return all_problems(caught.value.problems)


@pytest.mark.parametrize("name", CASES)
def test_the_answer_to_a_mistake(name):
    text, expected = CASES[name]
    assert answer(text) == expected


def test_every_code_of_network_files_is_among_the_mistakes():
    assert set(re.findall(r"error\[(E1..)\]", GOLDEN)) == {code for code in CODES if code.startswith("E1")}


@pytest.mark.parametrize("name", CASES)
def test_the_place_of_a_mistake_is_in_the_file(name):
    text, _ = CASES[name]
    lines = text.splitlines() or [""]
    for problem in problems(text):
        assert problem.place.file == "net.yaml"
        assert problem.severity == "error"
        assert 1 <= problem.place.column <= max(len(lines[problem.place.line - 1]), 1) + 1
        assert problem.place.length >= 1


def test_the_example_of_the_specification():
    """The error that the specification of the network file shows, to the letter."""
    text = """\
dftrace: 1
inputs: {picture: [28, 28, 16]}
layers: [{type: conv2d, name: stem, filters: 16, kernel_size: 1}, {type: conv2d, name: b, filters: 32, kernel_size: 1},

  {type: add, inputs: [b, stem]}]
"""
    assert answer(text) == (
        "net.yaml:5:23: error[E132]: add 'add_1': shapes differ: 'b' (28, 28, 32), 'stem' (28, 28, 16)\n"
        "   |\n"
        " 5 |   {type: add, inputs: [b, stem]}]\n"
        "   |                       ^^^^^^^^^ add a 1x1 conv2d (or strides) on the shortcut so both match\n"
    )


def test_all_mistakes_are_told_at_once_and_in_the_order_of_the_file():
    text = """\
dftrace: 2
input: {shape: [8, 8, 3], scale: fast}
outputs: [end]
blocks:
  b: {params: {n: 1}, layers: [{type: conv2d, filters: $n, kernal_size: 1}]}
layers:
  - {type: conv2d, filters: 0, kernel_size: 3}
  - Linear
  - {type: conv2d, name: stem, filters: 4, kernel_size: 3, inputs: input}
  - {type: add, inputs: [stem, input]}
  - {type: relu, inputs: nowhere, weights: []}
  - {type: dense, units: 1, inputs: [stem, input]}
  - {type: block, use: b, inputs: stem}
  - {type: dense, units: 2, inputs: stem, weights: {kernel: [1], bias: 0}}
name: [x]
"""
    assert [(problem.code, problem.place.line) for problem in problems(text)] == [
        *[("E113", 1), ("E112", 2), ("E130", 3), ("E122", 5), ("E125", 7), ("E121", 8), ("E132", 10)],
        *[("E130", 11), ("E106", 11), ("E134", 12), ("E150", 14), ("E112", 15)],
    ]


def test_what_depends_on_a_mistake_is_left_alone():
    """One slip in the first layer is one error, not one for each layer after it."""
    text = """\
dftrace: 1
input: [8, 8, 3]
layers:
  - {type: conv2d, name: stem, filters: none, kernel_size: 3}
  - {type: conv2d, filters: 4, kernel_size: 30}
  - {type: add, inputs: [stem, conv2d_2]}
  - flatten
  - {type: dense, units: 3}
outputs: [stem, dense_1]
classes: [a, b, c, d]
"""
    assert [problem.code for problem in problems(text)] == ["E125"]


@pytest.mark.parametrize(
    "text",
    [
        "input: [0, 4]\nlayers: [flatten, {type: relu, inputs: input}, {type: add, inputs: [flatten_1, relu_1]}]",
        "layers: [flatten, {type: relu, inputs: input}]",
        "inputs: {a: [0], b: [3]}\nlayers: [{type: relu, inputs: a}, {type: add, inputs: [a, b]}]",
        "inputs: {}\nlayers: [flatten, relu]",
        "input: [4]\nlayers: [{type: block, use: none, name: x}, relu, {type: relu, inputs: x}]",
        "input: [4]\nlayers: [{type: nothing, name: x}, relu, {type: relu, inputs: x}]\noutputs: [x]",
        "input: [4]\nlayers: [{types: relu, name: x}, relu, {type: relu, inputs: x}]\noutputs: [x]",
        "input: [4]\nlayers: [[relu], relu]",
        "input: [4]\nlayers: [{type: relu, inputs: [x, input]}, relu]",
        "input: [4]\nblocks: {b: {layers: []}}\nlayers: [{type: block, use: b}, relu]",
        "input: [4]\nlayers: [{type: dense, units: 2, name: input}, {type: dense, units: 0.5}, relu]",
    ],
)
def test_one_mistake_is_told_once(text):
    codes = [problem.code for problem in problems("dftrace: 1\n" + text)]
    assert len(codes) == (2 if "0.5" in text else 1)


@pytest.mark.parametrize(
    "layer",
    [
        "{type: conv2d, filters: 4, kernel_size: 99}",
        "{type: conv2d, filters: none, kernel_size: 1}",
        "{type: Conv2D, filters: 4, kernel_size: 1}",
        "{type: relu, inputs: outside}",
        "{type: conv2d, filters: $n, kernel_size: 1}",
        "{type: conv2d, filters: 4, kernel_size: 1, weights: {kernel: [1, 2], bias: 0}}",
    ],
)
def test_a_block_that_is_used_three_times_tells_its_mistake_once(layer):
    text = f"""\
dftrace: 1
input: [8, 8, 3]
blocks:
  b:
    layers:
      - {layer}
layers:
  - {{type: block, use: b, repeat: 2}}
  - {{type: block, use: b, inputs: input}}
"""
    assert [problem.place.line for problem in problems(text)] == [6]


def test_the_error_itself_says_the_first_and_how_many_more():
    with pytest.raises(NetworkError, match=r"net.yaml:1:1: the key `input` is missing \(and 1 more\)"):
        network_from_text("dftrace: 1\n", "net.yaml")
