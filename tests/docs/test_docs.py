"""The docs do what they say: commands run, examples parse, doctests pass, generated pages are up to date."""

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from dataflow_cli.network.build import network_from_text
from tests.contract.shell import dftrace

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALLED = os.environ.get("DFTRACE_SCRIPTS")
"""Where `make test-install` has put the program that the README's commands are tried with."""
SCRIPTS = Path(INSTALLED or Path(sys.executable).parent)
WRITES = re.compile("dftrace init [a-z]")
PAGES = [README, (ROOT / "docs/network-file.md").read_text(encoding="utf-8")]


def blocks(language: str, *pages: str) -> list[str]:
    """The fenced blocks of a language."""
    return [found for page in pages for found in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)]


def commands() -> list[str]:
    """Every command line of ours in the README; a trailing comment is not part of it."""
    lines = [line for block in blocks("sh", README) for line in block.splitlines()]
    ours = [re.sub(r"\s+#.*$", "", line) for line in lines if line.startswith("dftrace ")]
    table = re.findall(r"\| `(dftrace [^`]*)` \|", README)
    return [*ours, *table]


def loaded(name: str):
    """A module of tools/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a shell says in which the program is on the path."""
    env = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    words = ["bash", "-c", f"set -o pipefail; {line}"]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


def tried(line: str, folder: Path) -> SimpleNamespace | subprocess.CompletedProcess[str]:
    """What a command answers, as text; in a shell where it needs one, or the program is elsewhere."""
    if INSTALLED or set(line) & set("|<>&;$*`"):
        return shell(line, folder)
    code, *said = dftrace(*shlex.split(line)[1:], cwd=folder)
    stdout, stderr = (one.decode() for one in said)
    return SimpleNamespace(returncode=code, stdout=stdout, stderr=stderr)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder that looks like the project's to the README's commands, with what these write and save."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "configs").symlink_to(ROOT / "configs")
    for command in [command for command in commands() if WRITES.match(command) or " --save " in command]:
        assert tried(command, folder).returncode == 0
    return folder


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_runs(command, workshop, tmp_path):
    done = tried(command, tmp_path if WRITES.match(command) else workshop)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_readme_has_commands():
    assert len(commands()) > 15


@pytest.mark.parametrize("text", blocks("yaml", *PAGES))
def test_every_network_file_in_the_docs_is_sound(text):
    assert network_from_text(text).nodes


def test_the_error_in_the_readme_is_the_real_one(tmp_path):
    shown = next(block for block in blocks("text", README) if "E123" in block)
    net = tmp_path / "net.yaml"
    net.write_text(
        "dftrace: 1\ninput: [28, 28, 1]\nlayers:\n  - flatten\n  - {type: conv2d, out_channels: 32, kernel_size: 3}\n"
    )
    assert shown in tried("dftrace check net.yaml", tmp_path).stdout


def test_the_python_page_is_true(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    failures, tried = doctest.testfile(str(ROOT / "docs/python.md"), module_relative=False)
    assert tried > 15
    assert failures == 0


def test_the_python_of_the_readme_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    for block in blocks("python", README):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102  our own page


def test_generated_pages_are_up_to_date():
    for path, text in loaded("make_docs").pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make figures`"


DRAWINGS = (ROOT / "docs/drawings.md").read_text(encoding="utf-8")


def drawings():
    """Every command of the page on drawings, and the text that stands under it, if there is any."""
    pattern = r"```sh\n(dftrace draw [^\n]*)\n```\n(?:\n```(?:text|mermaid)\n(.*?)```)?"
    return re.findall(pattern, DRAWINGS, re.DOTALL)


@pytest.mark.parametrize(("command", "expected"), drawings(), ids=[command for command, _ in drawings()])
def test_every_drawing_is_drawn_as_the_page_says(command, expected, tmp_path):
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    done = dftrace(*shlex.split(command)[1:], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == expected
    for out in re.findall(r"-o (\S+)\.svg", command):
        assert (tmp_path / f"{out}.svg").exists()
        for shown in (f"{out}.svg", f"{out}-dark.svg"):
            assert f"pictures/{shown}" in DRAWINGS
            assert (ROOT / "docs/pictures" / shown).exists()


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_limits_in_security_are_the_real_ones():
    """Each as the page writes it, from the constant that holds it."""
    from dataflow_cli.bench import saved as benchmarks
    from dataflow_cli.diff import debug_tree, polygraphy
    from dataflow_cli.files import h5py, npy, safetensors, source, torch_pickle, zip_end
    from dataflow_cli.importers.keras import config
    from dataflow_cli.importers.onnx import reading as onnx
    from dataflow_cli.importers.onnx import translation
    from dataflow_cli.inputs import text
    from dataflow_cli.layers.base import MAX_ELEMENTS
    from dataflow_cli.netfile import limits
    from dataflow_cli.network.build import MAX_AXES
    from dataflow_cli.render.diagram import frame, layout
    from dataflow_cli.render.pictures import sheet
    from dataflow_cli.run import available
    from dataflow_cli.trace import saved

    mib, gib, tib = 2**20, 2**30, 2**40
    rows = [
        f"{limits.MAX_BYTES // mib} MiB, {limits.MAX_DEPTH} levels, {limits.MAX_VALUES:,} values",
        f"{limits.MAX_EXPANDED:,}",
        f"2^{MAX_ELEMENTS.bit_length() - 1} elements, {MAX_AXES} axes",
        f"never over {available.ADDRESSABLE // tib} TiB",
        f"{npy.DATA_LIMIT // gib} GiB, a header of {npy._LONGEST_HEADER // 1024} KiB",
        f"{zip_end.DIRECTORY_LIMIT // mib} MiB",
        f"{torch_pickle.PICKLE_LIMIT // mib} MiB",
        f"{h5py.MOST_OBJECTS:,} groups and arrays, {h5py.MOST_DEEP} levels",
        f"{config.LONGEST // mib} MiB",
        f"{onnx.MOST_NODES:,} each",
        f"{translation.MOST_KEPT // 1_000_000} million",
        f"{saved.MAX_RECORD_BYTES // mib} MiB",
        f"{polygraphy.MAX_BYTES // gib} GiB, {debug_tree.MAX_BYTES // mib} MiB",
        f"{text.TEXT_LIMIT // mib} MiB",
        f"{source.PIPE_LIMIT // gib} GiB",
        f"{layout.MAX_BENDS:,} pieces of connections, {frame.MAX_SIDE:,} pixels long",
        f"and {sheet.MAX_PIXELS // 1_000_000} megapixels",
    ]
    assert benchmarks.MAX_BYTES == saved.MAX_RECORD_BYTES
    assert safetensors.HEADER_LIMIT == zip_end.DIRECTORY_LIMIT
    written = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == len(rows) + 1
    for cell, row in zip(written[1:], rows, strict=True):
        assert row in cell
    assert f"{limits.MAX_LAYERS:,} layers, {limits.MAX_INPUTS:,} inputs, {limits.MOST_PROBLEMS} mistakes" in written[1]
