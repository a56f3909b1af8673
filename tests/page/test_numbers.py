"""What the page says of elements is what `explain` says: its own modules, run by node."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import api
from dataflow_cli.explain.parts import explain_traced
from dataflow_cli.explaining import explained_trace
from dataflow_cli.given import Given
from dataflow_cli.layers import KINDS
from dataflow_cli.page.build import data
from dataflow_cli.render.explanation.json import _element
from tests.page.compare import differences, number, of_the_run
from tests.page.kinds import EVERY, TOGETHER, trace_of
from tests.page.node import explained

pytestmark = pytest.mark.page
ELEMENTS = 5
"""Of every tensor."""
CONFIGS = {
    "mnist-cnn": ["configs/digits/4.png", "configs/digits/7.png"],
    "mnist-lstm": ["configs/digits/4.png"],
    "mnist-vit": ["configs/digits/4.png"],
    "sort-transformer": [],
    "tiny-resnet": [],
}


def asked(manifest, trace, count=ELEMENTS):
    """Elements of every tensor: both ends, and some by chance."""
    rng = random.Random(19)  # noqa: S311
    found = []
    for layer in manifest["layers"]:
        shape = layer["shape"]
        if 0 in shape:
            continue
        assert layer["recipe"], (layer["name"], layer["refused"])
        found += [(layer["name"], [0] * len(shape), 0), (layer["name"], [length - 1 for length in shape], 0)]
        found += [
            (layer["name"], [rng.randrange(length) for length in shape], rng.randrange(trace.samples))
            for _ in range(count - 2)
        ]
    return found


def wrong(trace, elements, said):
    """The elements of which the page says something else, with what."""
    found = []
    for (name, at, sample), told in zip(elements, said, strict=True):
        differs = differences(_element(explained_trace(trace, name, at, sample=sample)), told)
        differs += of_the_run(told, {key: array[sample] for key, array in trace.values.items()})
        found += [(name, at, sample, differs[:2])] if differs else []
    return found


@pytest.mark.parametrize("start", range(0, len(EVERY), TOGETHER))
def test_elements_of_every_kind(start, tmp_path):
    """Five of every tensor that a kind has: padded borders, attention, steps and inner tensors among them."""
    trace = trace_of(EVERY[start : start + TOGETHER])
    page = data(trace, trace.origin, 10**9)
    elements = asked(page.manifest, trace)
    (said,) = explained(tmp_path, [(page.manifest, page.tensors, elements)])
    assert wrong(trace, elements, said) == []


def test_every_kind_takes_part():
    assert {example.kind for example in EVERY} == set(KINDS)


@pytest.fixture(scope="module", params=CONFIGS)
def shipped(request):
    network = api.load_network(f"configs/{request.param}.yaml")
    inputs = CONFIGS[request.param]
    trace = api.traced(network, Given(inputs=tuple(inputs)) if inputs else Given(), keep=network.tensors)
    return trace, data(trace, trace.origin, 10**9)


def test_elements_of_shipped_networks(shipped, tmp_path):
    trace, page = shipped
    elements = asked(page.manifest, trace)
    (said,) = explained(tmp_path, [(page.manifest, page.tensors, elements)])
    assert wrong(trace, elements, said) == []


def test_the_way_back_ends_at_a_pixel(tmp_path):
    """From the answer, always by the term that carries most."""
    network = api.load_network("configs/mnist-cnn.yaml")
    trace = api.traced(network, Given(inputs=("configs/digits/4.png",)), keep=network.tensors)
    page = data(trace, trace.origin)
    name, at, way = "dense_2", [4], []
    while name != "input":
        ((told,),) = explained(tmp_path, [(page.manifest, page.tensors, [(name, at, 0)])])
        assert not differences(_element(explained_trace(trace, name, at)), told)
        way.append(name)
        _, name, at = max(
            (abs(number(carried)), block["tensor"], place)
            for block in told["blocks"]
            for carried, place in zip(block["contributions"], block["at"], strict=True)
            if place is not None
        )
    assert way == ["dense_2", "dense_1", "flatten_1", "max_pooling2d_1", "conv2d_2", "conv2d_1"]
    seen = trace.value("input")[(0, *at)]
    assert seen > 0


@pytest.mark.parametrize(("more", "words"), [(0.5, "more than rounding"), (0.0, "")])
def test_where_run_and_account_differ_by_more_than_rounding_it_says_so(tmp_path, more, words):
    network = api.load_network("configs/mlp-2-5-1.yaml")
    trace = api.traced(network, Given(), keep=network.tensors)
    name = trace.outputs[0]
    other = replace(trace, values={**trace.values, name: trace.value(name) + np.float32(more)})
    page = data(other, trace.origin)
    ((told,),) = explained(tmp_path, [(page.manifest, page.tensors, [(name, [0], 0)])])
    account = explain_traced(*trace.origin, other, name, [0])
    assert [words in "".join(notes) for notes in (account.remarks, told["notes"])] == [True, True]
    assert bool(told["notes"]) == bool(words)
