"""Fills docs/chapter.md: what each of its commands prints, and the figures that they draw, for light and dark pages.

The page holds the words and the commands; what stands under a command is replaced. Run by `make figures`; a test fails
when a command says something else now.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/chapter.md"
FIGURES = ROOT / "docs/pictures"

Answer = Callable[[list[str]], bytes]
"""What the program says on stdout to the words behind its name, in the project's folder."""

COMMAND = re.compile(r"^dftrace (?P<words>.+?)(?: -o (?P<figure>figure-[\w-]+\.(?:png|svg)))?$")
BLOCK = re.compile(
    r"```sh\n(?P<command>dftrace [^\n]+)\n```\n"
    r"(?:\n```text\n.*?```\n|\n<picture>\n.*?</picture>\n|\n!\[[^\n]*\]\([^\n]*\)\n)?",
    re.DOTALL,
)
ALT = re.compile(r'alt="([^"]*)"|!\[([^\n\]]*)\]')


def filled(page: str, answer: Answer) -> str:
    """The page with what each command says under it: its text, or the figure that it draws."""
    return BLOCK.sub(lambda found: _block(found, answer), page)


def figures(page: str) -> dict[str, list[str]]:
    """The words of the command that draws each figure, by the file's name; SVGs in dark as well."""
    found: dict[str, list[str]] = {}
    for block in BLOCK.finditer(page):
        words, name = parted(block["command"])
        if name is None:
            continue
        stem, form = name.rsplit(".", 1)
        found[name] = [*words, "-o", name]
        if form == "svg":
            found[f"{stem}-dark.svg"] = [*words, "--theme", "dark", "-o", f"{stem}-dark.svg"]
    return found


def parted(command: str) -> tuple[list[str], str | None]:
    """The words of a command, and the figure that it draws, if it draws one."""
    found = COMMAND.match(command)
    if found is None:
        raise SystemExit(f"no command of ours: {command}")
    return shlex.split(found["words"]), found["figure"]


def _block(found: re.Match[str], answer: Answer) -> str:
    words, figure = parted(found["command"])
    head = f"```sh\n{found['command']}\n```\n\n"
    if figure is None:
        said = answer(words).decode().rstrip()
        return f"{head}```text\n{said}\n```\n"
    alt = next((one or other for one, other in ALT.findall(found[0])), "")
    if figure.endswith(".png"):
        return f"{head}![{alt}](pictures/{figure})\n"
    dark = figure.replace(".svg", "-dark.svg")
    return (
        f'{head}<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="pictures/{dark}">\n'
        f'  <img alt="{alt}" src="pictures/{figure}">\n</picture>\n'
    )


def _run(words: list[str]) -> bytes:
    command = [sys.executable, "-m", "dataflow_cli.commands.main", *words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def main() -> None:
    """Fill the page and draw its figures."""
    page = filled(PAGE.read_text(encoding="utf-8"), _run)
    PAGE.write_text(page, encoding="utf-8")
    for name, words in figures(page).items():
        _run([*words[:-1], str(FIGURES / name)])
        print(f"docs/pictures/{name}")


if __name__ == "__main__":
    main()
