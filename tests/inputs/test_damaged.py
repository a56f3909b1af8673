"""Damaged and made-up files give samples or one error, whatever is wrong with them, as files and as streams."""

import gzip
import io
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from dataflow_cli.errors import DftraceError
from dataflow_cli.inputs.checks import check_samples
from dataflow_cli.inputs.dataset import load_samples
from dataflow_cli.netfile.model import InputSpec

DIGITS = np.random.default_rng(0).integers(0, 256, (5, 8, 8), np.uint8)
IDX = bytes([0, 0, 8, 3]) + np.array(DIGITS.shape, ">i4").tobytes() + DIGITS.tobytes()
NUMBERS = [0, 1, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]
DESCRIPTIONS = ["<f4[ns]", "<f8", "|b1", "<M8[ns]", "|u1[x]", "<f04", "f4", "<f16", "?", "<f4,<f4", "|S3", ""]
SHAPES = ["()", "(5, 8, 8)", "(0, 8, 8)", "(9223372036854775807,)", "(-1,)", "(5L, 64)", "(True, 8)", "'x'", "(1,) * 9"]
SPECS = [
    InputSpec("input", (8, 8, 1)),
    InputSpec("input", (64,), dtype="int32"),
    InputSpec("input", (3, 8, 8), resize="nearest", data_format="channels_first", mean=(0.5,), invert=True),
]


def saved(save, *arguments, **options):
    stream = io.BytesIO()
    save(stream, *arguments, **options)
    return stream.getvalue()


def header(description, shape, data):
    text = f"{{'descr': {description!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data


FILES = [
    saved(np.save, DIGITS),
    saved(np.savez_compressed, DIGITS),
    IDX,
    gzip.compress(IDX, mtime=0),
    b"\n".join(b",".join(b"%d" % value for value in row) for row in DIGITS.reshape(5, -1)),
    *(saved(Image.fromarray(DIGITS[0]).save, form) for form in ("PNG", "GIF", "BMP", "JPEG")),
    saved(Image.fromarray(DIGITS[0].astype(np.uint16) * 257).save, "PNG"),
]


@st.composite
def damaged(draw):
    """A file of ours, changed in a few places: bytes, numbers at the ends of their types, cuts, parts of itself."""
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 3))):
        at, width = draw(st.integers(0, len(data) - 1)), draw(st.sampled_from([1, 2, 4, 8]))
        number = draw(st.sampled_from(NUMBERS)) % 256**width
        new = draw(
            st.sampled_from([number.to_bytes(width, "little"), number.to_bytes(width, "big"), b"", data[:width]])
        )
        data[at : at + width] = new
        data = data or bytearray(b"x")
    return bytes(data)


MADE_UP = st.builds(header, st.sampled_from(DESCRIPTIONS), st.sampled_from(SHAPES), st.sampled_from([b"", bytes(1280)]))


@settings(max_examples=200)
@example(data=header("<f4[ns]", "(5, 8, 8)", bytes(1280)), spec=SPECS[0], streamed=False)
@given(data=damaged() | MADE_UP, spec=st.sampled_from(SPECS), streamed=st.booleans())
def test_one_error_or_samples(tmp_path_factory, data, spec, streamed):
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data)
    with suppress(DftraceError):
        samples = load_samples(["-"] if streamed else [str(path)], spec, stdin=io.BytesIO(data))
        assert samples.array.shape[1:] == spec.shape
        check_samples(samples, spec)


@pytest.mark.parametrize("offset", [2**63 + 5, 2**64 - 1, 2**62])
def test_offsets_beyond_any_file(tmp_path, failure, offset):
    """A zip64 whose directory is said to lie where no stream can seek."""
    data = saved(np.savez, DIGITS)
    end, start = data.rfind(b"PK\5\6"), data.find(b"PK\1\2")
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, end - start, offset)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
    last = bytearray(data[end:])
    last[8:20] = b"\xff" * 12
    bomb = data[:end] + record + locator + bytes(last)
    (tmp_path / "x.npz").write_bytes(bomb)
    assert failure(load_samples, [str(tmp_path / "x.npz")], SPECS[0])[0] == "E300"
    assert failure(load_samples, ["-"], SPECS[0], stdin=io.BytesIO(bomb))[0] == "E300"
