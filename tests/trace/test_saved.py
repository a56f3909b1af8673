"""The saved trace: what is written comes back; what is damaged or made to harm is an InputError."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import InputError, LimitError, Problem, UnknownName
from dataflow_cli.files.npz_write import write_npz
from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.render.formats import FORMATS, Style, write
from dataflow_cli.render.html import report_html
from dataflow_cli.render.report import select
from dataflow_cli.render.trace import trace_report
from dataflow_cli.render.values import with_tensors
from dataflow_cli.trace.model import Dead, Statistics, Step, Trace
from dataflow_cli.trace.prediction import predictions
from dataflow_cli.trace.saved import load_trace, save_trace

VALUES = {
    "input": np.array([[[0.0], [1.5]], [[2.0], [-1.0]]], "float32"),
    "res_1/add_1": np.array([[math.nan, math.inf], [0.25, -math.inf]], "float32"),
    "void": np.full((2, 1), math.nan, "float64"),
    "out": np.array([[0.25, 0.75], [0.5, 0.5]], "float32"),
}


def step(name, kind="relu", inputs=("input",)):
    values = VALUES[name]
    statistics = Statistics.of(moments(values), histogram(values))
    facts = {
        "is_input": not inputs,
        "trainable": 10,
        "window": (3, 2),
        "dead": Dead((0,), 2) if name == "res_1/add_1" else None,
    }
    return Step(name, kind, inputs, values.shape[1:], 12, 34, statistics, 0.25, "a note", **facts)


TRACE = Trace(
    network="net [α]",
    file="net.yaml",
    weights="w.npz",
    sources=("a.png", "b.png"),
    samples=2,
    dtype="float32",
    steps=(
        step("input", "input", ()),
        step("res_1/add_1"),
        step("void"),
        step("out", "softmax", ("res_1/add_1", "void")),
    ),
    outputs=("out",),
    values=VALUES,
    classes=("no", "yes"),
    warnings=(Problem("W300", "raw values", "scale them", severity="warning"),),
    score="probability",
    init="he_normal",
)


def equal(one, two):
    """Equal, NaN to NaN."""
    if isinstance(one, float) and isinstance(two, float):
        return one == two or (math.isnan(one) and math.isnan(two))
    return one == two


def test_it_comes_back(tmp_path):
    save_trace(TRACE, tmp_path / "t.npz")
    read = load_trace(tmp_path / "t.npz")
    for name in (
        "network",
        "file",
        "weights",
        "sources",
        "samples",
        "dtype",
        "outputs",
        "classes",
        "init",
        "warnings",
        "score",
    ):
        assert getattr(read, name) == getattr(TRACE, name), name
    assert read.data_format == "channels_last"
    for one, two in zip(read.steps, TRACE.steps, strict=True):
        assert replace(one, statistics=None) == replace(two, statistics=None)
        for name, value in vars(two.statistics).items():
            assert equal(getattr(one.statistics, name), value), name
    assert list(read.values) == list(VALUES)
    for name, array in VALUES.items():
        np.testing.assert_array_equal(read.values[name], array)
        assert read.values[name].dtype == array.dtype


def test_what_is_not_known_stays_so(tmp_path):
    """Of an array that was captured elsewhere; statistics alone, without a tensor, are a trace too."""
    unknown = replace(TRACE.steps[1], parameters=None, trainable=None, macs=None, seconds=None)
    save_trace(replace(TRACE, weights="", steps=(TRACE.steps[0], unknown, *TRACE.steps[2:]), values={}), tmp_path / "t")
    read = load_trace(tmp_path / "t")
    assert (read.steps[1].parameters, read.steps[1].macs, read.steps[1].seconds) == (None, None, None)
    assert (read.parameter_count, read.macs, dict(read.values), predictions(read, 3)) == (36, 102, {}, ())
    with pytest.raises(UnknownName, match="the values of 'out' were not kept"):
        read.output  # noqa: B018
    written = trace_report(read, [step.name for step in read.steps], verbose=True)
    assert "total parameters: of 3 of 4 steps, not known of the others" in written.notes
    document = json.loads(write(written, "json", Style()))
    assert document["steps"][1]["macs"] is None
    assert document["unknown"] == {"params": 1, "macs": 1}
    assert document["totals"] == {"params": 36, "macs": 102, "trainable": 30, "non_trainable": 6}
    nothing = trace_report(replace(read, steps=(unknown,)), [unknown.name], verbose=True)
    assert set(nothing.totals.values()) == {None}
    assert all(write(nothing, form, Style()) for form in FORMATS)


@pytest.mark.parametrize("schema", ["dftrace.trace/1", "dftrace.saved_trace/1"])
def test_older_files_are_read(tmp_path, record, schema):
    """Tensors stood under `values/NAME` in them, and they did not say what they were made from."""
    old = {key: value for key, value in record.items() if key != "provenance"} | {"schema": schema}
    read = load_trace(written(tmp_path / "t.npz", old, prefix="values/"))
    assert (read.steps, list(read.values), read.provenance) == (TRACE.steps, list(VALUES), None)
    np.testing.assert_array_equal(read.value("out"), VALUES["out"])


def test_a_tensor_is_read_when_it_is_asked_for(tmp_path):
    """Its shape is checked before; damage to its values, or a file that is another one by now, is seen then."""
    large, path = np.arange(40_000, dtype="float32").reshape(2, 20_000), tmp_path / "t.npz"
    steps = (TRACE.steps[0], replace(TRACE.steps[3], output_shape=(20_000,)))
    save_trace(replace(TRACE, steps=steps, values={"input": VALUES["input"], "out": large}), path)
    with np.load(path) as npz:
        np.savez(path, **npz)  # plain, so that its bytes can be found
    sound = load_trace(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(large[1, -9:].tobytes(), large[1, :9].tobytes()))
    os.utime(path, (1, 1))
    with pytest.raises(InputError, match="was written anew after the trace was loaded"):
        sound.value("out")
    damaged = load_trace(path)
    assert "out" in damaged.values
    np.testing.assert_array_equal(damaged.value("input"), VALUES["input"])
    with pytest.raises(InputError, match="array 'out'"):
        damaged.value("out")
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        damaged.value("out")
    assert damaged.value("input") is damaged.value("input")


@pytest.mark.parametrize("labels", [[0, 1, 0], [0, 2], [-1, 0], [0.0, 1.0]])
def test_labels_that_are_none(tmp_path, record, labels):
    text = np.frombuffer(json.dumps(record).encode(), np.uint8)
    write_npz(tmp_path / "t.npz", {"trace.json": text, "trace.labels": np.array(labels)})
    with pytest.raises(InputError, match="the trace's record is damaged: labels"):
        load_trace(tmp_path / "t.npz")


def test_only_what_was_kept_is_saved(tmp_path):
    save_trace(replace(TRACE, values={"out": VALUES["out"]}), tmp_path / "t.npz")
    assert list(load_trace(tmp_path / "t.npz").values) == ["out"]


def test_the_record_is_strict_json(tmp_path):
    save_trace(TRACE, tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as npz:
        text = bytes(npz["trace.json"]).decode()

    def refuse(word):
        raise AssertionError(word)

    record = json.loads(text, parse_constant=refuse)
    assert record["schema"] == "dftrace.saved_trace/2"
    assert record["steps"][2]["statistics"]["minimum"] == "inf"


def test_the_same_trace_gives_the_same_bytes(tmp_path):
    save_trace(TRACE, tmp_path / "one.npz")
    save_trace(load_trace(tmp_path / "one.npz"), tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "t.npz"
    save_trace(TRACE, path)
    with np.load(path) as npz:
        return json.loads(bytes(npz["trace.json"]))


def written(path, record, values=VALUES, prefix=""):
    """A file with this record, which may be any text."""
    text = record if isinstance(record, bytes) else json.dumps(record).encode()
    arrays = {prefix + name: array for name, array in values.items()}
    write_npz(path, {"trace.json": np.frombuffer(text, np.uint8)} | arrays)
    return path


def changed(record, path, value):
    """A copy of the record with another value at a path."""
    copy = json.loads(json.dumps(record))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


PROVENANCE = {"network_text": "", "sha256": {"network": "", "weights": "", "inputs": {}}, "versions": {}}
PATCHES = {"of": "input", "queries": [None], "keys": [{"top": 0, "left": 0, "height": 1, "width": 1}]}
PREPARED = {"scale": None, "mean": [], "std": [], "channels_first": False}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["schema"], "dftrace.trace/2", "schema 'dftrace.trace/2', expected 'dftrace.saved_trace/2'"),
        (["schema"], ["x" * 500], "schema "),
        (["network"], 3, "network is not text"),
        (["samples"], "2", "samples is not a count"),
        (["samples"], -2, "samples is not a count"),
        (["samples"], True, "samples is not a count"),
        (["samples"], 1e300, "samples is not a count"),
        (["samples"], 0, "no samples, no outputs, or two steps with one name"),
        (["samples"], 3, "the values of 'input' do not have the shape of a step of that name"),
        (["dtype"], "float8", "dtype is none of 'float32', 'float64', 'float16', 'bfloat16'"),
        (["data_format"], "NHWC", "data_format is none of"),
        (["score"], "sure", "score is none of"),
        (["sources"], "a.png", "sources is not a list"),
        (["sources"], [1], "sources is not text"),
        (["classes"], None, "classes is not a list"),
        (["outputs"], [], "no samples, no outputs"),
        (["outputs"], ["nothing"], "output 'nothing' is no step"),
        (["outputs"], ["input"], "scores that are not one row a sample"),
        (["steps"], {}, "steps is not a list"),
        (["steps", 0], [], "a step is not a mapping"),
        (["steps", 0, "name"], "out", "no samples, no outputs, or two steps with one name"),
        (["provenance"], {"network_text": 3, "sha256": {}, "versions": {}}, "inputs is not a mapping"),
        (["provenance"], PROVENANCE | {"network_text": 3}, "network_text is not text"),
        (["provenance"], PROVENANCE | {"versions": {"numpy": 2}}, "numpy is not text"),
        (["provenance", "sha256", "network"], "g" * 64, "the fingerprint of 'network' is none"),
        (["steps", 0, "output_shape"], [2, -1], "length is not a count"),
        (["steps", 0, "output_shape"], "2x1", "output_shape is not a list"),
        (["steps", 0, "output_shape"], [1, 2], "the values of 'input' do not have the shape"),
        (["steps", 0, "parameters"], 10**400, "parameters is not a count"),
        (["steps", 0, "macs"], "12", "macs is not a count"),
        (["steps", 0, "seconds"], "soon", "seconds is not a number"),
        (["steps", 0, "seconds"], "inf", "seconds is not a time"),
        (["steps", 0, "seconds"], -1, "seconds is not a time"),
        (["steps", 0, "statistics", "m2"], -1e-9, "zeros or m2 is none that values can have"),
        (["steps", 0, "statistics", "zeros"], 5, "zeros or m2 is none that values can have"),
        (["steps", 0, "statistics", "count"], 3, "count is not the sum of finite, nans and infinities"),
        (["steps", 0, "statistics"], None, "statistics is not a mapping"),
        (["steps", 0, "statistics", "mean"], [], "mean is not a number"),
        (["steps", 0, "statistics", "mean"], 10**400, "mean is not a number"),
        (["steps", 0, "statistics", "zeros"], 1.5, "zeros is not a count"),
        (["steps", 0, "statistics", "histogram"], [], "histogram is not a mapping"),
        (
            ["steps", 0, "statistics", "histogram", "positive"],
            {"x": 1},
            "positive has counts for what is no power of two",
        ),
        (["steps", 0, "statistics", "histogram", "positive"], {"99999": 1}, "positive has counts for what is no power"),
        (["steps", 0, "statistics", "histogram", "negative"], {"1": -1}, "1 is not a count"),
        (["steps", 0, "drawing"], {}, "redrawn is neither true nor false"),
        (["steps", 0, "drawing", "positions", "middles"], [], "middles of no place"),
        (["steps", 0, "drawing", "positions", "rise"], "nan", "or beyond all places"),
        (["steps", 0, "drawing", "positions", "rise"], 1e300, "or beyond all places"),
        (["steps", 1, "drawing", "by_step"], True, "steps of no sequence"),
        (["steps", 0, "drawing", "patches"], PATCHES, "patches that are not one a query and one a key"),
        (["steps", 0, "drawing", "patches"], PATCHES | {"keys": [{"top": -1}]}, "top is not a count"),
        (["steps", 0, "drawing", "prepared"], PREPARED | {"mean": [1, 2, 3]}, "mean or std that is not one a channel"),
        (["steps", 0, "drawing", "prepared"], PREPARED | {"scale": "much"}, "scale is not a number"),
        (["steps", 1, "dead", "units"], 3, "dead units that a tensor of this shape cannot have"),
        (["steps", 1, "dead", "places"], [2], "dead units that a tensor of this shape cannot have"),
        (["steps", 1, "dead", "places"], [0, 0], "dead units that a tensor of this shape cannot have"),
        (["steps", 1, "dead"], [], "dead is not a mapping"),
        (["steps", 1, "trainable"], -1, "trainable is not a count"),
        (["steps", 1, "window"], "3x3", "window is not a list"),
        (["init"], 1, "init is not text"),
        (["steps", 0, "is_input"], "yes", "is_input is neither true nor false"),
        (["warnings", 0, "code"], "\x1b[31m", "code is not that of a warning"),
        (["warnings", 0], "x", "a warning is not a mapping"),
    ],
    ids=lambda value: ".".join(map(str, value))[:40] if isinstance(value, list) else "",
)
def test_a_damaged_record(tmp_path, record, path, value, message):
    with pytest.raises(InputError) as caught:
        load_trace(written(tmp_path / "t.npz", changed(record, path, value)))
    assert message in caught.value.message
    assert caught.value.message.startswith(f"{tmp_path / 't.npz'}: the trace's record is damaged: ")
    assert caught.value.hint == "save the trace again"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff\xfe", b"[" * 100_000, b'{"schema": ' * 50_000, b"9" * 10_000],
)
def test_a_record_that_is_none(tmp_path, text):
    with pytest.raises(InputError, match="the trace's record is damaged"):
        load_trace(written(tmp_path / "t.npz", text))


def test_files_that_are_no_traces(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "weights.npz", a=np.zeros(3))
    for name, message in (
        ("none.npz", "no such file"),
        ("text.npz", "not a readable zip"),
        ("weights.npz", "not a saved trace"),
        ("", "folder"),
    ):
        with pytest.raises(InputError, match=message):
            load_trace(tmp_path / name)


def test_a_record_that_is_too_large(tmp_path):
    with pytest.raises(LimitError, match="at most 67,108,864 are read"):
        load_trace(written(tmp_path / "t.npz", b" " * (64 * 1024 * 1024 + 1)))


def test_other_arrays_in_the_file_are_left_alone(tmp_path, record):
    path = tmp_path / "t.npz"
    text = np.frombuffer(json.dumps(record).encode(), np.uint8)
    write_npz(path, {"trace.json": text, "x": np.zeros(3)} | VALUES)
    assert set(load_trace(path).values) == set(VALUES)


def paths(value, here=()):
    """The path of every part of a record."""
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*here, key))


EXTREMES = st.sampled_from(["nan", "inf", "-inf", -1, 0, 1e308, 5e-324, 2**63 - 1, 2**63, "input", "\x1b[m", {"5": 1}])
JSON = EXTREMES | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_any_change_is_read_or_refused(tmp_path, record, data):
    """What is read after a change can be shown; nothing but an InputError comes out otherwise."""
    path = data.draw(st.sampled_from([path for path in paths(record) if path]))
    file = written(tmp_path / "t.npz", changed(record, path, data.draw(JSON)))
    try:
        trace = load_trace(file)
    except InputError:
        return
    report = select(trace_report(trace, [*trace.values], predictions(trace, 3), verbose=True), "all")
    for form in FORMATS:
        assert write(report, form, Style())
    assert report_html(with_tensors(report, trace, [*trace.values], full=True, precision=3))
    assert trace.merged(trace).samples == 2 * trace.samples
    assert save_trace(trace, file) is None


def test_a_file_of_old_says_by_its_readers_what_an_input_is(tmp_path, record):
    """Steps without `is_input`: the network's inputs are those that read nothing."""
    old = record | {"steps": [{k: v for k, v in step.items() if k != "is_input"} for step in record["steps"]]}
    steps = load_trace(written(tmp_path / "t.npz", old)).steps
    assert [step.is_input for step in steps] == [True, False, False, False]
