"""A file's format is known by its first bytes."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.formats import format_of


def picture(form):
    stream = io.BytesIO()
    Image.new("L", (4, 4)).save(stream, form)
    return stream.getvalue()


def numpy_file(save):
    stream = io.BytesIO()
    save(stream, np.zeros(2))
    return stream.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "ICO", "TGA", "PCX"])
def test_pictures(form):
    assert format_of(picture(form)[:512]) == "picture"


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (numpy_file(np.save), "npy"),
        (numpy_file(np.savez), "npz"),
        (b"\0\0\x08\x03\0\0\0\x01", "idx"),
        (gzip.compress(b"", mtime=0), "idx"),  # without the time: the test is called by it, in every process alike
        (b"1,2\n", "text"),
        (b"\xff\xfe1\0", "text"),
        (b"P2\n1 1\n255\n0\n", "picture"),
        (b"Price,Size\n1,2", "text"),
        (b"BMI,Age\n1,2", "text"),
    ],
)
def test_the_others(head, form):
    assert format_of(head[:512]) == form


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"", "is empty"),
        (b"\x80\x04\x95", "is a pickle, which is not read as an input"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, which is not read as an input"),
        (b"%PDF-1.4", "is a PDF, which is not read as an input"),
        (b"<svg>", "is an SVG drawing, which is not read as an input"),
        (b'{"a": 1}', "is a JSON file, which is not read as an input"),
    ],
)
def test_what_is_not_read(head, message):
    with pytest.raises(FileProblem) as caught:
        format_of(head)
    assert caught.value.message == message
    assert caught.value.hint == (
        "dftrace reads pictures (png, jpg, ...), .npy, .npz, idx, idx.gz and numbers as text (csv)"
    )
