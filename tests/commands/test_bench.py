"""`dftrace bench` as a command: formats, what it says of made-up inputs and weights, exit codes; never a time."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.contract.shell import MNIST, SEVEN, dftrace, in_terminal, text_of, written

BARE = """\
dftrace: 1
name: bare
input: [8, 8, 3]
layers:
  - {type: conv2d, filters: 4, kernel_size: 3}
  - flatten
  - {type: dense, units: 2}
"""
ONCE = ("--repeat", "1", "--threads", "1")


@pytest.fixture
def bare(tmp_path):
    """A network without weights."""
    return written(tmp_path, BARE)


def test_json_has_the_schema_and_all_figures():
    found = json.loads(text_of("bench", MNIST, *ONCE, "--batch", "2", "-f", "json"))
    assert found["schema"] == "dftrace.bench/1"
    assert (found["network"], found["samples"], found["threads"], found["repeat"]) == ("mnist-cnn", 2, 1, 1)
    assert (found["input"], found["dtype"]) == ("random input", "float32")
    assert [layer["name"] for layer in found["layers"]][:2] == ["conv2d_1", "conv2d_2"]
    assert found["layers"][1]["macs"] == 24 * 24 * 64 * 3 * 3 * 32
    assert found["layers"][0]["output_bytes"] == 2 * 26 * 26 * 32 * 4
    assert found["layers"][3]["flops"] is None
    assert found["totals"]["macs"] == sum(layer["macs"] for layer in found["layers"])
    assert all(found[key] > 0 for key in ("first_seconds", "sgemm_flops", "peak_bytes"))


@pytest.mark.parametrize("form", ["table", "plain", "tsv", "csv", "jsonl", "markdown", "latex"])
def test_every_format_has_a_row_a_layer(form):
    text = text_of("bench", MNIST, *ONCE, "-f", form).replace("\\", "")
    assert [name for name in ("conv2d_1", "conv2d_2", "dense_2") if name in text] == ["conv2d_1", "conv2d_2", "dense_2"]


def test_fields_are_chosen_as_everywhere():
    text = text_of("bench", MNIST, *ONCE, "-f", "csv", "--fields", "name,method,output_shape")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["name", "method", "output_shape"]
    assert [row[2] for row in rows[1:3]] == ["26x26x32", "24x24x64"]
    assert rows[1][1]


def test_verbose_says_why(bare):
    table = text_of("bench", bare, *ONCE, "-v")
    assert "why this method" in table
    assert "why this method" not in text_of("bench", bare, *ONCE)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_layers_that_only_hand_on_take_no_time(form, tmp_path):
    net = written(tmp_path, "dftrace: 1\ninput: [2, 2, 1]\nlayers:\n  - flatten\n  - {type: dropout, rate: 0.5}\n")
    assert "dropout_1" in text_of("bench", net, *ONCE, "-f", form)


def test_the_table_ends_with_what_holds_for_the_whole():
    table = text_of("bench", MNIST, *ONCE)
    lead = [line.split(":")[0] for line in table.splitlines()[-4:]]
    assert lead == ["passes", "samples", "speed", "memory"]
    assert "1 on 1 thread" in table


def test_a_picture_is_measured_if_it_is_given():
    found = json.loads(text_of("bench", MNIST, *ONCE, "-i", SEVEN, "--batch", "3", "-f", "json"))
    assert (found["input"], found["samples"]) == (str(SEVEN), 3)


def test_random_input_is_said():
    assert "random input" in text_of("bench", MNIST, *ONCE).splitlines()[0]


def test_weights_that_are_made_up_are_said_on_stderr(bare):
    done = dftrace("bench", bare, *ONCE, "-f", "json")
    assert done.returncode == 0
    assert b"bare has no weights: they are made by he_normal" in done.stderr
    assert json.loads(done.stdout)["weights"] == "he_normal, seed 0"


def test_quiet_says_nothing(bare):
    assert dftrace("bench", bare, *ONCE, "-q").stderr == b""


@pytest.mark.parametrize("how", [("--init", "zeros"), ()])
def test_weights_that_are_there_need_no_words(how):
    done = dftrace("bench", MNIST, *ONCE, *how, "-f", "json")
    assert done.stderr == b""
    assert ("zeros" in json.loads(done.stdout)["weights"]) == bool(how)


def test_the_network_may_come_from_standard_input():
    assert "bare" in text_of("bench", "-", *ONCE, "-q", stdin=BARE.encode())


def test_standard_input_can_be_read_only_once():
    done = dftrace("bench", "-", "-i", "-", stdin=BARE.encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard input (-) can be read only once" in done.stderr


@pytest.mark.parametrize(
    "words", [("--repeat", "0"), ("--batch", "0"), ("--threads", "0"), ("-i", "missing.png"), ("-w", "missing.npz")]
)
def test_what_cannot_be_is_trouble(words):
    done = dftrace("bench", MNIST, *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


def test_a_terminal_sees_no_bar_left_over():
    text, code = in_terminal("bench", MNIST, *ONCE, columns=120)
    assert code == 0
    assert "passes\r" not in text


def test_a_saved_benchmark_is_shown_again_to_the_byte(bare, tmp_path):
    saved = tmp_path / "b.json"
    for form in ("plain", "json", "tsv"):
        first = dftrace("bench", bare, *ONCE, "-q", "--save", saved, "-v", "-f", form)
        again = dftrace("bench", saved, "-v", "-f", form)
        assert (first.returncode, again.returncode, again.stderr) == (0, 0, b"")
        assert again.stdout == first.stdout


def test_a_saved_benchmark_is_not_measured_again(bare, tmp_path):
    saved = tmp_path / "b.json"
    assert dftrace("bench", bare, *ONCE, "-q", "--save", saved).returncode == 0
    done = dftrace("bench", saved, "--threads", "2", "--init", "zeros")
    assert (done.returncode, done.stdout) == (2, b"")
    said = b"a saved benchmark has no use for --init, --threads: name the network file to measure anew"
    assert said in done.stderr.replace(b"\n  ", b" ")


def test_the_table_as_json_is_no_saved_benchmark(bare, tmp_path):
    table = tmp_path / "table.json"
    table.write_text(text_of("bench", bare, *ONCE, "-q", "-f", "json"), encoding="utf-8")
    done = dftrace("bench", table)
    assert done.returncode == 2
    assert b"not a saved benchmark" in done.stderr
    assert b"--save" in done.stderr
