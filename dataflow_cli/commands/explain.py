"""`dftrace explain NET 'LAYER[3,5,0]'`: how one number came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.complete import layer_names
from dataflow_cli.cli.endings import format_of
from dataflow_cli.cli.given_options import check_given, given_options
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.network_file import network_or, open_sound
from dataflow_cli.cli.options import (
    check_fragment,
    color_option,
    debug_option,
    fragment_option,
    output_option,
    quiet_option,
)
from dataflow_cli.cli.output import emit, warn
from dataflow_cli.cli.saved import WRITING, saved_trace
from dataflow_cli.cli.terminal import WIDTHS, leads_to_terminal, style_for
from dataflow_cli.errors import OutputError
from dataflow_cli.records import dataclass
from dataflow_cli.render.explanation import FORMATS, PICTURES
from dataflow_cli.render.explanation.options import ALL, Wanted
from dataflow_cli.render.pictures.choices import ON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.errors import Problem
    from dataflow_cli.explain.element import Element
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.explanation.document import Document
    from dataflow_cli.trace.model import Trace


_OF_SAVED = WRITING | {"form", "theme", "weights", "sample", "back", "terms", "precision"}
"""The options that a saved trace takes."""


def _terms(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    number = ALL if value == "all" else int(value) if value.isdecimal() and len(value) < 10 else 0
    if number < 1:
        raise click.BadParameter(f"'{value}' is neither a whole number from 1 on nor all")
    return number


@dataclass(frozen=True)
class _Ways:
    """How the user wants it."""

    sample: int
    back: bool
    form: str
    color: str
    quiet: bool

    def warn(self, problems: Sequence[Problem]) -> None:
        """Warnings about the input, on stderr."""
        warn(tuple(problems), quiet=self.quiet, color=self.color)


@click.command("explain", cls=Documented)
@network_or("a trace that `run --save` kept, with what the layer takes")
@click.argument(
    "element",
    metavar="ELEMENT",
    cls=Argument,
    shell_complete=layer_names,
    help_text="LAYER[3,5,0] is one number, LAYER[:] a small dense layer as a whole, LAYER its formula and counts; "
    "input[3,5,0] is what went in.",
)
@given_options
@click.option("--sample", type=click.IntRange(0), default=0, metavar="K", help="Which sample of several, from 0.")
@click.option("--back", is_flag=True, help="Follow the largest contributions back to the input.")
@click.option(
    "--terms", callback=_terms, metavar="N|all", help="How many of the largest terms and channels. Default 8 and 3."
)
@click.option("--precision", type=click.IntRange(0, 17), default=3, metavar="N", help="Decimals. Default 3.")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    metavar="FORMAT",
    help=f"{', '.join(FORMATS)}. Default: by FILE's ending (.tex, .md, .json, .png, .svg), else text.",
)
@click.option("--theme", type=click.Choice(ON), metavar="|".join(ON), help="Of a picture. Default light.")
@output_option
@color_option
@click.option("--width", type=click.IntRange(*WIDTHS), metavar="N", help="Fit text and matrices into N columns.")
@fragment_option
@quiet_option
@debug_option
def command(
    *,
    net: str,
    element: str,
    given: Given,
    sample: int,
    back: bool,
    terms: int | None,
    precision: int,
    form: str | None,
    theme: str | None,
    output: str | None,
    color: str,
    width: int | None,
    fragment: bool,
    quiet: bool,
) -> None:
    """Explain how one number of a layer's output came about, with the numbers that made it.

    \b
    Examples:
      dftrace explain mnist-cnn.yaml 'conv2d_1[12,9,0]' -i 7.png
      dftrace explain mnist-cnn.yaml 'dense_2[7]' -i 7.png --back
      dftrace explain mlp-2-5-1.yaml 'dense_1[:]'       the whole of W x + b
      dftrace explain mnist-cnn.yaml conv2d_2           the formula and counts
      dftrace explain net.yaml 'add_1[0,0,3]' -f latex --fragment -o add.tex
      dftrace explain mnist-cnn.yaml 'conv2d_1[12,9,0]' -o why.svg    as a picture
      dftrace explain mnist-cnn.yaml 'input[12,9,0]' -i 7.png   from the pixel on
      dftrace explain trace.npz 'dense_2[7]'            of what `run --save` kept
    """  # noqa: D301
    from dataflow_cli.explain.element import parse_element

    form = form or format_of(output, FORMATS)
    check_fragment(form, fragment=fragment)
    if theme is not None and form not in PICTURES:
        raise click.UsageError("--theme is of pictures: add -o FILE.svg, or -f svg")
    if form == "png" and leads_to_terminal(output):
        raise OutputError("not writing a picture's bytes to the terminal", hint="use -o FILE.png, or a pipe")
    asked = parse_element(element)
    if back and not isinstance(asked.index, tuple):
        raise click.UsageError("--back starts from one element: write LAYER[3,5,0]")
    ways = _Ways(sample, back, form, color, quiet)
    shown = Wanted(terms, precision)
    trace = saved_trace(net, _OF_SAVED)
    if trace is None:
        check_given(given, net)
        result = _of_network(open_sound(net, [asked.layer], given, quiet=quiet, color=color), asked, given, shown, ways)
    else:
        result = _of_saved(trace, asked, given, shown, ways)
    if isinstance(result, str):
        emit(result, output, form)
        return
    from dataflow_cli.render.explanation import draw, write

    if form in PICTURES:
        emit(draw(result, form, theme or ON[0]), output, form)
        return
    style = style_for(color, width, header=True, to_file=output not in (None, "-"), fragment=fragment)
    emit(write(result, form, style), output, form, color=style.color)


def _sized(network: Network, given: Given) -> Network:
    """The network with the sizes of the data that is given, where it leaves some open."""
    if not given.has_data or all(spec.is_sized for spec in network.inputs):
        return network
    from dataflow_cli.network.sizing import sized
    from dataflow_cli.run.given import sizes_in

    return sized(network, sizes_in(given, network))


def _words(network: Network, layer: str, form: str) -> Document | str:
    """A layer in words; JSON is written already."""
    from dataflow_cli.explain.description import description
    from dataflow_cli.explain.element import wanted_node

    about = description(network, wanted_node(network, layer))
    if form == "json":
        from dataflow_cli.render.explanation.json import words_json

        return words_json(about)
    from dataflow_cli.render.explanation.words import words_document

    return words_document(about)


def _of_network(network: Network, asked: Element, given: Given, wanted: Wanted, ways: _Ways) -> Document | str:
    """A layer in words, an element, a whole dense layer, or the way back from an element."""
    if asked.index is None:
        return _words(_sized(network, given), asked.layer, ways.form)
    from dataflow_cli.explaining import explained
    from dataflow_cli.render.explanation.any import as_document, as_json

    back = wanted.ways if ways.back else 0
    found = explained(network, asked.layer, asked.index, given, sample=ways.sample, back=back, told=ways.warn)
    return as_json(found) if ways.form == "json" else as_document(found, wanted)


def _of_saved(trace: Trace, asked: Element, given: Given, wanted: Wanted, ways: _Ways) -> Document | str:
    """The same from the tensors that a trace was saved with, by the network and the weights that it names."""
    from dataflow_cli.explain.origin import origin_of
    from dataflow_cli.explain.sample import explained_again
    from dataflow_cli.render.explanation.any import as_document, as_json

    network, weights = origin_of(trace, None, given.weights)
    ways.warn(trace.warnings)
    if asked.index is None:
        return _words(network, asked.layer, ways.form)
    back = wanted.ways if ways.back else 0
    found = explained_again(network, weights, trace, asked.layer, asked.index, sample=ways.sample, back=back)
    return as_json(found) if ways.form == "json" else as_document(found, wanted)
