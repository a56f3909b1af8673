"""Attention as exporters write it, in several ways: one layer with the same numbers, or the operations that it is."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.importers.open import import_model
from fuzz.making.onnxfiles import graph, model, node, value

PLACES, CHANNELS, HEADS, WIDTH = 5, 6, 2, 3


def random(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype("f4")


PACKED = {"w": random(CHANNELS, 3 * CHANNELS), "b": random(3 * CHANNELS, seed=4)}
OUT = {"wo": random(CHANNELS, CHANNELS, seed=5), "bo": random(CHANNELS, seed=6)}
CAUSAL = np.triu(np.full((PLACES, PLACES), -np.inf, "f4"), 1)
SHAPES = {
    "by_heads": np.array([0, PLACES, HEADS, WIDTH]),
    "together": np.array([0, PLACES, CHANNELS]),
    "three": np.array([0, PLACES, 3, HEADS, WIDTH]),
}


def split_in_three():
    """Cut along the columns, then into heads; keys are turned at once, and the product is scaled."""
    yield node("Split", ["p"], ["q0", "k0", "v0"], axis=2)
    for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        yield node("Reshape", [f"{name}0", "by_heads"], [f"{name}1"])
        yield node("Transpose", [f"{name}1"], [name], perm=order)
    yield node("MatMul", ["q", "k"], ["qk"])
    yield node("Mul", ["qk", "scale"], ["s"])


def stacked():
    """Turned whole, and taken apart by places along the first axis; query and key are scaled by a root each."""
    yield node("Reshape", ["p", "three"], ["p1"])
    yield node("Transpose", ["p1"], ["p2"], perm=[2, 0, 3, 1, 4])
    for number, name in enumerate("qkv"):
        yield node("Constant", [], [f"at{number}"], value=np.array(number))
        yield node("Gather", ["p2", f"at{number}"], [f"{name}2"], axis=0)
    yield node("Transpose", ["k2"], ["kt"], perm=[0, 1, 3, 2])
    yield node("Mul", ["q2", "root"], ["q"])
    yield node("Mul", ["kt", "root"], ["k"])
    yield node("Identity", ["v2"], ["v"])
    yield node("MatMul", ["q", "k"], ["s"])


def written(path, way, *, masked, outputs=("y",), scale=WIDTH**-0.5):
    tail = [
        node("MatMul", ["x", "w"], ["xw"], "attn.in_proj"),
        node("Add", ["xw", "b"], ["p"]),
        *way(),
        *([node("Add", ["s", "mask"], ["m"])] if masked else [node("Identity", ["s"], ["m"])]),
        node("Softmax", ["m"], ["weights"], axis=-1),
        node("MatMul", ["weights", "v"], ["found"]),
        node("Transpose", ["found"], ["back"], perm=[0, 2, 1, 3]),
        node("Reshape", ["back", "together"], ["c"]),
        node("MatMul", ["c", "wo"], ["cw"], "attn.out_proj"),
        node("Add", ["cw", "bo"], ["y"]),
    ]
    tensors = {"scale": np.array(scale, "f4"), "root": np.array(scale**0.5, "f4"), "mask": CAUSAL}
    inputs = [value("x", ["N", PLACES, CHANNELS])]
    path.write_bytes(model(graph(tail, inputs, list(outputs), PACKED | OUT | SHAPES | tensors)))
    return path


def attention(x, mask, scale):
    """The formula, with queries, keys and values as PyTorch packs them."""
    parts = (x @ PACKED["w"] + PACKED["b"]).reshape(len(x), PLACES, 3, HEADS, WIDTH).transpose(2, 0, 3, 1, 4)
    scores = parts[0] @ parts[1].swapaxes(-1, -2) * scale + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    found = weights / weights.sum(-1, keepdims=True) @ parts[2]
    return found.transpose(0, 2, 1, 3).reshape(x.shape) @ OUT["wo"] + OUT["bo"]


@pytest.mark.parametrize("way", [split_in_three, stacked])
@pytest.mark.parametrize(("masked", "scale"), [(False, WIDTH**-0.5), (True, WIDTH**-0.5), (True, 1.0)])
def test_however_it_is_written_it_is_one_layer(tmp_path, way, masked, scale):
    path = written(tmp_path / "m.onnx", way, masked=masked, scale=scale)
    layer = next(iter(import_model(path).layers))
    fields = {"num_heads": HEADS, "key_dim": WIDTH} | ({"use_causal_mask": True} if masked else {})
    assert ([each.kind for each in import_model(path).layers], layer.name) == (["multi_head_attention"], "attn")
    assert dict(layer.fields) == fields
    x = random(2, PLACES, CHANNELS, seed=7)
    network = load_network(path)
    np.testing.assert_allclose(network.trace(x).output, attention(x, CAUSAL if masked else 0, scale), atol=2e-6)
    assert network.node("attn").layer.inner_tensors.keys() >= {"weights", "heads"}


def test_what_somebody_else_reads_stays(tmp_path):
    """The weights are put out too: the operations stay, and both outputs are there."""
    path = written(tmp_path / "m.onnx", split_in_three, masked=True, outputs=("y", "weights"))
    kinds = {layer.kind for layer in import_model(path).layers}
    assert "multi_head_attention" not in kinds
    assert {"matmul", "dense"} <= kinds


@pytest.mark.parametrize("guarded", [True, False])
def test_queries_and_keys_of_other_layers(tmp_path, guarded):
    """A mask that comes in: 0 where a query sees nothing, if the file sees to it; else all stays, and is NaN."""
    nodes = [
        node("Where", ["seen", "zero", "hidden"], ["mask"]),
        node("Transpose", ["k"], ["turned"], perm=[0, 1, 3, 2]),
        node("Mul", ["turned", "scale"], ["scaled"]),
        node("MatMul", ["q", "scaled"], ["scores"]),
        node("Add", ["scores", "mask"], ["masked"]),
        node("Softmax", ["masked"], ["weights"], axis=-1),
        *([node("IsNaN", ["weights"], ["lost"]), node("Where", ["lost", "zero", "weights"], ["w"])] if guarded else []),
        node("MatMul", ["w" if guarded else "weights", "v"], ["y"], "look"),
    ]
    shapes = {"q": [2, 3, 4], "k": [2, 5, 4], "v": [2, 5, 6]}
    inputs = [*(value(name, ["N", *shape]) for name, shape in shapes.items()), value("seen", ["N", 1, 3, 5], "bool")]
    tensors = {"zero": np.array(0, "f4"), "hidden": np.array(-np.inf, "f4"), "scale": np.array(0.7, "f4")}
    path = tmp_path / "m.onnx"
    path.write_bytes(model(graph(nodes, inputs, ["y"], tensors)))
    kinds = [layer.kind for layer in import_model(path).layers]
    assert kinds.count("scaled_dot_product_attention") == guarded
    assert kinds.count("matmul") == 2 * (not guarded)
    q, k, v = (random(2, *shape, seed=number) for number, shape in enumerate(shapes.values()))
    seen = np.random.default_rng(1).random((2, 1, 3, 5)) < 0.6
    seen[0, 0, 1] = False
    given = {"q": q, "k": k, "v": v, "seen": seen.astype("f4")}
    with np.errstate(all="ignore"):
        scores = np.where(seen, q @ k.swapaxes(-1, -2) * 0.7, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
    wanted = (np.nan_to_num(weights) if guarded else weights) @ v
    np.testing.assert_allclose(load_network(path).trace(given).output, wanted, atol=2e-6)
