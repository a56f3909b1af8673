"""How help reads: what the command does, examples, then arguments and options in groups, at 80 columns."""

from __future__ import annotations

import click

EXAMPLES_FIRST = {"help_option_names": ["-h", "--help"], "max_content_width": 80}
"""Click's settings for every command."""
_GROUPS = {
    "Options": None,
    "How the result is written": ("format", "fields", "header", "output", "color", "width"),
    "Help and messages": ("verbose", "quiet", "debug", "version", "help"),
}
"""The titles by the names of their options; the first has all the others."""


class Documented(click.Command):
    """A command whose help names its arguments and groups its options."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`-h`, in our words: Click would look for a translation of its own, which takes longer than our parsing."""
        if self._help_option is None:
            self._help_option = click.Option(
                ["-h", "--help", "help"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_help,
                help="Show this help.",
            )
        return self._help_option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        arguments = [(one.make_metavar(ctx), one.help_text) for one in self.params if isinstance(one, Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        grouped = {name: title for title, names in _GROUPS.items() for name in names or ()}
        for title in _GROUPS:
            records = [
                record
                for one in self.get_params(ctx)
                if grouped.get(one.name or "", "Options") == title and (record := one.get_help_record(ctx)) is not None
            ]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records, col_max=26)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Argument(click.Argument):
    """An argument with a line of help of its own."""

    def __init__(self, *names: object, help_text: str = "", **settings: object) -> None:
        super().__init__(*names, **settings)  # type: ignore[arg-type]
        self.help_text = help_text


def _show_help(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  Click's call
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()
