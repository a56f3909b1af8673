"""A browser without a network, and what one does with the page in it."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20
"""Seconds until what should come counts as missing."""


def chromium() -> Any:
    """Headless Chromium that reaches nobody and tells its console and its requests."""
    pytest.importorskip("selenium")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, CHROMIUMS)))
    for argument in ("--headless=new", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,1400"):
        options.add_argument(argument)
    options.add_argument("--disable-background-networking")
    if not hasattr(os, "getuid") or os.getuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Chrome(options, ChromeService(shutil.which("chromedriver")))


class Visit:
    """A page that is open."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver = driver
        self.url = path.resolve().as_uri()
        driver.get_log("browser")
        driver.get_log("performance")

    def open(self, address: str = "") -> Visit:
        """Open it anew, at an address."""
        self.driver.get("about:blank")
        self.driver.get(self.url + address)
        return self

    def go(self, address: str) -> Visit:
        """Follow an address within the page, until its element is explained."""
        self.driver.execute_script("location.hash = arguments[0]", address)
        self.settled()
        return self

    def settled(self) -> None:
        """Wait until what the address says is what is shown."""
        self.until("return document.body.dataset.shown === location.hash")

    def until(self, script: str) -> Any:
        """What a script returns, once that is true."""
        late = time.monotonic() + PATIENCE
        while time.monotonic() < late:
            found = self.driver.execute_script(script)
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"never so: {script}; console: {self.console()}")

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """What is seen of an element, or is in it."""
        return str(self.driver.execute_script("return document.querySelector(arguments[0]).textContent", selector))

    def click(self, selector: str) -> Visit:
        """Click the first of what is selected, as a hand does: it has to be seen, and nothing may lie over it."""
        found = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()
        self.settled()
        return self

    def press(self, *keys: str) -> Visit:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()
        self.settled()
        return self

    @property
    def address(self) -> str:
        return str(self.driver.execute_script("return decodeURIComponent(location.hash)"))

    def console(self) -> list[str]:
        """What the browser complained of."""
        return [line["message"] for line in self.driver.get_log("browser") if line["level"] != "INFO"]

    def requests(self) -> list[str]:
        """What was asked for beyond the file and what stands in it."""
        told = [json.loads(line["message"])["message"] for line in self.driver.get_log("performance")]
        sent = [one["params"]["request"]["url"] for one in told if one["method"] == "Network.requestWillBeSent"]
        own = urlsplit(self.url)
        return [url for url in sent if not url.startswith("data:") and urlsplit(url).path != own.path]
