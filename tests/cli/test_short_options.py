"""Short options are read as Click reads them, only sooner."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.cli.help import Argument, Documented
from tests.contract.shell import MNIST, dftrace

WORDS = ["-f", "--format", "-v", "-vf", "-fx", "-f=x", "--format=x", "-n", "-", "--", "x", "-x", "-5", ""]


def parsed(kind, words, *, interspersed):
    """The parameters and what is left over, or the error."""
    parameters = [
        click.Option(["-f", "--format"]),
        click.Option(["-v", "--verbose"], is_flag=True),
        click.Option(["-n"], type=int),
        Argument(["files"], nargs=-1),
    ]
    command = kind("dftrace", params=parameters)
    command.allow_interspersed_args = interspersed
    try:
        with command.make_context("dftrace", list(words)) as context:
            return context.params, context.args
    except click.UsageError as error:
        return type(error), error.format_message()


@given(words=st.lists(st.sampled_from(WORDS), max_size=6), interspersed=st.booleans())
def test_the_same_as_click_reads(words, interspersed):
    expected = parsed(click.Command, words, interspersed=interspersed)
    assert parsed(Documented, words, interspersed=interspersed) == expected


@pytest.mark.parametrize(("words", "named"), [(["-f"], "'-f'"), (["-f", "odd"], "'-f' / '--format'"), (["-y"], "-y")])
def test_errors_name_the_option_that_was_written(words, named):
    done = dftrace("params", MNIST, *words)
    assert done.returncode == 2
    assert named in done.stderr.decode().splitlines()[0]
