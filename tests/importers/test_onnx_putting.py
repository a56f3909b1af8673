"""Tensors put into others in ONNX' ways: what slices that are assigned to and caches are exported as."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import DftraceError
from dataflow_cli.importers.open import import_model
from fuzz.making.onnxfiles import graph, model, node, value

rng = np.random.default_rng(4)
X, Y = rng.normal(size=(3, 4, 6)).astype("f4"), rng.normal(size=(3, 2, 6)).astype("f4")


def stored(tmp_path, nodes, tensors, inputs=None):
    path = tmp_path / "m.onnx"
    entries = inputs or [value("x", ["N", 4, 6]), value("y", ["N", 2, 6])]
    path.write_bytes(model(graph(nodes, entries, ["z"], tensors), 18))
    return path


def assigned(path, x=X, y=Y):
    """Of every sample by itself."""
    network = load_network(path)
    return network.predict(dict(zip([each.name for each in network.inputs], (x, y), strict=True)))


def test_rows_of_one_axis_are_put_in_front_of_all_others(tmp_path):
    """As PyTorch's newer exporter writes `x[:, [2, 0]] = y`: the samples stand behind the axis that is put to."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        node("Transpose", ["y"], ["u"], perm=[1, 0, 2]),
        node("ScatterND", ["t", "places", "u"], ["s"]),
        node("Transpose", ["s"], ["z"], perm=[1, 0, 2]),
    ]
    path = stored(tmp_path, nodes, {"places": np.array([[2], [-4]])})
    assert [(layer.kind, layer.fields["indices"]) for layer in import_model(path).layers] == [("index_copy", [2, 0])]
    expected = X.copy()
    expected[:, [2, 0]] = Y
    np.testing.assert_array_equal(assigned(path), expected)


def counted(*axes):
    """A grid of places, the first of the only sample, as the older exporter writes them."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.int64)


@pytest.mark.parametrize(
    ("axes", "kinds"),
    [
        (([0], [1, 3]), ["index_copy"]),
        (([0], [0, 1, 2, 3], [5, 0]), ["index_copy"]),
        (([0], [1, 2], [4, 0, 2]), ["reshape", "reshape", "index_copy", "reshape"]),
    ],
)
def test_a_grid_of_places_is_put_along_the_axis_that_it_is_on(axes, kinds, tmp_path):
    """Of places on several axes a row is made."""
    places = counted(*axes)
    shape = (*places.shape[:-1], *X.shape[places.shape[-1] :])
    entries = [value("x", [1, 4, 6]), value("y", list(shape))]
    path = stored(tmp_path, [node("ScatterND", ["x", "places", "y"], ["z"])], {"places": places}, entries)
    assert [layer.kind for layer in import_model(path).layers] == kinds
    y = rng.normal(size=(3, *shape[1:])).astype("f4")
    expected = X.copy()
    expected[(slice(None), *np.ix_(*axes[1:]))] = y
    np.testing.assert_array_equal(assigned(path, y=y), expected)


def test_places_that_the_data_makes(tmp_path):
    """What the largest element of each column stands at gets the numbers of `y` added: of equal places, both."""
    nodes = [
        node("TopK", ["y", "two"], ["", "places"], axis=1),
        node("ScatterElements", ["x", "places", "y"], ["z"], axis=1, reduction="add"),
    ]
    path = stored(tmp_path, nodes, {"two": np.array([2])})
    expected, places = X.copy(), np.argsort(-Y, axis=1)
    for sample, row, column in np.ndindex(Y.shape):
        expected[sample, places[sample, row, column], column] += Y[sample, row, column]
    np.testing.assert_allclose(assigned(path), expected, rtol=1e-6)


def test_the_number_of_the_only_sample_in_front_of_places_goes(tmp_path):
    """`x[arange(n), x[:, :, 0].argmax(1)]`, the state at the end of a text: the first column counts samples."""
    nodes = [
        node("Gather", ["x", "first"], ["c"], axis=2),
        node("ArgMax", ["c"], ["a"], axis=1, keepdims=0),
        node("Unsqueeze", ["a", "one"], ["at"]),
        node("Concat", ["zero", "at"], ["places"], axis=-1),
        node("GatherND", ["x", "places"], ["z"]),
    ]
    tensors = {"first": np.array(0), "one": np.array([1]), "zero": np.array([[0]])}
    network = load_network(stored(tmp_path, nodes, tensors, [value("x", [1, 4, 6])]))
    np.testing.assert_array_equal(network.predict(X), X[np.arange(3), X[:, :, 0].argmax(1)])


def test_fewer_places_than_elements_take_from_the_front(tmp_path):
    """Not from all: a place that stands alone along another axis is one of the first there."""
    places = np.array([[[2, 0]]])
    path = stored(
        tmp_path, [node("GatherElements", ["x", "places"], ["z"], axis=2)], {"places": places}, [value("x", [1, 4, 6])]
    )
    np.testing.assert_array_equal(load_network(path).predict(X), X[:, :1, [2, 0]])


def test_the_first_of_one_sample_is_that_sample(tmp_path):
    """As `x[0]` is exported, or what an axis of 1 in front of a table is taken for on the way."""
    nodes = [node("Relu", ["x"], ["r"]), node("Gather", ["r", "first"], ["g"]), node("Add", ["g", "x"], ["z"])]
    path = stored(tmp_path, nodes, {"first": np.array(0)}, [value("x", [1, 4, 6])])
    np.testing.assert_array_equal(load_network(path).predict(X), np.maximum(X, 0) + X)


def test_a_cache_is_written_at_a_step_that_comes_as_an_input(tmp_path):
    nodes = [node("ScatterND", ["cache", "step", "y"], ["z"])]
    entries = [value("step", [1, 1], "int64"), value("y", [1, 6])]
    network = load_network(stored(tmp_path, nodes, {"cache": X[0]}, entries))
    expected = X[0].copy()
    expected[2] = Y[0, 0]
    given = dict(zip([each.name for each in network.inputs], (np.array([[[2]]]), Y[:1, :1]), strict=True))
    np.testing.assert_array_equal(network.predict(given)[0], expected)


def test_what_is_known_is_put_and_taken_before_the_network_runs(tmp_path):
    """As Swin's masks are made, and its tables of distances."""
    nodes = [
        node("ScatterND", ["zeros", "places", "rows"], ["mask"]),
        node("GatherND", ["mask", "pair"], ["row"]),
        node("Add", ["x", "row"], ["z"]),
    ]
    tensors = {"zeros": np.zeros((2, 3, 6), "f4"), "rows": Y[0], "places": np.array([[1, 0], [0, -1]])}
    path = stored(tmp_path, nodes, tensors | {"pair": np.array([[1, 0]])}, [value("x", ["N", 4, 6])])
    assert [layer.kind for layer in import_model(path).layers if layer.kind != "constant"] == ["add"]
    np.testing.assert_array_equal(load_network(path).predict(X), X + Y[0, 0])


def test_places_that_there_are_not_are_refused(tmp_path):
    entries = [value("x", [1, 4, 6]), value("y", [1, 2, 6])]
    path = stored(tmp_path, [node("ScatterND", ["x", "places", "y"], ["z"])], {"places": counted([0], [1, 4])}, entries)
    with pytest.raises(DftraceError, match="it names place 4 of 4"):
        load_network(path)
