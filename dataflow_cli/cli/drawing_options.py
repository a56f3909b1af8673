"""The options of `draw`: what is drawn, how it looks, and in which format."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.options import color_option, output_option
from dataflow_cli.cli.terminal import WIDTHS
from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.render.diagram.look import Look, Shades

VIEWS = ("boxes", "volumes", "neurons")
FORMATS = ("text", "svg", "png", "dot", "mermaid")
PICTURES = frozenset({"svg", "png"})
_ENDINGS = {
    ".txt": "text",
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}
_FLOWS = {"boxes": "down", "volumes": "right", "neurons": "right"}
"""Which way the data flows where nobody says."""


@dataclass(frozen=True)
class DrawingOptions:
    """What the user wants of a drawing."""

    view: str | None
    depth: int | None
    color_by: str | None
    direction: str | None
    theme: str
    transparent: bool
    title: str | None
    font_size: int
    format: str | None
    output: str | None
    width: int | None
    color: str

    @property
    def shown(self) -> str:
        """What a picture shows."""
        return self.view or "boxes"

    def chosen_format(self) -> str:
        """The format that -f names, or the ending of the output. Raises OutputError for an ending that says nothing."""
        if self.format is not None:
            return self.format
        if self.output is None or self.output == "-" or self.output.startswith("/dev/"):
            return "text"
        ending = PurePath(self.output).suffix.lower()
        if ending not in _ENDINGS:
            raise OutputError(
                f"{printable(self.output)}: its name does not say what to draw",
                hint=f"let it end in {', '.join(_ENDINGS)}, or choose with -f",
            )
        return _ENDINGS[ending]

    def check(self, form: str) -> None:
        """Raise UsageError for what cannot be, before anything is read."""
        if self.view is not None and form == "text":
            raise click.UsageError(f"--as {self.view} is a picture: write it with -o FILE.svg or -o FILE.png")
        if self.shown != "boxes" and form not in PICTURES:
            raise click.UsageError(f"-f {form} holds boxes: --as {self.shown} is written as .svg or .png")
        if self.shown == "neurons" and self.color_by is not None:
            raise click.UsageError("--as neurons is colored by the weights: leave out --color-by")

    def look(self, name: str, shades: Shades | None) -> Look:
        """How the drawing of a network of that name is to look."""
        from dataflow_cli.render.diagram.look import Look

        return Look(
            theme=self.theme,
            transparent=self.transparent,
            font_size=self.font_size,
            direction=self.direction or _FLOWS[self.shown],  # type: ignore[arg-type]  # Click has checked it
            title=name if self.title is None else self.title,
            shades=shades,
        )


def drawing_options(function: Function) -> Function:
    """The options, handed on as one `DrawingOptions` called `wanted`."""
    return bundled(function, "wanted", DrawingOptions, DrawingOptions.__dataclass_fields__, _OPTIONS)


_OPTIONS = (
    click.option(
        "--as",
        "view",
        type=click.Choice(VIEWS),
        metavar="|".join(VIEWS),
        help="What a picture shows: a box a layer (default), tensors in perspective, or neurons and weights.",
    ),
    click.option(
        "--depth", type=click.IntRange(0), metavar="N", help="Draw blocks inside of N others as one; 0: all blocks."
    ),
    click.option(
        "--color-by",
        type=click.Choice(("params", "macs", "count", "min", "mean", "max", "std", "zeros", "nan", "inf", "seconds")),
        metavar="NUMBER",
        help="Color by what was counted (params, macs, count), or by what came of an input: "
        "min, mean, max, std, zeros, nan, inf, seconds.",
    ),
    click.option(
        "--direction",
        type=click.Choice(("down", "right", "up", "left")),
        metavar="WAY",
        help="down, right, up, left: where the data flows. Default: down for boxes, else right.",
    ),
    click.option(
        "--theme", type=click.Choice(("light", "dark")), default="light", metavar="light|dark", help="Colors."
    ),
    click.option("--transparent", is_flag=True, help="Draw no background."),
    click.option("--title", metavar="TEXT", help='Default: the network\'s name; "" for none.'),
    click.option(
        "--font-size", type=click.IntRange(6, 72), default=13, metavar="N", help="Pixels, 6 to 72. Default 13."
    ),
    click.option(
        "-f",
        "--format",
        type=click.Choice(FORMATS),
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}. Default: by the ending of FILE, else text.",
    ),
    output_option,
    click.option("--width", type=click.IntRange(*WIDTHS), metavar="N", help="Wrap text at N columns."),
    color_option,
)
