"""Answers that are not one row of classes: at every place, of several heads, as numbers; and what labels say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli import load_trace, network_from_text, save_trace
from dataflow_cli.errors import InputError
from dataflow_cli.render.pictures.class_map import class_map_row
from dataflow_cli.render.pictures.confusion import confusion_picture
from dataflow_cli.trace.heads import heads
from tests.contract.inside import dftrace

RANDOM = np.random.default_rng(5)
PICTURES = RANDOM.normal(size=(4, 5, 6, 3)).astype(np.float32)
LABELS = RANDOM.integers(-1, 3, (4, 5, 6))
NAMES = ("sky", "road", "car")
HEADS = """\
dftrace: 1
input: {shape: [2], example: [3, 1]}
layers:
  - {type: dense, units: 3, name: kind, activation: softmax, weights: {kernel: [[1, 0, 0], [0, 2, 0]], bias: 0}}
  - {type: dense, units: 2, name: two, inputs: [input], weights: {kernel: [[1, 0], [0, 5]], bias: 0}}
  - {type: softmax, name: other}
  - {type: dense, units: 1, name: size, inputs: [input], weights: {kernel: [[1], [1]], bias: 0.5}}
  - {type: dense, units: 20, name: code, inputs: [input], weights: {kernel: 1, bias: 0}}
outputs: [kind, other, size, code]
"""


def net(shape, *layers, classes="", head=""):
    rows = "\n".join(f"  - {layer}" for layer in layers)
    return network_from_text(f"dftrace: 1\n{head}\ninput: {shape}\n{classes}\nlayers:\n{rows}\n")


def segmenting(*, first=False, activation="softmax"):
    """A network that hands three channels on as the scores of three classes."""
    axis = ", axis: 1" if first and activation == "softmax" else ""
    shape, head = ("[3, 5, 6]", "data_format: channels_first") if first else ("[5, 6, 3]", "")
    return net(shape, f"{{type: {activation}{axis}}}", classes=f"classes: [{', '.join(NAMES)}]", head=head)


@pytest.mark.parametrize("activation", ["softmax", "linear"])
@pytest.mark.parametrize("first", [False, True])
def test_a_class_at_every_place_is_that_with_the_highest_score_in_both_formats(first, activation):
    x = PICTURES.transpose(0, 3, 1, 2) if first else PICTURES
    trace = segmenting(first=first, activation=activation).trace(x, labels=LABELS)
    expected = PICTURES.argmax(axis=-1)
    found = heads(trace, 2)
    assert np.array_equal([np.reshape(one.classes, one.places) for one in found], expected)
    for one, answers in zip(found, expected, strict=True):
        assert {index: share * 30 for index, share in one.shares} == pytest.approx(
            {index: (answers == index).sum() for index in set(answers.ravel().tolist())}
        )
        assert [share for _, share in one.shares] == sorted((share for _, share in one.shares), reverse=True)
    (judged,) = trace.judged
    assert (judged.right, judged.total) == ((expected == LABELS)[LABELS >= 0].sum(), (LABELS >= 0).sum())
    assert trace.score == "", "it is not one row of classes"


def test_parts_saved_loaded_and_merged_are_the_whole(tmp_path):
    network = segmenting()
    whole = network.trace(PICTURES, labels=LABELS)
    parts = [network.trace(PICTURES[half], labels=LABELS[half]) for half in (slice(2), slice(2, 4))]
    for at, part in enumerate(parts):
        save_trace(part, tmp_path / f"{at}.npz")
    loaded = [load_trace(tmp_path / f"{at}.npz") for at in range(2)]
    merged = loaded[0].merged(loaded[1])
    assert merged.judged == whole.judged
    assert merged.readings == whole.readings
    assert [one.classes for one in heads(merged, 1)] == [one.classes for one in heads(whole, 1)]


def test_a_sequence_says_a_word_at_each_place_and_its_last_place_the_next(tmp_path):
    names = ["the", "cat", "sat", "mat"]
    network = net("[3, 4]", "linear", classes=f"classes: [{', '.join(names)}]")
    scores = np.array([[[9, 1, 2, 3], [1, 7, 0, 0], [0, 1, 5, 6]]], np.float32)
    (head,) = heads(network.trace(scores), 2)
    assert ([head.name(index) for index in head.classes], head.places) == (["the", "cat", "mat"], (3,))
    assert [(one.label, one.score) for one in head.candidates] == [("mat", 6.0), ("sat", 5.0)]
    (tmp_path / "words.csv").write_text("the,cat,sat\n")
    (judged,) = network.trace(scores, labels=str(tmp_path / "words.csv")).judged
    assert (judged.right, judged.total) == (2, 3)


@pytest.mark.parametrize(("axis", "expected"), [("1", 0), ("2", 1), ("-1", 2), ("[1, 2]", None)])
def test_a_distribution_is_of_classes_along_its_own_axis(axis, expected):
    trace = net("[5, 6, 3]", f"{{type: softmax, axis: {axis}}}").trace(PICTURES)
    found = trace.readings.get("softmax_1")
    assert (found and found.axis) == expected


def test_an_autoencoder_has_no_classes():
    assert heads(net("[5, 6, 3]", "sigmoid").trace(PICTURES), 1) == ()


def test_every_head_says_what_it_is_and_is_judged_by_its_own_labels(tmp_path):
    (tmp_path / "net.yaml").write_text(HEADS)
    for name, text in (("kind", "0\n"), ("other", "0\n"), ("size", "4\n"), ("code", ",".join(["5"] * 20))):
        (tmp_path / f"{name}.csv").write_text(text)
    labels = [f"--labels={name}={tmp_path / name}.csv" for name in ("kind", "other", "size", "code")]
    done = dftrace("run", tmp_path / "net.yaml", *labels)
    lines = done.stdout.decode().splitlines()
    assert "size: 4.500" in lines
    assert "other: 1  0.8808" in lines  # 1 / (1 + exp(3 - 5))
    assert "code: 20 numbers, as a vector of length 17.89" in lines  # 4 · sqrt(20)
    assert "accuracy: 1 of 1 right, 100 %" in lines
    assert "other: accuracy: 0 of 1 right, 0 %" in lines
    assert "size: mean absolute error 0.5000, root mean square error 0.5000, of 1 number" in lines
    found = json.loads(dftrace("run", tmp_path / "net.yaml", *labels, "-f", "json").stdout)
    assert [one["output"] for one in found["answers"]] == ["other", "size", "code"]
    assert found["judged"][2] == {
        "output": "code",
        "total": 20,
        "mean_absolute_error": 1.0,
        "root_mean_square_error": 1.0,
    }


def test_errors_of_numbers_are_means_over_all_of_them():
    x, y = RANDOM.normal(size=(2, 7)), RANDOM.normal(size=7)
    network = net("[1]", "linear")
    for values in x:
        (judged,) = network.trace(values.reshape(7, 1).astype(np.float32), labels=y).judged
        apart = values - y
        assert judged.mean_absolute_error == pytest.approx(np.abs(apart).mean(), rel=1e-6)
        assert judged.root_mean_square_error == pytest.approx(np.sqrt((apart**2).mean()), rel=1e-6)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:3], "labels (3, 5, 6), expected (4, 5, 6)"),
        (np.where(LABELS == 2, 7, LABELS), "no class 7"),
        (LABELS + 0.5, "classes are whole numbers"),
        ({"nothing": LABELS}, "has no output 'nothing'"),
    ],
)
def test_labels_that_do_not_fit_are_one_error(labels, message):
    with pytest.raises(InputError) as caught:
        segmenting().trace(PICTURES, labels=labels)
    assert message in caught.value.message
    assert caught.value.hint


def test_each_place_is_drawn_in_one_class_and_the_matrix_counts_them_all(tmp_path):
    trace = segmenting().trace(PICTURES)
    for panel, answers in zip(class_map_row(trace, "softmax_1").panels, PICTURES.argmax(axis=-1), strict=True):
        whole, *alone = panel.pixels
        assert len(np.unique(whole.reshape(-1, 3), axis=0)) == len(np.unique(answers))
        assert (np.stack([(one == whole).all(axis=-1) for one in alone]).sum(axis=0) == 1).all()
        assert set(panel.captions[1:]) <= set(NAMES)
    matrix = confusion_picture(trace, LABELS).rows[0].panels[0]
    expected = [[((a == LABELS) & (PICTURES.argmax(-1) == b)).sum() for b in range(3)] for a in range(3)]
    assert matrix.counts.tolist() == expected
    assert matrix.names == NAMES
    (tmp_path / "net.yaml").write_text(segmenting().text())
    np.save(tmp_path / "x.npy", PICTURES)
    np.save(tmp_path / "y.npy", np.abs(LABELS))
    shown = ["show", tmp_path / "net.yaml", "-i", tmp_path / "x.npy", "-o", tmp_path / "p.svg"]
    assert dftrace(*shown, "--kind", "confusion", "--labels", tmp_path / "y.npy").returncode == 0
    assert "120 inputs" in (tmp_path / "p.svg").read_text()
    assert dftrace(*shown).returncode == 0
    assert "the class with the highest score" in (tmp_path / "p.svg").read_text()
