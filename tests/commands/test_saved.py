"""A saved trace in place of a network file: what was shown is shown again, to the byte."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from tests.contract.shell import MNIST, SEVEN, dftrace, text_of, written

RAMP = MNIST.parent / "conv1d-ramp.yaml"
FOUR = SEVEN.with_name("4.png")
SIGNALS = """\
dftrace: 1
name: signals
data_format: channels_first
input: {shape: [2, 6], example: [[1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1]]}
weights: {init: he_normal, seed: 4}
layers:
  - {type: conv1d, filters: 2, kernel_size: 3, strides: 2, padding: same}
  - {type: max_pooling1d, pool_size: 2}
"""
COLORS = """\
dftrace: 1
name: colors
input: {shape: [4, 4, 3], scale: 1/255, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.1]}
weights: {init: he_normal}
layers: [{type: conv2d, filters: 2, kernel_size: 3}, flatten, {type: dense, units: 12}]
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Two digits, with the tensors of some layers."""
    saved = tmp_path_factory.mktemp("kept") / "trace.npz"
    done = dftrace("run", MNIST, "-i", SEVEN, "-i", FOUR, "-l", "conv2d_1", "-l", "input", "--save", saved)
    assert (done.returncode, done.stderr) == (0, b"")
    return saved


def test_run_shows_the_table_again(tmp_path):
    saved, labels = tmp_path / "t.npz", tmp_path / "labels.csv"
    labels.write_text("7\n3\n", encoding="utf-8")
    how = ("--fail-on", "nan", "--fields", "all", "--labels", labels, "--values", "head", "--top", "2")
    for form in ("plain", "json", "jsonl", "markdown"):
        first = dftrace("run", MNIST, "-i", SEVEN, "-i", FOUR, "--save", saved, "-l", "*", *how, "-f", form)
        again = dftrace("run", saved, "-l", "*", *how, "-f", form)
        assert (first.returncode, again.returncode, again.stderr) == (0, 0, b"")
        assert again.stdout == first.stdout
    again = dftrace("run", saved, "-f", "latex", "--fragment")
    assert again.stdout.startswith(b"% needs")


def test_right_answers_are_counted_again(kept, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("7\n3\n", encoding="utf-8")
    assert "accuracy: 1 of 2 right" in text_of("run", kept, "--labels", labels)


def test_run_prints_the_tensors_that_were_kept(kept):
    steps = json.loads(text_of("run", kept, "--values", "head", "-f", "json"))["steps"]
    assert [step["name"] for step in steps if step["first_values"]] == ["input", "conv2d_1", "dense_2"]
    array = np.load(io.BytesIO(dftrace("run", kept, "-l", "input", "-f", "npy").stdout))
    assert array.shape == (2, 28, 28, 1)


@pytest.mark.parametrize(
    ("net", "given"),
    [
        (MNIST, ("-i", SEVEN, "-i", FOUR)),
        (RAMP, ()),
        (SIGNALS, ()),
        (COLORS, ("-i", "PICTURE")),
    ],
    ids=["mnist", "ramp", "signals", "colors"],
)
def test_show_draws_the_same_picture_again(net, given, tmp_path):
    from PIL import Image

    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5).save(tmp_path / "p.png")
    given = [tmp_path / "p.png" if word == "PICTURE" else word for word in given]
    net = net if not isinstance(net, str) else written(tmp_path, net)
    assert dftrace("run", net, *given, "-l", "*", "--save", tmp_path / "t.npz").returncode == 0
    ran, again = tmp_path / "ran.png", tmp_path / "again.png"
    assert dftrace("show", net, *given, "-q", "-o", ran).returncode == 0
    assert dftrace("show", tmp_path / "t.npz", "-q", "-o", again).returncode == 0
    assert again.read_bytes() == ran.read_bytes()


def test_show_draws_what_was_kept(kept):
    text = text_of("show", kept, "--terminal", "ascii")
    assert [line.split()[0] for line in text.splitlines() if line.startswith(("input", "conv", "dense", "max"))] == [
        "input",
        "conv2d_1",
        "dense_2",
    ]


def test_kernels_are_those_of_the_network_that_the_trace_names(kept, tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    assert dftrace("show", kept, "--kind", "kernels", "-l", "conv*", "-o", one).returncode == 0
    assert dftrace("show", MNIST, "--kind", "kernels", "-l", "conv*", "-o", two).returncode == 0
    assert one.read_bytes() == two.read_bytes()


def test_a_trace_alone_is_enough(tmp_path):
    """The network stands in it: its file may be gone, or another one by now; weights are known by their fingerprint."""
    net, saved = written(tmp_path, SIGNALS), tmp_path / "t.npz"
    assert dftrace("run", net, "--save", saved).returncode == 0
    kernels, element = ("show", saved, "--kind", "kernels"), ("explain", saved, "conv1d_1[0,0]", "--back")
    before = [text_of(*words) for words in (kernels, element)]
    net.write_text(SIGNALS.replace("filters: 2", "filters: 3"), encoding="utf-8")
    assert [text_of(*words) for words in (kernels, element)] == before
    net.unlink()
    assert [text_of(*words) for words in (kernels, element)] == before
    assert "no layer differs" in text_of("diff", saved, saved)


def test_weights_that_are_gone_or_changed_are_said(tmp_path):
    net, saved, weights = (
        written(tmp_path, SIGNALS.replace("{init: he_normal, seed: 4}", "w.npz")),
        tmp_path / "t.npz",
        {},
    )
    weights["conv1d_1/kernel"], weights["conv1d_1/bias"] = np.ones((3, 2, 2), "f4"), np.zeros(2, "f4")
    np.savez(tmp_path / "w.npz", **weights)
    assert dftrace("run", net, "--save", saved).returncode == 0
    assert dftrace("explain", saved, "conv1d_1[0,0]").returncode == 0
    np.savez(tmp_path / "w.npz", **weights | {"conv1d_1/bias": np.ones(2, "f4")})
    done = dftrace("explain", saved, "conv1d_1[0,0]")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"w.npz' are not those that were run: their SHA-256 is" in done.stderr
    (tmp_path / "w.npz").unlink()
    done = dftrace("explain", saved, "conv1d_1[0,0]")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"w.npz', are not there" in done.stderr
    assert b"-w FILE" in done.stderr


REFUSED = [
    (("run", "-i", "x.png", "--threads", "2"), "no use for --input, --threads: name the network file"),
    (("run", "--save", "x.npz"), "no use for --save"),
    (("run", "-l", "dense_1", "--values", "full"), "the trace was saved without the values of 'dense_1'"),
    (("run", "-l", "dense_1", "-f", "npy"), "the trace was saved without the values of 'dense_1'"),
    (("run", "-l", "dense_7"), "the trace has no step 'dense_7'"),
    (("run", "--fields", "name,histogram"), "the trace was saved without histograms"),
    (("show", "--value", "1", "--dtype", "float64"), "no use for --value, --dtype"),
    (("show", "-w", "x.npz"), "no use for --weights"),
    (("show", "-l", "max*"), "the trace was saved without the values of 'max_pooling2d_1'"),
    (("show", "--kind", "barcode", "-l", "conv2d_1"), "conv2d_1 is (26, 26, 32), --kind barcode takes a vector"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_a_saved_trace_has_not_is_one_error(kept, words, said):
    done = dftrace(words[0], kept, *words[1:])
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode().replace("\n  ", " ")
    assert b"E900" not in done.stderr


def test_weights_are_no_trace():
    done = dftrace("run", MNIST.with_suffix(".npz"))
    assert done.returncode == 2
    assert b"a zip, as .npz weights are, not a network file" in done.stderr


def test_older_traces_are_drawn_as_they_can_be(kept, tmp_path):
    """Without what pictures ask of a step: an input is a mosaic, and nothing is left out."""
    with np.load(kept) as npz:
        arrays = dict(npz)
    record = json.loads(arrays["trace.json"].tobytes())
    for step in record["steps"]:
        del step["drawing"]
    arrays["trace.json"] = np.frombuffer(json.dumps(record).encode(), np.uint8)
    np.savez(tmp_path / "old.npz", **arrays)
    assert "conv2d_1" in text_of("show", tmp_path / "old.npz", "--terminal", "ascii")


@pytest.mark.parametrize("words", [["dense_2[7]"], ["dense_2[3]", "--back"], ["dense_2[:]"], ["conv2d_1"]], ids=str)
def test_explain_says_of_a_saved_trace_what_it_says_of_a_run(words, tmp_path):
    saved = tmp_path / "t.npz"
    assert dftrace("run", MNIST, "-i", FOUR, "-i", SEVEN, "-l", "*", "--save", saved).returncode == 0
    one = ["--sample", "1"]
    assert text_of("explain", saved, *words, *one) == text_of("explain", MNIST, *words, "-i", FOUR, "-i", SEVEN, *one)


def test_explain_needs_the_tensors(kept):
    done = dftrace("explain", kept, "dense_1[0]")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"the values of 'flatten_1' were not kept" in done.stderr


def test_a_saved_trace_is_drawn_as_neurons_by_the_weights_that_it_was_run_with(tmp_path):
    saved, mlp = tmp_path / "t.npz", MNIST.parent / "xor-mlp.yaml"
    assert dftrace("run", mlp, "--save", saved).returncode == 0
    drawn = [text_of("draw", one, "--as", "neurons", "-f", "svg") for one in (saved, mlp)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("command", ["params", "check"])
def test_a_saved_trace_in_place_of_a_network_is_called_one(kept, command):
    done = dftrace(command, kept)
    assert b"a saved trace, not a network file" in done.stderr + done.stdout
    assert b"weights" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("ending", "form"), [("tex", "latex"), ("md", "markdown"), ("json", "json"), ("svg", "svg"), ("txt", "text")]
)
def test_an_explanation_in_a_file_is_what_its_name_ends_in(tmp_path, ending, form):
    call = ["explain", MNIST.parent / "xor-mlp.yaml", "dense_1[0]"]
    assert dftrace(*call, "-o", tmp_path / f"x.{ending}").returncode == 0
    assert (tmp_path / f"x.{ending}").read_bytes() == dftrace(*call, "-f", form).stdout
    assert dftrace(*call, "--theme", "dark", "-o", tmp_path / f"x.{ending}").returncode == (0 if form == "svg" else 2)


def test_an_inner_tensor_of_no_layer_is_said_to_have_none():
    done = dftrace("run", MNIST, "-i", SEVEN, "-l", ":sum")
    assert b"no layer is named before the colon" in done.stderr
    assert dftrace("run", MNIST, "-i", SEVEN, "-l", "*:sum").returncode == 0
