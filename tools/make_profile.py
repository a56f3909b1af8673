"""Profiles the shipped CNN over the 10,000 test digits of MNIST, and writes what it says into docs/profiling.md.

    python tools/make_profile.py mnist.npz

The file is MNIST in Keras' format (x_test, y_test). It is not part of the project; a test does the same where the
variable DFTRACE_MNIST names it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dataflow_cli.network.build import load_network
from dataflow_cli.profile.saved import save_profile
from dataflow_cli.profiling import profile

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/profiling.md"
NET = "configs/mnist-cnn.yaml"
CHANNELS = (0, 1, 3)
"""Of conv2d_1, which are told."""
FIELDS = "channel,state,mean,std,max,zeros,for_class,lift"


def part(data: Path) -> str:
    """The page's part about the digits."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "digits.npz"
        found = profile(load_network(ROOT / NET), f"{data}:x_test", labels=f"{data}:y_test")
        save_profile(found, saved)
        table = _said(saved, data=data)
        classes = _said(saved, "--by", "class", data=data).splitlines()[2:]
        channels = _said(saved, "--by", "channel", "-l", "conv2d_1", "--fields", FIELDS, data=data).splitlines()
    classes, channels = (lines[: _end(lines)] for lines in (classes, channels))
    told = [line for line in channels[2:] if _is_told(line)]
    blocks = {"": [table], "By class:": classes, "Three channels of the first convolution, and its dead ones:": told}
    shown = ("\n".join(line.rstrip() for line in lines).strip("\n") for lines in blocks.values())
    return "\n" + "".join(
        f"{title}\n\n```text\n{text}\n```\n\n".lstrip() for title, text in zip(blocks, shown, strict=True)
    )


def _end(lines: list[str]) -> int:
    """Where the table ends and notes begin."""
    return next((at for at, line in enumerate(lines) if at > 3 and not line.strip()), len(lines))


def _is_told(line: str) -> bool:
    words = line.split()
    is_title = not words or not words[0].isdecimal()
    return bool(words) and (is_title or int(words[0]) in CHANNELS or "dead" in words)


def _said(saved: Path, *options: str, data: Path) -> str:
    """What the command prints, with the data called as on this page."""
    words = [sys.executable, "-m", "dataflow_cli", "profile", str(saved), *options, "--width", "118"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.replace(str(data), "mnist.npz").replace(f"{ROOT}/", "")


def page(data: Path) -> str:
    """The page as it should be."""
    pattern = r"(<!-- digits: [^\n]*-->\n).*?(<!-- end of digits -->)"
    written = PAGE.read_text(encoding="utf-8")
    return re.sub(pattern, lambda found: f"{found[1]}{part(data)}{found[2]}", written, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])), encoding="utf-8")
