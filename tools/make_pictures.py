"""Draw the pictures of the README and the docs from the shipped files, with `dftrace show` and `dftrace draw`.

Run in the project's folder, with the project installed:

    python tools/make_pictures.py [-o docs/pictures]
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

CONFIGS = Path("configs")
DIGITS = CONFIGS / "digits"
FOUR, SIX = DIGITS / "4.png", DIGITS / "6.png"
FOURS_AND_SIXES = [DIGITS / name / f"{number}.png" for name in ("fours", "sixes") for number in range(10)]


def _given(*files: Path) -> list[str]:
    return [word for file in files for word in ("-i", file.as_posix())]


PICTURES = {
    "color-picture.png": ["rgb-picture.yaml", "-l", "input", "--zoom", "1/2"],
    "signal.png": ["conv1d-ramp.yaml", "-l", "input", "-l", "valid"],
    "signal.svg": ["conv1d-ramp.yaml", "-l", "input", "-l", "valid"],
    "raccoon.png": ["conv2d-raccoon.yaml"],
    "four-and-six.png": ["mnist-cnn.yaml", "--invert", "--before-activation", *_given(FOUR, SIX)],
    "bar-codes.png": ["mnist-cnn.yaml", "-l", "dense_1", *_given(*FOURS_AND_SIXES)],
    "kernels.png": ["mnist-cnn.yaml", "--kind", "kernels"],
}
"""Sections 1, 3, 4 and 9 of the chapter, and what the network learned."""

PAGE = Path("docs/drawings.md")
DRAWING = re.compile(r"^dftrace ((?:draw|show) .*) -o (\S+)\.svg$", re.MULTILINE)
EXPLAINED = Path("docs/explain")
"""Pages whose commands are run where the shipped files are."""


def make_pictures(folder: Path) -> None:
    """Draw all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (net, *options) in PICTURES.items():
        command = [sys.executable, "-m", "dataflow_cli.commands.main", "show", str(CONFIGS / net), *options]
        subprocess.run([*command, "-o", str(folder / name)], check=True)
        print(folder / name)


def make_drawings(page: Path, where: Path, folder: Path) -> None:
    """Draw what a page shows, each by the command that stands there, for light and for dark pages."""
    for words, name in DRAWING.findall(page.read_text(encoding="utf-8")):
        for theme, ending in (("light", ""), ("dark", "-dark")):
            path = folder / f"{name}{ending}.svg"
            command = [sys.executable, "-m", "dataflow_cli.commands.main", *shlex.split(words), "--theme", theme]
            subprocess.run([*command, "-o", str(path.resolve())], check=True, cwd=where)
            print(path)


def main() -> None:
    """Read the folder's name and draw."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the README and the docs.")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/pictures"), help="folder to write to")
    folder = parser.parse_args().output
    make_pictures(folder)
    make_drawings(PAGE, Path(), folder)
    for page in sorted(EXPLAINED.glob("*.md")):
        make_drawings(page, CONFIGS, folder)


if __name__ == "__main__":
    main()
