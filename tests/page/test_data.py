"""What stands in a page: numbers that can be read back, text that stays text, as much as there is room for."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from functools import partial
from hashlib import sha256

import numpy as np
import pytest

from dataflow_cli import api
from dataflow_cli.errors import LimitError
from dataflow_cli.given import Given
from dataflow_cli.page import scripts
from dataflow_cli.page.build import build, data
from dataflow_cli.page.encoding import packed
from dataflow_cli.page.fitting import Need, Wish, fitted
from dataflow_cli.page.recipes.formulas import same
from dataflow_cli.page.tensors import Tensors
from tests.contract.inside import dftrace

HOSTILE = "</script><script>alert(1)</script>\u202e<!--"
SMALL = """
dftrace: 1
name: small
input: [6, 6, 1]
layers:
  - {type: conv2d, filters: 2, kernel_size: 3, padding: same, activation: relu}
  - {type: flatten}
  - {type: dense, units: 3, activation: softmax}
weights: {init: glorot_uniform, seed: 3}
"""


def run(text=SMALL, x=None, **more):
    network = api.network_from_text(text)
    x = np.random.default_rng(1).standard_normal((1, 6, 6, 1)) if x is None else x
    return api.traced(network, Given(x=x), **{"keep": network.tensors, **more})


def unpacked(told, texts):
    """A tensor of the page, by what its manifest says of it."""
    raw = zlib.decompress(b64decode(texts[told["text"]]), -15)
    width = np.dtype(told["type"]).itemsize
    numbers = np.frombuffer(raw, np.uint8).reshape(width, -1).T.tobytes()
    found = np.frombuffer(numbers, np.dtype(told["type"]).newbyteorder("<")).reshape(told["shape"])
    return found.astype(np.float64) * told["scale"] if "scale" in told else found


def manifest_of(html):
    """What the page says, as the page reads it."""
    (told,) = re.findall(r'<script type="application/json" id="manifest">(.*?)</script>', html, re.DOTALL)
    return json.loads(told)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "float16"])
def test_numbers_are_read_back_as_they_were(dtype):
    array = (np.random.default_rng(2).standard_normal((3, 5)) * 100).astype(dtype)
    told = {"type": dtype, "shape": [3, 5], "text": 0}
    np.testing.assert_array_equal(unpacked(told, [packed(array)]), array)


@pytest.mark.parametrize("size", [1e-30, 1e-3, 1.0, 1e30])
def test_rounded_numbers_are_near_and_marked(size):
    array = (np.random.default_rng(3).standard_normal(50) * size).astype(np.float32)
    array[:3] = np.nan, np.inf, 0
    tensors = Tensors(half=True)
    tensors.add("x", lambda: array)
    assert tensors.told[0]["rounded"]
    largest = np.abs(array[np.isfinite(array)]).max()
    np.testing.assert_allclose(unpacked(tensors.told[0], tensors.texts), array, rtol=1e-3, atol=1e-7 * largest)
    whole = Tensors(half=True)
    whole.add("x", lambda: np.arange(7, dtype=np.float32))
    assert not whole.told[0]["rounded"], "what float16 holds is not rounded"


def test_values_are_those_of_the_run_and_none_is_there_twice():
    trace = run()
    page = data(trace, trace.origin)
    for layer in page.manifest["layers"]:
        (number,) = layer["values"]
        found = unpacked(page.manifest["tensors"][number], page.tensors)
        np.testing.assert_array_equal(found, trace.value(layer["name"])[0])
        assert layer["recipe"]
    assert len(set(page.tensors)) == len(page.tensors)


def test_weights_that_meet_only_zeros_stay_at_home():
    x = np.zeros((2, 6, 6, 1))
    x[0, 0, 0], x[1, 5, 5] = 1, 2
    text = SMALL.replace("units: 3", "units: 800").replace("activation: relu", "use_bias: false, activation: relu")
    trace = run(text, x)
    page = data(trace, trace.origin)
    (dense,) = [layer for layer in page.manifest["layers"] if layer["name"] == "dense_1"]
    (kernel,) = [one for one in dense["recipe"]["tensors"] if one.get("parameter") == "kernel"]
    rows = unpacked(page.manifest["tensors"][kernel["rows"]], page.tensors)
    np.testing.assert_array_equal(rows, np.flatnonzero((trace.value("flatten_1") != 0).any(axis=0)))
    part = unpacked(page.manifest["tensors"][kernel["number"]], page.tensors)
    np.testing.assert_array_equal(part, trace.origin[1].of("dense_1")["kernel"][rows])
    assert len(rows) < 20


def test_nothing_runs_but_the_script_and_nothing_is_loaded():
    trace = run()
    html = build(trace, trace.origin).text
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert rules[rule] == f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert not re.search(r'(?:src|href)="(?!data:|#)', html.partition('id="manifest"')[0])
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_names_stay_text():
    name = json.dumps(HOSTILE)
    trace = run(SMALL.replace("name: small", f"name: {name}") + f"classes: [{name}, two, three]\n")
    html = build(trace, trace.origin).text
    assert html.count("<script") == html.count("</script>") == html.count('<script type="text/plain" id="tensor-') + 2
    assert "\u202e" not in html
    assert manifest_of(html)["classes"][0] == HOSTILE
    assert "<script>alert" not in html


def test_what_is_not_finite_is_data():
    x = np.random.default_rng(1).standard_normal((1, 6, 6, 1))
    x[0, 0, 0, 0], x[0, 5, 5, 0] = np.nan, np.inf
    trace = run(x=x)
    told = manifest_of(build(trace, trace.origin).text)
    first = told["layers"][0]
    assert (first["statistics"]["samples"][0]["nans"], first["statistics"]["samples"][0]["infinities"]) == (1, 1)
    assert "nan" in json.dumps(told["unsound"]).lower()


def test_a_large_layer_whose_input_was_not_kept_has_its_numbers():
    trace = run(SMALL.replace("units: 3", "units: 800"), keep=["dense_1"])
    (dense,) = [one for one in data(trace, trace.origin).manifest["layers"] if one["name"] == "dense_1"]
    assert dense["values"] != [None]
    assert dense["recipe"] is None
    assert "The values of flatten_1, which dense_1 is made from, were not kept" in dense["refused"]


def test_a_text_with_padding_has_its_tokens_beside_its_numbers():
    text = "dftrace: 1\ninput: {shape: [128], text: ids}\nlayers: [{type: embedding, input_dim: 9, output_dim: 2}]\n"
    x = np.zeros((1, 128), int)
    x[0, :8] = 1, 2, 3, 4, 5, 2, 6, 7
    trace = replace(run(text + "weights: {init: glorot_uniform}\n", x), tokens=(*"abcdebfg", *[""] * 120))
    words = data(trace, trace.origin).manifest["layers"][0]["recipe"]["notes"]
    assert [[note[0] for note in notes] for notes in words["classes"]].count([]) == 1
    assert {note[0] for notes in words["classes"] for note in notes} == {f"token: {one}" for one in "abcdefg"}


def test_a_trace_tells_what_it_kept_and_says_what_it_did_not():
    trace = run(keep=["conv2d_1"])
    told = manifest_of(build(trace, trace.origin).text)
    layers = {layer["name"]: layer for layer in told["layers"]}
    assert layers["conv2d_1"]["pictures"][0]["src"].startswith("data:image/png;base64,")
    assert layers["flatten_1"]["pictures"] == layers["flatten_1"]["values"] == [None]
    assert not layers["flatten_1"]["explained"]
    assert "not kept" in layers["flatten_1"]["refused"]
    alone = manifest_of(build(trace, None).text)
    assert "not known" in alone["layers"][-1]["refused"]


def test_what_does_not_fit_is_rounded_then_left_out_and_said():
    rng = np.random.default_rng(5)
    sizes = {"a": 300, "b": 3000, "c": 9000}
    arrays = {name: rng.standard_normal(size).astype(np.float32) for name, size in sizes.items()}
    wishes = {name: [Wish(name, 2 * array.size, partial(np.asarray, array))] for name, array in arrays.items()}
    needs = {name: Need(own) for name, own in wishes.items()}
    exact = fitted(needs, 100_000)
    assert not any(told["rounded"] for told in exact.tensors.told)
    assert not exact.left_out
    half = fitted(needs, 45_000)
    assert all(told["rounded"] for told in half.tensors.told)
    assert (half.left_out, half.held) == ((), {"a", "b", "c"})
    some = fitted(needs, 12_000)
    assert (some.left_out, some.held) == (("c",), {"a", "b"})
    assert some.tensors.size <= 12_000
    assert fitted(needs, -5).left_out == ("a", "b", "c")
    both = {"b": Need([*wishes["a"], *wishes["c"]]), "c": needs["c"]}
    alone = fitted(both, 12_000, {"b": wishes["a"], "c": wishes["c"]})
    assert (alone.left_out, alone.alone, alone.held) == (("b", "c"), ("b",), {"a"})


def test_a_layer_whose_kernel_does_not_fit_has_its_numbers_and_the_two_are_told_apart():
    trace = run(SMALL.replace("units: 3", "units: 900"))
    whole = build(trace, trace.origin)
    page = build(trace, trace.origin, len(whole.text) - 90_000)
    dense = manifest_of(page.text)["layers"][-1]
    assert dense["refused"]
    assert dense["values"] != [None]
    assert [said for said in page.omitted if said.startswith("of 2 tensors the numbers are there")]
    assert not [said for said in page.omitted if "pictures alone" in said]


def test_pages_are_no_larger_than_they_may_be():
    trace = run()
    whole = build(trace, trace.origin)
    assert whole.omitted == ()
    small = build(trace, trace.origin, len(whole.text) - 2000)
    assert len(small.text) <= len(whole.text) - 2000
    assert small.omitted
    refused = [layer for layer in manifest_of(small.text)["layers"] if layer["refused"]]
    assert all(layer["refused"].endswith(f"how elements of {layer['name']} came about.") for layer in refused)
    with pytest.raises(LimitError, match="--max-size allows"):
        build(trace, trace.origin, 1000)


def test_the_command_writes_a_page_and_says_what_did_not_fit(tmp_path):
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    np.save(tmp_path / "x.npy", np.ones((2, 6, 6, 1), np.float32))
    done = dftrace("show", "net.yaml", "-i", "x.npy", "-o", "x.html", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(manifest_of((tmp_path / "x.html").read_text("utf-8"))["samples"]) == 2
    small = dftrace("show", "net.yaml", "-i", "x.npy", "-o", "y.html", "--max-size", "1kB", cwd=tmp_path)
    assert small.returncode == 2
    assert b"--max-size" in small.stderr
    assert not (tmp_path / "y.html").exists()
    for wrong, options in (
        (b"no size", ["--max-size", "much", "-o", "x.html"]),
        (b"-o FILE.html", ["--max-size", "1MB"]),
        (b"--before-activation, --kind: it draws", ["--kind", "plot", "--before-activation", "-o", "x.html"]),
    ):
        done = dftrace("show", "net.yaml", "-i", "x.npy", *options, cwd=tmp_path)
        assert done.returncode == 2
        assert wrong in done.stderr


def test_modules_are_joined_without_two_of_one_name():
    order = scripts.needed()
    assert order[-1] == scripts.ENTRY
    declared = [name for module in order for name in scripts.top_level_names(scripts.source(module))]
    assert sorted(declared) == sorted(set(declared))
    joined = scripts.script()
    assert not re.search(r"(?m)^(import|export)\b", joined)
    assert "</script" not in joined


def test_an_infinity_is_no_finite_number():
    """Tolerances that grow with the numbers do not reach from one to the other."""
    assert not same(0.0, -np.inf)
    assert not same(-np.inf, np.inf)
    assert same(np.inf, np.inf)


def test_what_is_said_to_be_the_least_size_is_enough():
    trace = run()
    with pytest.raises(LimitError) as refused:
        build(trace, trace.origin, 1000)
    size = int(re.search(r"--max-size (\d+)kB", refused.value.hint)[1]) * 1000
    assert len(build(trace, trace.origin, size).text.encode()) <= size
    with pytest.raises(LimitError):
        build(trace, trace.origin, size - 3000)


def test_an_answer_by_random_weights_says_what_it_is_worth():
    trace = run()
    assert manifest_of(build(trace, trace.origin).text)["doubt"].startswith("random weights")
