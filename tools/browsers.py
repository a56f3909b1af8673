"""Says which of the programs that `make test-page` needs are not there, and leaves with 2 if any is not."""

from __future__ import annotations

import shutil
import sys

NEEDED = {
    "Chromium": ("chromium", "chromium-browser", "google-chrome"),
    "chromedriver": ("chromedriver",),
    "node": ("node",),
    "npm": ("npm",),
}
"""What each is called where it is installed."""


def missing() -> list[str]:
    """Whatever is found under none of its names."""
    return [program for program, names in NEEDED.items() if not any(map(shutil.which, names))]


def main() -> int:
    """Say what is missing."""
    absent = missing()
    if absent:
        print(f"the page is not tested: there is no {', no '.join(absent)}", file=sys.stderr)
        print("on Debian: apt install chromium chromium-driver firefox-esr nodejs npm", file=sys.stderr)
    return 2 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
