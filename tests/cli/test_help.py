"""Help reads well at 80 columns: what it does, examples, arguments, options."""

import re

import pytest

from dataflow_cli.commands.main import COMMANDS
from tests.contract.shell import ROOT, dftrace, in_terminal, text_of

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_examples_come_before_arguments_and_options(command):
    out = text_of(*([command] if command else []), "--help")
    order = [
        out.find(f"\n{title}:") for title in ("Arguments", "Options", "How the result is written", "Help and messages")
    ]
    found = [place for place in order if place >= 0]
    assert 0 < out.find("  Examples:\n") < min(found)
    assert found == sorted(found)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_fits_into_80_columns(command):
    assert max(map(len, text_of(*([command] if command else []), "--help").splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_short_and_long_help_are_the_same_everywhere(command):
    out = text_of(command, "-h")
    assert out == text_of(command, "--help")
    assert out == in_terminal(command, "-h", columns=200)[0]
    assert out == in_terminal(command, "-h", columns=80)[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_and_option_says_what_it_is(command):
    out = text_of(command, "-h")
    usage = out.splitlines()[0]
    for name in re.findall(r"\[?[A-Z]{3,}\]?(?:\.\.\.)?", usage.replace("[OPTIONS]", "")):
        assert f"\n  {name} " in out
    for line in out.splitlines():
        if re.match(r"  -", line):
            assert re.search(r"\S  +\S|^.{28,}$", line.strip()), line


def test_help_lists_every_command_with_a_line():
    out = text_of("--help")
    for name, line in COMMANDS.items():
        assert re.search(rf"\n  {name} +{re.escape(line)}\n", out)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_are_of_this_command(command):
    examples = text_of(command, "-h").partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert sum(line.strip().startswith(f"dftrace {command}") for line in examples) >= 1


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_the_same_by_the_other_order_of_the_words(command):
    assert text_of("help", command) == text_of(command, "--help")


def test_help_alone_lists_the_commands_and_a_slip_is_named():
    assert text_of("help") == text_of("--help")
    done = dftrace("help", "rnu")
    assert done.returncode == 2
    assert b"no command 'rnu'; did you mean 'run'?" in done.stderr
