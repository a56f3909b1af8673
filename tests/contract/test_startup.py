"""What is imported: start-up is part of the product."""

import json

import pytest

from tests.contract.shell import MNIST, python

LOADED = """
import io, os, sys
sys.stdout = io.TextIOWrapper(io.BytesIO())
sys.argv = ["dftrace", *{arguments!r}]
os.environ.update({environment!r})
from dataflow_cli.commands.main import main
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
import json
sys.__stdout__.write(json.dumps(sorted(sys.modules)))
"""

MACHINE = [["-f", form] for form in ("plain", "tsv", "csv", "json", "jsonl", "markdown")]
COUNTING = [
    [],
    ["--help"],
    ["--version"],
    ["run", "--help"],
    ["params", "--help"],
    ["run", "--fields", "help"],
    ["params", str(MNIST), "-f", "table"],
    *(["params", str(MNIST), *form] for form in MACHINE),
    ["params", str(MNIST), "--by", "tensor", "-v", "-f", "plain"],
    ["check", str(MNIST)],
    ["check", str(MNIST), "-f", "json"],
    ["layers"],
    ["layers", "conv2d", "-f", "plain"],
    ["layers", "-f", "json"],
    ["init", "--list", "-f", "plain"],
    ["schema"],
    ["completion", "bash"],
]
NUMERIC = {"numpy", "PIL"}
HEAVY = {"importlib.metadata", "secrets", "shutil", "asyncio", "http", "email", "zipfile"}
"""Modules that counting a network does not need."""


def loaded(arguments, **environment):
    code = LOADED.format(arguments=arguments, environment=environment)
    return {name.partition(".")[0] if not name.startswith("importlib") else name for name in json.loads(python(code))}


@pytest.mark.parametrize(
    "arguments", COUNTING, ids=lambda arguments: " ".join(one.rpartition("/")[2] for one in arguments)
)
def test_counting_never_imports_numpy_or_pillow_and_rich_only_draws_tables(arguments):
    modules = loaded(arguments)
    assert not modules & NUMERIC
    draws = "table" in arguments or arguments == ["layers"]
    assert ("rich" in modules) is draws


@pytest.mark.parametrize(
    "line",
    [
        "dftrace ",
        "dftrace run --",
        f"dftrace run {MNIST} -l c",
        "dftrace layers c",
        "dftrace init m",
        "dftrace params ",
    ],
)
def test_completion_never_imports_numpy_pillow_or_rich(line):
    words = line.split(" ")
    modules = loaded([], _DFTRACE_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1))
    assert not modules & (NUMERIC | {"rich"})


@pytest.mark.parametrize("arguments", [["params", str(MNIST), "-f", "json"], ["params", str(MNIST), "-f", "plain"]])
def test_nothing_heavy_is_imported_to_count(arguments):
    assert not loaded(arguments) & HEAVY


def test_the_package_itself_imports_nothing():
    code = "import sys, dataflow_cli; print(sorted(name for name in sys.modules if name.startswith('dataflow_cli')))"
    assert python(code).strip() == "['dataflow_cli']"
    code = "import sys, dataflow_cli; print({'numpy', 'yaml', 'click', 'rich', 'PIL'} & set(sys.modules))"
    assert python(code).strip() == "set()"


def test_running_imports_rich_only_for_a_table():
    assert "rich" not in loaded(["run", str(MNIST), "-f", "json"])
    assert "rich" in loaded(["run", str(MNIST)])
