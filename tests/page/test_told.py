"""What the page tells of an element beside what `explain` prints: steps, tables and matrices, to the digit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.render.explanation.document import Matrix, Row, Steps, Table
from dataflow_cli.render.explanation.element import element_document
from dataflow_cli.render.explanation.options import Wanted
from tests.page.browser import Visit

pytestmark = pytest.mark.page
DIGIT = ("-i", "configs/digits/7.png")
RUNS = {
    "mnist-cnn": DIGIT,
    "mnist-lstm": DIGIT,
    "mnist-vit": DIGIT,
    "sort-transformer": (),
    "tiny-resnet": (),
    "pooling": (),
    "conv-layer": (),
    "conv1d-ramp": (),
    "conv2d-picture": (),
    "mlp-2-5-1": (),
    "xor-mlp": (),
}
MOST = 30
"""Elements of a network."""
READ = """
const text = (node) => node.textContent.trim();
const rows = (table, cells) => [...table.rows].map((row) => [...row.querySelectorAll(cells)].map(text));
const told = document.querySelector(".told");
return {
  title: text(document.querySelector("#explained")),
  steps: [...told.querySelectorAll(".step")].map((one) => [...one.children].map(text)),
  matrices: [...told.querySelectorAll(".matrix")].map((one) => [
    text(one.querySelector("figcaption")), rows(one.querySelector("table"), "td")]),
  tables: [...told.querySelectorAll("table.terms")].map((one) => rows(one, "th, td")),
};
"""


def expected(account):
    """The same of the document that `explain` prints."""
    document = element_document(account, Wanted())
    parts = document.parts
    steps = [step for part in parts if isinstance(part, Steps) for step in part.steps]
    matrices = [one for part in parts if isinstance(part, Row) for one in part.parts if isinstance(one, Matrix)]
    tables = [part for part in parts if isinstance(part, Table)]
    return {
        "title": parts[0].text,
        "steps": [[one.name, f"{one.expression} = {one.result}".removeprefix(" ")] for one in steps],
        "matrices": [[one.title, [list(row) for row in one.cells]] for one in matrices if one.framed],
        "tables": [[list(part.heads), *map(list, part.rows)] for part in tables],
    }


@pytest.mark.parametrize("name", RUNS)
def test_an_element_is_told_as_explain_tells_it(driver, written, name):
    chance = random.Random(name)  # noqa: S311
    net = f"configs/{name}.yaml"
    network = load_network(net)
    trace = network.trace(RUNS[name][1] if RUNS[name] else None, keep=network.tensors)
    visit = Visit(driver, written(net, *RUNS[name])).open()
    visit.settled()
    steps = [step for step in trace.steps if step.name in trace.values and 0 not in step.output_shape]
    differing = []
    for step in chance.sample(steps, min(len(steps), MOST)):
        at = tuple(chance.randrange(length) for length in step.output_shape)
        visit.go(f"#{step.name}[{','.join(map(str, at))}]")
        told, wanted = visit.driver.execute_script(READ), expected(trace.explain(step.name, at))
        differing += [
            (step.name, at, key, wanted[key], told[key]) for key in wanted if not alike(wanted[key], told[key])
        ]
    assert differing == []
    assert visit.console() == []


def alike(wanted, told):
    """The same text; numbers in it may differ by one in the last decimal, where float32 stands in for float64."""
    if isinstance(wanted, list):
        return len(wanted) == len(told) and all(map(alike, wanted, told))
    if wanted == told:
        return True
    words, others = wanted.split(), told.split()
    return len(words) == len(others) and all(map(_near, words, others))


def _near(word, other):
    try:
        return word == other or bool(np.isclose(float(word), float(other), rtol=2e-3, atol=0.0011))
    except ValueError:
        return False
