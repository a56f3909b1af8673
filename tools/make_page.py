"""Write the docs' page to click through, by the command that stands in docs/page.md, and its picture by Chromium.

Run in the project's folder, with the project installed: `python tools/make_page.py`
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

DOCS = Path("docs")
COMMAND = re.compile(r"^dftrace (show .*) -o (\S+\.html)$", re.MULTILINE)
PICTURE = DOCS / "pictures" / "page.png"
SHOWN = "conv2d_2[7,8,28]"
"""The element that the picture explains."""
LARGEST = 3_000_000
"""Bytes of the page, which stands in the repository."""


def main() -> None:
    """Write the page, then draw it."""
    page = make_page(DOCS)
    print(page)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser:
        draw(browser, page)
        print(PICTURE)
    else:
        print(f"{PICTURE} stays as it is: there is no Chromium", file=sys.stderr)


def make_page(folder: Path) -> Path:
    """The page in a folder."""
    ((words, name),) = COMMAND.findall((DOCS / "page.md").read_text(encoding="utf-8"))
    path = folder / str(name)
    command = [sys.executable, "-m", "dataflow_cli.commands.main", *shlex.split(words), "-o", str(path)]
    subprocess.run(command, check=True)
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path} has {path.stat().st_size:,} bytes, {LARGEST:,} are the most")
    return path


def draw(browser: str, page: Path) -> None:
    """A screenshot of an element of the page."""
    options = [
        "--headless",
        "--no-sandbox",
        "--hide-scrollbars",
        "--window-size=1760,920",
        "--virtual-time-budget=4000",
    ]
    url = f"{page.resolve().as_uri()}#{SHOWN}"
    subprocess.run([browser, *options, f"--screenshot={PICTURE}", url], check=True, capture_output=True)


if __name__ == "__main__":
    main()
