"""Draws docs/run.svg: the real output of `dftrace run`, as a terminal shows it. Run by `make figures`."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 116
COMMAND = ("run", "configs/mnist-cnn.yaml", "-i", "configs/digits/7.png")
DARK = TerminalTheme(
    (13, 17, 23),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
)


def main() -> None:
    """Run the command and draw what it printed."""
    dftrace = Path(sys.executable).parent / "dftrace"
    done = subprocess.run(
        [dftrace, *COMMAND, "--color", "always", "--width", str(WIDTH)], cwd=ROOT, capture_output=True, check=True
    )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "bold green"), ("dftrace " + " ".join(COMMAND), "bold")))
    console.print(Text.from_ansi(done.stdout.decode()))
    svg = console.export_svg(title="dftrace", theme=DARK, unique_id="dftrace-run")
    (ROOT / "docs/run.svg").write_text(without_fonts(svg), encoding="utf-8")


def without_fonts(svg: str) -> str:
    """The picture without fonts from the network: a monospace font of the reader's does as well."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "ui-monospace")


if __name__ == "__main__":
    main()
