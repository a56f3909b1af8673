"""Keras' models, of every version, as networks: what is in the config is there, by its name, and nothing else is."""

from __future__ import annotations

import json
import sys
import zipfile

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import InputError, NetworkError
from dataflow_cli.importers.keras.masks import handed_on
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, listed_h5, sequential
from tests.contract.shell import python

pytest.importorskip("h5py")

rng = np.random.default_rng(3)
KERNELS = {name: rng.normal(size=(3, 3)).astype("f4") for name in "abc"}
X = rng.normal(size=(2, 3)).astype("f4")


def dense(name, **fields):
    return layer("Dense", name, units=3, activation="linear", use_bias=False, **fields)


def entry(name, shape=(None, 3), key="batch_input_shape"):
    return {**layer("InputLayer", name, **{key: list(shape)}), "name": name, "inbound_nodes": []}


def called(one, *inputs, new=False):
    """A layer of a functional model, with one call for every list of `(name, call)` that it takes."""
    if new:
        nodes = [{"args": [tensor(*each) for each in given], "kwargs": {}} for given in inputs]
    else:
        nodes = [[[name, call, 0, {}] for name, call in given] for given in inputs]
    return {**one, "name": one["config"]["name"], "inbound_nodes": nodes}


def tensor(name, call):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, 0]}}


def functional(layers, inputs, outputs, kind="Functional", name="net"):
    config = {"name": name, "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"class_name": kind, "config": config}


def stored(tmp_path, model, *names, version="2.2.4", prefix=""):
    """A file of the model with the kernels of the layers."""
    weights = {name: [(f"{prefix}{name}/kernel:0", KERNELS[name.rpartition("/")[2]])] for name in names}
    (tmp_path / "m.h5").write_bytes(listed_h5(weights, model, version=version))
    return load_network(tmp_path / "m.h5")


def outputs(network, **x):
    trace = network.trace(x or X, keep="all")
    assert not trace.warnings
    return [trace.value(name) for name in network.outputs]


def near(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        {"class_name": "Sequential", "config": [dense("a", batch_input_shape=[None, 3]), dense("b")]},
        sequential(dense("a", batch_input_shape=[None, 3]), dense("b")),
        sequential(entry("input_1"), dense("a"), dense("b")),
        sequential(sequential(dense("a", batch_input_shape=[None, 3]), name="m"), dense("b")),
        {**sequential(dense("a"), dense("b")), "build_config": {"input_shape": [None, 3]}},
    ],
    ids=["2.0", "2", "2-input", "2-nested", "3-built"],
)
def test_a_chain_has_its_shape_wherever_it_stands(tmp_path, model):
    nested = model["config"]["layers"][0]["class_name"] == "Sequential" if isinstance(model["config"], dict) else False
    if nested:
        (tmp_path / "m.h5").write_bytes(
            listed_h5({"m": [("a/kernel:0", KERNELS["a"])], "b": [("b/kernel:0", KERNELS["b"])]}, model)
        )
        network = load_network(tmp_path / "m.h5")
    else:
        network = stored(tmp_path, model, "a", "b")
    assert [node.name for node in network.nodes] == ["m/a" if nested else "a", "b"]
    near(outputs(network)[0], X @ KERNELS["a"] @ KERNELS["b"])


@pytest.mark.parametrize("new", [False, True])
def test_branches_shared_layers_and_the_order_of_inputs_and_outputs(tmp_path, new):
    """The second input is listed first; `a` is used twice; the layers do not stand in the order of the data."""
    layers = [
        called(layer("Concatenate", "both", axis=-1), [("a", 0), ("a", 1)], new=new),
        entry("left"),
        entry("right", key="batch_shape" if new else "batch_input_shape"),
        called(dense("a"), [("left", 0)], [("right", 0)], new=new),
        called(layer("Subtract", "difference"), [("a", 1), ("a", 0)], new=new),
    ]
    model = functional(layers, [["right", 0, 0], ["left", 0, 0]], [["difference", 0, 0], ["both", 0, 0]])
    network = stored(tmp_path, model, "a", version="3.0.0" if new else "2.2.4")
    assert [each.name for each in network.inputs] == ["right", "left"]
    assert not any(each.stated for each in network.inputs)
    assert network.parameter_count == 9
    left, right = X @ KERNELS["a"], -2 * X @ KERNELS["a"]
    found = outputs(network, left=X, right=-2 * X)
    near(found[0], right - left)
    near(found[1], np.concatenate([left, right], 1))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_model_within_is_a_block_whose_calls_may_be_counted_from_one(tmp_path, first, mapped):
    """Keras before 3 counted the model's own making as its first call. Some versions name outputs by a mapping."""
    inner = functional([entry("i"), called(dense("a"), [("i", 0)])], [["i", 0, 0]], [["a", 0, 0]], name="inner")
    layers = [
        entry("input_1"),
        called(inner, [("input_1", 0)], [("inner", first)]),
        called(dense("b"), [("inner", first + 1)]),
    ]
    ends = {"out": ["b", 0, 0]} if mapped else [["b", 0, 0]]
    model = functional(layers, [["input_1", 0, 0]], ends, kind="Model")
    weights = {"inner": [("a/kernel:0", KERNELS["a"])], "b": [("b/kernel:0", KERNELS["b"])]}
    (tmp_path / "m.h5").write_bytes(listed_h5(weights, model))
    network = load_network(tmp_path / "m.h5")
    assert [node.name for node in network.nodes] == ["inner/a", "inner_2/a", "b"]
    near(outputs(network)[0], X @ KERNELS["a"] @ KERNELS["a"] @ KERNELS["b"])


def test_what_older_versions_say_otherwise(tmp_path):
    """Batch normalization's axis as a list, a name that ours may not be, and the slope of the hard sigmoid, 1/5."""
    moments = {
        name: rng.uniform(0.5, 2, 3).astype("f4") for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    model = sequential(
        layer("BatchNormalization", "15", axis=[1], epsilon=0.001, batch_input_shape=[None, 3]),
        layer("Activation", "b c", activation="hard_sigmoid"),
    )
    weights = {"15": [(f"15/{name}:0", array) for name, array in moments.items()]}
    (tmp_path / "m.h5").write_bytes(listed_h5(weights, model, version="2.4.0"))
    network = load_network(tmp_path / "m.h5")
    assert [node.name for node in network.nodes] == ["layer_15", "b_c"]
    scaled = (X - moments["moving_mean"]) / np.sqrt(moments["moving_variance"] + 0.001)
    near(outputs(network)[0], np.clip(0.2 * (scaled * moments["gamma"] + moments["beta"]) + 0.5, 0, 1))


def test_what_keras_2_writes_down_though_it_changes_nothing(tmp_path):
    """The groups of a depthwise convolution, attention's shapes, an augmentation's chance; sizes in training."""
    shapes = {f"{name}_shape": [None, 5, 3] for name in ("query", "key", "value")}
    look = layer("MultiHeadAttention", "look", num_heads=2, key_dim=3, attention_axes=[1], **shapes)
    look |= {"name": "look", "inbound_nodes": [[["i", 0, 0, {"value": ["i", 0, 0]}]]]}
    chain = [
        layer("RandomFlip", "flip", rng_type="stateful", mode="horizontal", batch_input_shape=[None, 8, 8, 3]),
        layer("RandomHeight", "high", factor=0.2, interpolation="bilinear"),
        layer("RandomWidth", "wide", factor=0.2),
        layer("DepthwiseConv2D", "depth", kernel_size=[3, 3], groups=1),
        layer("SeparableConv2D", "apart", filters=4, kernel_size=[2, 2], groups=1),
    ]
    looking = functional([entry("i", (None, 5, 3)), look], [["i", 0, 0]], [["look", 0, 0]])
    for model, shape in ((sequential(*chain), (5, 5, 4)), (looking, (5, 3))):
        (tmp_path / "m.h5").write_bytes(listed_h5({}, model))
        assert load_network(tmp_path / "m.h5").nodes[-1].output_shape == shape
    depth = layer("DepthwiseConv2D", "depth", kernel_size=[3, 3], groups=3, batch_input_shape=[None, 8, 8, 3])
    (tmp_path / "m.h5").write_bytes(listed_h5({}, sequential(depth)))
    with pytest.raises(NetworkError, match=r"'depth'.*groups: 3"):
        load_network(tmp_path / "m.h5")


def test_an_activation_that_is_a_layer_follows_as_one(tmp_path):
    slope = {"class_name": "LeakyReLU", "config": {"name": "leaky", "alpha": 0.1}}
    one = layer("Dense", "a", units=3, activation=slope, use_bias=False, batch_input_shape=[None, 3])
    (found,) = outputs(stored(tmp_path, sequential(one), "a"))
    sums = X @ KERNELS["a"]
    near(found, np.where(sums < 0, 0.1 * sums, sums))


def problems(tmp_path, *layers):
    (tmp_path / "m.keras").write_bytes(keras_zip(sequential(entry("i"), *layers), counted_h5({})))
    with pytest.raises(NetworkError) as caught:
        load_network(tmp_path / "m.keras")
    assert all(problem.place.line == 0 for problem in caught.value.problems)
    return [(problem.code, problem.message) for problem in caught.value.problems]


def test_all_that_is_missing_is_told_at_once_and_nothing_is_run(tmp_path):
    """Code in a file is data: what would run it in Keras is refused by its layer's name."""
    code = layer("Lambda", "l", function={"class_name": "__lambda__", "config": {"code": "AAAA"}})
    custom = {**layer("Mine", "c"), "module": "os", "registered_name": "package>Mine"}
    assert problems(tmp_path, code, dense("a"), custom, layer("Hashing", "h"), dense("b", units_twice=2)) == [
        (
            "E120",
            "Lambda 'l': it holds code, which dftrace never runs",
        ),
        (
            "E120",
            "Mine 'c': it is a class of somebody's own, not Keras'",
        ),
        ("E120", "Hashing 'h': it looks words up, and dftrace takes numbers"),
        ("E120", "Dense 'b': `units_twice: 2` is not there in dftrace"),
    ]


def operation(kind, name, *arguments, **keywords):
    node = {"args": list(arguments), "kwargs": keywords}
    one = {"module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": name}}
    return {**one, "name": name, "inbound_nodes": [node]}


def test_what_is_reckoned_beside_the_layers_is_told_by_its_name(tmp_path):
    """Sums of two tensors, or with a number, are layers here; what no kind says is not."""
    x = [tensor("i", 0), tensor("i", 0)]
    layers = [
        entry("i", key="batch_shape"),
        operation("Add", "sum", *x),
        operation("Subtract", "more", 2.0, tensor("sum", 0)),
    ]
    others = [operation("Greater", "g", tensor("sum", 0), 2.0), operation("Mine", "m", tensor("sum", 0))]
    model = functional([*layers, *others], [["i", 0, 0]], [["sum", 0, 0]])
    (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5({})))
    with pytest.raises(NetworkError) as caught:
        load_network(tmp_path / "m.keras")
    assert [problem.message for problem in caught.value.problems] == [
        "Greater 'g': it takes a constant beside tensors whose ranks the file does not say, or that are unequal",
        "Mine 'm': dftrace reads no operation Mine of keras.ops",
    ]
    model = functional(layers, [["i", 0, 0]], [["more", 0, 0]])
    (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5({})))
    near(load_network(tmp_path / "m.keras").predict(X), 2 - 2 * X)


def test_masks_that_keras_writes_down_as_operations_are_known_from_others():
    """What an Embedding takes, beside its zero, is a mask where nothing but masks is made of it."""
    ids, numbers = tensor("ids", 0), tensor("embedding", 0)
    embedding = called(layer("Embedding", "embedding", mask_zero=True), [("ids", 0)], new=True)
    mask, both = (
        operation("NotEqual", "mask", ids, 0),
        operation("LogicalAnd", "both", tensor("mask", 0), tensor("mask", 0)),
    )
    steps = {**layer("LSTM", "steps"), "name": "steps"}
    steps["inbound_nodes"] = [{"args": [numbers], "kwargs": {"mask": tensor("both", 0)}}]
    assert handed_on([embedding, mask, both, steps]) == {"mask", "both"}
    seen = called(layer("Dense", "seen"), [("mask", 0)], new=True)
    assert handed_on([embedding, mask, both, steps, seen]) == frozenset()
    assert handed_on([operation("NotEqual", "mask", numbers, 0), steps]) == frozenset()


def test_no_layer_counts_steps_that_keras_leaves_out(tmp_path):
    """Within another layer too: it uses the mask, and what comes out of masked steps is what the model says."""
    lstm = layer("LSTM", "l", units=2, return_sequences=True, zero_output_for_mask=True)
    for one in (lstm, layer("Bidirectional", "both", layer=lstm)):
        model = sequential(entry("i", (None, 4, 3)), layer("Masking", "m", mask_value=0.0), one)
        (tmp_path / "m.h5").write_bytes(listed_h5({}, model))
        last = load_network(tmp_path / "m.h5").nodes[-1]
        assert last.inputs == ("m", "m:mask")
        assert getattr(last.layer, "layer", last.layer).zero_output_for_mask


def test_states_that_a_layer_puts_out_are_tensors_within_it(tmp_path):
    lstm = called(layer("LSTM", "l", units=2, return_sequences=True, return_state=True), [("i", 0)])
    model = functional([entry("i", (None, 4, 3)), lstm], [["i", 0, 0]], [["l", 0, 0], ["l", 0, 1], ["l", 0, 2]])
    (tmp_path / "m.h5").write_bytes(listed_h5({}, model))
    assert load_network(tmp_path / "m.h5").outputs == ("l", "l:final_hidden", "l:final_cell")


def test_a_layer_that_does_not_fit_is_told_by_its_name(tmp_path):
    ((code, message),) = problems(tmp_path, layer("Conv2D", "conv", filters=2, kernel_size=[3, 3]))
    assert code == "E133"
    assert message.startswith("conv2d 'conv'")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"class_name": "Dense", "config": {"name": "d"}}, "which is no Sequential or functional model"),
        (sequential(dense("a")), "does not say the shape of its input"),
        (
            functional([entry("i"), called(dense("a"), [("gone", 0)])], [["i", 0, 0]], [["a", 0, 0]]),
            "take what no layer",
        ),
        (functional([entry("i")], [["i", 0, 0]], [["gone", 0, 0]]), "'gone' is no layer with an output 0"),
        ([], "no JSON object"),
        (b'{"class_name": 1, "class_name": 2}', "holds 'class_name' twice"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_model_is_told_in_one_error(tmp_path, model, words):
    (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5({})))
    with pytest.raises(InputError) as caught:
        load_network(tmp_path / "m.keras")
    assert words in caught.value.message


def test_counting_reads_the_config_alone(tmp_path):
    """No weights, so no HDF5 and no NumPy."""
    (tmp_path / "m.keras").write_bytes(keras_zip(sequential(entry("i"), dense("a")), b"no HDF5"))
    code = (
        "import json, sys; from dataflow_cli.network.build import load_network; "
        f"print(load_network({str(tmp_path / 'm.keras')!r}).parameter_count); "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    count, modules = python(code).splitlines()
    assert count == "9"
    assert not {"h5py", "numpy", "PIL", "rich"} & set(json.loads(modules))


def test_without_h5py_the_line_is_told_that_installs_it(tmp_path, monkeypatch):
    (tmp_path / "m.h5").write_bytes(listed_h5({}, sequential(entry("i"), dense("a"))))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(InputError) as caught:
        load_network(tmp_path / "m.h5")
    assert "h5py" in caught.value.message
    assert "pip install 'dftrace[keras]'" in caught.value.hint


@pytest.mark.parametrize("version", ["1.2.2", ""])
def test_a_model_of_keras_1_is_told_as_such(tmp_path, version):
    """By its version, or by fields that nothing since has: one error, and no list of fields that are not known."""
    config = {"name": "d", "output_dim": 2, "init": "normal", "batch_input_shape": [None, 3]}
    layers = [{"class_name": "Dense", "config": config}]
    path = tmp_path / "old.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": layers}))
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
    with pytest.raises(InputError, match="is a model of Keras 1") as found:
        load_network(path)
    assert "load_model('old.h5').save('new.h5')" in found.value.hint


@pytest.mark.parametrize("scope", ["steps", "inner"])
def test_a_model_that_goes_along_steps_is_a_block(tmp_path, scope):
    """Of Keras 2 too, which calls its parameters by the wrapper, or by the model in it."""
    steps = layer("TimeDistributed", "steps", layer=sequential(dense("a"), dense("b"), name="inner"))
    model = sequential(entry("input_1", (None, 4, 3)), steps)
    weights = {"steps": [(f"{scope}/{name}/kernel:0", KERNELS[name]) for name in "ab"]}
    (tmp_path / "m.h5").write_bytes(listed_h5(weights, model))
    network = load_network(tmp_path / "m.h5")
    assert [node.name for node in network.nodes] == ["steps/a", "steps/b"]
    x = rng.normal(size=(2, 4, 3)).astype("f4")
    near(network.predict(x), x @ KERNELS["a"] @ KERNELS["b"])


@pytest.mark.parametrize(
    ("first", "inner", "why"),
    [
        ([layer("Masking", "m")], layer("LSTM", "deep", units=2), "'steps/deep'.*a mask"),
        ([], layer("Lambda", "deep"), "'steps/deep': it holds code"),
    ],
)
def test_what_a_model_along_steps_cannot_hold_is_refused_by_its_name(tmp_path, first, inner, why):
    steps = layer("TimeDistributed", "steps", layer=sequential(inner, name="inner"))
    (tmp_path / "m.keras").write_bytes(
        keras_zip(sequential(entry("input_1", (None, 4, 5, 3), "batch_shape"), *first, steps), counted_h5({}))
    )
    with pytest.raises(NetworkError, match=why):
        load_network(tmp_path / "m.keras")


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("before", [dense("a"), layer("Reshape", "a", target_shape=[1, 3])])
def test_tensors_that_meet_along_steps_have_as_many_axes(tmp_path, before, new):
    """(3,) beside (1, 3) meets otherwise with steps before. No file says how many, of tensors within a model."""
    add = called(layer("Add", "add"), [("e", 0), ("a", 0)], new=new)
    inner = functional([entry("e"), called(before, [("e", 0)], new=new), add], [["e", 0, 0]], [["add", 0, 0]], name="n")
    model = sequential(entry("i", (None, 4, 3)), layer("TimeDistributed", "steps", layer=inner))
    weights = {"steps": [("n/a/kernel:0", KERNELS["a"])]} if before["class_name"] == "Dense" else {}
    (tmp_path / "m.h5").write_bytes(listed_h5(weights, model))
    if not weights:
        with pytest.raises(NetworkError, match="unequal rank"):
            load_network(tmp_path / "m.h5")
        return
    x = rng.normal(size=(2, 4, 3)).astype("f4")
    near(load_network(tmp_path / "m.h5").predict(x), x + x @ KERNELS["a"])


def reckoned(kind, *arguments, name="op"):
    """An operation of keras.ops on the input `e` of a model, wherever None stands."""
    given = {"class_name": "__keras_tensor__", "config": {"shape": [None, 2, 3], "keras_history": ["e", 0, 0]}}
    nodes = [{"args": [given if one is None else one for one in arguments], "kwargs": {}}]
    one = {"module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": name}, "name": name}
    return functional([entry("e", (None, 2, 3)), one | {"inbound_nodes": nodes}], [["e", 0, 0]], [[name, 0, 0]])


def constant(value):
    return {"class_name": "__tensor__", "config": {"value": value, "dtype": "float32"}}


@pytest.mark.parametrize(
    ("kind", "arguments", "wanted"),
    [
        ("Add", (None, constant([[1, 2, 3], [4, 5, 6]])), lambda x: x + np.array([[1, 2, 3], [4, 5, 6]])),
        ("Subtract", (constant([[[1], [2]]]), None), lambda x: [[1], [2]] - x),
        ("Greater", (0.25, None), lambda x: x < 0.25),
        ("LessEqual", (None, constant([0, 1, -1])), lambda x: x <= [0, 1, -1]),
        ("Where", (None, 2, constant([[3], [4]])), lambda x: np.where(x != 0, 2, [[3], [4]])),
    ],
)
def test_constants_beside_tensors_are_layers_whose_numbers_are_written_out(tmp_path, kind, arguments, wanted):
    (tmp_path / "m.keras").write_bytes(keras_zip(reckoned(kind, *arguments), counted_h5({})))
    network, x = load_network(tmp_path / "m.keras"), rng.normal(size=(4, 2, 3)).astype("f4")
    near(network.predict(x), wanted(x))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (np.ones((4, 2, 3)).tolist(), "differs from sample to sample"),
        (np.ones((1, 4, 2, 3)).tolist(), "more axes"),
        ([[1, 2], [3]], "no numbers"),
        ([[1, float("inf")]], "no numbers"),
        (np.ones((400, 251)).tolist(), "100,400 numbers"),
        (np.ones((1,) * 30).tolist(), "no numbers"),
    ],
)
def test_constants_that_cannot_stand_beside_samples_are_refused_by_name(tmp_path, value, why):
    (tmp_path / "m.keras").write_bytes(keras_zip(reckoned("Add", None, constant(value)), counted_h5({})))
    with pytest.raises(NetworkError, match=f"Add 'op': .*{why}"):
        load_network(tmp_path / "m.keras")


@pytest.mark.parametrize("kind", ["SpatialDropout1D", "Discretization"])
def test_layers_that_do_not_say_whether_they_are_trained_are_no_operations(tmp_path, kind):
    """As Keras 3 writes them into an .h5, which says no module of a layer."""
    fields = {"rate": 0.3} if kind != "Discretization" else {"bin_boundaries": [-0.5, 0.5]}
    one = {"class_name": kind, "config": {"name": "one", "dtype": "float32", **fields}}
    model = functional(
        [entry("i", (None, 5, 3), "batch_shape"), called(one, [("i", 0)], new=True)], [["i", 0, 0]], [["one", 0, 0]]
    )
    (tmp_path / "m.h5").write_bytes(listed_h5({}, model, version="3.15.1"))
    (node,) = load_network(tmp_path / "m.h5").nodes
    assert node.layer.type.replace("_", "") == kind.lower()


@pytest.mark.parametrize("name", [["Dense"], {"Dense": 1}, None, 5])
def test_a_class_whose_name_is_none_is_refused(tmp_path, name):
    model = {**functional([entry("i", (None, 5), "batch_shape")], [["i", 0, 0]], [["one", 0, 0]])}
    odd = {**called(layer("Dense", "one", units=2), [("i", 0)], new=True), "class_name": name}
    model["config"]["layers"].append(odd)
    (tmp_path / "m.h5").write_bytes(listed_h5({}, model, version="3.15.1"))
    with pytest.raises(NetworkError, match=f"class of {type(name).__name__}"):
        load_network(tmp_path / "m.h5")


LOOKUP = {"num_oov_indices": 2, "mask_token": 0, "vocabulary": None, "invert": False, "vocabulary_dtype": "int64"}
LOOKUP |= {"max_tokens": None, "oov_token": -1, "output_mode": "int", "vocabulary_size": 6, "oov_method": "floormod"}
LEARNED = b"0\n-1\n-1\n9\n5\n3"


def looked_up(tmp_path, *, nested=False, learned=LEARNED, **fields):
    """As Keras 3.15 stores an IntegerLookup that adapt() gave its vocabulary, alone or in a model within the model."""
    entries = [entry("i", (None, 4), "batch_shape"), layer("IntegerLookup", "ids", **(LOOKUP | fields))]
    model = sequential(*entries)
    part = "integer_lookup"
    if nested:
        model, part = sequential(entries[0], {**model, "name": "inner"}), "sequential/layers/integer_lookup"
    path = tmp_path / "m.keras"
    path.write_bytes(keras_zip(model, counted_h5({})))
    with zipfile.ZipFile(path, "a") as archive:
        if learned is not None:
            archive.writestr(f"assets/layers/{part}/vocabulary.txt", learned)
    return path


@pytest.mark.parametrize("nested", [False, True])
def test_numbers_are_looked_up_in_the_vocabulary_that_the_file_has_beside_its_config(tmp_path, nested):
    """The numbers are what Keras gives."""
    network = load_network(looked_up(tmp_path, nested=nested))
    x = np.array([[5, 9, 3, 0], [4, 7, -2, 9]])
    np.testing.assert_array_equal(network.predict(x), [[4, 3, 5, 0], [1, 2, 1, 3]])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"learned": None}, "it has no vocabulary: the file does not have what adapt"),
        ({"learned": b"9\nfive"}, "vocabulary.txt is no list of whole numbers"),
        ({"learned": b"9\n9"}, "9 stands twice"),
        ({"invert": True}, "`invert: True` is not there"),
        ({"output_mode": "tf_idf"}, "output_mode"),
        ({"oov_method": "farmhash"}, "oov_method"),
        ({"vocabulary_dtype": "string"}, "vocabulary_dtype"),
    ],
)
def test_lookups_that_cannot_be_made_are_refused_by_name(tmp_path, fields, said):
    with pytest.raises((NetworkError, InputError), match=said):
        load_network(looked_up(tmp_path, **fields))


def test_what_is_in_no_vocabulary_without_an_index_for_it_is_one_located_error(tmp_path):
    network = load_network(looked_up(tmp_path, vocabulary=[3, 5, 9], num_oov_indices=0, mask_token=None))
    np.testing.assert_array_equal(network.predict(np.array([[3, 9, 5, 5]])), [[0, 2, 1, 1]])
    with pytest.raises(NetworkError, match=r"found 4 at \(1,\) of sample 0") as found:
        network.predict(np.array([[3, 4, 5, 5]]))
    assert "num_oov_indices: 1" in found.value.hint
