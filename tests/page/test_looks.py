"""How the page looks: narrow, dark, on paper, to who listens."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

pytestmark = pytest.mark.page
AXE = Path(".venv/node/node_modules/axe-core/axe.min.js")
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


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("address", STATES)
def test_axe_finds_nothing_serious(four, address, dark):
    screen(four.driver, 1280, 1400, dark=dark)
    four.open(address).settled()
    four.driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = four.driver.execute_async_script("axe.run().then(arguments[0])")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in serious] == []


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
