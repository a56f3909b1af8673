"""The right answers."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli import network_from_text
from dataflow_cli.api import traced
from dataflow_cli.given import Given
from dataflow_cli.inputs.labels import load_labels

LABELS = [7, 2, 1, 0, 4]


@pytest.fixture
def folder(tmp_path):
    array = np.array(LABELS)
    np.save(tmp_path / "a.npy", array.astype(np.uint8))
    np.save(tmp_path / "column.npy", array[:, None].astype(np.float32))
    np.save(tmp_path / "onehot.npy", np.eye(10)[array])
    np.savez(tmp_path / "a.npz", x=np.zeros(3), y=array)
    idx = bytes([0, 0, 8, 1, 0, 0, 0, 5, *LABELS])
    (tmp_path / "a.idx").write_bytes(idx)
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx))
    (tmp_path / "a.csv").write_text("label\n7\n2\n1\n0\n4\n")
    (tmp_path / "row.txt").write_text("7 2 1 0 4")
    np.savetxt(tmp_path / "onehot.csv", np.eye(8)[array], delimiter=",")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["a.npy", "column.npy", "onehot.npy", "a.npz:y", "a.idx", "a.gz", "a.csv", "row.txt", "onehot.csv"],
)
def test_every_format(folder, name):
    found = load_labels(str(folder / name))
    assert (found.tolist(), found.dtype) == (LABELS, np.int64)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("1\n2.5", "E302", "a.csv: label 2 is 2.5, expected a whole number from 0"),
        ("1\n-1", "E302", "a.csv: label 2 is -1, expected a whole number from 0"),
        ("nan\n1", "E302", "a.csv: label 1 is nan, expected a whole number from 0"),
        ("0,1\n1,1", "E302", "a.csv: row 2 of 2 numbers is not one-hot: it needs a single 1 and else 0"),
        ("0,0.5\n1,0", "E302", "a.csv: row 1 of 2 numbers is not one-hot: it needs a single 1 and else 0"),
        ("cat\ndog", "E300", "a.csv: line 2, field 1: expected a number, found 'dog'"),
    ],
)
def test_mistakes(tmp_path, failure, text, code, message):
    (tmp_path / "a.csv").write_text(text)
    assert failure(load_labels, str(tmp_path / "a.csv"))[:2] == (code, message)


def test_other_shapes_and_files(folder, failure):
    np.save(folder / "x.npy", np.zeros((2, 2, 2)))
    assert failure(load_labels, str(folder / "x.npy"))[:2] == ("E301", "x.npy: shape (2, 2, 2) is not that of labels")
    assert failure(load_labels, str(folder / "b.csv"))[1] == "b.csv: no such file"
    (folder / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    assert failure(load_labels, str(folder / "p.png"))[1] == "p.png: a picture, expected labels"


CLASSES = ["cat", "traffic light", "7"]


@pytest.mark.parametrize(
    "text",
    [
        "cat\ntraffic light\ncat\n7",
        "what\ncat\ntraffic light\ncat\n7\n",
        '"cat"\n"traffic light"\n\n# x\ncat\n2',
        "cat\n1\n0\n7",
    ],
)
def test_names_of_classes(tmp_path, text):
    """A row each, after a heading or not; the names are looked up first, then numbers."""
    (tmp_path / "a.csv").write_text(text)
    assert load_labels(str(tmp_path / "a.csv"), CLASSES).tolist() == [0, 1, 0, 2]


def test_names_in_one_row_or_none(tmp_path, failure):
    path = tmp_path / "a.csv"
    path.write_text("cat,7,cat")
    assert load_labels(str(path), CLASSES).tolist() == [0, 2, 0]
    path.write_text("1,0,0\n0,0,1")
    assert load_labels(str(path), CLASSES).tolist() == [0, 2]
    path.write_text("cat\ndgo")
    assert failure(load_labels, str(path), ["cat", "dog"]) == (
        "E302",
        "a.csv: line 2, field 1: no class 'dgo'",
        "did you mean 'dog'?",
    )
    path.write_text("dgo\ncat")
    assert failure(load_labels, str(path), ["cat", "dog"])[1] == "a.csv: line 1, field 1: no class 'dgo'"
    path.write_text("id,what\n1,cat\n2,dog")
    assert failure(load_labels, str(path), ["cat", "dog"])[:2] == (
        "E300",
        "a.csv: line 2, field 2: expected a number, found 'cat'",
    )


TABLE = network_from_text(
    "dftrace: 1\ninput: [2]\nclasses: [cat, dog]\n"
    "layers: [{type: dense, units: 2, weights: {kernel: [[1, 0], [0, 1]], bias: 0}}]"
)


@given(
    data=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 1)), min_size=1, max_size=9),
    at=st.integers(0, 2),
    from_end=st.booleans(),
    heading=st.booleans(),
    named=st.booleans(),
    separator=st.sampled_from([",", ";", "\t", " "]),
    batch=st.integers(1, 4),
)
def test_a_column_of_labels(tmp_path_factory, *, data, at, from_end, heading, named, separator, batch):
    """Wherever it stands and whatever it holds, the rest are the samples, in minibatches of any size."""
    rows = [[x, y] for x, y, _ in data]
    path = tmp_path_factory.getbasetemp() / "table.csv"
    lines = [
        [*row[:at], ("cat", "dog")[k] if named else k, *row[at:]] for row, (_, _, k) in zip(rows, data, strict=True)
    ]
    names = ["a", "b"]
    names.insert(at, "what" if separator == " " else "what is it")
    headings = [names] if heading else []
    path.write_text("\n".join(separator.join(map(str, line)) for line in [*headings, *lines]))
    column = names[at] if heading else at - 3 if from_end else at
    trace = TABLE.trace(path, label_column=column, batch=batch)
    assert trace.output.tolist() == rows
    assert trace.labels.tolist() == [k for _, _, k in data]
    assert trace.right == sum((y > x) == k for x, y, k in data)
    assert traced(TABLE, Given(inputs=(str(path),), label_column=str(column))).right == trace.right


@pytest.mark.parametrize(
    ("column", "text", "message", "hint"),
    [
        ("kind", "a,b,kidn\n1,2,cat", "has no column 'kind'", "did you mean 'kidn'?"),
        ("kind", "1,2,cat", "has no headings, so no column 'kind'", "give the number of the column, from 0"),
        (3, "1,2,cat", "line 1 has 3 columns, none 3", "columns count from 0, or from -1 at the end"),
        (-4, "1,2,cat", "line 1 has 3 columns, none -4", "columns count from 0, or from -1 at the end"),
        (
            2,
            "1,2,cow",
            "line 1, column 2: no class 'cow'",
            "give a name of `classes` in the network file, or its number from 0",
        ),
    ],
)
def test_columns_that_are_not_there(tmp_path, failure, *, column, text, message, hint):
    (tmp_path / "a.csv").write_text(text)
    assert failure(TABLE.trace, tmp_path / "a.csv", label_column=column)[1:] == (f"a.csv: {message}", hint)


def test_labels_from_python(tmp_path, failure):
    x = np.array([[2.0, 1], [1, 2], [3, 1]])
    for labels in ([0, 1, 1], ["cat", "dog", "dog"], np.array([0, 1, 1], np.uint8), np.eye(2)[[0, 1, 1]]):
        assert TABLE.trace(x, labels=labels).right == 2
    assert TABLE.trace(x).right is None
    assert failure(TABLE.trace, x, labels=[0, 1])[0] == "E303"
    assert failure(TABLE.trace, x, labels=["cat", "dog", "cow"])[:2] == ("E302", "labels: label 3: no class 'cow'")
    assert failure(TABLE.trace, x, labels=[1, 2, 2]) == (
        "E302",
        "labels: no class 2, found in label 2",
        "labels count from 0: the classes are 0 to 1; these seem to count from 1",
    )
    np.save(tmp_path / "x.npy", x)
    assert failure(TABLE.trace, tmp_path / "x.npy", label_column=0)[0] == "E303"
