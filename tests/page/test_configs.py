"""Every shipped network as a page of the size that a page has by itself, opened and clicked in a browser."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.page.build import MAX_SIZE, build
from tests.page.browser import Visit
from tests.page.test_beside import manifest_in
from tests.page.test_told import READ, alike, expected

pytestmark = pytest.mark.page
NETS = sorted(Path("configs").glob("*.yaml"))
DIGIT = "configs/digits/4.png"
ELEMENTS = 24
"""Of each network that are explained: more than 500 of all."""
UNEXPLAINED = 2
BACK = 40
"""Links that are followed from an answer, at most: an LSTM's go through all of its steps."""
ROUNDED = 0.02
"""How far numbers may lie apart where the page had no room for exact ones, beside 1 or themselves."""
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?")


@pytest.fixture(scope="module", params=NETS, ids=lambda path: path.stem)
def shipped(request, tmp_path_factory):
    """The run of a network, and the page of it."""
    network = load_network(request.param)
    trace = network.trace(DIGIT if request.param.stem.startswith("mnist-") else None, keep=network.tensors)
    path = tmp_path_factory.mktemp(request.param.stem) / "page.html"
    path.write_text(build(trace, trace.origin).text, encoding="utf-8")
    return trace, path


def chosen(layers, name):
    """Elements by chance of the tensors that are explained, and of some that are not."""
    chance = random.Random(name)  # noqa: S311
    layers = [layer for layer in layers if 0 not in layer["shape"]]
    told = [layer for layer in layers if layer["explained"]]
    others = [layer for layer in layers if not layer["explained"]]
    some = chance.choices(told, k=ELEMENTS) + chance.sample(others, min(len(others), UNEXPLAINED))
    return [(layer, tuple(chance.randrange(length) for length in layer["shape"])) for layer in some]


def test_its_elements_are_told_as_explain_tells_them_or_it_says_who_does(driver, shipped):
    trace, path = shipped
    assert path.stat().st_size <= MAX_SIZE
    visit = Visit(driver, path).open()
    visit.settled()
    manifest = manifest_in(path)
    same = roughly if any(one["rounded"] for one in manifest["tensors"]) else alike
    wrong = []
    for layer, at in chosen(manifest["layers"], trace.network):
        visit.go(f"#{layer['name']}[{','.join(map(str, at))}]")
        if not layer["explained"]:
            assert "dftrace explain NET" in visit.text("#explanation"), layer["name"]
            continue
        told, wanted = visit.driver.execute_script(READ), expected(trace.explain(layer["name"], at))
        wrong += [
            (layer["name"], at, key, wanted[key], told[key]) for key in wanted if not same(wanted[key], told[key])
        ]
    assert wrong == []
    assert visit.console() == []
    assert visit.requests() == []


def roughly(wanted, told):
    """As many tables and steps, of the same words; numbers that differ by what float16 rounds."""
    if isinstance(wanted, list):
        rows = all(map(roughly, wanted, told)) if wanted and isinstance(wanted[0], list) else True
        return len(wanted) == len(told) and rows
    words = [NUMBER.sub("#", text) for text in (wanted, told)]
    pairs = zip(
        *([float(one.replace(",", "")) for one in NUMBER.findall(text)] for text in (wanted, told)), strict=False
    )
    return words[0] == words[1] and all(abs(one - other) <= ROUNDED * max(1, abs(one)) for one, other in pairs)


def test_the_way_back_leads_to_an_input_or_to_what_says_that_it_is_not_there(driver, shipped):
    trace, path = shipped
    visit = Visit(driver, path).open()
    visit.settled()
    last = trace.value(trace.outputs[0])[0]
    largest = np.unravel_index(int(last.argmax()), last.shape)
    visit.go(f"#{trace.outputs[0]}[{','.join(map(str, map(int, largest)))}]")
    inputs, seen = {step.name for step in trace.steps if step.is_input}, []
    while visit.all("#explanation a.term") and len(seen) < BACK:
        assert visit.address not in seen
        seen.append(visit.address)
        visit.click("#explanation a.term")
    ended = visit.address.lstrip("#").partition("[")[0]
    assert ended in inputs or len(seen) == BACK or "dftrace explain NET" in visit.text("#explanation"), seen[-3:]
