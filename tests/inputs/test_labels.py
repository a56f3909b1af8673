"""The right answers."""

import gzip

import numpy as np
import pytest

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
