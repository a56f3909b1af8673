"""What the shell offers for an argument: layer names, types, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import DftraceError
from dataflow_cli.tensors import is_inner

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def layer_names(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The inputs and layers of the network that stands on the command line; inner tensors behind a colon."""
    from dataflow_cli.network.build import load_network

    net = ctx.params.get("net")
    if not net or net == "-":
        return []
    try:
        names = _of_saved_trace(net) or load_network(net).tensors
    except DftraceError as error:
        sound = getattr(error, "sound", None)
        if sound is None:
            return []  # a file that cannot be read has no names to offer
        names = sound.network.tensors
    fitting = [name for name in names if is_inner(name) == is_inner(incomplete)]
    return [name for name in fitting if name.startswith(incomplete)]


def _of_saved_trace(net: str) -> tuple[str, ...]:
    """The steps of a saved trace whose tensors it has, or of one without tensors all; none of another file."""
    from dataflow_cli.files.beginning import beginning, is_zip

    if not is_zip(beginning(net)):
        return ()
    from dataflow_cli.files.npz import open_npz
    from dataflow_cli.files.problem import FileProblem
    from dataflow_cli.trace.stored import LABELS, OLD_LABELS, PREFIX, RECORD

    try:
        with open_npz(net) as npz:
            if RECORD not in npz.names:
                return ()
            beside = (RECORD, LABELS, OLD_LABELS)
            return tuple(name.removeprefix(PREFIX) for name in npz.names if name not in beside)
    except (OSError, FileProblem):
        return ()


def layer_types(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The kinds of layers."""
    from click.shell_completion import CompletionItem

    from dataflow_cli.layers import KINDS

    return [CompletionItem(kind, help=KINDS[kind].title()) for kind in KINDS if kind.startswith(incomplete)]


def example_names(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The examples that `init` writes."""
    from click.shell_completion import CompletionItem

    from dataflow_cli.examples import EXAMPLES

    return [CompletionItem(one.name, help=one.see) for one in EXAMPLES if one.name.startswith(incomplete)]
