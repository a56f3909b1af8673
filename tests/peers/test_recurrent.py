"""Recurrent layers of PyTorch by their state dicts, and Keras' wrappers, masks and states, to 1e-5."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import InputError, NetworkError
from dataflow_cli.importing.files import import_to_files
from dataflow_cli.importing.keras import held_against as verified
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.model import Weights
from fuzz.making.kerasfiles import layer, listed_h5, sequential
from tests.layers.examples import make

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch")
    keras = pytest.importorskip("keras")

pytest.importorskip("h5py")
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
X = np.random.default_rng(3).standard_normal((2, 5, 3)).astype(np.float32)


class Holding(torch.nn.Module):
    """A module under the name that a layer has here."""

    def __init__(self, name, module):
        super().__init__()
        self.add_module(name, module)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize(("module", "kind"), [("LSTM", "lstm"), ("GRU", "gru"), ("RNN", "simple_rnn")])
def test_a_state_dict_of_pytorch_gives_its_numbers(module, kind, both, bias, tmp_path):
    peer = getattr(torch.nn, module)(3, 4, batch_first=True, bidirectional=both, bias=bias)
    torch.save(Holding("layer", peer).state_dict(), tmp_path / "w.pt")
    one = {"type": kind, "units": 4, "return_sequences": True, "use_bias": bias}
    layer = {"type": "bidirectional", "layer": one} if both else one
    text = {"dftrace": 1, "input": [5, 3], "weights": "w.pt", "layers": [layer | {"name": "layer"}]}
    found = network_from_text(json.dumps(text), folder=tmp_path).trace(X).output
    expected = peer(torch.from_numpy(X))[0].detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def as_ours(peer, prefixes=("",)):
    """Keras' weights by our names, in its order."""
    count = len(peer.weights) // len(prefixes)
    names = [f"{prefix}{weight.name}" for prefix in prefixes for weight in peer.weights[:count]]
    return dict(zip(names, peer.get_weights(), strict=True))


CELLS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}


@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("kind", CELLS)
def test_bidirectional_is_keras(kind, mode, sequences):
    fields = {"units": 4, "return_sequences": sequences}
    peer = keras.layers.Bidirectional(getattr(keras.layers, CELLS[kind])(**fields), merge_mode=mode)
    expected = peer(X).detach().numpy()
    ours = make("bidirectional", {"layer": {"type": kind} | fields, "merge_mode": mode})
    np.testing.assert_allclose(ours([X], as_ours(peer, ("forward_", "backward_"))), expected, atol=1e-5)


@pytest.mark.parametrize("kind", CELLS)
def test_states_start_and_end_as_in_keras(kind):
    """What `return_state` gives there are inner tensors here, and `initial_state` further inputs."""
    peer = getattr(keras.layers, CELLS[kind])(4, return_state=True)
    ours = make(kind, {"units": 4})
    start = [np.random.default_rng(7 + n).standard_normal((2, 4)).astype(np.float32) for n in range(len(ours.states))]
    expected = [one.detach().numpy() for one in peer(X, initial_state=start)]
    names = ["", *(f"final_{name}" for name in ours.states)]
    for name, value in zip(names, expected, strict=True):
        layer = ours.inside(name) if name else ours
        np.testing.assert_allclose(layer([X, *start], as_ours(peer)), value, atol=1e-5)


@pytest.mark.parametrize("wrapped", [("Dense", {"units": 4}), ("Conv1D", {"filters": 2, "kernel_size": 2})])
def test_time_distributed_is_keras(wrapped):
    kind, fields = wrapped
    peer = keras.layers.TimeDistributed(getattr(keras.layers, kind)(**fields))
    x = X if kind == "Dense" else np.stack([X, X + 1, X * 2], axis=1)
    expected = peer(x).detach().numpy()
    ours = make("time_distributed", {"layer": {"type": kind.lower()} | fields})
    np.testing.assert_allclose(ours([x], as_ours(peer)), expected, atol=1e-5)


COUNTED = np.array([[0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
"""Steps that count: some in the middle, none, padding at the end, and at the start."""
PADDED = np.random.default_rng(5).standard_normal((4, 6, 3)).astype(np.float32) * COUNTED[..., np.newaxis]
WORDS = np.random.default_rng(5).integers(1, 9, (4, 6)) * COUNTED


def through(ours, theirs, first, parameters):
    """What a network whose first layer makes a mask gives by us, and by Keras."""
    kind, fields, made, x = first
    written = {"shape": list(x.shape[1:])} | ({"dtype": "int32"} if x.dtype.kind == "i" else {})
    text = {"dftrace": 1, "inputs": {"x": written}, "layers": [{"type": kind} | fields, ours]}
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype.name), made, theirs])
    expected = model(x).detach().numpy()
    network = network_from_text(json.dumps(text))
    weights = {f"{kind}_1": as_ours(made), f"{ours['type']}_1": parameters(theirs)}
    found = network.trace(x, Weights({name: some for name, some in weights.items() if some})).output
    np.testing.assert_allclose(found, expected, atol=1e-5)


def embedded():
    fields = {"input_dim": 9, "output_dim": 3, "mask_zero": True}
    return "embedding", fields, keras.layers.Embedding(9, 3, mask_zero=True), WORDS


def padded():
    return "masking", {}, keras.layers.Masking(), PADDED


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("first", [embedded, padded])
@pytest.mark.parametrize("kind", CELLS)
def test_masked_steps_hand_their_state_on_as_in_keras(kind, first, sequences, backwards, zeros):
    fields = {"units": 4, "return_sequences": sequences, "go_backwards": backwards, "zero_output_for_mask": zeros}
    through({"type": kind} | fields, getattr(keras.layers, CELLS[kind])(**fields), first(), as_ours)


@pytest.mark.parametrize("mode", ["concat", "mul"])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("first", [embedded, padded])
@pytest.mark.parametrize("kind", CELLS)
def test_bidirectional_leaves_masked_steps_out_as_keras_does(kind, first, sequences, mode):
    fields = {"units": 4, "return_sequences": sequences}
    theirs = keras.layers.Bidirectional(getattr(keras.layers, CELLS[kind])(**fields), merge_mode=mode)
    ours = {"type": "bidirectional", "layer": {"type": kind} | fields, "merge_mode": mode}
    through(ours, theirs, first(), lambda peer: as_ours(peer, ("forward_", "backward_")))


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", CELLS)
def test_masked_steps_and_states_that_are_given_are_those_of_keras(kind, sequences):
    peer = getattr(keras.layers, CELLS[kind])(4, return_state=True, return_sequences=sequences)
    ours = make(kind, {"units": 4, "return_sequences": sequences}).masked((0,))
    start = [np.random.default_rng(7 + n).standard_normal((4, 4)).astype(np.float32) for n in range(len(ours.states))]
    mask = COUNTED.astype(bool)
    expected = [one.detach().numpy() for one in peer(PADDED, initial_state=start, mask=torch.from_numpy(mask))]
    for name, value in zip(["", *(f"final_{name}" for name in ours.states)], expected, strict=True):
        layer = ours.inside(name) if name else ours
        found = layer([PADDED, *start, mask.astype(np.float32)], as_ours(peer))
        np.testing.assert_allclose(found, value, atol=1e-5)


def test_time_distributed_hands_masks_to_its_layer_as_keras_does():
    """Of sentences of words, those words that count."""
    peer = keras.layers.TimeDistributed(keras.layers.LSTM(4))
    x, mask = np.stack([PADDED, PADDED[::-1]], axis=1), np.stack([COUNTED, COUNTED[::-1]], axis=1)
    expected = peer(x, mask=torch.from_numpy(mask.astype(bool))).detach().numpy()
    ours = make("time_distributed", {"layer": {"type": "lstm", "units": 4}}).masked((0,))
    np.testing.assert_allclose(ours([x, mask.astype(np.float32)], as_ours(peer)), expected, atol=1e-5)


FILMS = np.random.default_rng(9).standard_normal((4, 6, 4, 3, 2)).astype(np.float32)


@pytest.mark.parametrize("fields", [{}, {"return_sequences": True}, {"go_backwards": True, "return_sequences": True}])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_pictures_by_step_take_masks_and_states_as_in_keras(fields, data_format):
    fields = {"filters": 2, "kernel_size": 2, "data_format": data_format} | fields
    peer, ours = keras.layers.ConvLSTM2D(**fields, return_state=True), make("conv_lstm2d", fields).masked((0,))
    x = FILMS if data_format == "channels_last" else np.moveaxis(FILMS, -1, 2)
    start = [np.random.default_rng(n).standard_normal((4, *ours.state_shape([x.shape[1:]]))) for n in range(2)]
    given = [one.astype(np.float32) for one in start]
    expected = peer(x, initial_state=given, mask=torch.from_numpy(COUNTED.astype(bool)))
    for name, value in zip(["", "final_hidden", "final_cell"], expected, strict=True):
        layer = ours.inside(name) if name else ours
        found = layer([x, *given, COUNTED.astype(np.float32)], as_ours(peer))
        np.testing.assert_allclose(found, value.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("mode", ["concat", "sum"])
@pytest.mark.parametrize("sequences", [False, True])
def test_pictures_by_step_in_wrappers_are_those_of_keras(sequences, mode):
    fields = {"filters": 2, "kernel_size": 2, "return_sequences": sequences}
    peer = keras.layers.Bidirectional(keras.layers.ConvLSTM2D(**fields), merge_mode=mode)
    ours = make("bidirectional", {"layer": {"type": "conv_lstm2d"} | fields, "merge_mode": mode})
    expected = peer(FILMS).detach().numpy()
    np.testing.assert_allclose(ours([FILMS], as_ours(peer, ("forward_", "backward_"))), expected, atol=1e-5)
    each = keras.layers.TimeDistributed(keras.layers.ConvLSTM1D(**fields))
    expected = each(FILMS).detach().numpy()
    ours = make("time_distributed", {"layer": {"type": "conv_lstm1d"} | fields})
    np.testing.assert_allclose(ours([FILMS], as_ours(each)), expected, atol=1e-5)


PARAMETERS = (("kernel", "ih"), ("recurrent_kernel", "hh"))


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("module", "order"), [("LSTM", [0, 1, 2, 3]), ("GRU", [1, 0, 2])])
def test_layers_that_keras_had_for_gpus_are_cudnn_s_as_pytorch_has_it(module, order, both, tmp_path):
    """Keras 2 kept every matrix of cuDNN's, (units, features) there, in an array of (features, units)."""
    peer = getattr(torch.nn, module)(3, 4, batch_first=True, bidirectional=both)
    name, state = f"cu_dnn{module.lower()}", {one: array.numpy() for one, array in peer.state_dict().items()}

    def gates(word):
        parts = np.split(state[word], len(order))
        return [parts[number] for number in order]

    def arrays(prefix, end):
        kernels = [(word, gates(f"weight_{short}_l0{end}")) for word, short in PARAMETERS]
        bias = np.concatenate([*gates(f"bias_ih_l0{end}"), *gates(f"bias_hh_l0{end}")])
        found = [
            (f"{prefix}{word}:0", np.concatenate([one.reshape(one.shape[::-1]) for one in parts], axis=1))
            for word, parts in kernels
        ]
        return [*found, (f"{prefix}bias:0", bias)]

    one = layer(f"CuDNN{module}", name, units=4, return_sequences=True)
    wrapped = layer("Bidirectional", "b", layer=one, merge_mode="concat") if both else one
    model = sequential({**wrapped, "config": wrapped["config"] | {"batch_input_shape": [None, 5, 3]}})
    ends = [("forward_", ""), ("backward_", "_reverse")] if both else [("", "")]
    stored = [each for prefix, end in ends for each in arrays(f"{'b/' if both else ''}{prefix}{name}/", end)]
    (tmp_path / "m.h5").write_bytes(listed_h5({wrapped["config"]["name"]: stored}, model))
    found = load_network(tmp_path / "m.h5").trace(X).output
    np.testing.assert_allclose(found, peer(torch.from_numpy(X))[0].detach().numpy(), atol=1e-5)


def cell(kind, units):
    return getattr(keras.layers, f"{kind}Cell")(units)


def saved_alike(inputs, outputs, path):
    """A model of Keras', saved by it in both formats, gives all of its outputs here."""
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(-0.7, 0.7, one.shape) for one in model.get_weights()])
    given = [rng.standard_normal((2, *each.shape[1:])).astype(np.float32) for each in model.inputs]
    expected = keras.tree.flatten(model(given if len(given) > 1 else given[0], training=False))
    for form in ("keras", "h5"):
        model.save(path / f"m.{form}")
        network = load_network(path / f"m.{form}")
        trace = network.trace(dict(zip((one.name for one in network.inputs), given, strict=True)), keep="all")
        for name, value in zip(network.outputs, expected, strict=True):
            np.testing.assert_allclose(trace.value(name), value.detach().numpy(), atol=1e-5)
    return network


def test_cells_are_the_layers_that_they_make(tmp_path):
    x = keras.Input((5, 3))
    plain = keras.layers.RNN(cell("LSTM", 4), return_sequences=True, go_backwards=True)(x)
    stack = keras.layers.RNN([cell("LSTM", 4), cell("GRU", 3), cell("LSTM", 2)], return_state=True)
    both = keras.layers.Bidirectional(keras.layers.RNN(cell("SimpleRNN", 2)))(plain)
    out, *states = stack(plain)
    deep = keras.layers.RNN([cell("LSTM", 4), cell("GRU", 3), cell("LSTM", 2)])(x, initial_state=states)
    saved_alike(x, [out, *states, both, deep], tmp_path)


def test_states_go_from_layer_to_layer_as_in_keras(tmp_path):
    """An encoder and a decoder, of which the first goes both ways."""
    x, y = keras.Input((5, 3)), keras.Input((4, 2))
    _, *states = keras.layers.Bidirectional(keras.layers.LSTM(3, return_state=True))(x)
    joined = [keras.layers.Concatenate()(states[number::2]) for number in (0, 1)]
    out, hidden, _ = keras.layers.LSTM(6, return_sequences=True, return_state=True)(y, initial_state=joined)
    other = keras.layers.GRU(6)(out, initial_state=hidden)
    saved_alike([x, y], [out, other], tmp_path)


def test_both_directions_begin_with_the_states_that_they_are_given(tmp_path):
    """The end of one bidirectional layer, or of nothing but inputs, is where the next begins."""
    x, y, state = keras.Input((5, 3)), keras.Input((4, 2)), keras.Input((3,))
    _, *states = keras.layers.Bidirectional(keras.layers.LSTM(3, return_state=True))(x)
    wrapped = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True), merge_mode="sum")
    both = wrapped(y, initial_state=states)
    other = keras.layers.Bidirectional(keras.layers.GRU(3))(both, initial_state=[state, states[1]])
    saved_alike([x, y, state], [both, other], tmp_path)


@pytest.mark.parametrize("merge", ["concat", "sum", "ave", "mul", None])
@pytest.mark.parametrize("sequences", [True, False])
def test_a_stack_of_cells_goes_both_ways(tmp_path, merge, sequences):
    x = keras.Input((5, 3))
    stack = keras.layers.RNN([cell("LSTM", 4), cell("GRU", 3)], return_sequences=sequences)
    saved_alike(x, keras.layers.Bidirectional(stack, merge_mode=merge)(x), tmp_path)


def test_stacks_of_cells_go_along_steps_backwards_and_in_models(tmp_path):
    def stack(**fields):
        return keras.layers.RNN([cell("SimpleRNN", 4), cell("LSTM", 2)], return_sequences=True, **fields)

    other = keras.layers.RNN([cell("GRU", 2), cell("GRU", 3)], go_backwards=True, return_sequences=True)
    both = keras.layers.Bidirectional(stack(), backward_layer=other, name="both")
    x = keras.Input((2, 5, 3))
    back = keras.layers.TimeDistributed(stack(go_backwards=True))(x)
    inner = within([stack(go_backwards=True), both], (5, 2), "inner")
    alone = keras.layers.Bidirectional(
        stack(), backward_layer=keras.layers.GRU(2, return_sequences=True, go_backwards=True)
    )
    outputs = [keras.layers.TimeDistributed(stack())(back), inner(back[:, 0]), alone(back[:, 1])]
    saved_alike(x, outputs, tmp_path)
    verified(keras.Model(x, outputs), import_to_files(tmp_path / "m.keras", tmp_path / "m.yaml"))


def test_a_stack_of_cells_that_goes_back_takes_no_mask(tmp_path):
    x = keras.Input((5, 3))
    stack = keras.layers.RNN([cell("LSTM", 4), cell("GRU", 3)])
    model = keras.Model(x, keras.layers.Bidirectional(stack)(keras.layers.Masking()(x)))
    model.save(tmp_path / "m.keras")
    with pytest.raises(NetworkError, match="its stacks of cells take a mask"):
        load_network(tmp_path / "m.keras")


def within(layers, shape, name, **input_fields):
    """A model, which another one may hold."""
    given = x = keras.Input(shape, **input_fields)
    for one in layers:
        x = one(x)
    return keras.Model(given, x, name=name)


def test_what_wraps_a_layer_or_stacks_cells_is_found_in_models_within_models(tmp_path):
    wrapped = [keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True))]
    wrapped += [
        keras.layers.TimeDistributed(keras.layers.Dense(3)),
        keras.layers.SpectralNormalization(keras.layers.Conv1D(3, 2)),
    ]
    deep = within(wrapped, (5, 3), "deep")
    stack = keras.layers.RNN([cell("LSTM", 4), cell("LSTM", 2)])
    whole = within([keras.layers.TimeDistributed(keras.layers.Dense(3)), deep, stack], (5, 3), "whole")
    x = keras.Input((5, 3))
    saved_alike(x, whole(x), tmp_path)


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_a_model_goes_along_steps_as_a_block_of_its_layers(tmp_path, form):
    """With a model in it, an activation that is a layer, and parameters that are left out; used twice."""
    deep = [keras.layers.Conv2D(3, 3, use_bias=False, activation="hard_sigmoid"), keras.layers.Conv2D(2, 1)]
    layers = [within(deep, (6, 5, 2), "deep"), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    each = keras.layers.TimeDistributed(within([*layers, keras.layers.Dense(4)], (6, 5, 2), "each"), name="steps")
    for weight in each.layer.weights:
        weight.assign(np.random.default_rng(5).uniform(0.2, 0.9, weight.shape))
    x, y = keras.Input((3, 6, 5, 2)), keras.Input((4, 6, 5, 2))
    model = keras.Model([x, y], [keras.layers.GRU(3)(each(x)), each(y)])
    model.save(tmp_path / f"m.{form}")
    values = [np.random.default_rng(6).standard_normal((2, *one.shape[1:])).astype("f4") for one in (x, y)]
    network = load_network(tmp_path / f"m.{form}")
    trace = network.trace(dict(zip([one.name for one in network.inputs], values, strict=True)), keep="all")
    for name, expected in zip(network.outputs, model(values), strict=True):
        np.testing.assert_allclose(trace.value(name), expected.detach().numpy(), atol=1e-5)


def test_branches_within_a_model_that_goes_along_steps_meet_again(tmp_path):
    given = keras.Input((6, 4))
    side = keras.layers.Conv1D(4, 3, padding="same", activation="relu")(given)
    joined = keras.layers.Concatenate(axis=1)([given, keras.layers.Add()([given, side])])
    x = keras.Input((3, 6, 4))
    saved_alike(x, keras.layers.TimeDistributed(keras.Model(given, joined))(x), tmp_path)


def test_numbers_in_a_model_that_goes_along_steps_and_what_keras_computes_in_it(tmp_path):
    """A row that is added in every step, and a table that is multiplied by; `--verify` sees each layer of the model."""
    given = keras.Input((6, 4))
    row, table = np.float32([1, -2, 3, 0.5]), np.random.default_rng(2).normal(size=(6, 4)).astype("f4")
    deep = within([keras.layers.Dense(3, name="first", activation="relu")], (6, 4), "deep")
    inner = keras.Model(given, keras.layers.Dense(2, name="last")(deep(keras.ops.multiply(given + row, table) * 2)))
    x = keras.Input((3, 6, 4))
    each = keras.layers.TimeDistributed(inner, name="steps")
    outputs = [each(x), each(x * 2)]  # of which Keras computes the second first
    saved_alike(x, outputs, tmp_path)
    model, written = keras.Model(x, outputs), import_to_files(tmp_path / "m.keras", tmp_path / "m.yaml")
    verified(model, written)
    deep.layers[-1].bias.assign([0, 0, 9])
    with pytest.raises(InputError, match="steps/deep/first"):
        verified(model, written)


def test_masks_go_into_models_and_out_of_them(tmp_path):
    words = keras.Input((6,), dtype="int32")
    table = within([keras.layers.Embedding(9, 4, mask_zero=True)], (6,), "table", dtype="int32")
    reading = within([keras.layers.Dense(4), keras.layers.Bidirectional(keras.layers.LSTM(3))], (6, 4), "reading")
    model = keras.Model(words, reading(table(words)))
    for form in ("keras", "h5"):
        model.save(tmp_path / f"m.{form}")
        found = load_network(tmp_path / f"m.{form}").predict(WORDS.astype(np.int32))
        np.testing.assert_allclose(found, model(WORDS).detach().numpy(), atol=1e-5)


def test_attention_takes_a_mask_that_is_given_and_those_that_came_along_as_keras_does(tmp_path):
    words, given = keras.Input((6,), dtype="int32"), keras.Input((6, 6), dtype="bool")
    rows = keras.layers.Embedding(9, 4, mask_zero=True)(words)
    model = keras.Model([words, given], keras.layers.MultiHeadAttention(2, 3)(rows, rows, attention_mask=given))
    seen = (np.random.default_rng(4).random((4, 6, 6)) > 0.3) | np.eye(6, dtype=bool)
    model.save(tmp_path / "m.keras")
    network = load_network(tmp_path / "m.keras")
    names = [one.name for one in network.inputs]
    found = network.trace(dict(zip(names, [WORDS.astype(np.int32), seen], strict=True))).output
    expected = model([WORDS, seen]).detach().numpy()
    counted = (seen & COUNTED[:, np.newaxis].astype(bool)).any(axis=-1)  # where no key is seen, any answer is as good
    np.testing.assert_allclose(found[counted], expected[counted], atol=1e-5)
