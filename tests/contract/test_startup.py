"""What is imported: start-up is part of the product."""

import json
import subprocess
import sys

import pytest

from tests.contract.shell import MNIST, SEVEN, dftrace, python

LOADED = """
import io, os, sys
sys.stdout = io.TextIOWrapper(io.BytesIO())
sys.argv = ["dftrace", *{arguments!r}]
os.environ.update({environment!r})
from dataflow_cli.__main__ import main
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
import json
sys.__stdout__.write(json.dumps(sorted(sys.modules)))
"""

MACHINE = [["-f", form] for form in ("plain", "tsv", "csv", "json", "jsonl", "markdown", "latex")]
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
    ["params", str(MNIST), "--by", "block", "--batch", "32", "-f", "plain"],
    ["draw", str(MNIST)],
    ["draw", str(MNIST), "-f", "mermaid"],
    ["draw", str(MNIST), "-f", "dot", "--color-by", "params"],
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


OTHERS = f"""
import json, sys
import numpy
from PIL import Image
Image.open({str(SEVEN)!r}, formats=["PNG"]).load()
print(json.dumps(sorted(sys.modules)))
"""
"""What NumPy and Pillow import by themselves to read a picture: their older versions most of what they have."""

UNUSED = {
    "params": {
        *("decimal", "difflib", "fractions", "locale", "numbers", "pathlib", "unicodedata", "urllib"),
        *(
            "dataflow_cli.api",
            "dataflow_cli.explaining",
            "dataflow_cli.inputs",
            "dataflow_cli.trace",
            "dataflow_cli.weights",
        ),
        *(f"dataflow_cli.kernels.{name}" for name in ("activations", "conv", "dense", "elementwise", "pooling")),
        *("dataflow_cli.layers.explaining.blocks", "dataflow_cli.layers.explaining.explanation"),
        *("dataflow_cli.layers.explaining.starting", "dataflow_cli.layers.explaining.taking"),
        *("dataflow_cli.layers.explaining.unrolling", "dataflow_cli.run", "dataflow_cli.explain", "dataflow_cli.bench"),
        *("dataflow_cli.network.inline", "dataflow_cli.netfile.dialects", "dataflow_cli.render.pictures"),
        "dataflow_cli.layers.receptive_fields.feeding",
    },
    "run": {
        *("asyncio", "concurrent", "difflib", "hashlib", "gzip", "hmac", "locale", "random", "secrets", "ssl"),
        *(
            "subprocess",
            "tempfile",
            "numpy.ma",
            "numpy.random",
            "PIL.ImageOps",
            "PIL.BmpImagePlugin",
            "PIL.GifImagePlugin",
            "PIL.JpegImagePlugin",
            "rich",
        ),
        *("dataflow_cli.layers.explaining.blocks", "dataflow_cli.layers.explaining.explanation"),
        *("dataflow_cli.layers.explaining.starting", "dataflow_cli.bench"),
        *("dataflow_cli.network.inline", "dataflow_cli.netfile.dialects", "dataflow_cli.render.pictures"),
        *("dataflow_cli.files.atomic", "dataflow_cli.files.temporary", "dataflow_cli.files.unfinished"),
        *("dataflow_cli.inputs.misfit", "dataflow_cli.layers.receptive_fields.feeding"),
    },
}
"""Modules and packages that a command has no use for with an ordinary network."""

MOST = {"params": 98, "run": 200}
"""Modules of ours that such a command may import: each takes 0.1 to 0.2 ms of its start, whatever is in it."""


def all_loaded(arguments, **environment):
    return json.loads(python(LOADED.format(arguments=arguments, environment=environment)))


def loaded(arguments, **environment):
    names = all_loaded(arguments, **environment)
    return {name.partition(".")[0] if not name.startswith("importlib") else name for name in names}


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


@pytest.mark.parametrize("arguments", [["params", str(MNIST)], ["run", str(MNIST), "-i", str(SEVEN)]])
def test_what_a_command_does_not_use_is_not_imported(arguments):
    unused = UNUSED[arguments[0]]
    names = set(all_loaded([*arguments, "-f", "plain"]))
    if arguments[0] == "run":
        names -= set(json.loads(python(OTHERS)))
    assert [name for name in names for one in unused if f"{name}.".startswith(f"{one}.")] == []
    assert len([name for name in names if name.startswith("dataflow_cli")]) <= MOST[arguments[0]]


def test_the_package_itself_imports_nothing():
    code = "import sys, dataflow_cli; print(sorted(name for name in sys.modules if name.startswith('dataflow_cli')))"
    assert python(code).strip() == "['dataflow_cli']"
    code = "import sys, dataflow_cli; print({'numpy', 'yaml', 'click', 'rich', 'PIL'} & set(sys.modules))"
    assert python(code).strip() == "set()"


def test_running_imports_rich_only_for_a_table():
    assert "rich" not in loaded(["run", str(MNIST), "-f", "json"])
    assert "rich" in loaded(["run", str(MNIST)])


def test_the_package_is_the_program():
    answer = subprocess.run([sys.executable, "-m", "dataflow_cli", "layers", "relu"], capture_output=True, check=True)
    assert answer.stdout == dftrace("layers", "relu").stdout
