"""`dftrace bench NET`: how long every layer takes, and how near that is to what the machine can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.computing_options import computing_options
from dataflow_cli.cli.given_options import check_given, given_alone, input_option
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_or, open_given
from dataflow_cli.cli.options import ReportOptions, debug_option, quiet_option, report_options, verbose_option
from dataflow_cli.cli.output import tell
from dataflow_cli.cli.paths import FILE, TARGET
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, refuse_options
from dataflow_cli.netfile.keys import INITIALIZERS

if TYPE_CHECKING:
    from dataflow_cli.bench.benchmark import Benchmark
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.report import Column
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.shapes import Array

MADE_UP = "he_normal"
"""How parameters are made that nothing gives: for the time it takes, their values do not matter."""


def _columns() -> tuple[Column, ...]:
    from dataflow_cli.render.bench import COLUMNS

    return COLUMNS


@click.command("bench", cls=Documented)
@network_or("what --save kept, to show it again")
@input_option("What `run` takes; - is standard input. Without it, random numbers.")
@click.option("--batch", type=click.IntRange(1), metavar="N", help="Samples a pass. Default 1, or all of the input's.")
@click.option(
    "--repeat", type=click.IntRange(1), metavar="N", help="Passes to count. Default: what 2 s hold, 5 to 200."
)
@click.option(
    "-w",
    "--weights",
    metavar="FILE",
    type=FILE,
    help="Parameters (.npz, .safetensors, .pt, .h5, .keras) instead of the network file's.",
)
@click.option(
    "--init", type=click.Choice(INITIALIZERS), metavar="RULE", help=f"Random parameters: {', '.join(INITIALIZERS)}."
)
@given_alone
@click.option("--save", metavar="BENCH.json", type=TARGET, help="Keep what was measured, every pass of it.")
@computing_options
@report_options(_columns)
@verbose_option
@quiet_option
@debug_option
def command(  # noqa: PLR0917  one argument an option
    net: str,
    given: Given,
    repeat: int | None,
    save: str | None,
    computing: Computing,
    report: ReportOptions,
    *,
    verbose: bool,
    quiet: bool,
) -> None:
    """Measure how long each layer takes: min and median of many passes, speed beside the machine's best, memory.

    Values do not matter for the time: without -i the input is random, and so are parameters that nothing gives.

    \b
    Examples:
      dftrace bench net.yaml
      dftrace bench net.yaml -v                         which method, and why
      dftrace bench net.yaml --batch 24 --threads 1
      dftrace bench net.yaml -i 7.png -f tsv --fields name,seconds_median,flops
      dftrace bench net.yaml --save bench.json
      dftrace bench bench.json                          the table of it again
    """  # noqa: D301
    from dataflow_cli.bench.saved import is_benchmark, load_benchmark, save_benchmark
    from dataflow_cli.render.bench import bench_report

    if net != "-" and is_benchmark(net):
        refuse_options("a saved benchmark", WRITING, "name the network file to measure anew")
        result = load_benchmark(net)
    else:
        result = _measured(net, given, repeat, computing, quiet=quiet)
    if save:
        save_benchmark(result, save)
    report.emit(bench_report(result, verbose=verbose))


def _measured(net: str, given: Given, repeat: int | None, computing: Computing, *, quiet: bool) -> Benchmark:
    """Measure a network; say so if parameters have to be made up."""
    from dataflow_cli.bench.measure import measure
    from dataflow_cli.render.text import safe
    from dataflow_cli.run.memory import check_memory
    from dataflow_cli.weights.load import load_weights

    check_given(given, net)
    if given.prepares and not given.inputs:
        raise click.UsageError("--preprocess, --channel-order and --input-... are for pictures given with -i")
    network, init = _sized(open_given(net, given), given, computing), given.init
    if given.weights is None and init is None and _lacks_weights(network):
        init = MADE_UP
        if not quiet:
            tell(f"{safe(network.name)} has no weights: they are made by {MADE_UP}, which takes as long")
    check_memory(network, given.batch or 1, network.dtype, computing=computing)
    parameters = load_weights(network, given.weights, init=init)
    with progress_bar(quiet=quiet, what="passes") as progress:
        return measure(
            network,
            parameters,
            _batch(network, given, computing),
            source=", ".join(given.inputs) or "random input",
            repeat=repeat,
            computing=computing,
            progress=progress,
        )


def _sized(network: Network, given: Given, computing: Computing) -> Network:
    """The network with sizes for what its file leaves open: those of the inputs, or of its examples."""
    if network.unsized is None:
        return network
    from dataflow_cli.bench.noise import samples_of
    from dataflow_cli.network.sizing import check_sized, sized
    from dataflow_cli.run.memory import room

    if not given.inputs and any(spec.example is None for spec in network.inputs):
        check_sized(network)
    samples = samples_of(network, given, room=room(computing))
    return sized(network, {name: each.array.shape[1:] for name, each in samples.items()})


def _lacks_weights(network: Network) -> bool:
    return network.weights is None and any(node.parameters.keys() - node.inline.keys() for node in network.nodes)


def _batch(network: Network, given: Given, computing: Computing) -> dict[str, Array]:
    """The minibatch of every pass."""
    from dataflow_cli.bench.noise import file_batch, random_batch
    from dataflow_cli.run.memory import room

    if not given.inputs:
        return random_batch(network, given.batch or 1, network.dtype)
    return file_batch(network, given, network.dtype, room=room(computing))
