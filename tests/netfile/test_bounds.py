"""The work that a network file makes: in proportion to its parse events, its layers and its mistakes; and shared."""

from __future__ import annotations

import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile import expand
from dataflow_cli.network import build
from dataflow_cli.network.build import network_from_text

HEAD = "dftrace: 1\ninput: [8, 8, 3]\n"
AN_EVENT, A_LAYER, A_MISTAKE, ANY_FILE = 20, 120, 500, 5_000
"""Calls that each may take. A call takes some 0.1 us, an event of the parser in C some 0.5 us."""
LINES = [
    "- relu",
    "- {type: relu, name: n#}",
    "- {type: add, inputs: [input, input]}",
    "- {type: dense, units: #}",
    "- {type: conv2d, filters: #, kernel_size: [3, 3], padding: same, activation: relu}",
    "- {type: separable_conv2d, filters: 1#, kernel_size: 1}",
    "- {type: max_pooling2d, pool_size: 2, strides: 1, padding: same}",
    "- {type: batch_normalization, epsilon: 0.1#}",
    "- {type: block, use: short}",
    "- {type: block, use: short, with: {f: 1#}}",
    "- {type: block, use: long, repeat: 4}",
    "- rleu",
    "- rel#u",
    "- LSTM",
    "- Conv2d",
    "- {type: dense, unist: 3}",
    "- {type: dense, units: x#}",
    "- {type: conv2d, filters: 3, kernel_size: 3, activation: rleu}",
    "- {type: conv2d, filters: 3, kernel_size: 100, inputs: input}",
    "- {type: relu, inputs: n#x}",
    "- {type: relu, inputs: reul_1}",
    "- {type: relu, name: n1}",
    "- {type: block, use: shrot}",
    "- {tpye: relu}",
    "- [1]",
    "- {type: dense, units: 1, weights: {kernel: 1, bais: [1, 2, 3]}}",
]
"""Entries under `layers:`, sound ones and mistaken ones; # is a number that differs from line to line."""
BLOCKS = (
    "blocks:\n  short: {params: {f: 3}, layers: [{type: dense, units: $f}]}\n"
    "  long: {layers: [relu, flatten, {type: block, use: short}]}\n"
)


def work(text):
    """How many functions are called to check a file, C's among them, and how many mistakes it has."""
    count = 0

    def profiler(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    mistakes = 0
    sys.setprofile(profiler)
    try:
        network_from_text(text)
    except NetworkError as error:
        mistakes = len(error.problems)
    finally:
        sys.setprofile(None)
    return count, mistakes


def file_of(lines, count):
    repeated = [lines[number % len(lines)].replace("#", str(number + 1)) for number in range(count)]
    return HEAD + BLOCKS + "layers:\n" + "\n".join(repeated) + "\n"


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=4), st.integers(20, 200))
def test_a_file_takes_so_many_calls_an_event_a_layer_and_a_mistake(lines, count):
    text = file_of(lines, count)
    calls, mistakes = work(text)
    layers = count + 11 * text.count("use: long")
    events = sum(1 for _ in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    assert calls <= AN_EVENT * events + A_LAYER * layers + A_MISTAKE * mistakes + ANY_FILE


@pytest.mark.parametrize(
    "layers",
    [
        "- {type: conv2d, filters: 3, kernel_size: 3, padding: same}\n" * 200,
        "".join(f"- {{type: conv2d, name: c{n}, filters: 3, kernel_size: 3, padding: same}}\n" for n in range(200)),
        "- &c {type: conv2d, filters: 3, kernel_size: 3, padding: same}\n" + "- *c\n" * 199,
        "- {type: block, use: b, repeat: 200}\n",
        "- {type: block, use: b, with: {f: 3}}\n" * 200,
    ],
    ids=["written out", "named", "aliases", "repeated", "filled in"],
)
def test_what_layers_have_in_common_is_worked_out_once(monkeypatch, layers):
    blocks = "blocks: {b: {params: {f: 3}, layers: [{type: conv2d, filters: $f, kernel_size: 3, padding: same}]}}\n"
    blocks = blocks if "block" in layers else ""
    calls = []
    for module, name in ((expand, "read_layer"), (build, "_rules")):
        original = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, of=original: calls.append(of.__name__) or of(*args))
    network = network_from_text(HEAD + blocks + "layers:\n" + layers)
    assert [len(network.nodes), len({id(node.layer) for node in network.nodes})] == [200, 1]
    assert calls == ["read_layer", "_rules"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "2"),
        ("[2, 2]", "'[2, 2]'"),
        ("['2', 2]", "[2, 22]"),
        ("null", "'null'"),
        ("~", "nul"),
    ],
)
def test_layers_that_are_written_otherwise_are_no_copies(one, other):
    """Each is read as it is alone, whatever stands before it."""

    def answers(*values):
        text = HEAD + "layers:\n" + "".join(f"- {{type: max_pooling2d, inputs: input, strides: {v}}}\n" for v in values)
        try:
            return [node.layer for node in network_from_text(text).nodes]
        except NetworkError as error:
            return [(problem.code, problem.message) for problem in error.problems]

    both, alone = answers(one, other), [answers(one), answers(other)]
    sound = [answer for answer in alone if not isinstance(answer[0], tuple)]
    assert both == [
        each for answer in (alone if len(sound) == 2 else [a for a in alone if a not in sound]) for each in answer
    ]


def test_receptive_fields_are_worked_out_when_somebody_asks():
    network = network_from_text(
        HEAD + "layers:\n" + "- {type: conv2d, filters: 1, kernel_size: 3, padding: same}\n" * 9
    )
    assert not network.nodes[0].receptive_fields
    assert network.nodes[4].receptive_field == (11, 11)
    assert network.nodes[-1].receptive_field == (19, 19)
