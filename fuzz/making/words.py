"""Command lines by Click's own tables: every command, every option, values of its type and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.commands.main import COMMANDS, group
from fuzz.making.values import EXTREMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzz.case import Case

TEXTS = (
    *("", "0", "1", "-1", "1,0", "1,2,3,4", "nan,inf", "all", "help", "x", "*", "[", "[!", "1/2", "auto", "none", "-"),
    *("1GiB", "400MiB", "1e3", "\x1b[31m", "a" * 5000, "é", "\u202e", "\udcff", "name,type", "dense_1", "conv*"),
    *("input=x", "=", "x=", "1" * 400, "0x10", "1e999", "--", "-q", "name,name"),
)
PATHS = (
    "out.png",
    "out.svg",
    "out.txt",
    "out.npz",
    "-",
    ".",
    "absent/x",
    "/dev/null",
    "/dev/full",
    "/dev/stdout",
    "x.npy",
)
ELEMENTS = (
    "dense_1[0]",
    "dense_1[:]",
    "dense_1",
    "conv2d_1[0,0,0]",
    "input[0,0]",
    "[",
    "x[",
    "dense_1[-1]",
    "dense_1[1e9]",
)
MOST_THREADS = 3
MOST_SAMPLES = 1024
"""A batch of more takes as long as it has to: that is no finding."""
_LONG_WORK = ("--repeat", "1")


def command_line(case: Case, networks: Sequence[str], files: Sequence[str]) -> list[str]:
    """A command with some of its options."""
    name = case.rng.choice(list(COMMANDS))
    command = group.get_command(click.Context(group), name)
    words = [name]
    for parameter in command.params if command else ():
        if isinstance(parameter, click.Argument):
            words += _argument(case, parameter, networks)
        elif case.chance(0.15):
            words += _option(case, parameter, files)
    if case.chance(0.03):
        words.insert(case.rng.randrange(len(words) + 1), case.rng.choice(TEXTS))
    return [*words, *(_LONG_WORK if name == "bench" else ())]


def _argument(case: Case, parameter: click.Parameter, networks: Sequence[str]) -> list[str]:
    if parameter.name in ("net", "nets", "a", "b"):
        return [case.rng.choice(networks)]
    if parameter.name == "element":
        return [case.rng.choice(ELEMENTS)]
    if isinstance(parameter.type, click.Choice):
        return [str(case.rng.choice(list(parameter.type.choices)))]
    return [case.rng.choice(("mnist-cnn", "xor-mlp", "dense", *TEXTS))] if case.chance(0.7) else []


def _option(case: Case, parameter: click.Parameter, files: Sequence[str]) -> list[str]:
    name = case.rng.choice((*parameter.opts, *parameter.secondary_opts))
    if getattr(parameter, "is_flag", False) or name == "--no-header":
        return [name]
    return [name, _value(case, parameter, files)]


def _value(case: Case, parameter: click.Parameter, files: Sequence[str]) -> str:
    """Mostly what the option takes."""
    return str(case.rng.choice(TEXTS if case.chance(0.1) else _values(parameter, files)))


def _values(parameter: click.Parameter, files: Sequence[str]) -> Sequence[Any]:
    kind: Any = parameter.type
    if parameter.name == "threads":
        return range(1, MOST_THREADS + 1)
    if parameter.name == "batch":
        return [number for number in EXTREMES if not isinstance(number, int) or number <= MOST_SAMPLES]
    if isinstance(kind, click.Choice):
        return list(kind.choices)
    if isinstance(kind, click.IntRange):
        return (0, 1, 2, 3, 10, 40, 100, *EXTREMES)
    if parameter.name in ("output", "save"):
        return PATHS
    return (*files, *PATHS) if getattr(kind, "name", "") == "path" else TEXTS
