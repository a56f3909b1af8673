"""How help reads: what the command does, examples, then arguments and options in groups, at 80 columns."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from dataflow_cli.cli.output import emit
from dataflow_cli.cli.paths import refuse_overwriting
from dataflow_cli.cli.several import check_surplus, one_option_each, several_of

_FIRST = "Options"
_GROUPS = {
    "How the result is written": ("format", "fields", "fragment", "header", "output", "color", "width"),
    "Help and messages": ("verbose", "quiet", "debug", "version", "help"),
}
"""Titles by the names of the options under them; all other options stand first, under `Options`."""
_NAMES_WIDTH = 28
"""Columns for the names of the options."""


class Documented(click.Command):
    """A command whose help names its arguments and groups its options."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **(settings | {"add_help_option": False}))
        self.params.append(_help_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words. A completion asks in the middle of a line: an option without its value must not hide NET."""
        unfinished = ctx.resilient_parsing and args and args[-1].startswith("-") and args[-1] != "-"
        words = self._spelled_out(args[:-1] if unfinished else args)
        option = several_of(self.params)
        try:
            if option is None:
                return super().parse_args(ctx, words)
            ctx.allow_extra_args = True
            rest = super().parse_args(ctx, one_option_each(words, option, self.params))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # so that its hint names this command
            raise
        return check_surplus(ctx, rest, option)

    def invoke(self, ctx: click.Context) -> Any:
        """Call it, unless what it writes is what it reads."""
        refuse_overwriting(self.params, ctx.params)
        return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        """The page, made to fit the terminal."""
        from dataflow_cli.cli.help_page import HelpPage

        page = HelpPage()
        self.format_help(ctx, page)
        return page.getvalue().rstrip("\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The arguments, then the options group by group."""
        arguments = [(one.metavar or "", one.help_text) for one in self.params if isinstance(one, Argument)]
        self._write("Arguments", arguments, formatter)
        titles = {name: title for title, names in _GROUPS.items() for name in names}
        for title in (_FIRST, *_GROUPS):
            options = [one for one in self.params if isinstance(one, click.Option)]
            records = [one.get_help_record(ctx) for one in options if titles.get(one.name or "", _FIRST) == title]
            self._write(title, [record for record in records if record is not None], formatter)

    def _spelled_out(self, args: list[str]) -> list[str]:
        """The words with long options for short ones, `--format` for `-f`, up to one that Click has to take apart.

        Click would look for a long option of that name first, and make up an error with the closest ones when there is
        none, which takes longer than all of our parsing.
        """
        options = {name: one for one in self.params if isinstance(one, click.Option) for name in one.opts}
        result: list[str] = []
        words = iter(args)
        for word in words:
            option = options.get(word)
            if option is not None:
                value = [] if option.is_flag else list(islice(words, 1))
                long = [name for name in option.opts if name.startswith("--")]
                result += [long[0] if long and (value or option.is_flag) else word, *value]
                continue
            result.append(word)
            if (word.startswith("-") and word != "-") or not self.allow_interspersed_args:
                break
        return [*result, *words]

    def _write(self, title: str, records: list[tuple[str, str]], formatter: click.HelpFormatter) -> None:
        if records:
            with formatter.section(title):
                formatter.write_dl(records, col_max=_NAMES_WIDTH)


class Argument(click.Argument):
    """An argument with a line of help of its own."""

    def __init__(self, *names: Any, help_text: str = "", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.help_text = help_text


def _help_option() -> click.Option:
    """`-h` in our words: Click would look for a translation of its own, which takes longer than our parsing."""
    return click.Option(
        ["-h", "--help", "help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_help,
        help="Show this and leave.",
    )


def _show_help(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  Click's call
    if value and not ctx.resilient_parsing:
        emit(f"{ctx.get_help()}\n")
        ctx.exit()
