"""The table of examples and the files in `configs` say the same, and every network file is sound."""

import shlex
import subprocess
import sys

import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import UnknownName
from dataflow_cli.examples import EXAMPLES, find_example, folder

NAMES = [example.name for example in EXAMPLES]
SECTIONS = {"": "Beyond the chapter: ", "7-9": "Sections 7 to 9: "}

each = pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)


def header(example):
    """The comment at the top of a network file."""
    text = (folder() / example.network_file).read_text(encoding="utf-8")
    return text[: text.index("\ndftrace: 1\n") + 1]


def test_the_folder_of_a_checkout(configs):
    assert folder() == configs


def test_the_table_has_every_network_file(configs):
    assert sorted(f"{name}.yaml" for name in NAMES) == sorted(path.name for path in configs.glob("*.yaml"))


def test_every_file_belongs_to_an_example(configs):
    there = {path.relative_to(configs).as_posix() for path in configs.rglob("*") if path.is_file()}
    assert {file for example in EXAMPLES for file in example.files} == there


def test_the_table_follows_the_chapter():
    assert [example.section for example in EXAMPLES if example.section] == sorted(
        example.section for example in EXAMPLES if example.section
    )


def test_check_finds_nothing(configs):
    files = sorted(map(str, configs.glob("*.yaml")))
    call = [sys.executable, "-m", "dataflow_cli.commands.main", "check", *files]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{file}: fine" for file in files]


@each
def test_it_has_the_name_of_its_file(example):
    assert load_network(folder() / example.network_file).name == example.name


@each
def test_every_input_has_an_example(example):
    assert all(entry.example for entry in load_network(folder() / example.network_file).inputs)


@each
def test_its_header_says_section_and_commands(example):
    lines = header(example).splitlines()
    assert all(line.startswith("#") for line in lines)
    assert lines[0].startswith("# " + SECTIONS.get(example.section, f"Section {example.section}: "))
    tried = [line.removeprefix("# Try:").removeprefix("#").strip() for line in lines if "dftrace " in line]
    assert tuple(tried) == example.commands


@each
def test_its_commands_name_its_files(example):
    for command in example.commands:
        program, name, file, *rest = shlex.split(command)
        assert (program, file) == ("dftrace", example.network_file)
        assert name in ("run", "params", "show", "bench", "explain")
        assert {word for word in rest if word.endswith((".png", ".csv", ".npy"))} <= set(example.files)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("conv1d-ramp", {"conv1d-ramp.yaml"}),
        ("conv2d-raccoon", {"conv2d-raccoon.yaml", "raccoon.png", "raccoon.md"}),
        ("cifar-minibatch", {"cifar-minibatch.yaml", "patches.npy", "raccoon.md"}),
        ("tiny-resnet", {"tiny-resnet.yaml", "digits/4.png", "digits/README.md"}),
        (
            "mlp-2-5-1",
            {"mlp-2-5-1.yaml"} | {f"mlp-2-5-1-{name}.csv" for name in ("test", "labels", "train", "train-labels")},
        ),
    ],
)
def test_files(name, files):
    assert set(find_example(name).files) == files


def test_the_files_of_the_whole_cnn():
    digits = {f"digits/{place}{number}.png" for place in ("", "fours/", "sixes/") for number in range(10)}
    others = {"mnist-cnn.yaml", "mnist-cnn.npz", "mnist-cnn.json", "digits/README.md"}
    assert set(find_example("mnist-cnn").files) == digits | others


def test_the_network_file_comes_first():
    assert all(example.files[0] == example.network_file for example in EXAMPLES)


def test_an_example_is_found_with_and_without_its_ending():
    assert find_example("pooling") is find_example("pooling.yaml")


@pytest.mark.parametrize(("name", "hint"), [("mnist-cn", "did you mean 'mnist-cnn'?"), ("zzz", "examples: cifar")])
def test_an_unknown_example(name, hint):
    with pytest.raises(UnknownName, match=f"^there is no example '{name}'$") as caught:
        find_example(name)
    assert caught.value.hint.startswith(hint)
