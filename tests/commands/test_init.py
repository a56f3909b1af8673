"""`dftrace init`: what it writes runs; nothing is overwritten or left half done."""

import csv
import io
import json
import os
import shlex
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from dataflow_cli.commands.init import MARK, command, examples_report
from dataflow_cli.errors import OutputError, UnknownName
from dataflow_cli.examples import EXAMPLES, folder
from dataflow_cli.render.formats import Style, write
from tests.contract import inside

ROOT = Path(__file__).parents[2]
NAMES = [example.name for example in EXAMPLES]
LARGE = {
    "vgg16",
    "resnet50",
    "mobilenetv2",
    "unet",
    "vit-base-16",
    "gpt2",
    "bert-base",
    "minilm-l6",
    "llama-smollm-135m",
}
"""What takes seconds to run: test_large.py does."""

EVERY_EXAMPLE = """
from dataflow_cli.examples import EXAMPLES, folder
from dataflow_cli.commands.main import group
for one in EXAMPLES:
    group.main(["init", one.name, "-q"], standalone_mode=False)
group.main(["run", "mnist-cnn/mnist-cnn.yaml"], standalone_mode=False)
print(folder())
"""
"""Writes every example and runs the one with most beside it, in one process; says last where they came from."""

SEPARATE = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
"""Older Clicks mix stdout and stderr unless told not to."""

each = pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)


def dftrace(*words, cwd, **environment):
    """What the program answers its user, as text."""
    done = inside.dftrace(*words, cwd=cwd, env=environment)
    return SimpleNamespace(returncode=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr.decode())


@pytest.fixture
def init(tmp_path, monkeypatch):
    """Calls `init` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        return CliRunner(**SEPARATE).invoke(command, words, catch_exceptions=False, standalone_mode=False)

    return call


def files_of_the_package():
    """What an installed package holds: the modules, and the examples in a folder of theirs."""
    modules = {path for path in files(ROOT / "dataflow_cli") if not path.endswith(".pyc")}
    return modules | {f"configs/{path}" for path in files(folder())}


def files(place):
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


class TestWriting:
    @each
    def test_all_files_arrive_unchanged_and_run(self, init, tmp_path, example):
        """But for the first line of the network file, which names the schema."""
        init(example.name)
        place = tmp_path / example.name
        assert files(place) == {*example.files, "dftrace.schema.json"}
        for file in example.files[1:]:
            assert (place / file).read_bytes() == (folder() / file).read_bytes()
        first, rest = (place / example.network_file).read_text(encoding="utf-8").split("\n", 1)
        assert first == "# yaml-language-server: $schema=dftrace.schema.json"
        assert rest == (folder() / example.network_file).read_text(encoding="utf-8")
        plain = f"dftrace {'params' if example.name in LARGE else 'run'} {example.network_file}"
        for line in (plain, *(line for line in example.commands if not line.startswith("dftrace bench"))):
            done = dftrace(*shlex.split(line)[1:], cwd=place)
            assert (done.returncode, done.stderr) == (0, ""), line
            assert example.name in done.stdout

    def test_the_schema_is_that_of_the_command(self, init, tmp_path):
        init("pooling")
        done = dftrace("schema", cwd=tmp_path)
        assert (tmp_path / "pooling" / "dftrace.schema.json").read_text(encoding="utf-8") == done.stdout

    def test_a_folder_of_another_name(self, init, tmp_path):
        init("pooling", "lessons/6")
        assert files(tmp_path) == {"lessons/6/pooling.yaml", "lessons/6/dftrace.schema.json"}

    def test_the_folder_one_is_in(self, init, tmp_path):
        result = init("pooling", ".")
        assert files(tmp_path) == {"pooling.yaml", "dftrace.schema.json"}
        assert "cd" not in result.stderr.split()

    def test_what_to_try_stands_on_stderr(self, init):
        result = init("mlp-2-5-1", "my lesson")
        assert result.stdout == ""
        assert result.stderr == (
            "6 files written to my lesson\n"
            "Try:\n"
            "  cd 'my lesson'\n"
            "  dftrace run mlp-2-5-1.yaml --values full\n"
            "  dftrace run mlp-2-5-1.yaml -i mlp-2-5-1-test.csv --labels mlp-2-5-1-labels.csv\n"
            "  dftrace show mlp-2-5-1.yaml --kind scatter -i mlp-2-5-1-train.csv --labels mlp-2-5-1-train-labels.csv\n"
        )

    def test_quiet(self, init, tmp_path):
        assert init("pooling", "-q").output == ""
        assert files(tmp_path / "pooling")


class TestRefusing:
    def test_files_that_are_there(self, init, tmp_path):
        init("pooling")
        (tmp_path / "pooling" / "pooling.yaml").write_text("mine")
        with pytest.raises(OutputError, match=r"^pooling/pooling\.yaml: is there already, and so is 1 more$"):
            init("pooling")
        assert (tmp_path / "pooling" / "pooling.yaml").read_text() == "mine"

    def test_force(self, init, tmp_path):
        init("pooling")
        (tmp_path / "pooling" / "pooling.yaml").write_text("mine")
        init("pooling", "--force")
        assert (tmp_path / "pooling" / "pooling.yaml").read_text(encoding="utf-8").startswith(MARK)

    def test_the_exit_code_is_2_and_stdout_empty(self, tmp_path):
        (tmp_path / "pooling").mkdir()
        (tmp_path / "pooling" / "pooling.yaml").write_text("mine")
        done = dftrace("init", "pooling", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "error[E400]: pooling/pooling.yaml: is there already\n"
            "  help: name another folder, or overwrite with --force\n"
        )
        assert files(tmp_path) == {"pooling/pooling.yaml"}

    def test_an_unknown_example(self, init, tmp_path):
        with pytest.raises(UnknownName, match=r"^there is no example 'poolin'$") as caught:
            init("poolin")
        assert caught.value.hint == "did you mean 'pooling'?"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("option", ["--list", "-f=json", "--fields=name", "--no-header", "-o=x", "--width=80"])
    def test_options_of_the_list_with_an_example(self, tmp_path, option):
        done = dftrace("init", "pooling", *option.split("="), cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{option.split('=')[0]} is for the list of examples" in done.stderr
        assert list(tmp_path.iterdir()) == []


class TestListing:
    def test_without_an_example_it_lists_and_says_how_to_choose(self, tmp_path):
        done = dftrace("init", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(name in done.stdout for name in NAMES)
        assert "`dftrace init EXAMPLE` writes one of them" in done.stdout
        assert list(tmp_path.iterdir()) == []

    def test_list_is_the_same(self, init):
        assert init("--list").stdout == init().stdout

    def test_json(self, init):
        found = json.loads(init("--list", "-f", "json").stdout)
        assert found["schema"] == "dftrace.examples/1"
        assert [one["name"] for one in found["examples"]] == NAMES
        assert found["examples"][0] == {
            "name": "cifar-minibatch",
            "section": "1",
            "see": "24 color pictures of 32 x 32 go through a network at once: (24, 32, 32, 3)",
            "command": "dftrace run cifar-minibatch.yaml",
        }

    def test_csv(self, init):
        header, *rows = csv.reader(io.StringIO(init("-f", "csv", "--fields", "name,section").stdout))
        assert header == ["name", "section"]
        assert rows == [[example.name, example.section] for example in EXAMPLES]

    @pytest.mark.parametrize("form", ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex"])
    def test_every_format_has_a_row_an_example(self, init, form):
        shown = init("--list", "-f", form).stdout
        assert shown == write(examples_report(), form, Style())
        assert len([line for line in shown.splitlines() if any(name in line for name in NAMES)]) == len(NAMES)

    def test_to_a_file(self, init, tmp_path):
        init("--list", "-f", "tsv", "--fields", "name", "--no-header", "-o", "names.txt")
        assert (tmp_path / "names.txt").read_text(encoding="utf-8").split() == NAMES


class TestStart:
    @pytest.mark.parametrize("words", [("pooling",), ("--list", "-f", "plain")])
    def test_neither_numpy_nor_pillow_nor_rich_is_loaded(self, tmp_path, words):
        code = (
            "import sys; from dataflow_cli.commands.init import command; "
            f"command({list(words)!r}, standalone_mode=False); "
            "print(sorted({'numpy', 'PIL', 'rich'} & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stderr.splitlines()[-1] == "[]"

    def test_names_are_completed(self, tmp_path):
        words = {"COMP_WORDS": "dftrace init ml", "COMP_CWORD": "2"}
        done = dftrace(cwd=tmp_path, _DFTRACE_COMPLETE="bash_complete", **words)
        assert done.stdout.splitlines() == ["plain,mlp-2-5-1"]


class TestInstalled:
    def test_the_wheel_is_told_to_take_the_configs(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
            "configs": "dataflow_cli/configs"
        }

    @pytest.mark.skipif(find_spec("hatchling") is None, reason="needs hatchling, which builds the wheel")
    def test_an_installed_wheel_has_all_files_and_writes_every_example(self, tmp_path):
        """Which then run as they do here, where `test_all_files_arrive_unchanged_and_run` has them run."""
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = tmp_path.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path / "site")
        assert files(tmp_path / "site" / "dataflow_cli") == files_of_the_package()
        place = tmp_path / "home"
        place.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", EVERY_EXAMPLE],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == str(tmp_path / "site" / "dataflow_cli" / "configs")
        for one in EXAMPLES:
            assert files(place / one.name) == {*one.files, "dftrace.schema.json"}
            for file in one.files[1:]:
                assert (place / one.name / file).read_bytes() == (folder() / file).read_bytes()
