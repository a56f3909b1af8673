"""Kinds that are functions in PyTorch, not layers of Keras: shapes and values over their fields."""

from __future__ import annotations

import numpy as np
import pytest

from tests.layers.examples import POSITIVE, make
from tests.peers.operations import CASES, of

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(("kind", "fields", "shapes", "function"), CASES, ids=lambda value: str(value)[:40])
def test_pytorch_gives_the_same(kind, fields, shapes, function):
    rng = np.random.default_rng(5)
    inputs = [(3 * rng.standard_normal((2, *shape))).astype(np.float32) for shape in shapes]
    if kind in POSITIVE:
        inputs = [np.abs(x) for x in inputs]
    layer = make(kind, fields)
    parameters = {name: np.full(one.shape, one.fill, np.float32) for name, one in layer.parameters(shapes).items()}
    found, expected = layer(inputs, parameters), of(function, inputs)
    assert found.shape[1:] == layer.output_shape(shapes) == expected.shape[1:]
    assert found.dtype == np.float32
    largest = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * largest)
