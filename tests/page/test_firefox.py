"""The page in Firefox: opened from a file, clicked by a mouse, its words beside those of `explain`."""

from __future__ import annotations

import random
import re

import pytest

from dataflow_cli import load_network
from tests.page.browser import Visit
from tests.page.firefox import Firefox, program
from tests.page.test_told import READ, alike, expected

pytestmark = [pytest.mark.page, pytest.mark.skipif(program() is None, reason="there is no Firefox")]
FOUR = ("-i", "configs/digits/4.png")
RUNS = {"mnist-cnn": FOUR, "mnist-lstm": FOUR, "sort-transformer": (), "rgb-picture": ()}
ELEMENTS = 20
"""Of each network, of as many of its tensors."""
ADDRESS = re.compile(r"#(.*)\[([\d,]*)\]")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    driver = Firefox(tmp_path_factory.mktemp("firefox"))
    yield driver
    driver.quit()


def traced(name):
    network = load_network(f"configs/{name}.yaml")
    return network.trace(RUNS[name][1] if RUNS[name] else None, keep=network.tensors)


def differing(visit, trace):
    """What the page says of the element it is at, and what `explain` says, where these differ."""
    name, at = ADDRESS.fullmatch(visit.address).groups()
    told, wanted = visit.driver.execute_script(READ), expected(trace.explain(name, tuple(map(int, at.split(",")))))
    return [(name, at, key, wanted[key], told[key]) for key in wanted if not alike(wanted[key], told[key])]


def test_clicks_lead_from_the_answer_back_to_a_pixel(firefox, written):
    trace = traced("mnist-cnn")
    visit = Visit(firefox, written("configs/mnist-cnn.yaml", *FOUR)).open()
    visit.settled()
    assert visit.text("#answer h2") == "Answer: four"
    way, link = [], "#answer .best a"
    while not visit.address.startswith("#input["):
        firefox.click(link)
        arrived(visit, way[-1] if way else "")
        assert differing(visit, trace) == []
        way.append(visit.address)
        link = "#explanation a.term"
    assert [ADDRESS.fullmatch(one)[1] for one in way] == [
        "dense_2", "dense_1", "flatten_1", "max_pooling2d_1", "conv2d_2", "conv2d_1", "input",
    ]  # fmt: skip
    assert visit.console() == []
    assert visit.requests() == []


def arrived(visit, before):
    """Wait until what is shown is another address."""
    visit.until(f"return decodeURIComponent(location.hash) !== {before!r}")
    visit.settled()


def test_a_click_in_the_picture_and_keys(firefox, written):
    visit = Visit(firefox, written("configs/mnist-cnn.yaml", *FOUR)).open("#conv2d_1")
    visit.settled()
    tile = "document.querySelector('.elements figure .raster').getBoundingClientRect()"
    left, top, width = firefox.execute_script(f"const {{x, y, width}} = {tile}; return [x, y, width];")
    firefox.click_at(round(left + 16.5 * width / 26), round(top + 10.5 * width / 26))
    arrived(visit, "#conv2d_1")
    assert visit.address == "#conv2d_1[10,16,0]"
    assert firefox.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    firefox.press("d")
    assert firefox.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 28)"


@pytest.mark.parametrize("name", RUNS)
def test_elements_are_told_as_explain_tells_them(firefox, written, name):
    chance = random.Random(name)  # noqa: S311
    trace = traced(name)
    visit = Visit(firefox, written(f"configs/{name}.yaml", *RUNS[name])).open()
    visit.settled()
    found = []
    for step in chance.sample(trace.steps, min(len(trace.steps), ELEMENTS)):
        visit.go(f"#{step.name}[{','.join(str(chance.randrange(length)) for length in step.output_shape)}]")
        found += differing(visit, trace)
    assert found == []
    assert visit.console() == []
    assert visit.requests() == []


def test_a_phones_width_is_enough(firefox, written):
    screen = {"context": firefox.context, "viewport": {"width": 360, "height": 740}}
    firefox.send("browsingContext.setViewport", **screen)
    visit = Visit(firefox, written("configs/mnist-cnn.yaml", *FOUR)).open("#conv2d_2[10,10,3]")
    visit.settled()
    assert firefox.execute_script("return document.documentElement.scrollWidth") <= 360
    firefox.send("browsingContext.setViewport", **{**screen, "viewport": {"width": 1280, "height": 1400}})
