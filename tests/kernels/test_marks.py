"""Where marks are true is what NumPy says, few or many."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.kernels.marks import true_places


@pytest.mark.parametrize("length", [0, 3, 4, 4096])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_places_are_numpys(length, share):
    marks = np.random.default_rng(length).random(length) < share
    np.testing.assert_array_equal(true_places(marks, int(marks.sum())), np.flatnonzero(marks))
