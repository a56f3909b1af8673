"""Rows in PyTorch's order: what flatten and reshape list otherwise where a file says `framework: torch`."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from dataflow_cli.layers.explaining.explanation import SOURCE
from tests.layers.examples import make

X = np.arange(24.0).reshape(1, 2, 3, 4)


@pytest.mark.parametrize("kind", ["flatten", "reshape"])
@pytest.mark.parametrize("axes", list(permutations(range(3))))
def test_what_is_listed_in_another_order(kind, axes):
    made = make(kind, {"target_shape": [6, 4]} if kind == "reshape" else {})
    layer = type(made)(**{name: getattr(made, name) for name in type(made).options()}, listed=axes)
    output = layer([X], {})[0]
    np.testing.assert_array_equal(output.ravel(), X[0].transpose(axes).ravel())
    for at in np.ndindex(*output.shape):
        explanation = layer.explanation(at, [X], {})
        wanted = np.zeros(output.shape, bool)
        wanted[at] = True
        (fed,) = layer.feeds(wanted, [X.shape[1:]])
        assert explanation.total == output[at] == X[0][fed]
        np.testing.assert_array_equal(explanation.roles[0] == SOURCE, fed)
