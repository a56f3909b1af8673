"""What `profile` draws in place of its table: which rows, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.output import tell
from dataflow_cli.cli.picture_options import PictureOptions
from dataflow_cli.errors import DftraceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.cli.options import ReportOptions
    from dataflow_cli.profile.model import Profile
    from dataflow_cli.render.pictures.model import Color, Row

KINDS = ("auto", "states", "top", "histogram", "confusion", "mistakes")


def is_drawn(kind: str | None, report: ReportOptions) -> bool:
    """Whether a picture is wanted. Raises UsageError, OutputError for what cannot be written as one."""
    from dataflow_cli.render.pictures.as_file import ENDINGS, check_ending, ending

    named = report.output is not None and ending(report.output) in ENDINGS
    if kind is None and not (named and report.format == "table"):
        return False
    if report.format != "table" or report.fields is not None:
        raise click.UsageError("a picture has no format and no fields: leave out --kind, or -f and --fields")
    if report.output not in (None, "-") and not str(report.output).startswith("/dev/"):
        check_ending(str(report.output))
    return True


def draw(
    found: Profile, names: Sequence[str], kind: str, report: ReportOptions, theme: str | None, *, by_channel: bool
) -> None:
    """Draw the layers called `names`; `by_channel` histograms of their channels.

    Raises what reading the samples again raises, and OutputError.
    """
    from dataflow_cli.cli.picture_output import write_picture
    from dataflow_cli.render.pictures.profiled import profile_picture
    from dataflow_cli.render.pictures.themes import THEMES

    usual = "dark" if report.output is None else "light"
    rows = _Rows(found, names, THEMES[theme or usual].background, by_channel=by_channel)
    kinds = _usual(found) if kind == "auto" else (kind,)
    made = {one: rows.of(one, needed=kind != "auto") for one in kinds}
    drawn = [row for some in made.values() for row in some]
    told = ["by_channel" if one == "histogram" and by_channel else one for one, some in made.items() if some]
    picture = profile_picture(found, drawn, told)
    write_picture(picture, _options(report, theme))


def _usual(found: Profile) -> tuple[str, ...]:
    answers = found.answers
    return (*(["confusion"] if answers else []), *(["mistakes"] if answers and answers.mistakes else []), "states")


class _Rows:
    """The rows of a picture, by kind."""

    def __init__(self, found: Profile, names: Sequence[str], paper: Color, *, by_channel: bool) -> None:
        self.found = found
        self.names = names
        self.paper = paper
        self.by_channel = by_channel

    def of(self, kind: str, *, needed: bool) -> list[Row]:
        """Those of a kind; where they cannot be drawn and others can, stderr says why. Raises it if they are needed."""
        from dataflow_cli.render.pictures.profiled import channel_rows, confusion_row, histogram_rows, state_rows

        try:
            if kind == "confusion":
                return [confusion_row(self.found)]
            if kind == "states":
                return state_rows(self.found, self.names, self.paper)
            if kind == "histogram":
                return (channel_rows if self.by_channel else histogram_rows)(self.found, self.names)
            return self.mistakes() if kind == "mistakes" else self.top()
        except DftraceError as error:
            if needed:
                raise
            tell(f"{kind} are not drawn: {error}")
            return []

    def mistakes(self) -> list[Row]:
        """The worst mistakes, of which the samples are read again."""
        from dataflow_cli.profile.answers import no_classes
        from dataflow_cli.profile.exciting import samples_run
        from dataflow_cli.profiling import work_again
        from dataflow_cli.render.pictures.excerpts import MISTAKES, mistakes_row

        if self.found.answers is None:
            raise no_classes()
        order = sorted({one.sample for one in self.found.answers.mistakes[:MISTAKES]})
        if not order:
            raise UnknownName("every answer is right", hint="--kind confusion shows them")
        return [mistakes_row(self.found, samples_run(work_again(self.found), order), order)]

    def top(self) -> list[Row]:
        """What excites the channels of layers most."""
        from dataflow_cli.profile.exciting import exciting
        from dataflow_cli.profiling import work_again
        from dataflow_cli.render.pictures.excerpts import excited_row

        layers = [layer for layer in self.found.layers if layer.name in self.names and layer.is_excited]
        if not layers:
            raise UnknownName("none of these layers has channels that samples excite", hint="name others with -l")
        work = work_again(self.found)
        return [excited_row(exciting(work, layer), self.paper) for layer in layers]


def _options(report: ReportOptions, theme: str | None) -> PictureOptions:
    """What a picture's options are where nothing else is said."""
    return PictureOptions(
        kind="auto",
        scale="layer",
        map="auto",
        cmap="gray",
        invert=False,
        group="auto",
        top=10,
        query=None,
        zoom=None,
        columns=1,
        theme=theme,
        title=None,
        caption=None,
        font_size=12,
        terminal="auto",
        width=report.width,
        output=report.output,
        color=report.color,
    )
