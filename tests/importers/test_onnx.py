"""ONNX models, written field by field: read without NumPy, computed as ONNX means them, refused with one error."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dataflow_cli import load_network
from dataflow_cli.errors import DftraceError, InputError, NetworkError
from dataflow_cli.importers.open import import_model
from fuzz.making.onnxfiles import attribute, graph, model, node, number, part, tensor, value
from tests.contract.inside import dftrace
from tests.contract.shell import python

rng = np.random.default_rng(5)
KERNEL = rng.normal(size=(4, 3, 3, 3)).astype("f4")
PICTURE = rng.normal(size=(2, 3, 6, 6)).astype("f4")


def stored(tmp_path, nodes, tensors=None, *, inputs=None, outputs=("y",), opset=17):
    """A file of these operations."""
    inputs = inputs or [value("x", ["N", 3, 6, 6])]
    path = tmp_path / "m.onnx"
    path.write_bytes(model(graph(nodes, inputs, list(outputs), tensors), opset))
    return path


def computed(path, x):
    """What the network in a file gives."""
    network = load_network(path)
    trace = network.trace(x, keep="all")
    return [trace.value(name) for name in network.outputs]


def test_a_graph_out_of_order_with_its_shape_reckoned(tmp_path):
    """Nodes in any order, Constant nodes, sizes that are worked out, and a minibatch that nobody knows the size of."""
    nodes = [
        node("Reshape", ["h", "target"], ["y"]),
        node("Concat", ["size", "rest"], ["target"], axis=0),
        node("Unsqueeze", ["first", "zero1"], ["size"]),
        node("Gather", ["shape", "zero"], ["first"]),
        node("Shape", ["x"], ["shape"]),
        node("Constant", [], ["rest"], value=np.array([-1])),
        node("Constant", [], ["zero"], value=np.array(0)),
        node("Constant", [], ["zero1"], value=np.array([0])),
        node("Relu", ["c"], ["h"]),
        node("Conv", ["x", "w"], ["c"], "conv1", pads=[1, 1, 1, 1]),
    ]
    network = load_network(stored(tmp_path, nodes, {"w": KERNEL}))
    assert [(each.name, each.layer.type, each.output_shape) for each in network.nodes] == [
        ("conv1", "conv2d", (4, 6, 6)),
        ("y", "reshape", (144,)),
    ]
    (found,) = computed(tmp_path / "m.onnx", PICTURE)
    padded = np.pad(PICTURE, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
    wanted = np.maximum(np.einsum("nchwij,fcij->nfhw", windows, KERNEL), 0).reshape(2, -1)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_operations_that_the_file_defines_itself(tmp_path):
    """Two calls of one definition, which calls another one, hands an attribute on, and has a branch within."""
    leaky = part(5, part(1, "alpha") + part(21, "slope") + number(20, 1))
    own = part(10, "me") + part(9, number(2, 17))
    leak = part(1, "Leak") + part(4, "a") + part(5, "b") + part(7, node("LeakyRelu", ["a"], ["b"]) + leaky) + own
    branch = {
        f"{which}_branch": graph([node(operation, ["q", "q"], ["z"])], [], ["z"])
        for which, operation in (("then", "Add"), ("else", "Sub"))
    }
    inner = [
        node("Leak", ["p"], ["q"], domain="me") + part(5, part(1, "slope") + part(21, "s") + number(20, 1)),
        node("Constant", [], ["yes"], value=np.array(True)),
        node("If", ["yes"], ["r"], **branch),
        node("MatMul", ["r", "w"], ["out"], "product"),
    ]
    said = part(11, attribute("s", 0.5))
    outer = part(1, "Outer") + part(4, "p") + part(4, "w") + part(5, "out") + b"".join(part(7, each) for each in inner)
    calls = [
        node("Outer", ["x", "v"], ["m"], domain="me", s=0.25),
        node("Outer", ["m", "w"], ["y"], domain="me"),
    ]
    v, w = (rng.normal(size=(4, 4)).astype("f4") for _ in range(2))
    path = tmp_path / "m.onnx"
    whole = graph(calls, [value("x", ["N", 4])], ["y"], {"v": v, "w": w})
    path.write_bytes(model(whole) + part(25, leak) + part(25, outer + said + own))
    x = rng.normal(size=(3, 4)).astype("f4")

    def formula(x, slope, kernel):
        return 2 * np.where(x < 0, slope * x, x) @ kernel

    np.testing.assert_allclose(computed(path, x)[0], formula(formula(x, 0.25, v), 0.5, w), rtol=1e-5)
    assert [layer.gives for layer in import_model(path).layers if layer.kind == "dense"] == ["m", "y"]


def test_a_definition_by_itself_never_ends(tmp_path):
    again = part(1, "A") + part(4, "a") + part(5, "b") + part(7, node("A", ["a"], ["b"], domain="me")) + part(10, "me")
    path = tmp_path / "m.onnx"
    path.write_bytes(
        model(graph([node("A", ["x"], ["y"], domain="me")], [value("x", ["N", 4])], ["y"])) + part(25, again)
    )
    with pytest.raises(InputError, match="'A' is defined by itself"):
        load_network(path)


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ([node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["a"]), node("Add", ["x", "a"], ["y"])], "in a circle"),
        ([node("Add", ["x", "nobody"], ["y"])], "nothing gives the tensor 'nobody'"),
        ([], "puts out 'y', which nothing gives"),
    ],
)
def test_a_graph_that_is_none(tmp_path, nodes, why):
    with pytest.raises(InputError, match=why):
        load_network(stored(tmp_path, nodes))


def test_all_that_is_missing_is_named_at_once(tmp_path):
    nodes = [
        node("NonMaxSuppression", ["x", "x"], ["a"], "nms"),
        node("Thing", ["a"], ["b"], "own", "com.me"),
        node("Loop", ["x", "", "x"], ["c"], "again", body=graph([], [], [])),
        node("Add", ["b", "c"], ["y"], "sum"),
    ]
    with pytest.raises(NetworkError) as found:
        load_network(stored(tmp_path, nodes))
    told = [problem.message.partition(":")[0] for problem in found.value.problems]
    assert told == ["NonMaxSuppression 'nms'", "com.me.Thing 'own'", "Loop 'again'"]


def test_every_prefix_of_a_file_is_one_error(tmp_path):
    whole = stored(tmp_path, [node("Conv", ["x", "w"], ["y"])], {"w": KERNEL}).read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in [*range(80), *range(80, len(whole), 37)]:
        cut.write_bytes(whole[:length])
        with pytest.raises(DftraceError):
            load_network(cut)


@pytest.mark.parametrize("location", ["../w.bin", "/etc/passwd", "link.bin", "a/../../w.bin", ""])
def test_external_data_outside_the_folder_is_refused(tmp_path, location):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(KERNEL.tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    path = external(folder, location)
    with pytest.raises(DftraceError, match="outside the model's folder"):
        load_network(path).trace(PICTURE)


def test_external_data_beside_the_model(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"12345678" + KERNEL.tobytes())
    (inside,) = computed(stored(tmp_path, [node("Conv", ["x", "w"], ["y"])], {"w": KERNEL}), PICTURE)
    (found,) = computed(external(tmp_path, "w.bin", offset=8), PICTURE)
    assert (found == inside).all()
    with pytest.raises(DftraceError, match="from byte 9 on"):
        computed(external(tmp_path, "w.bin", offset=9), PICTURE)


def external(folder, location, offset=0):
    """A model whose kernel stands in another file."""
    entries = {"location": location, "offset": str(offset), "length": str(KERNEL.nbytes)}
    said = b"".join(part(13, part(1, key) + part(2, text)) for key, text in entries.items())
    kernel = b"".join(number(1, size) for size in KERNEL.shape) + number(2, 1) + part(8, "w") + said + number(14, 1)
    return stored(folder, [node("Conv", ["x", "w"], ["y"])], {"w": kernel})


def test_reading_takes_no_numpy(tmp_path):
    path = stored(tmp_path, [node("Conv", ["x", "w"], ["h"]), node("Flatten", ["h"], ["y"])], {"w": KERNEL})
    code = (
        f"import sys; from dataflow_cli import load_network; load_network({str(path)!r}); print('numpy' in sys.modules)"
    )
    assert python(code).strip() == "False"


def test_shapes_that_lie(tmp_path):
    lying = tensor("w", KERNEL).replace(number(1, 4) + number(1, 3), number(1, 2**40) + number(1, 3))
    with pytest.raises(DftraceError):
        load_network(stored(tmp_path, [node("Conv", ["x", "w"], ["y"])], {"w": lying})).trace(PICTURE)


def test_a_million_operations_are_one_error(tmp_path):
    nodes = node("Relu", ["x"], ["y"])
    path = tmp_path / "m.onnx"
    path.write_bytes(model(part(1, nodes) * 1_000_000))
    with pytest.raises(InputError, match="more than 50,000 operations"):
        load_network(path)


def test_more_than_a_message_may_hold_is_told_by_its_size(tmp_path):
    path = tmp_path / "m.onnx"
    with path.open("wb") as stream:
        stream.truncate(2**31)
    with pytest.raises(InputError, match="none has more than 2 GB") as found:
        load_network(path)
    assert "save_as_external_data=True" in found.value.hint


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"", "it is empty"),
    ],
)
def test_what_is_no_model_is_called_what_it_is(tmp_path, content, why):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(InputError, match=why):
        load_network(tmp_path / "m.onnx")


def test_constants_that_grow_are_refused_before_they_are_made(tmp_path):
    """Each doubles the one before: memory would be gone after forty."""
    nodes = [node("Concat", [f"c{k}"] * 8, [f"c{k + 1}"], axis=0) for k in range(40)]
    path = stored(tmp_path, [*nodes, node("Add", ["x", "c40"], ["y"])], {"c0": np.ones(64, "f4")})
    with pytest.raises((InputError, NetworkError), match="more than"):
        load_network(path)


@pytest.mark.parametrize(("known", "kinds"), [(True, ["relu"]), (False, None)])
def test_a_branch_that_is_known_is_taken(tmp_path, known, kinds):
    then, other = (graph([node(kind, ["x"], ["inner"])], [], ["inner"]) for kind in ("Relu", "Neg"))
    condition = "rank" if known else "x"
    nodes = [
        node("Size", ["rest"], ["count"]),
        node("Constant", [], ["two"], value=np.array(2)),
        node("Equal", ["count", "two"], ["rank"]),
        node("If", [condition], ["y"], "if", then_branch=then, else_branch=other),
    ]
    path = stored(tmp_path, nodes, {"rest": np.ones(2, "f4")})
    if kinds is None:
        with pytest.raises(NetworkError, match="which of its branches is taken depends on the data"):
            load_network(path)
    else:
        assert [each.layer.type for each in load_network(path).nodes] == kinds


def places(x, prefix=""):
    """Operations that make a table of as many rows as `x` (N, T, 2) has steps, which count them."""
    return [
        node("Shape", [x], [f"{prefix}shape"]),
        node("Gather", [f"{prefix}shape", "one"], [f"{prefix}steps"]),
        node("Range", ["zero", f"{prefix}steps", "one"], [f"{prefix}places"]),
        node("Cast", [f"{prefix}places"], [f"{prefix}row"], to=1),
        node("Unsqueeze", [f"{prefix}row", "last"], [f"{prefix}column"]),
    ]


NUMBERS = {"zero": np.int64(0), "one": np.int64(1), "last": np.array([1])}


def test_sizes_that_a_model_reckons_with_are_given_beforehand(tmp_path):
    """A table of as many rows as there are steps: nobody can make it before it is known how many there are."""
    nodes = [*places("x"), node("Add", ["x", "column"], ["y"])]
    path = stored(tmp_path, nodes, NUMBERS, inputs=[value("x", ["N", "T", 2])])
    with pytest.raises(NetworkError, match=r"not known; the file leaves some open: x \(N, T, 2\)") as found:
        load_network(path)
    assert found.value.hint.endswith("such as --shape 128,2")
    x = rng.normal(size=(2, 5, 2)).astype("f4")
    network = load_network(path, {"": (5, 2)})
    np.testing.assert_allclose(network.trace(x).value("y"), x + np.arange(5)[:, None], atol=1e-6)


@pytest.mark.parametrize("sizes", [["N", "T", 2, 3], ["N", 4, "T", 3], ["N", 4, 2, "T"]])
def test_the_open_lengths_alone_are_enough_wherever_they_stand(tmp_path, sizes):
    """Both where the model has to be read with them, and where it need not be."""
    flat = node("Reshape", ["x", "whole"], ["r"])
    nodes = [flat, *places("r"), node("Add", ["r", "column"], ["y"])]
    whole = NUMBERS | {"whole": np.array([0, -1, 2])}
    path = str(stored(tmp_path, nodes, whole, inputs=[value("x", sizes)]))
    found = dftrace("params", path, "--shape", "6", "-f", "json")
    assert json.loads(found.stdout)["layers"][0]["output_shape"] == [6 if size == "T" else size for size in sizes[1:]]


def test_sizes_that_a_model_reckons_with_come_from_the_data(tmp_path):
    """Of two inputs each from its own; what --shape says stands before it, and data of another shape is an error."""
    nodes = [
        *places("a.x"),
        *places("b", "b"),
        node("Add", ["a.x", "column"], ["y"]),
        node("Add", ["b", "bcolumn"], ["z"]),
    ]
    inputs = [value("a.x", ["N", "T", 2]), value("b", ["N", "S", 2])]
    path = stored(tmp_path, nodes, NUMBERS, inputs=inputs, outputs=("y", "z"))
    first, second = (rng.normal(size=(2, steps, 2)).astype("f4") for steps in (5, 3))
    np.save(tmp_path / "a.npy", first)
    np.save(tmp_path / "b.npy", second)
    names = [each.name for each in import_model(path).inputs]
    data = [f"-i{name}={tmp_path / file}" for name, file in zip(names, ("a.npy", "b.npy"), strict=True)]
    for said in ([], ["--shape", "b=3,2"]):
        for layer, x in (("y", first), ("z", second)):
            result = dftrace("run", str(path), *data, *said, "-l", layer, "-f", "npy")
            np.testing.assert_allclose(np.load(BytesIO(result.stdout)), x + np.arange(x.shape[1])[:, None])
    result = dftrace("run", str(path), *data, "--shape", "b=4,2")
    assert result.returncode
    assert result.stderr.count(b"error") == 1
    assert b"does not fit input 'b'" in result.stderr
    assert b"--shape" in dftrace("run", str(path), "-i", "-").stderr


def test_a_picture_says_how_large_it_is_and_a_saved_trace_too(tmp_path):
    """A column's number is added to every pixel, after a convolution that hands them on."""
    nodes = [
        node("Conv", ["x", "k"], ["c"]),
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "three"], ["width"]),
        node("Range", ["zero", "width", "one"], ["places"]),
        node("Cast", ["places"], ["row"], to=1),
        node("Add", ["c", "row"], ["y"]),
    ]
    tensors = NUMBERS | {"three": np.int64(3), "k": np.eye(3, dtype="f4")[..., None, None]}
    path = str(stored(tmp_path, nodes, tensors, inputs=[value("x", ["N", 3, "H", "W"])]))
    pixels = rng.integers(0, 256, (5, 7, 3), dtype="u1")
    Image.fromarray(pixels).save(picture := str(tmp_path / "p.png"))
    data, saved = ["-i", picture, "--scale", "1", "--channel-order", "rgb"], str(tmp_path / "t.npz")
    result = dftrace("run", path, *data, "-l", "y", "-f", "npy")
    np.testing.assert_array_equal(np.load(BytesIO(result.stdout))[0], pixels.transpose(2, 0, 1) + np.arange(7.0))
    dftrace("run", path, *data, "--save", saved)
    explained = [dftrace("explain", *of, "y[1,2,3]", "-f", "json") for of in ((path, *data), (saved,))]
    values = [json.loads(one.stdout)["value"] for one in explained]
    assert values == [pixels[2, 3, 1] + 3.0] * 2
    refused = dftrace("run", path, *data, "--shape", "3,5,8")
    assert b"5 x 7 (height x width), expected 5 x 8" in refused.stderr
    refused = dftrace("run", path, "-i", picture, "--preprocess", "torchvision")
    assert b"--shape 3,224,224 " in refused.stderr


def test_samples_along_another_axis_are_found(tmp_path):
    """(time, samples, features) is transposed from (samples, ...) and back: no layer is needed for it."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        node("MatMul", ["t", "w"], ["h"], "fc"),
        node("Transpose", ["h"], ["y"], perm=[1, 0, 2]),
    ]
    weight = rng.normal(size=(5, 2)).astype("f4")
    path = stored(tmp_path, nodes, {"w": weight}, inputs=[value("x", ["N", 4, 5])])
    assert [layer.kind for layer in import_model(path).layers] == ["dense"]
    x = rng.normal(size=(3, 4, 5)).astype("f4")
    np.testing.assert_allclose(computed(path, x)[0], x @ weight, atol=1e-5)


def test_sparse_tensors_and_what_is_rounded_to_bfloat16(tmp_path):
    """A sparse kernel by places in a row, and factors midway between two numbers, of which the even one is taken."""
    places = (
        part(1, tensor("w", np.array([2, 3], "f4")))
        + part(2, tensor("", np.array([1, 2])))
        + number(3, 2)
        + number(3, 2)
    )
    nodes = [
        node("Cast", ["k"], ["half"], to=16),
        node("Cast", ["half"], ["factor"], to=1),
        node("MatMul", ["x", "w"], ["h"]),
        node("Mul", ["h", "factor"], ["y"]),
    ]
    path = tmp_path / "m.onnx"
    whole = graph(nodes, [value("x", ["N", 2])], ["y"], {"k": np.array([1 + 2**-8, 1 + 3 * 2**-8], "f4")})
    path.write_bytes(model(whole + part(15, places)))
    np.testing.assert_array_equal(computed(path, np.array([[1, 10]], "f4"))[0], [[30, 2 * (1 + 2**-6)]])
