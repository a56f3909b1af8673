"""Kinds that are functions in PyTorch, not layers of Keras: shapes and values over their fields."""

from __future__ import annotations

import numpy as np
import pytest

from tests.layers.examples import DEFINED, make
from tests.peers.operations import CASES, of, torch

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(("kind", "fields", "shapes", "function"), CASES, ids=lambda value: str(value)[:40])
def test_pytorch_gives_the_same(kind, fields, shapes, function):
    rng = np.random.default_rng(5)
    inputs = [(3 * rng.standard_normal((2, *shape))).astype(np.float32) for shape in shapes]
    if kind in DEFINED:
        inputs = [DEFINED[kind](x) for x in inputs]
    layer = make(kind, fields)
    parameters = {name: np.full(one.shape, one.fill, np.float32) for name, one in layer.parameters(shapes).items()}
    found, expected = layer(inputs, parameters), of(function, inputs)
    assert found.shape[1:] == layer.output_shape(shapes) == expected.shape[1:]
    assert found.dtype == (layer.result_type([""] * len(inputs)) or np.float32)
    largest = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * largest)


@pytest.mark.parametrize("axis", [1, 2, 3])
@pytest.mark.parametrize("largest", [True, False])
def test_pytorch_finds_the_same_places(axis, largest):
    x = np.random.default_rng(5).standard_normal((2, 4, 6, 8)).astype(np.float32)
    layer = make("top_k", {"k": 3, "axis": axis, "largest": largest})
    for name in ("values", "indices"):
        expected = of(lambda x, name=name: getattr(torch.topk(x, 3, axis, largest), name), [x])
        np.testing.assert_array_equal(layer.inside(name)([x], {}), expected)


@pytest.mark.parametrize(("sections", "sizes"), [(2, 4), ([1, 5], [1, 4, 3])])
def test_pytorch_splits_into_the_same_parts(sections, sizes):
    x = np.random.default_rng(5).standard_normal((2, 4, 6, 8)).astype(np.float32)
    layer = make("split", {"indices_or_sections": sections, "axis": -1})
    expected = torch.split(torch.from_numpy(x), sizes, -1)
    assert list(layer.inner_tensors) == [str(number) for number in range(len(expected))]
    for name, part in zip(layer.inner_tensors, expected, strict=True):
        np.testing.assert_array_equal(layer.inside(name)([x], {}), part.numpy())


def test_places_that_a_second_input_names_are_those_of_pytorch():
    """Of each sample its own places: what `torch.index_select` and `torch.take_along_dim` take of one."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((2, 5, 3)).astype(np.float32)
    rows, places = rng.integers(0, 5, (2, 4)), rng.integers(0, 5, (2, 2, 3))
    chosen = [
        torch.index_select(torch.from_numpy(one), 0, torch.from_numpy(some)) for one, some in zip(x, rows, strict=True)
    ]
    np.testing.assert_array_equal(make("gather", {"axis": "1"})([x, rows], {}), np.stack(chosen))
    expected = torch.take_along_dim(torch.from_numpy(x), torch.from_numpy(places), dim=1)
    np.testing.assert_array_equal(make("take_along_axis", {"axis": "1"})([x, places - 5], {}), expected)


@pytest.mark.parametrize("reduction", ["none", "add", "mul", "max", "min"])
def test_what_is_put_by_places_is_what_pytorch_puts(reduction):
    """Of each sample: torch.index_copy and torch.index_reduce, torch.scatter_reduce, torch.index_put."""
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((2, 5, 3)).astype(np.float32), rng.standard_normal((2, 4, 3)).astype(np.float32)
    names = {"mul": "prod", "max": "amax", "min": "amin", "add": "sum"}
    # of several in one place it is not said which one PyTorch leaves there
    rows = [0, 3, 1, 4] if reduction == "none" else [0, 3, 3, 4]
    places = np.stack([[rng.permutation(5)[:4] for _ in range(3)] for _ in x]).transpose(0, 2, 1)
    into, put, at = torch.from_numpy(x), torch.from_numpy(y), torch.tensor(rows)
    fields = {"reduction": reduction, "axis": "1"}
    if reduction == "none":
        copied, along = into.index_copy(1, at, put), into.scatter(1, torch.from_numpy(places), put)
    else:
        along = into.scatter_reduce(1, torch.from_numpy(places), put, names[reduction])
        copied = into.index_add(1, at, put) if reduction == "add" else into.index_reduce(1, at, put, names[reduction])
    known = make("index_copy", {"indices": list(map(str, rows)), **fields})
    by_input = make("index_copy", fields)
    np.testing.assert_allclose(known([x, y], {}), copied, rtol=1e-6)
    np.testing.assert_allclose(by_input([x, np.array([rows, rows]), y], {}), copied, rtol=1e-6)
    np.testing.assert_allclose(make("put_along_axis", fields)([x, places, y], {}), along, rtol=1e-6)
    if reduction in ("none", "add"):
        pairs = np.array([[[0, 1], [4, 2]]] * 2)
        wanted = torch.stack(
            [
                one.index_put((torch.tensor([0, 4]), torch.tensor([1, 2])), two[0, :2], reduction == "add")
                for one, two in zip(into, put, strict=True)
            ]
        )
        found = make("scatter_nd", {"reduction": reduction})([x, pairs, y[:, 0, :2]], {})
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        np.testing.assert_array_equal(make("gather_nd", {})([x, pairs], {}), x[:, [0, 4], [1, 2]])


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("nhqd,nhkd->nhqk", [(3, 4, 5), (3, 6, 5)]),
        ("nqhd,nkhd->nhqk", [(4, 3, 5), (6, 3, 5)]),
        ("nabc,ncbd->nda", [(2, 3, 4), (4, 3, 5)]),
        ("nab,nab->n", [(2, 3), (2, 3)]),
        ("na,nb->nba", [(4,), (5,)]),
    ],
)
def test_pytorch_sums_the_same_products(equation, shapes):
    rng = np.random.default_rng(6)
    inputs = [rng.standard_normal((2, *shape)).astype(np.float32) for shape in shapes]
    found = make("einsum", {"equation": equation})(inputs, {})
    np.testing.assert_allclose(found, of(lambda *x: torch.einsum(equation, *x), inputs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_pytorch_sums_up_to_the_same(axis):
    x = np.random.default_rng(6).standard_normal((2, 4, 6, 5)).astype(np.float32)
    found = make("cumulative_sum", {"axis": axis})([x], {})
    np.testing.assert_allclose(found, of(lambda x: torch.cumsum(x, axis), [x]), rtol=0, atol=1e-5)
