"""The options of `draw`: what is drawn, how it looks, and in which format."""

from __future__ import annotations

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.options import color_option, output_option
from dataflow_cli.cli.terminal import WIDTHS
from dataflow_cli.drawing import COUNTED, DIRECTIONS, FONT_SIZES, FORMATS, MEASURED, THEMES, VIEWS, Wanted, form_of
from dataflow_cli.records import dataclass


@dataclass(frozen=True, kw_only=True)
class DrawingOptions(Wanted):
    """What the user wants of a drawing, and where it goes."""

    format: str | None
    output: str | None
    width: int | None
    color: str

    @property
    def form(self) -> str:
        """The format that -f names, or the ending of the output. Raises OutputError for an ending that says nothing."""
        if self.format is not None:
            return self.format
        if self.output is None or self.output == "-" or self.output.startswith("/dev/"):
            return "text"
        return form_of(self.output)


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
        type=click.Choice((*COUNTED, *MEASURED)),
        metavar="NUMBER",
        help=f"Color by what is counted ({', '.join(COUNTED)}), or by what comes of an input: {', '.join(MEASURED)}.",
    ),
    click.option(
        "--direction",
        type=click.Choice(DIRECTIONS),
        metavar="WAY",
        help="down, right, up, left: where the data flows. Default: down for boxes, else right.",
    ),
    click.option(
        "--theme", type=click.Choice(THEMES), default=THEMES[0], metavar="|".join(THEMES), help="Default: light."
    ),
    click.option("--transparent", is_flag=True, help="Draw no background."),
    click.option("--title", metavar="TEXT", help='Default: the network\'s name; "" for none.'),
    click.option(
        "--font-size", type=click.IntRange(*FONT_SIZES), default=13, metavar="N", help="Pixels, 6 to 72. Default 13."
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
