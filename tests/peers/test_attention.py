"""Attention beside Keras' layers and PyTorch's module: values to 1e-5, parameters, counts; masks of every kind."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.layers.examples import make
from tests.peers import attention

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
CLASSES = {"multi_head_attention": "MultiHeadAttention", "group_query_attention": "GroupQueryAttention"}


def close(found, expected, case):
    assert found.shape == expected.shape, case
    largest = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * largest, err_msg=str(case))


def three(inputs):
    """Query, value and key as Keras is called."""
    return [inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]]


@pytest.mark.parametrize("kind", attention.KERAS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_keras_gives_the_same(kind, causal, masked):
    rng = np.random.default_rng(5)
    for shapes, fields in attention.KERAS[kind]:
        if len(shapes[0]) == 3 and (causal or masked):
            continue
        inputs = [rng.standard_normal((2, *shape)).astype(np.float32) for shape in shapes]
        peer = getattr(keras.layers, CLASSES[kind])(**fields)
        peer.build(*(x.shape for x in three(inputs)))
        values = [rng.uniform(-1, 1.5, weight.shape).astype(np.float32) for weight in peer.weights]
        peer.set_weights(values)
        layer = make(kind, fields | {"use_causal_mask": causal} | ({"attention_mask": "boolean"} if masked else {}))
        mask = rng.random((2, shapes[0][0], shapes[-1][0])) < 0.6
        mask[:, :, 0] = True  # so that every query sees a key
        mask |= np.eye(*mask.shape[1:], dtype=bool)
        ours, more = (inputs, {"use_causal_mask": causal})
        if masked:
            ours, more = [*inputs, mask.astype(np.float32)], more | {"attention_mask": mask}
        parameters = layer.parameters([x.shape[1:] for x in ours])
        assert [one.shape for one in parameters.values()] == [x.shape for x in values], (shapes, fields)
        paths = [weight.path.split("/")[-2:] for weight in peer.weights]
        assert [[attention.NAMES[name.split("_")[0]], name.split("_")[1]] for name in parameters] == paths
        expected = peer(*three(inputs), **more).detach().numpy()
        case = (kind, shapes, fields, causal, masked)
        close(layer(ours, dict(zip(parameters, values, strict=True))), expected, case)


def test_the_weights_are_keras_attention_scores():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, 6, 4)).astype(np.float32)
    peer = keras.layers.MultiHeadAttention(3, 2)
    _, expected = peer(x, x, return_attention_scores=True, use_causal_mask=True)
    layer = make("multi_head_attention", {"num_heads": 3, "key_dim": 2, "use_causal_mask": "true"})
    parameters = dict(zip(layer.parameters([(6, 4)]), peer.get_weights(), strict=True))
    close(layer.inside("weights")([x], parameters), expected.detach().numpy(), "weights")


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("masks", "padded"), [((0,), "xx"), ((1,), "yx"), ((0, 1), "xz")])
def test_masks_that_come_along_are_keras(masks, padded, causal):
    """Of one input that is all three, of the query, of the value: a query that is padding takes nothing."""
    tokens = {"x": [[1, 2, 3, 0, 0], [4, 0, 0, 0, 0]], "y": [[1, 2, 3, 4, 4]] * 2, "z": [[0, 1, 2, 0], [3, 0, 2, 4]]}
    tokens = {name: np.array(rows) for name, rows in tokens.items()}
    embedding = keras.layers.Embedding(5, 6, mask_zero=True)
    seen = {name: embedding(rows) for name, rows in tokens.items()}
    peer = keras.layers.MultiHeadAttention(2, 3)
    expected = peer(*(seen[name] for name in padded), use_causal_mask=causal).detach().numpy()
    layer = make("multi_head_attention", {"num_heads": 2, "key_dim": 3, "use_causal_mask": causal}).masked(masks)
    names = padded[:1] if len(set(padded)) == 1 else padded
    inputs = [seen[name].detach().numpy() for name in names]
    given = [(tokens[padded[number]] != 0).astype(np.float32) for number in masks]
    parameters = dict(zip(layer.parameters([x.shape[1:] for x in (*inputs, *given)]), peer.get_weights(), strict=True))
    close(layer([*inputs, *given], parameters), expected, (masks, padded, causal))


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("shape", [(7, 6), (7, 2, 8)])
def test_rotary_embedding_is_a_turn_of_complex_numbers(shape, interleaved):
    x = np.random.default_rng(5).standard_normal((2, *shape)).astype(np.float32)
    found = make("rotary_embedding", {"interleaved": interleaved})([x], {})
    close(found, attention.turned(torch, torch.from_numpy(x), interleaved=interleaved).numpy(), shape)


def test_sines_are_those_of_the_paper():
    x = np.random.default_rng(5).standard_normal((2, 9, 7)).astype(np.float32)
    close(make("sine_position_encoding", {})([x], {}), attention.sines(torch, torch.from_numpy(x)).numpy(), "sines")


@pytest.mark.parametrize(
    ("axis", "shapes"),
    [(1, [(5,), (5,)]), ((2, 1), [(4, 3), (3, 2)]), (-1, [(4, 3), (5, 3)]), ((1, 2), [(4,), (5, 4)])],
)
@pytest.mark.parametrize("normalize", [False, True])
def test_dot_is_keras(axis, shapes, normalize):
    rng = np.random.default_rng(5)
    inputs = [rng.standard_normal((2, *shape)).astype(np.float32) for shape in shapes]
    expected = keras.layers.Dot(axis, normalize)(inputs).detach().numpy()
    close(make("dot", {"axis": axis, "normalize": normalize})(inputs, {}), expected, (axis, shapes))


@pytest.mark.parametrize("activation", [None, "softmax"])
@pytest.mark.parametrize(("equation", "output", "bias", "shape"), attention.EQUATIONS)
def test_einsum_dense_is_keras(equation, output, bias, shape, activation):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, *shape)).astype(np.float32)
    peer = keras.layers.EinsumDense(equation, output, activation, bias)
    peer.build(x.shape)
    values = [rng.standard_normal(weight.shape).astype(np.float32) for weight in peer.weights]
    peer.set_weights(values)
    fields = {"equation": equation, "output_dims": output, "bias_axes": bias, "activation": activation}
    layer = make("einsum_dense", fields)
    parameters = layer.parameters([shape])
    assert [one.shape for one in parameters.values()] == [value.shape for value in values]
    close(layer([x], dict(zip(parameters, values, strict=True))), peer(x).detach().numpy(), fields)


@pytest.mark.parametrize(
    "shapes", [[(4, 3), (3, 2)], [(5, 4, 3), (5, 3, 2)], [(1, 4, 3), (5, 3, 2)], [(5, 4, 3), (3, 2)]]
)
def test_matmul_is_pytorchs(shapes):
    rng = np.random.default_rng(5)
    one, other = (rng.standard_normal((2, *shape)).astype(np.float32) for shape in shapes)
    there = torch.from_numpy(other if len(shapes[1]) == len(shapes[0]) else other[:, None])
    close(make("matmul", {})([one, other], {}), torch.matmul(torch.from_numpy(one), there).numpy(), shapes)


TORCH = """\
dftrace: 1
inputs: {{x: [5, 6]{others}}}
weights: {{file: {file}, layout: torch}}
layers:
  - {{type: multi_head_attention, name: attn, num_heads: 3, key_dim: 2{fields}, inputs: [{inputs}]}}
"""


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["itself", "causal", "padded", "others", "other sizes"])
def test_pytorchs_module_by_its_own_names(tmp_path, kind, bias):
    """Packed projections, and three of their own where keys and values have other sizes."""
    torch.manual_seed(1)
    sizes = {"kdim": 4, "vdim": 3} if kind == "other sizes" else {}
    module = torch.nn.MultiheadAttention(6, 3, bias=bias, batch_first=True, **sizes).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    file = tmp_path / "attn.pt"
    torch.save({f"attn.{name}": value for name, value in module.state_dict().items()}, file)
    x, key, value = (
        torch.randn(2, 5, 6),
        torch.randn(2, 4, sizes.get("kdim", 6)),
        torch.randn(2, 4, sizes.get("vdim", 6)),
    )
    fields, others, inputs, arrays, more = "", "", "x", [x], {}
    called = (x, x, x)
    if "other" in kind:
        others, inputs, arrays = f", v: [4, {value.shape[-1]}], k: [4, {key.shape[-1]}]", "x, v, k", [x, value, key]
        called = (x, key, value)
    if kind == "causal":
        fields, more = ", use_causal_mask: true", {"attn_mask": torch.triu(torch.ones(5, 5), 1).bool()}
    if kind == "padded":
        seen = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
        fields, others, inputs, arrays = ", attention_mask: boolean", ", seen: [5]", "x, seen", [x, seen.float()]
        more = {"key_padding_mask": seen == 0}
    fields += "" if bias else ", use_bias: false"
    network = network_from_text(TORCH.format(file=file, fields=fields, others=others, inputs=inputs))
    names = [name.strip() for name in inputs.split(",")]
    batch = {name: array.numpy() for name, array in zip(names, arrays, strict=True)}
    found = run(network, load_weights(network), [batch]).output
    close(found, module(*called, need_weights=False, **more)[0].detach().numpy(), kind)
