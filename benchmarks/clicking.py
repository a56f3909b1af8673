"""The page to click through: how soon its first picture is there, and how soon a click is answered."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING

from processes import HERE, SCRATCH, Failed, dftrace, python, run
from record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "The page of the MNIST CNN, in headless Chromium"
GOALS = {"opened": ("first picture after opening", 0.3), "clicked": ("answer to a click", 0.05)}
"""What is measured, and the seconds that it may take."""


def measure(options: Options) -> Iterator[Record]:
    """Seconds as the browser counts them, beside what they may be. Needs Chromium and the extra `page`."""
    page = SCRATCH / "page.html"
    run(dftrace("show", "configs/mnist-cnn.yaml", "-i", "configs/digits/4.png", "-o", str(page)))
    command = python(str(HERE / "page_clicks.py"), str(page), str(options.rounds(11)))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
    told = json.loads(done.stdout)
    for key, (what, limit) in GOALS.items():
        time = median(told[key])
        yield Record(GROUP, what, "at most", time, limit, time / limit, "s", 1.0)
