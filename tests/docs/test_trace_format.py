"""The page on the saved trace: a reader that was written from it alone reads one, and every key is told."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

from dataflow_cli import load_network, load_weights
from tests.contract.shell import MNIST, ROOT, SEVEN, dftrace

PAGE = (ROOT / "docs/trace-format.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader():
    """What the page's program defines."""
    found = {}
    exec(re.search(r"```python\n(import .*?)```", PAGE, re.DOTALL)[1], found)  # noqa: S102  our own page
    return found


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "trace.npz"
    assert dftrace("run", MNIST, "-i", SEVEN, "-l", "*", "-l", "*:sum", "--save", path).returncode == 0
    return path


def test_the_reader_reads(reader, saved):
    record, tensors = reader["read_trace"](saved)
    assert list(tensors) == [step["name"] for step in record["steps"]]
    assert tensors["conv2d_1"].shape == (1, 26, 26, 32)
    np.testing.assert_array_equal(np.maximum(tensors["conv2d_1:sum"], 0), tensors["conv2d_1"])
    assert record["steps"][0]["statistics"]["maximum"] == tensors["input"].max()


def test_fingerprints_are_what_the_page_says(reader, saved):
    record, tensors = reader["read_trace"](saved)
    prints = record["provenance"]["sha256"]
    weights = load_weights(load_network(MNIST))
    flat = {f"{layer}/{name}": array for layer, each in weights.arrays.items() for name, array in each.items()}
    assert prints["inputs"] == {"input": reader["fingerprint"](tensors["input"])}
    assert prints["weights"] == reader["fingerprint_of_all"](flat)
    assert prints["network"] == hashlib.sha256(record["provenance"]["network_text"].encode()).hexdigest()


def test_every_key_is_told(reader, saved):
    record, _ = reader["read_trace"](saved)
    for part in (record, record["steps"][0], record["provenance"], record["steps"][0]["statistics"]):
        for key in part:
            assert f"`{key}`" in PAGE or f"`{key}." in PAGE, key


def test_the_data_can_be_mapped(saved):
    """Unpacked, and at a multiple of 64 bytes."""
    import zipfile

    content = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        for info in archive.infolist():
            data = archive.read(info)
            assert (content.find(data) % 64, info.compress_type) == (0, zipfile.ZIP_STORED)
