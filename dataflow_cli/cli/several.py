"""Options that take several values at once, as a shell's `-i digits/*.png` writes them; Click knows one value each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from collections.abc import Sequence


class Several(click.Option):
    """An option of which every word behind it is a value, up to the next option: `-i a.png b.png`."""


class SurplusError(click.UsageError):
    """A word too many, which was perhaps meant as a value of the option that takes several."""

    def __init__(self, word: str, several: Several, ctx: click.Context) -> None:
        shown = printable(word)
        super().__init__(f"'{shown}' is one word too many", ctx)
        arguments = " ".join(str(ctx.params.get(one.name or "")) for one in ctx.command.params if _is_argument(one))
        short = min(several.opts, key=len)
        self.hint = f"inputs go with {short}: {ctx.command_path} {printable(arguments)} {short} {shown}"


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def several_of(parameters: Sequence[click.Parameter]) -> Several | None:
    """The option that takes several values, if there is one."""
    return next((one for one in parameters if isinstance(one, Several)), None)


def check_surplus(ctx: click.Context, words: list[str], several: Several) -> list[str]:
    """The words that no argument takes: none. Raises SurplusError for the first, unless a completion asks."""
    if words and not ctx.resilient_parsing:
        raise SurplusError(words[0], several, ctx)
    return words


def one_option_each(words: list[str], several: Several, parameters: Sequence[click.Parameter]) -> list[str]:
    """The words with the option again before every further value.

    What a command must have (`NET`) is no value: where it stands nowhere else, it is the last of the words.
    """
    runs = _runs(words, several, parameters)
    free = sum(len(run) for option, run in runs if option in ("", "--"))
    lacking = sum(one.required for one in parameters if isinstance(one, click.Argument)) - free
    result: list[str] = []
    for option, run in reversed(runs):
        back = max(0, min(lacking, len(run) - 1)) if option in several.opts else 0
        lacking -= back
        values, net = (run[: len(run) - back], run[len(run) - back :]) if back else (run, [])
        result[:0] = [*_each(option, values, several), *net]
    return result


def _each(option: str, values: list[str], several: Several) -> list[str]:
    if option in several.opts:
        return [word for value in _as_people_count(values) for word in (option, value)] or [option]
    return [option, *values] if option else values


def _as_people_count(values: list[str]) -> list[str]:
    """What a shell wrote for a GLOB of its own, 1.png 10.png 2.png, in the order of the numbers.

    Three or more words in a shell's order are taken for that; in any other order they were written by hand.
    """
    for fold in (str, str.casefold):
        if len(values) > 2 and values == sorted(values, key=fold):
            from dataflow_cli.inputs.several import natural

            return sorted(values, key=lambda value: natural(fold(value)))
    return values


def _runs(words: list[str], several: Several, parameters: Sequence[click.Parameter]) -> list[tuple[str, list[str]]]:
    """The words by the option before them; those of no option under an empty name."""
    takes = {name: one for one in parameters if isinstance(one, click.Option) for name in one.opts}
    runs: list[tuple[str, list[str]]] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        option = takes.get(name)
        if word == "--":
            runs += [(word, list(rest))]
        elif option is several:
            runs.append((several.opts[-1], [value] if equals else []))
        elif word.startswith("-") and word != "-":
            alone = option is None or option.is_flag or bool(equals)
            runs.append((word, [] if alone else list(islice(rest, 1))))
        elif runs and runs[-1][0] in several.opts:
            runs[-1][1].append(word)
        else:
            runs.append(("", [word]))
    return runs
