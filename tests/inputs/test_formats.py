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


WEB = "the download went wrong: open it in a browser to see why, then fetch the file itself"
PAGES = [b"<!DOCTYPE html><html>403</html>", b"<!doctype HTML>", b"\xef\xbb\xbf\r\n <HTML lang=en>", b"<!-- x -->"]


@pytest.mark.parametrize("page", PAGES)
def test_a_web_page_instead_of_the_file(page):
    for head, how in ((page, ""), (gzip.compress(page), ", gzipped")):
        with pytest.raises(FileProblem) as caught:
            format_of(head)
        assert caught.value.message == f"is a web page (HTML){how}, which is not read as an input"
        assert caught.value.hint == WEB


@pytest.mark.parametrize(
    ("head", "message", "hint"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a Git LFS pointer", "git lfs pull"),
        (b"/annex/objects/SHA256E-s1--0.npy\n", "is a git-annex pointer", "git annex get"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "is a HEIC picture", "save it as JPEG or PNG"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0heic", "is a HEIC picture", "save it as JPEG or PNG"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "is a JPEG XL picture", "save it as JPEG or PNG"),
        (b"\0\0\0\x18ftypisom\0", "is a video or another MP4 file", "dftrace reads"),
        (b"x" + b"\0" * 256 + b"ustar\0", "is a tar archive", "dftrace reads"),
        (gzip.compress(b"%PDF-1.4"), "is a PDF, gzipped", "gunzip"),
        (b"  <?xml version='1.0'?>", "is an XML file", "dftrace reads"),
    ],
)
def test_what_stands_for_another_file(head, message, hint):
    with pytest.raises(FileProblem) as caught:
        format_of(head)
    assert caught.value.message == f"{message}, which is not read as an input"
    assert hint in caught.value.hint


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
