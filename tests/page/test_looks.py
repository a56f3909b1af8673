"""How the page looks: narrow, dark, on paper, to who listens."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from tests.page.browser import Visit

pytestmark = pytest.mark.page
AXE = Path(".venv/node/node_modules/axe-core/axe.min.js")
PAPER = (718, 1047)
"""A4 less its margins, in pixels of CSS."""
TWINS = """\
dftrace: 1
inputs: {left: [28, 28, 1], right: [28, 28, 1]}
weights: {init: glorot_uniform, seed: 1}
blocks:
  tower:
    layers:
      - {type: conv2d, filters: 4, kernel_size: 3, activation: relu}
      - max_pooling2d
      - flatten
      - {type: dense, units: 8, activation: tanh}
layers:
  - {type: block, use: tower, inputs: left}
  - {type: block, use: tower, inputs: right, share: tower_1}
  - {type: subtract, inputs: [tower_1, tower_2]}
"""
STATES = ("", "#conv2d_2[10,10,3]", "#dense_2[4]", "#dense_2[4]?guess", "#conv2d_1[3,5,0]?tour=1&by=zeros")


def screen(driver, width, height, dark=False):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@pytest.fixture(autouse=True)
def usual_screen(driver):
    yield
    screen(driver, 1280, 1400)


@pytest.mark.parametrize("address", STATES)
def test_a_phone_shows_it_without_scrolling_sideways(four, address):
    screen(four.driver, 360, 740)
    four.open(address).settled()
    assert four.driver.execute_script("return document.documentElement.scrollWidth") <= 360


def found_by_axe(visit, address, dark):
    screen(visit.driver, 1280, 1400, dark=dark)
    visit.open(address).settled()
    visit.driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = visit.driver.execute_async_script("axe.run().then(arguments[0])")["violations"]
    return [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("address", STATES)
def test_axe_finds_nothing(four, address, dark):
    assert found_by_axe(four, address, dark) == []


def test_it_is_dark_where_the_system_is_and_by_a_switch(four):
    screen(four.driver, 1280, 1400, dark=True)
    four.open().settled()

    def background():
        return four.find("body").value_of_css_property("background-color")

    assert background() == "rgba(22, 23, 28, 1)"
    four.press("d")
    assert background() == "rgba(255, 255, 255, 1)"


def test_it_prints(four):
    four.open("#conv2d_2[10,10,3]").settled()
    told = four.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert b64decode(told["data"]).startswith(b"%PDF-")
    four.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not four.find("#guess").is_displayed()
    assert four.find("#explained").is_displayed()
    four.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_blocks_and_both_inputs_of_twins_stand_on_paper_and_each_says_its_file(driver, written, tmp_path):
    (tmp_path / "twins.yaml").write_text(TWINS, encoding="utf-8")
    given = [f"-i={name}=configs/digits/{digit}.png" for name, digit in (("left", 4), ("right", 6))]
    visit = Visit(driver, written(str(tmp_path / "twins.yaml"), *given)).open("#tower_2/conv2d_1[9,9,0]")
    visit.settled()
    assert visit.text("#input").count("configs/digits/4.png") == visit.text("#input").count("configs/digits/6.png") == 1
    assert "kernel is tower_1/conv2d_1/kernel" in visit.text("#explanation")
    screen(driver, *PAPER)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert driver.execute_script("return document.documentElement.scrollWidth") <= PAPER[0]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
