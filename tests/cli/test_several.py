"""Several values after one `-i`, wherever it stands."""

from __future__ import annotations

import json

import pytest

from tests.contract.shell import MNIST, SEVEN, dftrace, text_of

FOUR = SEVEN.with_name("4.png")


@pytest.mark.parametrize(
    "words",
    [
        [MNIST, "-i", SEVEN, FOUR],
        ["-i", SEVEN, FOUR, MNIST],
        [MNIST, "--input", SEVEN, "-i", FOUR],
        [MNIST, f"--input={SEVEN}", FOUR],
        ["-i", SEVEN, FOUR, "-q", MNIST],
        [MNIST, "-q", "-i", SEVEN, FOUR, "--top", "1"],
    ],
)
def test_every_word_behind_it_is_a_file(words):
    trace = json.loads(text_of("run", *words, "-f", "json"))
    assert trace["sources"] == [str(SEVEN), str(FOUR)]


def test_two_arguments_are_left_where_they_stand():
    first = text_of("explain", MNIST, "dense_2[7]", "-i", SEVEN)
    assert text_of("explain", "-i", SEVEN, MNIST, "dense_2[7]") == first


def test_a_folder_and_a_glob_in_one():
    fours = SEVEN.parent / "fours"
    whole = json.loads(text_of("run", MNIST, "-i", fours, "-f", "json"))
    assert whole["sources"] == [str(fours / f"{n}.png") for n in range(10)]
    assert json.loads(text_of("run", MNIST, "-i", f"{fours}/*.png", "-f", "json"))["sources"] == whole["sources"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.png 10.png 11.png 2.png", "1.png 2.png 10.png 11.png"),
        ("a1.png A10.png a2.png", "a1.png a2.png A10.png"),
        ("a.png B.png c.png", "a.png B.png c.png"),
        ("10.png 2.png", "10.png 2.png"),
        ("2.png 10.png 1.png", "2.png 10.png 1.png"),
    ],
)
def test_a_glob_of_the_shell_is_read_in_the_order_of_its_numbers_and_any_other_order_stays(tmp_path, written, read):
    for name in written.split():
        (tmp_path / name).write_bytes(SEVEN.read_bytes())
    words = [tmp_path / name for name in written.split()]
    for line in ([MNIST, "-i", *words], ["-i", *words, MNIST]):
        assert json.loads(text_of("run", *line, "-f", "json"))["sources"] == [str(tmp_path / n) for n in read.split()]


@pytest.mark.parametrize("command", [["run", MNIST], ["show", MNIST], ["explain", MNIST, "dense_2[7]"]])
def test_a_picture_without_the_option_is_told_of_it(command):
    done = dftrace(*command, SEVEN)
    assert done.returncode == 2
    assert f"'{SEVEN}' is one word too many".encode() in done.stderr
    meant = " ".join(map(str, [*command, "-i", SEVEN]))
    assert f"help: inputs go with -i: dftrace {meant}\n".encode() in done.stderr
    followed = dftrace(*command, "-i", SEVEN, *(["-o", "-"] if command[0] == "show" else []))
    assert followed.returncode == 0


def test_an_option_without_its_value_points_to_its_own_command():
    done = dftrace("run", MNIST, "-i")
    assert (done.returncode, b"help: dftrace run -h shows how it is called" in done.stderr) == (2, True)
