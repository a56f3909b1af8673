"""Attention without projections beside Keras' layers, PyTorch's function and ONNX's operation: values to 1e-5."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest

from dataflow_cli import load_network
from tests.layers.examples import make

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
SHAPES = [[(6, 5), (6, 5)], [(6, 5), (4, 5)], [(4, 5), (7, 3), (7, 5)]]
KINDS = [
    ("attention", keras.layers.Attention, {"score_mode": ["dot", "concat"], "use_scale": [False, True]}),
    ("additive_attention", keras.layers.AdditiveAttention, {"use_scale": [False, True]}),
]


def close(found, expected, case):
    expected = np.asarray(expected)
    assert found.shape == expected.shape, case
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()), err_msg=str(case))


def settings():
    for kind, peer, fields in KINDS:
        for values in product(*fields.values()):
            yield kind, peer, dict(zip(fields, values, strict=True))


@pytest.mark.parametrize(("kind", "peer", "fields"), list(settings()))
def test_keras_gives_the_same(kind, peer, fields):
    """Causal or not, with every choice of masks for query, value and key; outputs and weights."""
    rng = np.random.default_rng(5)
    for shapes, causal in product(SHAPES, (False, True)):
        inputs = [rng.standard_normal((2, *shape)).astype(np.float32) for shape in shapes]
        theirs = peer(**fields)
        theirs.build([x.shape for x in inputs])
        values = [np.asarray(rng.uniform(-1, 1.5, weight.shape), np.float32) for weight in theirs.weights]
        theirs.set_weights(values)
        layer = make(kind, fields | {"use_causal_mask": causal})
        parameters = layer.parameters(shapes)
        assert {name: one.shape for name, one in parameters.items()} == {w.name: w.shape for w in theirs.weights}
        parameters = dict(zip(parameters, values, strict=True))
        for masks in product((False, True), repeat=len(shapes)):
            given = [
                rng.random((2, shape[0])) < 0.6 if masked else None for shape, masked in zip(shapes, masks, strict=True)
            ]
            for one in given:
                if one is not None:
                    one[:, 0] = True  # so that every query sees a key
            expected, weights = theirs(
                inputs, mask=given if any(masks) else None, use_causal_mask=causal, return_attention_scores=True
            )
            ours = [*inputs, *(one.astype(np.float32) for one in given if one is not None)]
            numbers = tuple(number for number, masked in enumerate(masks) if masked)
            masked = layer.masked(numbers)
            case = (kind, fields, shapes, causal, masks)
            close(masked(ours, parameters), expected.detach(), case)
            close(masked.inside("weights")(ours, parameters)[:, 0], weights.detach(), case)


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("causal", [False, True])
def test_files_of_keras_with_masks_are_read(tmp_path, causal, form):
    """Masks of embeddings go along by themselves, and the file says only some of that."""
    pytest.importorskip("h5py")
    one, other = keras.Input((5,), dtype="int32"), keras.Input((4,), dtype="int32")
    embedding = keras.layers.Embedding(6, 4, mask_zero=True)
    tokens = [np.array([[1, 2, 3, 0, 0], [4, 0, 0, 0, 0]]), np.array([[1, 0, 3, 0], [4, 2, 0, 1]])]
    for kind in (keras.layers.Attention(use_scale=True), keras.layers.AdditiveAttention()):
        model = keras.Model([one, other], kind([embedding(one), embedding(other)], use_causal_mask=causal))
        model.save(tmp_path / f"m.{form}")
        network = load_network(tmp_path / f"m.{form}")
        given = dict(zip([each.name for each in network.inputs], tokens, strict=True))
        close(network.trace(given).output, model(tokens).detach(), (kind.name, causal, form))


@pytest.mark.parametrize("scale", [None, 0.7])
@pytest.mark.parametrize("mask", ["", "causal", "boolean", "additive"])
@pytest.mark.parametrize("groups", [4, 2, 1])
def test_pytorchs_function_gives_the_same(groups, mask, scale):
    rng = np.random.default_rng(5)
    q, k, v = (
        rng.standard_normal((2, heads, places, width)).astype(np.float32)
        for heads, places, width in ((4, 5, 3), (groups, 6, 3), (groups, 6, 2))
    )
    fields, inputs, more = {"scale": scale}, [q, k, v], {}
    if mask == "causal":
        fields, more = fields | {"use_causal_mask": True}, {"is_causal": True}
    if mask in ("boolean", "additive"):
        held = rng.random((2, 4, 5, 6)) < 0.5 if mask == "boolean" else rng.standard_normal((2, 4, 5, 6))
        held[0, 1, 2] = False if mask == "boolean" else -np.inf  # a query that sees no key
        fields, inputs = fields | {"attention_mask": mask}, [*inputs, held.astype(np.float32)]
        more = {"attn_mask": torch.tensor(held if mask == "boolean" else held.astype(np.float32))}
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (q, k, v)), scale=scale, enable_gqa=groups < 4, **more
    )
    layer = make("scaled_dot_product_attention", fields)
    close(layer(inputs, {}), expected, (groups, mask, scale))
    rows = [x.transpose(0, 2, 1, 3).reshape(2, x.shape[2], -1) for x in (q, k, v)]
    split = make("scaled_dot_product_attention", fields | {"num_heads": 4, "num_key_value_heads": groups})
    close(split([*rows, *inputs[3:]], {}), expected.transpose(1, 2).reshape(2, 5, -1), (groups, mask, scale))


def onnx_tests():
    """The onnx package's own cases of Attention, without those that it writes out as other operations."""
    node = pytest.importorskip("onnx.backend.test.case.node")
    every = node.collect_testcases(None)  # it collects once in a process: others want all of them
    return [case for case in every if case.model.graph.node[0].op_type == "Attention" and "expanded" not in case.name]


MODES = ["scores", "capped", "masked", "weights"]
"""What `qk_matmul_output_mode` puts out, by its number."""


def of_node(onnx, node, given):
    """Our layer and its inputs for a node of ONNX's Attention; its outputs by their places."""
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    by_place = [given.get(name) for name in node.input] + [None] * (7 - len(node.input))
    q, k, v, mask, past_key, past_value, lengths = by_place
    fields = {
        "num_heads": attributes.get("q_num_heads"),
        "num_key_value_heads": attributes.get("kv_num_heads"),
        "scale": attributes.get("scale"),
        "softcap": attributes.get("softcap", 0.0),
        "use_causal_mask": bool(attributes.get("is_causal", 0)),
        "past": past_key is not None,
        "key_lengths": lengths is not None,
    }
    for name in ("left_window", "right_window"):
        size = attributes.get(f"{name}_size", -1)
        fields |= {name: size} if size >= 0 else {}
    inputs = [q, k, v]
    if mask is not None:
        keys = k.shape[-2] + (past_key.shape[-2] if past_key is not None else 0)
        if mask.ndim < 4:
            mask = np.broadcast_to(mask, (len(q), *(1,) * (3 - mask.ndim), *mask.shape))
        if mask.shape[-1] == 1 < keys:
            mask = np.pad(
                mask.astype("f4"), [(0, 0)] * 3 + [(0, 1)], constant_values=0 if mask.dtype == bool else -np.inf
            )
        fields["attention_mask"] = "boolean" if by_place[3].dtype == bool else "additive"
        inputs.append(np.broadcast_to(mask, (len(q), *mask.shape[1:])))
    inputs += [each for each in (past_key, past_value, lengths) if each is not None]
    names = ["", "key", "value", MODES[attributes.get("qk_matmul_output_mode", 0)]]
    names[3] = "scores" if names[3] == "capped" and not fields["softcap"] else names[3]
    return make("scaled_dot_product_attention", fields), [np.asarray(x, np.float32) for x in inputs], names


def test_onnx_gives_the_same():
    onnx = pytest.importorskip("onnx")
    cases = onnx_tests()
    assert len(cases) >= 50
    for case in cases:
        (node,) = case.model.graph.node
        for given, expected in case.data_sets:
            names = [one.name for one in case.model.graph.input]
            layer, inputs, parts = of_node(onnx, node, dict(zip(names, given, strict=True)))
            wanted = dict(zip((name for name in node.output if name), expected, strict=True))
            for name, part in zip(node.output, parts, strict=False):
                if not name:
                    continue
                found = (layer.inside(part) if part else layer)(inputs, {})
                half = wanted[name].dtype != np.float32
                np.testing.assert_allclose(
                    found,
                    wanted[name].astype(np.float32),
                    rtol=1e-2 if half else 1e-3,
                    atol=1e-2 if half else 1e-6,
                    err_msg=case.name,
                )
