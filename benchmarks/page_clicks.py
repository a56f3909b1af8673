"""Opens a page in headless Chromium and clicks through it; prints seconds as JSON. Run in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

FIRST_PICTURE = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(".elements image")) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.firstPicture = performance.now(); }));
}).observe(document, {childList: true, subtree: true});
"""
"""Runs before the page's own script: the time from opening until the first picture of a layer has been drawn."""
CLICK = """
const [address, done] = arguments;
const start = performance.now();
const drawn = () => {
  if (document.body.dataset.shown !== location.hash) return setTimeout(drawn);
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
};
const link = document.createElement("a");
link.href = address;
document.body.append(link);
link.click();
link.remove();
setTimeout(drawn);
"""
"""Clicks a link to an element; the time until its explanation has been drawn."""
ELEMENTS = (
    *("dense_2[4]", "dense_1[9]", "flatten_1[3000]"),
    *("max_pooling2d_1[5,5,3]", "conv2d_2[10,10,3]", "conv2d_1[9,9,9]"),
)


def main(page: str, rounds: str) -> None:
    """Measure, and print."""
    driver = browser()
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FIRST_PICTURE})
        found = [measured(driver, Path(page).resolve().as_uri()) for _ in range(int(rounds))]
    finally:
        driver.quit()
    told = {"opened": [one for one, _ in found], "clicked": [time for _, times in found for time in times]}
    print(json.dumps(told))


def measured(driver: Any, url: str) -> tuple[float, list[float]]:
    """Seconds until the first picture, and until the answer to every click."""
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get("about:blank")
    driver.get(url)
    opened = WebDriverWait(driver, 20).until(lambda one: one.execute_script("return window.firstPicture"))
    clicked = [driver.execute_async_script(CLICK, f"#{element}") for element in ELEMENTS]
    return opened / 1e3, [time / 1e3 for time in clicked]


def browser() -> Any:
    """Headless Chromium."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options.add_argument("--headless=new")
    if not hasattr(os, "getuid") or os.getuid() == 0:
        options.add_argument("--no-sandbox")
    return Chrome(options, ChromeService(shutil.which("chromedriver") or ""))


if __name__ == "__main__":
    main(*sys.argv[1:])
