"""What can stand on either side of a comparison, and by which rule."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.comparing import difference
from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.errors import InputError
from dataflow_cli.given import Given
from dataflow_cli.network.build import network_from_text
from tests.contract.shell import MNIST, SEVEN, dftrace, text_of

POLYGRAPHY = """{
    "lst": [
        ["onnxrt-runner", [{
            "outputs": {
                "conv": {"values": {"array": "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoY\
XBlJzogKDEsIDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPwAAAEAAAEBAAACAQA\
AAoEA=", "polygraphy_class": "ndarray"}, "polygraphy_class": "LazyArray"}
            },
            "runtime": 0.1, "runner_name": "onnxrt-runner", "polygraphy_class": "IterationResult"}]]
    ],
    "polygraphy_class": "RunResults"
}"""
"""As Polygraphy 0.53.6 wrote `np.arange(6, dtype="f4").reshape(1, 2, 3)`."""
NOTHING = Given()


def safetensors(path, array):
    data = array.tobytes()
    head = json.dumps({"data": {"dtype": "F32", "shape": array.shape, "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)


def leaf(name, array, value=None):
    return {
        "shape": f"torch.Size({list(array.shape)})",
        "dtype": "torch.float32",
        "value": value or f"./{name}.safetensors",
    }


def debug_tree(folder, tensors):
    """As transformers' debugger writes them: a call a module, blocks around, tensors beside the tree."""
    for name, array in tensors.items():
        safetensors(folder / f"Net.{name}_outputs.safetensors", array)
    safetensors(folder / "Net_inputs_kwargs_input.safetensors", np.load(folder / "x.npy"))
    calls = [
        {"module_path": f"Net.{name}", "inputs": {}, "outputs": leaf(f"Net.{name}_outputs", array)}
        for name, array in tensors.items()
    ]
    given = {
        "args": [],
        "kwargs": {"input": leaf("Net_inputs_kwargs_input", np.load(folder / "x.npy")), "mask": "None"},
    }
    tree = {"module_path": "Net", "inputs": given, "children": [{"module_path": "Net.body", "children": calls}]}
    (folder / "Net_debug_tree_FULL_TENSORS.json").write_text(json.dumps(tree))


@pytest.fixture(scope="module")
def trace():
    return load_network(MNIST).trace(SEVEN)


def test_polygraphys_json(tmp_path):
    (tmp_path / "p.json").write_text(POLYGRAPHY)
    np.savez(tmp_path / "a.npz", c=np.arange(6, dtype="f4").reshape(1, 2, 3))
    found = difference(str(tmp_path / "a.npz"), str(tmp_path / "p.json"), NOTHING, NOTHING)
    assert [(pair.name, pair.partner, pair.verdict) for pair in found.pairs] == [("c", "conv", "same")]
    inputs = [{"x": json.loads(POLYGRAPHY)["lst"][0][1][0]["outputs"]["conv"]["values"]}]
    (tmp_path / "inputs.json").write_text(json.dumps(inputs, indent=4))
    found = difference(str(tmp_path / "a.npz"), str(tmp_path / "inputs.json"), NOTHING, NOTHING)
    assert [pair.partner for pair in found.pairs] == ["x"]


def test_the_debug_tree_of_transformers(tmp_path, trace):
    np.save(tmp_path / "x.npy", trace.value("input"))
    wrong = trace.value("dense_1") + np.float32(0.5)
    debug_tree(tmp_path, {"c1": trace.value("conv2d_1"), "c2": trace.value("conv2d_2"), "fc": wrong})
    for side in (tmp_path, tmp_path / "Net_debug_tree_FULL_TENSORS.json"):
        found = difference(str(MNIST), str(side), Given(inputs=(str(SEVEN),)), NOTHING)
        assert {pair.name: pair.partner for pair in found.pairs if pair.partner} == {
            "input": "input",
            "conv2d_1": "c1",
            "conv2d_2": "c2",
            "dense_1": "fc",
        }
        assert found.first.name == "dense_1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('["onnxrt-runner", [', '["a", []], ["onnxrt-runner", ['), "several runs"),
        (lambda text: text.replace('"array": "k05', '"array": "k05*'), "no base64"),
        (lambda text: text.replace('"outputs": {', '"outputs": 3, "x": {'), "no outputs by name"),
        (lambda text: text[:-20], "is no JSON"),
    ],
)
def test_polygraphys_json_that_is_none(tmp_path, change, said):
    (tmp_path / "p.json").write_text(change(POLYGRAPHY))
    with pytest.raises(InputError, match=said):
        difference(str(tmp_path / "p.json"), str(tmp_path / "p.json"), NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("value", "said"),
    [(["tensor([...])"], "is printed, not saved"), ("../x.safetensors", "not beside it"), ("./no", "no such file")],
)
def test_a_tree_that_cannot_be_read(tmp_path, value, said):
    tree = {"module_path": "Net", "inputs": {"args": [leaf("x", np.zeros(2), value)]}}
    (tmp_path / "Net_debug_tree_FULL_TENSORS.json").write_text(json.dumps(tree))
    with pytest.raises(InputError, match=said):
        difference(str(tmp_path), str(tmp_path), NOTHING, NOTHING)


def test_a_tree_that_nests_too_deep(tmp_path):
    text = '{"module_path": "Net", "inputs": {"args": [' + "[" * 400 + "]" * 400 + "]}}"
    (tmp_path / "Net_debug_tree_FULL_TENSORS.json").write_text(text)
    with pytest.raises(InputError, match="nested deeper than 16 levels"):
        difference(str(tmp_path), str(tmp_path), NOTHING, NOTHING)


def test_standard_input_is_a_side(tmp_path, trace):
    np.savez(tmp_path / "c.npz", **trace.values)
    text = MNIST.read_text(encoding="utf-8").replace("weights: ", f"weights: {MNIST.parent}/")
    done = dftrace("diff", "-", tmp_path / "c.npz", "-i", SEVEN, stdin=text.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    for words in (("-", "-"), ("-", tmp_path / "c.npz", "-i", "-"), (MNIST, MNIST, "-i", "-")):
        assert b"standard input (-)" in dftrace("diff", *words).stderr


def test_a_trace_whose_weights_are_gone_says_so(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "dftrace: 1\ninput: [2]\nweights: w.npz\nlayers: [{type: dense, units: 1, use_bias: false}]\n"
    )
    np.savez(tmp_path / "w.npz", **{"dense_1/kernel": np.ones((2, 1), "f4")})
    np.save(tmp_path / "x.npy", np.ones((1, 2), "f4"))
    assert dftrace("run", "net.yaml", "-i", "x.npy", "--save", "t.npz", cwd=tmp_path).returncode == 0
    np.savez(tmp_path / "other.npz", input=np.ones((1, 2), "f4"), dense_1=np.full((1, 1), 2.5, "f4"))
    assert "made here" in dftrace("diff", "t.npz", "other.npz", cwd=tmp_path).stdout.decode()
    (tmp_path / "w.npz").unlink()
    assert text_of("diff", "t.npz", "t.npz", cwd=tmp_path) == "no layer differs: 2 tensors compared, 2 same\n"
    said = dftrace("diff", "t.npz", "other.npz", cwd=tmp_path).stdout.decode()
    assert "the first that does" in said
    assert "t.npz: no layer is computed anew: the weights that were used, 'w.npz', are not there" in said


def test_tolerances_are_those_that_are_asked_for(tmp_path):
    """|A - B| <= atol + rtol |A|: 1e-3 of 2 and 1e-7 are 0.0020001; in float32 1.3e-6 of 2 and 1e-5 are 1.26e-5."""
    a = np.array([[2.0, 0.0, 0.3, np.nan, np.inf]], "f4")
    paths = [str(tmp_path / name) for name in ("a.npz", "b.npz")]
    np.savez(paths[0], x=a)

    def leaves(error, *words):
        np.savez(paths[1], x=a + np.array([[error, 0, 0, 0, 0]], "f4"))
        return dftrace("diff", *paths, *words).returncode

    assert [leaves(error, "--onnx") for error in (0.0019, 0.0021)] == [0, 1]
    assert [leaves(error, "--torch") for error in (1.2e-5, 1.4e-5)] == [0, 1]
    assert [leaves(error, "--rtol", "0.1") for error in (0.19, 0.21)] == [0, 1]
    assert [leaves(error, "--atol", "0.1", "--torch") for error in (0.09, 0.11)] == [0, 1]
    assert leaves(0.0, "--rtol", "0") == 0


def test_a_port_may_err_as_much_as_the_baseline(trace, tmp_path):
    """Both err by half a percent everywhere; what is wrong with the port is the layer where it errs more."""
    rng = np.random.default_rng(3)

    def in_half(name, x):
        noise = 4e-3 * np.abs(x).max() * rng.normal(size=x.shape) * (name != "input")
        return (x + noise).astype(np.float16)

    for name in ("baseline", "port"):
        arrays = {name: in_half(name, x) for name, x in trace.values.items()}
        arrays["dense_1"] += np.float16(2 * (name == "port"))
        np.savez(tmp_path / f"{name}.npz", **arrays)
    words, base = ("diff", MNIST, tmp_path / "port.npz", "-i", SEVEN), ("--baseline", tmp_path / "baseline.npz")
    assert dftrace(*words).stdout.startswith(b"conv2d_1 ")
    done = dftrace(*words, *base, "-f", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["first"], found["baseline"]) == (1, "dense_1", str(base[1]))
    over = {pair["name"]: pair["over"] for pair in found["pairs"]}
    assert 0.8 < over["conv2d_2"] < 1.2
    assert over["dense_1"] > 1.5
    assert "times the baseline's error" in dftrace(*words, *base).stdout.decode()
    assert dftrace("diff", MNIST, base[1], "-i", SEVEN, *base).returncode == 0
    assert json.loads(dftrace("diff", tmp_path / "port.npz", base[1], *base, "-f", "json").stdout)["equal"]


def test_an_annotation_for_github(tmp_path, trace):
    np.savez(tmp_path / "c.npz", **trace.values)
    same = text_of("diff", MNIST, tmp_path / "c.npz", "-i", SEVEN, "-f", "github")
    assert same == "::notice title=dftrace diff::no layer differs: 7 tensors compared, 7 same\n"
    np.savez(tmp_path / "c.npz", **{**trace.values, "dense_1": trace.value("dense_1") + 1})
    done = dftrace("diff", MNIST, tmp_path / "c.npz", "-i", SEVEN, "-f", "github")
    assert done.returncode == 1
    said, *others = done.stdout.decode().splitlines()
    assert re.match(r"::error title=dftrace diff::dense_1 \(dense\) differs: made here.*%0Acause: ", said)
    assert not others  # one annotation


def test_objects_and_text_are_one_sentence(tmp_path):
    np.savez(tmp_path / "text.npz", x=np.array(["a", "b"]))
    done = dftrace("diff", tmp_path / "text.npz", tmp_path / "text.npz")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"holds text, expected numbers" in done.stderr
    np.savez(tmp_path / "both.npz", x=np.array(["a", "b"]), y=np.ones(3))
    assert "holds text, expected numbers: left out" in text_of("diff", tmp_path / "both.npz", tmp_path / "both.npz")


def test_only_the_tensors_that_are_compared_are_in_memory(tmp_path):
    """Twenty layers of 2 MiB a side: never more of them at once than a few."""
    import tracemalloc

    arrays = {
        f"layer_{number}": np.random.default_rng(number).normal(size=(1, 2**19)).astype("f4") for number in range(20)
    }
    np.savez(tmp_path / "a.npz", **arrays)
    np.savez(tmp_path / "b.npz", **{name: x * np.float32(1.0001) for name, x in arrays.items()})
    del arrays
    sides = str(tmp_path / "a.npz"), str(tmp_path / "b.npz")
    tracemalloc.start()
    found = difference(*sides, NOTHING, NOTHING)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.pairs) == 20
    assert peak < 6 * 2**21
    assert replace(found, pairs=()).first is None


DEEP = f"dftrace: 1\ninput: [512]\nweights: w.npz\nlayers: [{', '.join(24 * ['{type: dense, units: 512}'])}]\n"


def test_only_the_weights_of_a_layer_are_in_memory(tmp_path, monkeypatch):
    """24 layers of 1 MiB on either side, one of them wrong, run or saved: never more of them than a few at once."""
    import tracemalloc

    from dataflow_cli.weights import passing

    monkeypatch.setattr(passing, "KEPT", 2**20)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays = {f"dense_{number}/kernel": rng.normal(0, 0.05, (512, 512)).astype("f4") for number in range(1, 25)}
    arrays |= {f"dense_{number}/bias": np.zeros(512, "f4") for number in range(1, 25)}
    (tmp_path / "net.yaml").write_text(DEEP)
    np.save("x.npy", rng.normal(size=(1, 512)).astype("f4"))
    np.savez("w.npz", **arrays)
    assert dftrace("run", "net.yaml", "-i", "x.npy", "--save", "a.npz", "-q").returncode == 0
    arrays["dense_9/kernel"][7] += 0.01
    np.savez("w2.npz", **arrays)
    del arrays
    assert dftrace("run", "net.yaml", "-i", "x.npy", "-w", "w2.npz", "--save", "b.npz", "-q").returncode == 0
    given = Given(inputs=("x.npy",))
    for sides in (
        ("a.npz", "b.npz", NOTHING, NOTHING),
        ("net.yaml", "net.yaml", given, replace(given, weights="w2.npz")),
    ):
        tracemalloc.start()
        found = difference(*sides)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.first.name == "dense_9"
        assert peak < 18 * 2**20


def test_a_trace_without_some_tensors_is_judged_where_inputs_are_there(tmp_path):
    text = MNIST.read_text(encoding="utf-8").replace("weights: ", f"weights: {MNIST.parent}/")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("filters: 64, kernel_size: 3", "filters: 64, kernel_size: 3, flip_kernel: true"))

    def saved(name, net, *layers):
        chosen = [word for layer in layers for word in ("-l", layer)]
        assert dftrace("run", net, "-i", SEVEN, "--save", tmp_path / name, "-q", *chosen).returncode == 0
        return str(tmp_path / name)

    part, most = saved("part.npz", MNIST, "conv2d_2"), saved("most.npz", wrong, "conv2d_*")
    few, every = saved("few.npz", wrong, "conv2d_2"), saved("all.npz", wrong)
    made = "conv2d_2 (conv2d) differs: made here"
    for b, said, note in (
        (every, made, "part.npz has 2 of 7 tensors\n"),
        (most, made, "of B without a partner in A: conv2d_1\n"),
        (few, "conv2d_2 (conv2d) differs, the first that does", "of conv2d_2 neither side has the inputs"),
    ):
        done = dftrace("diff", part, b)
        assert (done.returncode, done.stderr) == (1, b"")
        assert done.stdout.decode().startswith(said)
        assert note in done.stdout.decode()
    found = difference(every, part, NOTHING, NOTHING)
    assert (found.first.name, found.first.segment, found.cause.found) == (
        "conv2d_2",
        ("conv2d_1",),
        "equal if A has `flip_kernel: false`; it has true",
    )
    assert text_of("diff", part, part).startswith("no layer differs: 2 tensors compared, 2 same\n")


TWO = """dftrace: 1
input: [6]
layers:
  - {type: dense, name: a, units: 6ACTIVE, weights: {kernel: KERNEL, bias: 0}}FUNCTION
  - {type: dense, name: b, units: 6, weights: {kernel: KERNEL, bias: 0}}
"""


def test_an_activation_that_is_a_layer_on_one_side_alone_is_no_difference(tmp_path):
    """The layers before it have the same name on both sides, and not the same tensor."""
    kernel = np.random.default_rng(0).normal(size=(6, 6)).round(2).tolist()
    texts = {"one": (", activation: relu", ""), "two": ("", "\n  - {type: relu, name: r}")}
    for name, (active, function) in texts.items():
        text = TWO.replace("KERNEL", str(kernel)).replace("ACTIVE", active).replace("FUNCTION", function)
        (tmp_path / f"{name}.yaml").write_text(text)
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(4, 6)).astype("f4"))
    given = Given(inputs=(str(tmp_path / "x.npy"),))
    partners = {("one", "two"): {"a": "r", "b": "b"}, ("two", "one"): {"r": "a", "b": "b"}}
    for names, wanted in partners.items():
        found = difference(*(str(tmp_path / f"{name}.yaml") for name in names), given, given)
        assert found.first is None
        assert {pair.name: pair.partner for pair in found.pairs if pair.partner and not pair.is_input} == wanted


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("name", ["flatten_1", "reshape_1"])
def test_a_tensor_flattened_in_the_other_order_is_the_same(tmp_path, data_format, name):
    """Keras flattens with channels last, whatever the format of the data; PyTorch and ONNX as they lie."""
    kind = "{type: flatten}" if name == "flatten_1" else "{type: reshape, target_shape: [24]}"
    shape = "[2, 3, 4]" if data_format == "channels_first" else "[3, 4, 2]"
    net = tmp_path / "net.yaml"
    net.write_text(f"dftrace: 1\ndata_format: {data_format}\ninput: {shape}\nlayers: [{kind}, {{type: relu}}]\n")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=json.loads(f"[2, {shape[1:]}")).astype("f4"))
    trace = load_network(net).trace(tmp_path / "x.npy")
    theirs = trace.value("input").transpose(0, 3, 1, 2) if data_format == "channels_last" else trace.value("input")
    turned = {
        each: order(theirs).reshape(2, 24)
        for each, order in (("first", lambda x: x), ("last", lambda x: x.transpose(0, 2, 3, 1)))
    }
    for each in turned.values():
        np.savez(tmp_path / "c.npz", input=trace.value("input"), **{name: each}, relu_1=np.maximum(each, 0))
        found = difference(str(net), str(tmp_path / "c.npz"), Given(inputs=(str(tmp_path / "x.npy"),)), NOTHING)
        assert found.pairs[1].verdict == "same"


def test_a_side_that_is_none_is_one_sentence(tmp_path, trace):
    """In any pair of kinds of sides, on either end: what it is, and what to do."""
    np.savez(tmp_path / "dump.npz", **trace.values)
    assert dftrace("run", MNIST, "-i", SEVEN, "--save", tmp_path / "saved.npz", "-q").returncode == 0
    np.savez(tmp_path / "nothing.npz", foo=np.zeros((3, 5, 7)), bar=np.zeros(11))
    np.savez(tmp_path / "objects.npz", x=np.array([{}, 1], dtype=object))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "saved.npz").read_bytes()[:50_000])
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    np.save(tmp_path / "text" / "x.npy", np.array(["a"]))
    bad = {
        "nothing.npz": "pairs with one of",
        "objects.npz": "holds Python objects, expected numbers",
        "cut.npz": "not a readable zip",
        "empty": "holds no tensors",
        "text": "holds text, expected numbers",
        "none.npz": "no such file",
        str(SEVEN): "is a picture, not what layers put out",
    }
    weights = str(MNIST.with_suffix(".npz"))
    given = Given(inputs=(str(SEVEN),))
    for good in (str(MNIST), "saved.npz", "dump.npz"):
        for side, said in {
            **bad,
            **({} if good == "dump.npz" else {weights: "holds parameters of the network"}),
        }.items():
            for sides in ((good, side), (side, good)):
                paths = [str(tmp_path / each) for each in sides]
                with pytest.raises(InputError, match=said) as error:
                    difference(*paths, given, given)
                assert error.value.hint


@pytest.mark.parametrize("head", ["", "  - {type: dense, name: head, units: 3}"])
def test_a_sequence_where_its_end_is_expected_is_told_whatever_it_is_called(head):
    """An axis more or less, where no name says whose it is: what follows is another shape, or was not captured."""
    layer = "  - {type: dense, name: first, units: 6}\n  - {type: lstm, name: along, units: 5"
    texts = [
        f"dftrace: 1\nname: net\ninput: [7, 4]\nweights: {{init: glorot_uniform}}\nlayers:\n{layer}{more}}}\n{head}"
        for more in ("", LAST)
    ]
    networks = [network_from_text(text.encode(), "net") for text in texts]
    x = np.random.default_rng(1).uniform(-1, 1, (2, 7, 4)).astype("f4")
    traces = [network.trace(x, networks[0].trace(x).origin[1]) for network in networks]
    ends, sequences = (Run(*trace.origin, trace) for trace in traces)
    for ours, theirs, expected in ((ends, sequences, "true"), (sequences, ends, "false")):
        found = compared(ours, foreign(theirs))
        assert found.first.name == "along"
        assert f"`return_sequences: {expected}`" in found.cause.found


LAST = ", return_sequences: true"


def foreign(run):
    values = {f"module.{number}": run.values[name] for number, name in enumerate(run.network.by_name)}
    return Captured("theirs", {name: x.shape for name, x in values.items()}, values.get)
