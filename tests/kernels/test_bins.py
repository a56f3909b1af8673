"""Histograms of whatever numbers there may be: every value is counted, and edges are numbers in order."""

import numpy as np
import pytest

from dataflow_cli import network_from_text
from dataflow_cli.page.manifest import BINS, histogram
from dataflow_cli.render.pictures.histogram import STEPS, staircase

THIRD = 1 / 3
LARGE = 1.7e308


@pytest.mark.parametrize(
    "values",
    [
        [THIRD, np.nextafter(THIRD, 1)],
        [THIRD] * 3,
        [0.0, 5e-324],
        [-LARGE, LARGE, 0.5],
        [LARGE],
        [-3.4e38, -3.4e38],
        [2.0**60, 2.0**60 + 256],
        [0.0],
        [-1.0, 0.0, 0.25, 2.0],
    ],
)
def test_every_value_lies_in_a_bin(values):
    array = np.array(values)
    told = histogram(array)
    x, y = staircase(array)
    for edges, counts, most in ((told["edges"], told["counts"], BINS), (x[::2].tolist(), y[1:-1:2].tolist(), STEPS)):
        assert sum(counts) == len(values)
        assert np.isfinite(edges).all()
        assert sorted(set(edges)) == edges
        assert edges[0] <= min(values) <= max(values) <= edges[-1]
        assert 1 <= len(counts) <= most


def test_bins_are_of_one_width_where_numbers_are_dense():
    counts, edges = np.histogram(np.arange(100.0), BINS)
    assert histogram(np.arange(100.0))["counts"] == counts.tolist()
    np.testing.assert_allclose(histogram(np.arange(100.0))["edges"], edges, rtol=1e-12, atol=1e-12)


def test_a_page_of_a_constant_larger_than_its_neighbours_are_apart(tmp_path):
    """What a mask adds where nothing may be seen, the largest negative float32."""
    text = "dftrace: 1\ninput: [2]\nlayers:\n  - {type: rescaling, scale: 0, offset: -3.4e38}"
    trace = network_from_text(text, "masked").trace(np.zeros((1, 2)), keep="all")
    trace.page(tmp_path / "p.html")
    assert (tmp_path / "p.html").stat().st_size
