"""Statistics of a step, as they are shown."""

from __future__ import annotations

import math

import numpy as np

from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.trace.model import Statistics


def of(*values):
    return Statistics.of(moments(np.array(values, "float64")), histogram(np.array(values, "float64")))


def test_the_ordinary_case():
    found = of(0, 1, 2, 3, 4)
    assert (found.low, found.high, found.average, found.zero_share) == (0, 4, 2, 0.2)
    assert found.std == math.sqrt(2)
    assert found.histogram.bins[0] == (0.0, 0.0, 1)


def test_nothing_finite():
    found = of(math.nan, math.inf)
    assert all(map(math.isnan, (found.low, found.high, found.average, found.std)))
    assert found.zero_share == 0


def test_nothing():
    found = of()
    assert all(map(math.isnan, (found.low, found.high, found.average, found.std, found.zero_share)))
