"""The options of `show`: what is drawn, how values become colors, and for which screen."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.options import color_option, output_option
from dataflow_cli.cli.terminal import WIDTHS, is_ascii, terminal_width, wants_color
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.choices import (
    COLORMAPS,
    FONT_SIZES,
    GROUPS,
    KERNELS,
    MAPS,
    MOST_COLUMNS,
    MOST_ZOOM,
    OF_TENSORS,
    ON,
    SCALES,
    SCATTER,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.render.pictures.look import Look

TERMINALS = ("auto", "truecolor", "256", "ascii", "kitty", "sixel")
_USUAL_WIDTH = 80


@dataclass(frozen=True)
class PictureOptions:
    """What the user wants of a picture."""

    kind: str
    scale: str
    map: str
    cmap: str
    invert: bool
    group: str
    top: int
    query: int | None
    zoom: Fraction | None
    columns: int | None
    theme: str | None
    title: str | None
    caption: str | None
    font_size: int
    terminal: str
    width: int | None
    output: str | None
    color: str

    @property
    def across(self) -> int:
        """The width of the terminal, or what is usual where there is none."""
        return self.width or terminal_width(sys.stdout) or _USUAL_WIDTH

    def look(self, usual: str) -> Look:
        """How the picture looks; `usual` is the theme where none is chosen."""
        from dataflow_cli.render.pictures.look import Look

        return Look(self.theme or usual, self.zoom, self.columns, self.font_size, self.title, self.caption)

    @property
    def protocol(self) -> str:
        """How to draw in the terminal; `auto` decides by the environment alone and asks nobody."""
        if self.terminal != "auto":
            return self.terminal
        if is_ascii(sys.stdout) or not wants_color(sys.stdout, self.color):
            return "ascii"
        direct = os.environ.get("COLORTERM") in ("truecolor", "24bit") or os.environ.get("TERM", "").endswith("-direct")
        return "truecolor" if direct else "256"

    @property
    def colormap(self) -> str:
        """The colors of values; signs where there are no colors."""
        return "signs" if self.output is None and self.protocol == "ascii" else self.cmap


def picture_options(function: Function) -> Function:
    """The options, handed on as one `PictureOptions` called `wanted`."""
    return bundled(function, "wanted", PictureOptions, PictureOptions.__dataclass_fields__, _OPTIONS)


def _zoom(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> Fraction | None:
    """`3`: a value is 3 x 3 pixels; `1/2`: 2 x 2 values are one pixel."""
    if value is None:
        return None
    whole, slash, part = value.partition("/")
    digits = part if slash else whole
    number = int(digits) if digits.isdecimal() and len(digits) < 4 else 0
    if not 1 <= number <= MOST_ZOOM or (slash and whole != "1"):
        raise click.BadParameter(f"'{value}' is no whole number from 1 to {MOST_ZOOM}, nor one over it such as 1/2")
    return Fraction(1, number) if slash else Fraction(number)


class _SharedScale(click.Choice):  # type: ignore[type-arg]  # older Clicks have none
    """What shares one scale of colors; elsewhere a number stands under this name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The choice. Raises BadParameter."""
        if isinstance(value, str) and value[:1].isdecimal():
            self.fail(f"values are multiplied by --input-scale {value}; here it says what shares colors", param, ctx)
        return super().convert(value, param, ctx)


def _choice(name: str, choices: tuple[str, ...], default: str | None, help_text: str) -> Callable[[Any], Any]:
    return click.option(name, type=click.Choice(choices), default=default, metavar="|".join(choices), help=help_text)


_OPTIONS = (
    click.option(
        "--kind",
        type=click.Choice((*OF_TENSORS, KERNELS, SCATTER)),
        default="auto",
        metavar="KIND",
        help="mosaic, barcode, plot, numbers (in cells), histogram, confusion (right class and answer), kernels (what "
        "is learned; needs no input), scatter (samples of two values as points). Default: what suits each tensor.",
    ),
    click.option(
        "--scale",
        type=_SharedScale(SCALES),
        default="layer",
        metavar="|".join(SCALES),
        help="What shares one scale. Default layer.",
    ),
    _choice(
        "--map",
        MAPS,
        "auto",
        "zero: 0 is middle gray; minmax: from the smallest value to the largest. "
        "auto: minmax for an output of one channel.",
    ),
    _choice("--cmap", COLORMAPS, "gray", "The colors of values. Default gray."),
    click.option("--invert", is_flag=True, help="Draw an input picture as its negative: dark is high."),
    click.option(
        "--group",
        type=click.Choice(GROUPS),
        default="auto",
        metavar="BY",
        help="Stack bar codes by label, folder, answer, none. Default: label with --labels, else folder.",
    ),
    click.option(
        "--top", type=click.IntRange(1), default=10, metavar="K", help="Of over 20 classes, the highest. Default 10."
    ),
    click.option(
        "--query",
        type=click.IntRange(0),
        metavar="N",
        help="Of attention over a picture, whose look. Default: the class token's, else the mean of all.",
    ),
    click.option(
        "--zoom", callback=_zoom, metavar="N|1/N", help="Pixels a value, or values a pixel. Default: what fits."
    ),
    click.option(
        "--columns",
        type=click.IntRange(1, MOST_COLUMNS),
        metavar="N",
        help="Inputs side by side; of one input, tensors. Default: what is neither very wide nor very high.",
    ),
    click.option("--title", metavar="TEXT", help='Default: the network\'s name; "" for none.'),
    click.option("--caption", metavar="TEXT", help="What stands below; none for nothing. Default: what colors mean."),
    click.option(
        "--font-size", type=click.IntRange(*FONT_SIZES), default=12, metavar="N", help="Pixels, 6 to 72. Default 12."
    ),
    _choice("--theme", ON, None, "Background. Default: light in a file, dark in a terminal."),
    click.option(
        "--terminal",
        type=click.Choice(TERMINALS),
        default="auto",
        metavar="HOW",
        help="truecolor, 256, ascii, kitty, sixel. Default: by COLORTERM, TERM, NO_COLOR and the encoding.",
    ),
    output_option,
    color_option,
    click.option("--width", type=click.IntRange(*WIDTHS), metavar="N", help="Fit a terminal of N columns."),
)
