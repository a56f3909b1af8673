"""Small files that claim or unfold into much: refused by what they claim, or read only as far as is wanted."""

import gzip
import io
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataflow_cli import DftraceError, load_network
from dataflow_cli.errors import LimitError
from dataflow_cli.files.source import Source
from dataflow_cli.inputs.dataset import load_samples
from dataflow_cli.inputs.picture import read_picture
from dataflow_cli.inputs.text import read_table
from dataflow_cli.inputs.wanted import Wanted
from dataflow_cli.netfile.model import InputSpec
from tests.inputs.test_picture import png

GRAY = InputSpec("input", (28, 28, 1))
MIB = 2**20
MANY = 40_000
"""Digits: 30 MiB."""


@pytest.fixture(scope="module")
def zeros(tmp_path_factory):
    """The same many black digits in every format that packs."""
    folder, digits = tmp_path_factory.mktemp("zeros"), np.zeros((MANY, 28, 28), np.uint8)
    np.savez_compressed(folder / "zeros.npz", digits)
    header = bytes([0, 0, 8, 3]) + np.array(digits.shape, ">i4").tobytes()
    (folder / "zeros.idx.gz").write_bytes(gzip.compress(header + digits.tobytes(), 1))
    return folder


def peak(function, *arguments, **named):
    """The most memory that a call takes, and what it gives or raises."""
    tracemalloc.start()
    try:
        result = function(*arguments, **named)
    except DftraceError as error:
        result = error
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most, result


@pytest.mark.parametrize("name", ["zeros.npz", "zeros.idx.gz"])
class TestPackedArrays:
    def test_are_held_against_the_room_before_they_are_unpacked(self, zeros, name):
        most, error = peak(load_samples, [str(zeros / name)], GRAY, wanted=Wanted(room=8 * MIB))
        assert isinstance(error, LimitError)
        assert "31,360,000 bytes, at most 8,388,608 are read" in error.message
        assert most < MIB

    def test_one_sample_is_read_without_the_rest(self, zeros, name):
        most, samples = peak(load_samples, [str(zeros / name)], GRAY, wanted=Wanted(only=MANY - 1, room=MIB))
        assert (samples.array.shape, len(samples), samples.first) == ((1, 28, 28, 1), MANY, MANY - 1)
        assert most < MIB


def written(folder, array, form):
    """A file with the array, as one of the formats."""
    path = folder / "array"
    if form == "csv":
        np.savetxt(path, array.reshape(len(array), -1), fmt="%d", delimiter=",")
    elif form.startswith("idx"):
        data = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()
        path.write_bytes(gzip.compress(data) if form == "idx.gz" else data)
    else:
        with path.open("wb") as stream:
            (np.savez_compressed if form == "npz" else np.save)(
                stream, np.asfortranarray(array) if form == "fortran" else array
            )
    return str(path)


@settings(max_examples=30)
@given(
    form=st.sampled_from(["npy", "fortran", "npz", "idx", "idx.gz", "csv"]),
    counts=st.lists(st.sampled_from([1, 2, 5]), min_size=1, max_size=3),
    data=st.data(),
    resize=st.sampled_from([None, "nearest"]),
)
def test_one_sample_is_that_of_all(tmp_path_factory, form, counts, data, resize):
    """In every format, over several files, resized or not, and called the same."""
    spec = InputSpec("input", (3, 5, 1), resize=resize)
    shape = (6, 10) if resize and form != "csv" else (3, 5)
    paths = []
    for count in counts:
        array = np.random.default_rng(len(paths)).integers(0, 256, (count, *shape), np.uint8)
        paths.append(written(tmp_path_factory.mktemp("one"), array, form))
    only = data.draw(st.integers(0, sum(counts) - 1))
    every, one = load_samples(paths, spec), load_samples(paths, spec, wanted=Wanted(only=only))
    assert (one.array == every.array[only : only + 1]).all()
    assert (len(one), one.name(only), one.row(only)) == (len(every), every.name(only), slice(0, 1))


def test_a_sample_that_is_not_there(tmp_path):
    network = load_network("configs/mnist-cnn.yaml")
    np.savez(tmp_path / "x.npz", np.zeros((2, 28, 28), np.uint8))
    for sample in (2, -1):
        with pytest.raises(DftraceError, match=f"there is no sample {sample}"):
            network.explain("dense_2", [1], tmp_path / "x.npz", sample=sample)


class TestPictures:
    HUGE = png(8000, 9000, 8, 0, [])
    """72 megapixels, whose data is not even there."""

    @pytest.mark.parametrize("resize", [None, "bilinear"])
    def test_are_refused_by_their_header(self, resize):
        most, error = peak(
            read_picture, Source("x", self.HUGE), channels=1, size=(28, 28), resize=resize, room=100 * MIB
        )
        said = (
            "decoding 9000 x 8000 pixels" if resize else "a picture of 9000 x 8000 (height x width), expected 28 x 28"
        )
        assert error.message.startswith(said)
        assert most < MIB

    def test_pages_are_counted_up_to_a_hundred(self):
        """Each page costs 114 bytes, and Pillow takes quadratic time to count them all."""
        assert self.pages(99)[1][0].message.endswith("holds 99 frames or pages; the first was taken")
        assert self.pages(5000)[1][0].message.endswith("holds 100 frames or pages, or more; the first was taken")

    @staticmethod
    def pages(count):
        tags = [(256, 28), (257, 28), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 28), (279, 784)]
        data = bytearray(b"II*\0" + struct.pack("<I", 792) + bytes(784))
        for page in range(count):
            entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
            following = len(data) + 2 + len(entries) + 4 if page < count - 1 else 0
            data += struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
        return read_picture(Source("x", bytes(data)), channels=1, size=(28, 28))

    def test_frames_are_counted_too(self):
        stream = io.BytesIO()
        frames = [Image.new("L", (4, 4), shade) for shade in range(120)]
        frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
        array, problems = read_picture(Source("x", stream.getvalue()), channels=1, size=(4, 4))
        assert (array.max(), problems[0].message[:18]) == (0, "x: holds 100 frame")


class TestText:
    LINE = b"1," * (2**18 - 1) + b"1"
    """Half a MiB, a quarter of a million numbers."""

    def test_a_long_line_takes_little_more_than_its_numbers(self):
        most, table = peak(read_table, Source("x", self.LINE))
        assert table.array.shape == (1, 2**18)
        assert most < 6 * MIB

    def test_is_held_against_the_room(self, tmp_path):
        (tmp_path / "x.csv").write_bytes(self.LINE)
        wide = InputSpec("input", (2**18,))
        assert load_samples([str(tmp_path / "x.csv")], wide).array.shape == (1, 2**18)
        most, error = peak(load_samples, [str(tmp_path / "x.csv")], wide, wanted=Wanted(room=MIB))
        assert isinstance(error, LimitError)
        assert most < 4 * MIB

    def test_a_pipe_is_read_as_far_as_there_is_room(self):
        with pytest.raises(DftraceError, match="more than 1,048,576 bytes from a pipe"):
            load_samples(["-"], GRAY, stdin=io.BytesIO(bytes(2 * MIB)), wanted=Wanted(room=MIB))
