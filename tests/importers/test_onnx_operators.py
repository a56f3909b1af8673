"""Families of ONNX's operations as a person would write them, computed as ONNX's formulas say."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError
from dataflow_cli.importers.open import import_model
from fuzz.making.onnxfiles import graph, model, node, value

rng = np.random.default_rng(3)


def stored(tmp_path, nodes, inputs, tensors=None, *, opset=17):
    path = tmp_path / "m.onnx"
    path.write_bytes(model(graph(nodes, inputs, ["y"], tensors or {}), opset))
    return path


def kinds(path):
    return [layer.kind for layer in import_model(path).layers]


def computed(path, *inputs):
    network = load_network(path)
    names = [each.name for each in network.inputs]
    trace = network.trace(dict(zip(names, inputs, strict=True)), keep="all")
    return [np.asarray(trace.value(name)) for name in network.outputs]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def long_short_term_memory(x, w, r, b, starts=(0, 0)):
    """The formula of ONNX, of one sample (steps, features): gates stand as input, output, forget, new."""
    hidden, cell = (np.zeros(r.shape[-1]) + start for start in starts)
    states = []
    for step in x:
        total = w @ step + r @ hidden + b.reshape(2, -1).sum(0)
        i, o, f, c = np.split(total, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return np.array(states)


def recurrent(tmp_path, direction, tail, outputs):
    """An LSTM of two units, and what stands behind it; the file and its parameters."""
    both = 2 if direction == "bidirectional" else 1
    shapes = {"w": (both, 8, 3), "r": (both, 8, 2), "b": (both, 16)}
    parameters = {name: rng.normal(size=shape).astype("f4") for name, shape in shapes.items()}
    first = node("LSTM", ["x", "w", "r", "b"], outputs, "lstm", hidden_size=2, direction=direction)
    constants = {"one": np.array([1]), "target": np.array([0, 0, -1])}
    return stored(tmp_path, [first, *tail], [value("x", [4, "N", 3])], parameters | constants), parameters


def test_what_takes_the_axis_of_directions_away_is_part_of_the_layer(tmp_path):
    path, own = recurrent(tmp_path, "forward", [node("Squeeze", ["h", "one"], ["y"])], ["h"])
    assert kinds(path) == ["lstm"]
    x = rng.normal(size=(2, 4, 3)).astype("f4")
    (found,) = computed(path, x)
    wanted = [long_short_term_memory(each, *(own[name][0] for name in "wrb")) for each in x]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_both_directions_put_side_by_side_are_one_layer(tmp_path):
    tail = [node("Transpose", ["h"], ["t"], perm=[0, 2, 1, 3]), node("Reshape", ["t", "target"], ["y"])]
    path, own = recurrent(tmp_path, "bidirectional", tail, ["h"])
    assert kinds(path) == ["bidirectional"]
    x = rng.normal(size=(2, 4, 3)).astype("f4")
    (found,) = computed(path, x)
    for each, row in zip(x, found, strict=True):
        there = long_short_term_memory(each, *(own[name][0] for name in "wrb"))
        back = long_short_term_memory(each[::-1], *(own[name][1] for name in "wrb"))[::-1]
        np.testing.assert_allclose(row, np.concatenate([there, back], 1), atol=1e-6)


@pytest.mark.parametrize("known", [False, True])
def test_both_directions_begin_with_states_that_are_given(tmp_path, known):
    """As inputs of the network, one of every sample, or as constants."""
    shapes = {"w": (2, 8, 3), "r": (2, 8, 2), "b": (2, 16)} | ({"h0": (2, 1, 2), "c0": (2, 1, 2)} if known else {})
    own = {name: rng.normal(size=shape).astype("f4") for name, shape in shapes.items()}
    nodes = [node("LSTM", ["x", "w", "r", "b", "", "h0", "c0"], ["y"], hidden_size=2, direction="bidirectional")]
    n = 1 if known else 2
    entries = [value("x", [4, n, 3]), *([] if known else [value("h0", [2, n, 2]), value("c0", [2, n, 2])])]
    network = load_network(stored(tmp_path, nodes, entries, own))
    x, *states = (rng.normal(size=shape).astype("f4") for shape in ((n, 4, 3), (n, 2, 2), (n, 2, 2)))
    states = [own[name].swapaxes(0, 1) for name in ("h0", "c0")] if known else states
    given = x if known else dict(zip([each.name for each in network.inputs], [x, *states], strict=True))
    found = network.predict(given)
    for sample, each in enumerate(x):
        for direction, way in enumerate((1, -1)):
            starts = [state[sample, direction] for state in states]
            wanted = long_short_term_memory(each[::way], *(own[name][direction] for name in "wrb"), starts)[::way]
            np.testing.assert_allclose(found[sample, :, direction], wanted, atol=1e-6)


def test_backwards_comes_out_in_the_order_of_the_sequence(tmp_path):
    path, own = recurrent(tmp_path, "reverse", [node("Squeeze", ["h", "one"], ["y"])], ["h"])
    x = rng.normal(size=(2, 4, 3)).astype("f4")
    (found,) = computed(path, x)
    wanted = [long_short_term_memory(each[::-1], *(own[name][0] for name in "wrb"))[::-1] for each in x]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_functions_within_a_step_take_their_numbers_in_turn(tmp_path):
    """Of both directions: 0.3 is the slope of the first gates, ELU's alpha the next; the last gates' slope is usual."""
    tensors = {"w": rng.normal(size=(2, 6, 3)), "r": rng.normal(size=(2, 6, 2))}
    functions = ["HardSigmoid", "Elu", "HardSigmoid", "Tanh"]
    said = {"direction": "bidirectional", "activations": functions, "activation_alpha": [0.3, 0.7]}
    nodes = [node("GRU", ["x", "w", "r"], ["", "y"], "gru", hidden_size=2, **said)]
    path = stored(
        tmp_path, nodes, [value("x", [4, "N", 3])], {name: each.astype("f4") for name, each in tensors.items()}
    )
    x = rng.normal(size=(1, 4, 3)).astype("f4")
    found = np.ravel(computed(path, x)[0])
    for direction, (slope, new) in enumerate([(0.3, lambda v: np.where(v > 0, v, 0.7 * np.expm1(v))), (0.2, np.tanh)]):
        w, r = tensors["w"][direction], tensors["r"][direction]
        state = np.zeros(2)
        for step in x[0, :: 1 - 2 * direction]:
            update, reset = np.split(np.clip(slope * (w @ step + r @ state)[:4] + 0.5, 0, 1), 2)
            state = update * state + (1 - update) * new(w[4:] @ step + r[4:] @ (reset * state))
        np.testing.assert_allclose(found[2 * direction :][:2], state, atol=1e-6)


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (["Sigmoid", "Tanh", "Tanh"], "it names 3 activations, and a direction has 3"),
        (["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Relu", "Elu"], "applies relu to what is new and elu to the cell"),
    ],
)
def test_functions_of_the_second_direction_are_told_as_its_own(tmp_path, named, why):
    """Too few for two directions; or two of which a step has but one."""
    tensors = {"w": np.ones((2, 8, 3), "f4"), "r": np.ones((2, 8, 2), "f4")}
    said = {"direction": "bidirectional", "activations": named}
    nodes = [node("LSTM", ["x", "w", "r"], ["y"], "lstm", hidden_size=2, **said)]
    with pytest.raises(NetworkError, match=f"LSTM 'lstm'.*{why}"):
        load_network(stored(tmp_path, nodes, [value("x", [4, "N", 3])], tensors))


def test_numbers_of_functions_are_written_as_short_as_they_were(tmp_path):
    tensors = {"w": np.ones((1, 2, 3), "f4"), "r": np.ones((1, 2, 2), "f4")}
    said = {"activations": ["Elu"], "activation_alpha": [0.3]}
    nodes = [node("RNN", ["x", "w", "r"], ["y"], "rnn", hidden_size=2, **said)]
    network = load_network(stored(tmp_path, nodes, [value("x", [4, "N", 3])], tensors))
    assert network.by_name["rnn"].layer.activation.alpha == 0.3


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"clip": 0.5}, "clip"),
        ({"input_forget": 1}, "input_forget"),
        ({"activations": ["LeakyRelu"]}, "has no activation 'leakyrelu'"),
    ],
)
def test_what_no_kind_does_within_a_step_is_refused(tmp_path, said, why):
    tensors = {"w": np.ones((1, 8, 3), "f4"), "r": np.ones((1, 8, 2), "f4")}
    nodes = [node("LSTM", ["x", "w", "r"], ["y"], "lstm", hidden_size=2, **said)]
    with pytest.raises(NetworkError, match=f"LSTM 'lstm'.*{why}"):
        load_network(stored(tmp_path, nodes, [value("x", [4, "N", 3])], tensors))


def test_a_token_for_every_sample_is_a_constant(tmp_path):
    """Exporters expand it to as many samples as there are."""
    nodes = [
        node("Shape", ["x"], ["n"], end=1, start=0),
        node("Concat", ["n", "rest"], ["shape"], axis=0),
        node("Expand", ["token", "shape"], ["tokens"]),
        node("Concat", ["tokens", "x"], ["y"], axis=1),
    ]
    token = rng.normal(size=(1, 1, 3)).astype("f4")
    path = stored(tmp_path, nodes, [value("x", ["N", 2, 3])], {"token": token, "rest": np.array([1, 3])})
    assert kinds(path) == ["constant", "concatenate"]
    x = rng.normal(size=(4, 2, 3)).astype("f4")
    (found,) = computed(path, x)
    np.testing.assert_array_equal(found, np.concatenate([np.repeat(token, 4, 0), x], 1))


def test_frames_that_are_taken_for_samples_are_gone_through_step_by_step(tmp_path):
    """A sum along the first axis makes steps of it; the convolution before is of every step by itself."""
    kernel = rng.normal(size=(2, 1, 3)).astype("f4")
    nodes = [node("Conv", ["x", "w"], ["c"], "conv"), node("ReduceSum", ["c", "zero"], ["y"], keepdims=0)]
    path = stored(tmp_path, nodes, [value("x", ["S", 1, 5])], {"w": kernel, "zero": np.array([0])})
    assert kinds(path)[0] == "time_distributed"
    x = rng.normal(size=(1, 4, 1, 5)).astype("f4")
    (found,) = computed(path, x)
    windows = np.lib.stride_tricks.sliding_window_view(x[0, :, 0], 3, 1)
    np.testing.assert_allclose(found[0], np.einsum("spk,fk->fp", windows, kernel[:, 0]), atol=1e-5)


def test_samples_that_are_mixed_with_heads_and_parted_again_are_read_as_one(tmp_path):
    nodes = [
        node("Reshape", ["x", "merged"], ["m"]),
        node("Transpose", ["m"], ["t"], perm=[0, 2, 1]),
        node("Reshape", ["t", "parted"], ["y"]),
    ]
    tensors = {"merged": np.array([-1, 4, 2]), "parted": np.array([-1, 3, 2, 4])}
    x = rng.normal(size=(5, 3, 4, 2)).astype("f4")
    (found,) = computed(stored(tmp_path, nodes, [value("x", ["N", 3, 4, 2])], tensors), x)
    np.testing.assert_array_equal(found.reshape(5, 3, 2, 4), x.swapaxes(2, 3))


def test_a_scale_that_is_no_size_says_where_the_elements_stand(tmp_path):
    nodes = [node("Resize", ["x", "", "scales"], ["y"], mode="linear")]
    scales = np.array([1, 1, 1, 0.6], "f4")
    path = stored(tmp_path, nodes, [value("x", ["N", 1, 1, 4])], {"scales": scales})
    assert import_model(path).layers[0].fields["scales"] == [1.0, 0.6]
    (found,) = computed(path, np.array([[[[0, 3, 6, 9]]]], "f4"))
    np.testing.assert_allclose(found, [[[[1, 6]]]], atol=1e-6)  # at (p + 1/2) / 0.6 - 1/2: 1/3 and 2


def test_whole_factors_are_up_sampling(tmp_path):
    nodes = [
        node("Resize", ["x", "", "scales"], ["y"], coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    ]
    path = stored(tmp_path, nodes, [value("x", ["N", 2, 3, 4])], {"scales": np.array([1, 1, 2, 2], "f4")})
    (layer,) = import_model(path).layers
    assert (layer.kind, dict(layer.fields)) == ("up_sampling2d", {"size": 2})


def test_parts_of_axes(tmp_path):
    nodes = [
        node("Slice", ["x", "starts", "ends", "axes", "steps"], ["s"]),
        node("Split", ["s"], ["a", "b"], axis=1, num_outputs=2),
        node("Gather", ["a", "last"], ["g"], axis=2),
        node("Unsqueeze", ["g", "two"], ["u"]),
        node("Mul", ["b", "u"], ["y"]),
    ]
    tensors = {
        "starts": np.array([0, -1]),
        "ends": np.array([10**9, -(10**9)]),
        "axes": np.array([0, 2]),
        "steps": np.array([1, -2]),
        "last": np.array(-1),
        "two": np.array([2]),
    }
    x = rng.normal(size=(3, 4, 5)).astype("f4")
    (found,) = computed(stored(tmp_path, nodes, [value("x", ["N", 4, 5])], tensors, opset=18), x)
    turned = x[:, :, ::-2]
    np.testing.assert_array_equal(found, turned[:, 2:] * turned[:, :2, -1:])


def test_places_by_a_number_for_each_axis(tmp_path):
    """Of every sample, where there is one to look up in; counted from the end too; beyond the end they are refused."""
    x = rng.normal(size=(3, 4, 5, 2)).astype("f4")
    places = np.array([[[[0, 3, -1], [0, 0, 2]], [[-1, -4, 0], [0, 2, 1]]]])
    nodes = [node("GatherND", ["x", "places"], ["y"])]
    path = stored(tmp_path, nodes, [value("x", ["N", 4, 5, 2])], {"places": places})
    assert kinds(path) == ["reshape", "gather", "reshape"]
    found = computed(path, x)[0]
    wanted = np.stack([each[places[0, ..., 1], places[0, ..., 2]] for each in x])
    np.testing.assert_array_equal(found, wanted)
    for beyond, why in (([[0, 4, 0]], "place 4 of 4"), ([[1, 0, 0]], "places of one sample for another")):
        path = stored(tmp_path, nodes, [value("x", ["N", 4, 5, 2])], {"places": np.array(beyond)})
        with pytest.raises(NetworkError, match=why):
            load_network(path)


def test_scales_where_one_is_expected_are_refused(tmp_path):
    nodes = [node("QLinearMatMul", ["x", "s", "z", "w", "s", "z", "s", "z"], ["y"])]
    tensors = {"s": np.ones(3, "f4"), "z": np.uint8(0), "w": np.ones((2, 2), "u1")}
    with pytest.raises(NetworkError, match="'s' has 3 numbers where 1 are expected"):
        load_network(stored(tmp_path, nodes, [value("x", ["N", 1, 2], "uint8")], tensors, opset=21))


def test_a_product_of_whole_numbers_comes_out_rescaled(tmp_path):
    """round((x - 1) · (w - 0) · 0.5 · 0.25 / 2) + 3, ties to the even one."""
    nodes = [node("QLinearMatMul", ["x", "s1", "z1", "w", "s2", "z2", "s3", "z3"], ["y"])]
    tensors = {
        **{f"s{number}": np.float32(scale) for number, scale in ((1, 0.5), (2, 0.25), (3, 2.0))},
        **{f"z{number}": np.uint8(zero) for number, zero in ((1, 1), (2, 0), (3, 3))},
        "w": np.array([[8, 4], [16, 0]], "u1"),
    }
    path = stored(tmp_path, nodes, [value("x", ["N", 1, 2], "uint8")], tensors, opset=21)
    (found,) = computed(path, np.array([[[4, 2]], [[9, 1]]], "u1"))
    np.testing.assert_array_equal(found, [[[5, 4]], [[7, 5]]])  # 40 and 12, 64 and 32 sixteenths: 2.5, 0.75, 4, 2


@pytest.mark.parametrize(
    ("equation", "known", "made"),
    [
        ("bhqd,bkhd->bqhk", False, ["einsum"]),
        ("bhqk,bhkd->bhqd", False, ["matmul"]),
        ("bqd,ed->bqe", True, ["dense"]),
        ("bqhd,hde->bqe", True, ["einsum_dense"]),
        ("bqd,be->bq", False, ["reduce_sum", "reduce_sum", "einsum"]),
        ("hqd,b...d->...q", False, None),
    ],
)
def test_einsum_is_the_kind_that_its_equation_says(tmp_path, equation, known, made):
    sizes = {"b": 2, "h": 3, "q": 4, "d": 5, "k": 6, "e": 7}
    terms = equation.partition("->")[0].split(",")
    if made is None:
        with pytest.raises(NetworkError, match="names other axes than its inputs have"):
            load_network(
                stored(
                    tmp_path, [node("Einsum", ["a", "b"], ["y"], equation=equation)], [value("a", [1]), value("b", [1])]
                )
            )
        return
    first, second = (rng.normal(size=[sizes[one] for one in term]).astype("f4") for term in terms)
    inputs = [value(name, ["N", *array.shape[1:]]) for name, array in zip("ab", (first, second), strict=True)]
    nodes = [node("Einsum", ["a", "b"], ["y"], equation=equation)]
    path = stored(tmp_path, nodes, inputs[:1] if known else inputs, {"b": second} if known else {})
    assert kinds(path) == made
    (found,) = computed(path, *([first] if known else [first, second]))
    np.testing.assert_allclose(found, np.einsum(equation, first, second), atol=1e-5)


def test_sums_triangles_and_turned_pairs(tmp_path):
    """Running sums, a side of a diagonal that NaN from the other does not cross, and pairs turned by known angles."""
    x = rng.normal(size=(2, 3, 4)).astype("f4")
    one = stored(
        tmp_path, [node("CumSum", ["x", "axis"], ["y"], reverse=1)], [value("x", ["N", 3, 4])], {"axis": np.array(1)}
    )
    np.testing.assert_allclose(computed(one, x)[0], x[:, ::-1].cumsum(1)[:, ::-1], atol=1e-6)
    other = stored(tmp_path, [node("Trilu", ["x"], ["y"], upper=0)], [value("x", ["N", 3, 4])])
    lost = np.where(np.triu(np.ones((3, 4)), 1) > 0, np.nan, x)
    np.testing.assert_array_equal(computed(other, lost)[0], np.tril(x))
    angles = rng.normal(size=(5, 2)).astype("f4")
    tables = {"cos": np.cos(angles), "sin": np.sin(angles), "at": np.array([[4, 0, 2]])}
    turn = [node("RotaryEmbedding", ["x", "cos", "sin", "at"], ["y"], num_heads=1, interleaved=1)]
    found = computed(stored(tmp_path, turn, [value("x", ["N", 3, 4])], tables, opset=23), x)[0]
    turned = (x[..., ::2] + 1j * x[..., 1::2]) * np.exp(1j * angles[[4, 0, 2]])
    np.testing.assert_allclose(found, np.stack([turned.real, turned.imag], -1).reshape(x.shape), atol=1e-6)


def test_what_is_no_number_is_not_itself(tmp_path):
    """As PyTorch writes attention where a query may see nothing: 0 in the place of NaN."""
    nodes = [node("IsNaN", ["x"], ["lost"]), node("Where", ["lost", "zero", "x"], ["y"])]
    x = np.array([[1, np.nan, np.inf]], "f4")
    path = stored(tmp_path, nodes, [value("x", ["N", 3])], {"zero": np.array(0, "f4")})
    np.testing.assert_array_equal(computed(path, x)[0], [[1, 0, np.inf]])


def test_whole_numbers_are_divided_towards_zero(tmp_path):
    x, y = np.array([[7, -7, 7, -7, 2**24]], np.int32), np.array([[2, 2, -2, -2, 3]], np.int32)
    path = stored(tmp_path, [node("Div", ["x", "z"], ["y"])], [value(name, ["N", 5], "int32") for name in "xz"])
    (found,) = computed(path, x, y)
    assert (found.dtype, found.tolist()) == (np.int32, [[3, -3, -3, 3, 2**24 // 3]])


def test_buckets_of_distances_are_reckoned_though_a_logarithm_of_zero_is_cast(tmp_path):
    """As T5 and MPNet have them: what an infinity becomes is not taken, since near distances stand for themselves."""
    nodes = [
        node("Cast", ["distance"], ["float"], to=1),
        node("Log", ["float"], ["log"]),
        node("Div", ["log", "log2"], ["exact"]),
        node("Cast", ["exact"], ["far"], to=7),
        node("Less", ["distance", "two"], ["is_near"]),
        node("Where", ["is_near", "distance", "far"], ["bucket"]),
        node("Gather", ["table", "bucket"], ["bias"]),
        node("Add", ["x", "bias"], ["y"]),
    ]
    known = {"distance": np.array([0, 1, 4, 9]), "log2": np.array([np.log(2)], "f4"), "two": np.array([2])}
    table = np.array([10, 20, 30, 40], "f4")
    path = stored(tmp_path, nodes, [value("x", ["N", 4])], known | {"table": table})
    x = rng.normal(size=(2, 4)).astype("f4")
    np.testing.assert_allclose(computed(path, x)[0], x + np.array([10, 20, 30, 40]), rtol=1e-6)


def test_a_weight_that_is_a_direction_and_a_length_is_known_beforehand(tmp_path):
    """What torch.nn.utils.weight_norm leaves in an export: g v / |v|, here of 3-4-5 triangles."""
    nodes = [
        node("ReduceL2", ["v"], ["length"], axes=[0], keepdims=1),
        node("Div", ["v", "length"], ["direction"]),
        node("Mul", ["g", "direction"], ["w"]),
        node("MatMul", ["x", "w"], ["y"]),
    ]
    known = {"v": np.array([[3, 8], [4, 6]], "f4"), "g": np.array([10, 5], "f4")}
    path = stored(tmp_path, nodes, [value("x", ["N", 2])], known)
    assert kinds(path) == ["dense"]
    np.testing.assert_allclose(computed(path, np.eye(2, dtype="f4"))[0], [[6, 4], [8, 3]], rtol=1e-6)


def test_tokens_that_are_rows_are_normalized_by_their_channels(tmp_path):
    """As LeViT has it: `bn(x.flatten(0, 1)).reshape_as(x)` of (samples, tokens, channels)."""
    nodes = [
        node("Reshape", ["x", "rows"], ["flat"]),
        node("BatchNormalization", ["flat", "gamma", "beta", "mean", "variance"], ["h"], epsilon=0.0),
        node("Reshape", ["h", "back"], ["y"]),
    ]
    known = {name: np.array(pair, "f4") for name, pair in (("gamma", [1, 2]), ("beta", [0, 1]), ("mean", [3, 0]))}
    known |= {"variance": np.array([4, 1], "f4"), "rows": np.array([3, 2]), "back": np.array([1, 3, 2])}
    path = stored(tmp_path, nodes, [value("x", [1, 3, 2])], known)
    x = rng.normal(size=(2, 3, 2)).astype("f4")
    wanted = (x - [3, 0]) / [2, 1] * [1, 2] + [0, 1]
    np.testing.assert_allclose(computed(path, x)[0].reshape(x.shape), wanted, rtol=1e-5)


def test_what_is_worked_out_has_no_name_in_the_file(tmp_path):
    """Two numbers for each place that nothing there names: they come from nowhere, and are renamed from nothing."""
    nodes = [
        node("Exp", ["one"], ["a"]),
        node("Add", ["x", "a"], ["h"]),
        node("Exp", ["two"], ["b"]),
        node("Mul", ["h", "b"], ["y"]),
    ]
    known = {"one": np.array([1, 2], "f4"), "two": np.array([0, 3], "f4")}
    path = stored(tmp_path, nodes, [value("x", ["N", 2])], known)
    layers = [layer for layer in import_model(path).layers if layer.kind == "constant"]
    assert [(layer.name, layer.source) for layer in layers] == [("constant", ""), ("constant_2", "")]
