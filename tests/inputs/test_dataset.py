"""From files to samples."""

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataflow_cli.errors import Place
from dataflow_cli.inputs.dataset import example_samples, literal_samples, load_samples
from dataflow_cli.netfile.model import InputSpec
from dataflow_cli.netfile.nodes import Scalar, Sequence

DIGITS = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
VECTOR = InputSpec("input", (2,))
HERE = Place("net.yaml", 1, 1)


def node(value):
    if isinstance(value, list):
        return Sequence(HERE, tuple(node(item) for item in value))
    return Scalar(HERE, value)


@pytest.fixture
def files(tmp_path):
    """One and the same data in every format."""
    for index, digit in enumerate(DIGITS):
        Image.fromarray(digit).save(tmp_path / f"{index}.png")
    np.save(tmp_path / "digits.npy", DIGITS)
    np.savez(tmp_path / "digits.npz", images=DIGITS, labels=np.arange(5))
    idx = bytes([0, 0, 8, 3]) + np.array(DIGITS.shape, ">i4").tobytes() + DIGITS.tobytes()
    (tmp_path / "digits.idx").write_bytes(idx)
    (tmp_path / "digits.idx.gz").write_bytes(gzip.compress(idx))
    np.savetxt(tmp_path / "digits.csv", DIGITS.reshape(5, -1), fmt="%d", delimiter=",")
    return tmp_path


def test_every_format_gives_the_same_samples(files, gray):
    for paths in (
        [f"{index}.png" for index in range(5)],
        ["digits.npy"],
        ["digits.npz:images"],
        ["digits.idx"],
        ["digits.idx.gz"],
        ["digits.csv"],
    ):
        samples = load_samples([str(files / path) for path in paths], gray)
        assert samples.array.shape == (5, 28, 28, 1)
        np.testing.assert_array_equal(samples.array[..., 0], DIGITS)
        assert (len(samples), samples.problems) == (5, ())
        assert samples.array.dtype == (np.float64 if paths == ["digits.csv"] else np.uint8)


def test_names_and_formats(files, gray):
    samples = load_samples([str(files / "digits.npy"), str(files / "3.png")], gray)
    assert samples.formats == {"npy", "picture"}
    assert not samples.is_picture
    assert samples.name(4) == f"{files}/digits.npy[4]"
    assert samples.name(5) == f"{files}/3.png"
    assert load_samples([str(files / "3.png")], gray).is_picture
    with pytest.raises(IndexError):
        samples.name(6)


def test_the_name_does_not_decide_the_format(files, gray):
    (files / "0.png").rename(files / "digits.csv")
    assert load_samples([str(files / "digits.csv")], gray).is_picture


def test_standard_input(files, gray):
    for name in ("0.png", "digits.npy", "digits.idx.gz", "digits.csv"):
        samples = load_samples(["-"], gray, stdin=io.BytesIO((files / name).read_bytes()))
        assert (samples.array[0, ..., 0] == DIGITS[0]).all()
    assert samples.name(0) == "-[0]"


def test_channels_first(files):
    first = InputSpec("input", (1, 28, 28), data_format="channels_first")
    assert load_samples([str(files / "0.png")], first).array.shape == (1, 1, 28, 28)
    Image.fromarray(np.dstack([DIGITS[0], DIGITS[1], DIGITS[2]])).save(files / "color.png")
    color = InputSpec("input", (3, 28, 28), data_format="channels_first")
    np.testing.assert_array_equal(load_samples([str(files / "color.png")], color).array[0], DIGITS[:3])


def test_a_picture_for_an_input_without_a_channels_axis(files):
    samples = load_samples([str(files / "0.png")], InputSpec("input", (28, 28)))
    np.testing.assert_array_equal(samples.array, DIGITS[:1])


def test_resizing_pictures_and_arrays_alike(files):
    spec = InputSpec("input", (14, 20, 1), resize="bilinear")
    pictures = load_samples([str(files / f"{index}.png") for index in range(5)], spec)
    arrays = load_samples([str(files / "digits.npy")], spec)
    assert pictures.array.shape == (5, 14, 20, 1)
    np.testing.assert_array_equal(pictures.array, arrays.array)
    first = InputSpec("input", (1, 14, 20), resize="bilinear", data_format="channels_first")
    np.testing.assert_array_equal(load_samples([str(files / "digits.npy")], first).array[:, 0], arrays.array[..., 0])


def test_arrays_whose_proportions_change(files):
    (problem,) = load_samples([str(files / "digits.npy")], InputSpec("input", (14, 20, 1), resize="nearest")).problems
    assert problem.code == "W307"
    assert problem.message.startswith(f"{files}/digits.npy: resizing 28 x 28")


def test_warnings_name_the_file(files, gray):
    Image.fromarray(np.dstack([DIGITS[0], DIGITS[1], DIGITS[2]])).save(files / "color.png")
    (problem,) = load_samples([str(files / "color.png")], gray).problems
    assert (problem.code, problem.severity) == ("W304", "warning")
    assert problem.message == f"{files}/color.png: color was converted to gray (ITU-R 601 luma)"
    assert problem.hint == "save the picture as gray to be sure"


class TestErrors:
    def test_files_that_are_missing_or_folders(self, files, gray, failure):
        assert failure(load_samples, [str(files / "4.pgn")], gray) == (
            "E300",
            "4.pgn: no such file",
            "did you mean '4.png'?",
        )
        code, message, _ = failure(load_samples, [str(files)], gray)
        assert (code, message) == ("E300", f"{files}: is a folder, expected a file")

    def test_shapes(self, files, gray, failure):
        np.save(files / "x.npy", np.zeros((10, 1, 28, 28)))
        assert failure(load_samples, [str(files / "x.npy")], gray) == (
            "E301",
            "x.npy: shape (10, 1, 28, 28) does not fit input 'input': expected (28, 28, 1) or (N, 28, 28, 1)",
            "the array has its channels first: transpose it with x.transpose(0, 2, 3, 1)",
        )
        assert failure(load_samples, [str(files / "0.png")], InputSpec("image", (32, 32, 1)))[:2] == (
            "E301",
            "0.png: a picture of 28 x 28 (height x width), expected 32 x 32",
        )
        assert failure(load_samples, [str(files / "0.png")], InputSpec("image", (784,)))[:2] == (
            "E301",
            "0.png: a picture cannot be the input 'image' of 1 dimensions",
        )

    def test_a_shape_is_refused_by_its_header(self, files, gray, failure):
        """The data is not even there."""
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9, 9), }"
        (files / "x.npy").write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header)
        assert failure(load_samples, [str(files / "x.npy")], gray)[0] == "E301"

    def test_keys(self, files, gray, failure):
        assert failure(load_samples, [str(files / "digits.npz")], gray) == (
            "E300",
            "digits.npz: holds 2 arrays, expected one",
            "it holds images, labels; pick one: digits.npz:images",
        )
        assert failure(load_samples, [str(files / "digits.npy:images")], gray)[1] == (
            "digits.npy:images: 'images' asks for one array of several, but this is no .npz"
        )

    def test_nothing_to_read(self, gray, failure, tmp_path):
        assert failure(load_samples, [], gray) == ("E303", "no data for input 'input'", "give a file with -i FILE")
        assert failure(load_samples, ["-", "-"], gray, stdin=io.BytesIO())[0] == "E303"
        assert failure(load_samples, ["-"], gray, stdin=io.BytesIO())[1] == "standard input: is empty"
        assert failure(load_samples, ["-"], gray)[1] == "standard input: is not there to be read"
        (tmp_path / "empty").write_bytes(b"")
        assert failure(load_samples, [str(tmp_path / "empty")], gray)[1] == "empty: is empty"

    def test_names_that_would_control_a_terminal(self, gray, failure, tmp_path):
        (tmp_path / "\x1b[31m.csv").write_bytes(b"1,2")
        assert failure(load_samples, [str(tmp_path / "\x1b[31m.csv")], gray)[1].startswith(
            "\\x1b[31m.csv: shape (1, 2)"
        )

    def test_text_that_is_none(self, gray, failure, tmp_path):
        (tmp_path / "a.png").write_bytes(bytes(range(256)))
        assert failure(load_samples, [str(tmp_path / "a.png")], gray)[1] == "a.png: not in a format that is read"


class TestValues:
    def test_on_the_command_line(self):
        assert literal_samples(["1,0"], VECTOR).array.tolist() == [[1, 0]]
        assert literal_samples(["1,0", "0,1"], VECTOR).array.tolist() == [[1, 0], [0, 1]]
        samples = literal_samples(["[[1,0],[0,1]]"], VECTOR)
        assert samples.array.tolist() == [[1, 0], [0, 1]]
        assert (samples.formats, samples.name(1)) == ({"value"}, "value[1]")
        assert literal_samples(["1,2,3,4"], InputSpec("input", (2, 2))).array.tolist() == [[[1, 2], [3, 4]]]

    def test_mistakes(self, failure):
        assert failure(literal_samples, ["1,x"], VECTOR)[:2] == ("E300", "value '1,x': expected a number, found 'x'")
        assert failure(literal_samples, ["1,2,3"], VECTOR)[:2] == (
            "E301",
            "value '1,2,3': shape (3,) does not fit input 'input': expected (2,) or (N, 2)",
        )

    def test_an_example(self, files, failure):
        assert example_samples(VECTOR, Path()) is None
        assert example_samples(InputSpec("input", (2,), example=node(["1", "0"])), Path()).array.tolist() == [[1, 0]]
        assert example_samples(InputSpec("input", (1,), example=node("3")), Path()).array.tolist() == [[3]]
        picture = InputSpec("input", (28, 28, 1), example=node("0.png"))
        assert example_samples(picture, files).is_picture
        wrong = InputSpec("x", (2,), example=node(["1", "b"]))
        assert failure(example_samples, wrong, files)[1] == "example of input 'x': expected a number, found 'b'"
        assert failure(example_samples, InputSpec("x", (2,), example=node("a\0b")), files)[0] == "E300"


def test_importing_costs_neither_numpy_nor_pillow():
    code = (
        "import sys, dataflow_cli.inputs, dataflow_cli.files\n"
        "from dataflow_cli.inputs import assign, checks, dataset, formats, labels, preprocess\n"
        "assert not {'numpy', 'PIL', 'click', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
