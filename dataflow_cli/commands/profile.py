"""`dftrace profile NET -i DATA`: what a network does over a whole data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.computing_options import computing_options
from dataflow_cli.cli.given_options import check_given, given_options, layers_option
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_or, open_given
from dataflow_cli.cli.options import ReportOptions, debug_option, quiet_option, report_options
from dataflow_cli.cli.output import tell
from dataflow_cli.cli.paths import FILE, TARGET
from dataflow_cli.cli.profile_pictures import KINDS, draw, is_drawn
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, refuse_options
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.choices import ON

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.profile.model import Profile
    from dataflow_cli.profile.work import Others
    from dataflow_cli.render.profile import By
    from dataflow_cli.render.report import Column
    from dataflow_cli.run.computing import Computing

_OF_SAVED = WRITING | {"layers", "by", "ranges", "share", "kind", "theme"}
"""The options that a saved profile takes."""


@dataclass(frozen=True)
class _Wanted:
    """How the user wants the data set gone through."""

    layers: tuple[str, ...]
    save: str | None
    resume: bool
    histograms: bool
    skip_broken: bool
    judged: bool
    """Whether right classes are needed for what is to be shown."""
    quiet: bool


def _columns() -> tuple[Column, ...]:
    from dataflow_cli.render.profile import COLUMNS

    by: By = click.get_current_context().params.get("by") or "layer"
    return COLUMNS[by]


@click.command("profile", cls=Documented)
@network_or("what --save kept, to show it again")
@click.option(
    "--by",
    type=click.Choice(["layer", "channel", "class"]),
    default="layer",
    is_eager=True,
    metavar="layer|channel|class",
    help="What a row is: a layer, one of its channels or units, or a class.",
)
@given_options
@click.option("--labels", metavar="FILE", type=FILE, help="The right classes, by number from 0 or name, one a sample.")
@layers_option("Only these layers; 'lstm_1:*' what one works out on the way.")
@click.option("--save", metavar="PROFILE.npz", type=TARGET, help="Keep the profile.")
@click.option("--resume", is_flag=True, help="Go on where the one that --save names was interrupted.")
@click.option("--histograms", is_flag=True, help="Count values by size for every channel, too: its percentiles.")
@click.option("--skip-broken", is_flag=True, help="Name and count samples that cannot be read, and go on.")
@click.option(
    "--ranges", metavar="FILE.json", type=TARGET, help="Write scale and zero point of every layer for 8 bits."
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    metavar="SHARE",
    help="Of the values that lie within those ranges: 0.999. Default 1, the extremes.",
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    metavar="KIND",
    help="Draw it: states (maps of dead channels), top (the samples that excite each channel most), histogram, "
    "confusion, mistakes; auto for -o FILE.png and .svg.",
)
@click.option("--theme", type=click.Choice(ON), metavar="|".join(ON), help="The background of what is drawn.")
@click.option("--workers", type=click.IntRange(1, 1024), metavar="N", help="Processes that compute (extra `dask`).")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster that computes: tcp://host:8786.")
@click.option("--scheduler-file", metavar="FILE", type=FILE, help="The same, as the scheduler wrote it.")
@computing_options
@report_options(_columns, drawn=("png", "svg"))
@quiet_option
@debug_option
def command(  # noqa: PLR0917  one argument an option
    net: str,
    by: By,
    given: Given,
    layers: tuple[str, ...],
    save: str | None,
    ranges: str | None,
    share: float,
    kind: str | None,
    theme: str | None,
    workers: int | None,
    scheduler: str | None,
    scheduler_file: str | None,
    computing: Computing,
    report: ReportOptions,
    *,
    resume: bool,
    histograms: bool,
    skip_broken: bool,
    quiet: bool,
) -> None:
    """Send a whole data set through a network: dead units, ranges, what excites a channel, where answers are wrong.

    Memory does not grow with the data set. The result is the same to the bit for any number of threads and workers.

    \b
    Examples:
      dftrace profile mnist-cnn.yaml -i mnist.npz:x_test --labels mnist.npz:y_test
      dftrace profile net.yaml -i pictures/                     a folder a class
      dftrace profile net.yaml -i 'part-*.npy' --save p.npz     shards
      dftrace profile net.yaml -i 'part-*.npy' --save p.npz --resume
      dftrace profile p.npz --by channel -l conv2d_1            that again, by channel
      dftrace profile p.npz --by class                          what is taken for what
      dftrace profile p.npz -o p.svg                            as a picture
      dftrace profile p.npz --kind top -l conv2d_1 -o top.png   what excites its channels
      dftrace profile net.yaml -i x.npy --histograms --by channel --kind histogram
      dftrace profile p.npz --ranges ranges.json --share 0.999  for a quantizer
      dftrace profile net.yaml -i x.npy --scheduler tcp://10.0.0.1:8786
    """  # noqa: D301
    from dataflow_cli.profile.saved import is_saved_profile, load_profile, save_profile

    drawn = is_drawn(kind, report)
    if theme is not None and not drawn:
        raise click.UsageError("--theme is of a picture: add --kind, or -o FILE.png")
    if net != "-" and is_saved_profile(net):
        refuse_options("a saved profile", _OF_SAVED, "name the network file to profile anew")
        found = load_profile(net)
    else:
        check_given(given, net)
        judged = by == "class" or kind in ("confusion", "mistakes")
        wanted = _Wanted(layers, save, resume, histograms, skip_broken, judged, quiet)
        found = _profiled(net, given, wanted, computing, _others(workers, scheduler, scheduler_file))
        if save:
            save_profile(found, save)
    names = _names(found, layers)
    if ranges:
        _write_ranges(found, names, ranges, share)
    if drawn:
        draw(found, names, kind or "auto", report, theme, by_channel=by == "channel")
    else:
        from dataflow_cli.render.profile import profile_report

        report.emit(profile_report(found, names, by))


def _others(workers: int | None, scheduler: str | None, scheduler_file: str | None) -> Others | None:
    """Who computes in place of this process. Raises UsageError if several are named."""
    named = [one for one in (workers, scheduler, scheduler_file) if one is not None]
    if len(named) > 1:
        raise click.UsageError(
            "--workers, --scheduler and --scheduler-file are three ways to say who computes: use one"
        )
    if not named:
        return None
    from dataflow_cli.profile.distributed import cluster

    return cluster(workers=workers, address=scheduler, file=scheduler_file)


def _profiled(net: str, given: Given, wanted: _Wanted, computing: Computing, others: Others | None) -> Profile:
    """The profile of a data set. Raises UsageError if there is none, or nothing to go on with."""
    from dataflow_cli.profiling import PART, profiled

    if wanted.resume and not wanted.save:
        raise click.UsageError("--resume goes on with what --save names: add it")
    if not given.inputs:
        raise click.UsageError("a profile is of a data set: give it with -i")
    network = open_given(net, given)
    with progress_bar(quiet=wanted.quiet) as progress:
        found = profiled(
            network,
            given,
            wanted.layers,
            computing=computing,
            skip_broken=wanted.skip_broken,
            histograms=wanted.histograms,
            progress=progress,
            keep=None if wanted.save is None else wanted.save + PART,
            resume=wanted.resume,
            others=others,
            judged=wanted.judged,
        )
    if not wanted.quiet:
        _tell_skipped([*(why for _, why in found.skipped_files), *(why for _, _, why in found.broken)])
    return found


_TOLD = 10
"""Skipped samples that are named on stderr."""


def _tell_skipped(reasons: list[str]) -> None:
    for why in reasons[:_TOLD]:
        tell(f"skipped {why}")
    if len(reasons) > _TOLD:
        tell(f"skipped {len(reasons) - _TOLD:,} more; -f json names all")


def _names(found: Profile, layers: tuple[str, ...]) -> tuple[str, ...]:
    """The layers that are told. Raises UnknownName."""
    from dataflow_cli.globs import matching

    known = [layer.name for layer in found.layers]
    return matching(layers, known, found.layer) if layers else tuple(known)


def _write_ranges(found: Profile, names: tuple[str, ...], path: str, share: float) -> None:
    from dataflow_cli.cli.output import emit
    from dataflow_cli.profile.ranges import quantization_json

    emit(quantization_json(found, names, share), path)
