"""What goes through a network: the options for inputs and parameters that `run` and its kin share.

The options of a command that are called as a field of `Given` are handed on in it too: `--labels`, `--batch`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.complete import layer_names
from dataflow_cli.cli.options import shape_option
from dataflow_cli.cli.paths import FILE
from dataflow_cli.cli.several import Several
from dataflow_cli.given import Given
from dataflow_cli.netfile.keys import CHANNEL_ORDERS, INITIALIZERS, PREPROCESSINGS, RESIZINGS

if TYPE_CHECKING:
    from collections.abc import Callable


def check_given(given: Given, net: str) -> None:
    """Raise UsageError for what cannot be given together.

    That is more than one thing on standard input, a column of labels without a file for it, or beside a file of labels.
    """
    if [net, *(path.rpartition("=")[2] for path in given.inputs)].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if given.text and (given.inputs or given.literals):
        raise click.UsageError("--text is the input: use it without -i and --value")
    if given.tokenizer is not None and not given.text:
        raise click.UsageError("--tokenizer is for --text")
    if given.label_column is None:
        return
    if given.labels is not None:
        raise click.UsageError("--labels and --label-column are two ways to give labels: use one")
    if not given.inputs:
        raise click.UsageError("--label-column is for tables given with -i")


def given_options(function: Function) -> Function:
    """The options, handed on as one `Given` called `given`."""
    return bundled(function, "given", _given, Given.__dataclass_fields__, _options("--scale"))


def given_beside_scale(function: Function) -> Function:
    """The same for a command whose `--scale` is another one: there values are multiplied by `--input-scale` alone."""
    return bundled(function, "given", _given, Given.__dataclass_fields__, _options())


def given_of_model(function: Function) -> Function:
    """What a model's file does not say, how pictures become inputs and what classes are called, as one `Given`."""
    options = (*_OF_SIZE, *_of_values("--scale"), _CLASSES)
    return bundled(function, "given", _given, Given.__dataclass_fields__, options)


def given_alone(function: Function) -> Function:
    """What a command's own options give, and how pictures are prepared, handed on as one `Given` called `given`."""
    return bundled(function, "given", _given, Given.__dataclass_fields__, (*_OF_SIZE, *_of_values("--scale")))


def _given(**options: Any) -> Given:
    return Given(**options, stdin=getattr(sys.stdin, "buffer", None))


_CLASSES = click.option(
    "--classes",
    metavar="FILE",
    type=FILE,
    help="What classes are called, where the network file does not say: a name a line, or JSON.",
)
_OF_SIZE = (
    shape_option,
    click.option("--input-invert", is_flag=True, help="Take the negative of pictures, 255 - x, before scaling."),
    click.option(
        "--input-resize",
        type=click.Choice(RESIZINGS),
        metavar="MODE",
        help=f"{' or '.join(RESIZINGS)}: resize pictures of another size, where the network file does not.",
    ),
    click.option("--input-crop", is_flag=True, help="Cut the middle out of pictures of other proportions first."),
)


def _of_values(*scale: str) -> tuple[Any, ...]:
    """How values become inputs. `scale` are further names of the option for it."""
    return (
        click.option(
            "--preprocess",
            type=click.Choice(PREPROCESSINGS),
            metavar="PRESET",
            help=f"How pictures become inputs, where the network file does not say: {', '.join(PREPROCESSINGS)}.",
        ),
        click.option(
            *scale, "--input-scale", "input_scale", metavar="NUMBER", help="Values are multiplied by it: 1/255."
        ),
        click.option(
            "--mean",
            "--input-mean",
            "input_mean",
            metavar="NUMBERS",
            help="Subtracted then: one number a channel, 0.5,0.5,0.5, or one for all.",
        ),
        click.option("--std", "--input-std", "input_std", metavar="NUMBERS", help="Divided by then, likewise."),
        click.option(
            "--channel-order",
            type=click.Choice(CHANNEL_ORDERS),
            metavar="rgb|bgr",
            help="The order in which the network takes the channels of color pictures.",
        ),
    )


def layers_option(text: str) -> Callable[[Any], Any]:
    """`-l GLOB`: which layers, as `layers`."""
    return click.option("-l", "--layer", "layers", metavar="GLOB", multiple=True, shell_complete=layer_names, help=text)


def input_option(text: str) -> Callable[[Any], Any]:
    """`-i FILE ...`: what goes through the network, as `inputs`."""
    return click.option(
        "-i", "--input", "inputs", metavar="[NAME=]FILE ...", multiple=True, type=FILE, cls=Several, help=text
    )


_INPUT = (
    input_option(
        "Pictures, .npy, .npz, .csv, .txt or idx(.gz), a folder, a GLOB; - is standard input. Several make a "
        "minibatch; without any, the network's example."
    ),
)
_OTHERS = (
    click.option("--value", "literals", metavar="NUMBERS", multiple=True, help='The input itself: --value "1,0".'),
    click.option(
        "--text",
        metavar="TEXT",
        multiple=True,
        help="A text as input, of which a tokenizer makes numbers; several make a minibatch.",
    ),
    click.option(
        "--tokenizer",
        metavar="FILE",
        type=FILE,
        help="The tokenizer.json for --text, instead of the network file's.",
    ),
    click.option(
        "-w",
        "--weights",
        metavar="FILE",
        type=FILE,
        help="Parameters (.npz, .safetensors, .pt, .h5, .keras) instead of the network file's.",
    ),
    click.option(
        "--init", type=click.Choice(INITIALIZERS), metavar="RULE", help=f"Random parameters: {', '.join(INITIALIZERS)}."
    ),
    click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Of the random parameters."),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "float64", "float16", "bfloat16"]),
        metavar="TYPE",
        help="Compute in float32 or float64; or in float32, rounded to float16 or bfloat16 where it is stored.",
    ),
    _CLASSES,
    click.option(
        "--label-column",
        metavar="COLUMN",
        help="The column of the labels in -i FILE.csv, by number from 0 or by heading; it is no input.",
    ),
)


def _options(*scale: str) -> tuple[Any, ...]:
    return (*_INPUT, *_OF_SIZE, *_of_values(*scale), *_OTHERS)
