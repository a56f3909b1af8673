"""Odd inputs: what is in files is shown and never obeyed, and what cannot be shown is said."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.page.browser import Visit

pytestmark = pytest.mark.page
MARKUP = "<img src=x onerror=document.title=1></script><script>document.title=2</script>{{data}}"
NET = f"""\
dftrace: 1
name: "{MARKUP} \\u202edcba\\x1b[31m"
input: {{shape: [3]}}
classes: ["{MARKUP}", "\\u202edcba"]
layers:
  - {{type: dense, name: a, units: 2, weights: {{kernel: [[1, 0], [0, 1], [2, 2]], bias: [0, 1]}}}}
  - {{type: activation, activation: softmax}}
"""
DEEP = "dftrace: 1\ninput: {shape: [2]}\nlayers:\n" + "  - {type: activation, activation: relu}\n" * 500
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def visit(driver, written, tmp_path):
    def opened(text, given=(1, 2, 3)):
        net, values = tmp_path / "net.yaml", tmp_path / "values.npy"
        net.write_text(text, encoding="utf-8")
        np.save(values, np.array(given, np.float32))
        return Visit(driver, written(str(net), "-i", str(values)))

    return opened


def test_markup_scripts_and_marks_of_direction_are_text(visit):
    page = visit(NET)
    for address in ("", "#a[1]", "#activation_1[0]?guess", "#activation_1[0]?tour=0&by=std"):
        page.open(address).settled()
        assert page.all("img:not(.drawing, .scale-strip), #strip script, main script") == []
        assert not UNSEEN.search(page.driver.execute_script("return document.body.innerText"))
        assert page.driver.title.startswith("<img src=x")
        assert page.console() == []
    assert MARKUP in page.text("#answer")
    assert page.requests() == []


def test_nan_and_infinities_are_shown(visit):
    page = visit(NET, (1, np.nan, np.inf)).open("#a[1]")
    page.settled()
    assert "= nan" in page.text("#explained")
    assert re.search("NaN *2", page.text("#numbers"))
    assert page.console() == []


def test_500_layers(visit):
    page = visit(DEEP, (1, 2)).open("#activation_500[1]")
    page.settled()
    assert len(page.all("a.box")) == 501
    assert page.text("#explained") == "activation_500[1] = 2"
    assert page.click("#explanation a.term").address == "#activation_499[1]"


def test_what_does_not_fit_is_said_with_the_command_that_tells_it(driver, written):
    small = written("configs/mnist-cnn.yaml", "-i", "configs/digits/4.png", "--max-size", "400kB")
    page = Visit(driver, small).open("#dense_1[9]")
    page.settled()
    assert "max-size" in page.text("#notes")
    assert "dftrace explain" in page.text("#explanation")
    assert page.console() == []
