"""Elements of every kind of layer, in the browser: what a click shows is what `explain` prints."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from dataflow_cli.page.build import build
from dataflow_cli.tensors import layer_of
from tests.page.browser import Visit
from tests.page.kinds import EVERY, TOGETHER, trace_of
from tests.page.test_told import READ, alike, expected

pytestmark = pytest.mark.page
EACH = 5
"""Elements of every kind."""


def elements(trace):
    """Of every kind five elements, of as many of its tensors as there are."""
    chance = random.Random(19)  # noqa: S311
    of_kind = defaultdict(list)
    for step in trace.steps:
        if not step.is_input and 0 not in step.output_shape:
            of_kind[trace.step(layer_of(step.name)).type].append(step)
    for steps in of_kind.values():
        chance.shuffle(steps)
        for number in range(max(EACH, len(steps))):
            step = steps[number % len(steps)]
            yield step.name, tuple(chance.randrange(length) for length in step.output_shape)


@pytest.mark.parametrize("start", range(0, len(EVERY), TOGETHER))
def test_a_click_on_an_element_of_every_kind(driver, tmp_path, start):
    trace = trace_of(EVERY[start : start + TOGETHER], samples=1)
    path = tmp_path / "kinds.html"
    path.write_text(build(trace, trace.origin).text, encoding="utf-8")
    visit = Visit(driver, path).open()
    visit.settled()
    differing = []
    for name, at in elements(trace):
        visit.go(f"#{name}[{','.join(map(str, at))}]")
        told, wanted = visit.driver.execute_script(READ), expected(trace.explain(name, at))
        differing += [(name, at, key, wanted[key], told[key]) for key in wanted if not alike(wanted[key], told[key])]
    assert differing == []
    assert visit.console() == []
