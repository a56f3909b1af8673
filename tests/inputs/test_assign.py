"""Which files are for which input."""

import numpy as np
import pytest

from dataflow_cli.errors import Place
from dataflow_cli.inputs.assign import assign_inputs, check_counts
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.netfile.model import InputSpec
from dataflow_cli.netfile.nodes import Scalar

ONE = [InputSpec("input", (2,))]
TWO = [InputSpec("image", (28, 28, 1)), InputSpec("meta", (4,))]


def test_one_input():
    assert assign_inputs(["a.png", "b.png"], ONE) == {"input": ["a.png", "b.png"]}
    assert assign_inputs(["input=a.png"], ONE) == {"input": ["a.png"]}
    assert assign_inputs(["-"], ONE) == {"input": ["-"]}


def test_several_inputs():
    assert assign_inputs(["meta=m.csv", "image=a.png", "image=b=c.png"], TWO) == {
        "image": ["a.png", "b=c.png"],
        "meta": ["m.csv"],
    }


def test_a_path_with_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imgae=7.png").write_bytes(b"")
    assert assign_inputs(["imgae=7.png"], ONE) == {"input": ["imgae=7.png"]}
    assert assign_inputs(["missing=7.png"], ONE) == {"input": ["missing=7.png"]}


def test_an_input_with_an_example_may_be_left_out():
    specs = [TWO[0], InputSpec("meta", (4,), example=Scalar(Place("n", 1, 1), "m.csv"))]
    assert assign_inputs(["image=a.png"], specs) == {"image": ["a.png"]}
    assert assign_inputs([], [specs[1]]) == {}


@pytest.mark.parametrize(
    ("arguments", "specs", "message", "hint"),
    [
        ([], ONE, "no data for input 'input'", "write -i FILE"),
        ([], TWO, "no data for inputs 'image' and 'meta'", "write -i image=FILE -i meta=FILE"),
        (["image=a"], TWO, "no data for input 'meta'", "write -i meta=FILE"),
        (["imgae=a"], TWO, "the network has no input 'imgae'", "did you mean 'image'?"),
        (["zzz=a"], TWO, "the network has no input 'zzz'", "the network's inputs 'image' and 'meta'"),
        (
            ["a.png"],
            TWO,
            "a.png: the network has several inputs, this could be for any",
            "write -i image=FILE -i meta=FILE",
        ),
    ],
)
def test_mistakes(failure, arguments, specs, message, hint):
    assert failure(assign_inputs, arguments, specs) == ("E303", message, hint)


def test_a_mistaken_name_is_seen_by_the_file_behind_it(tmp_path, failure):
    (tmp_path / "a.png").write_bytes(b"")
    assert failure(assign_inputs, [f"imput={tmp_path / 'a.png'}"], ONE) == (
        "E303",
        "the network has no input 'imput'",
        "did you mean 'input'?",
    )


def test_numbers_of_samples(failure):
    def samples(count):
        return Samples(np.zeros((count, 2)), (("x", count),), frozenset(["npy"]))

    assert check_counts({"image": samples(3), "meta": samples(3)}) == 3
    assert check_counts({}) == 0
    assert failure(check_counts, {"image": samples(3), "meta": samples(2)}) == (
        "E303",
        "the inputs have different numbers of samples: 'image' 3, 'meta' 2",
        "give each as many samples",
    )
