"""The machine formats, whose every character is a promise; and the formats for people."""

import csv
import io
import json

import numpy as np
import pytest

from tests.contract.shell import MNIST, OVERFLOWING, SEVEN, TINY, dftrace, python, text_of, written

RUN = ["run", MNIST, "-i", SEVEN]


def refuse(word):
    raise AssertionError(f"{word} is not JSON")


def strict(text):
    """JSON as the standard has it: no NaN, no Infinity."""
    return json.loads(text, parse_constant=refuse)


def test_json_of_a_trace_has_its_schema_keys_and_types():
    trace = strict(text_of(*RUN, "-f", "json"))
    assert trace["schema"] == "dftrace.trace/1"
    head = {"schema", "network", "file", "weights", "sources", "samples", "dtype", "steps", "totals", "predictions"}
    assert set(trace) >= head | {"warnings"}
    assert (trace["network"], trace["samples"], trace["sources"]) == ("mnist-cnn", 1, [str(SEVEN)])
    step = trace["steps"][1]
    assert set(step) >= {
        *("name", "type", "inputs", "output_shape", "params", "macs", "min", "mean", "max", "std"),
        *("zeros", "nan", "inf", "count", "seconds", "note"),
    }
    assert step["name"] == "conv2d_1"
    assert step["inputs"] == ["input"]
    assert step["output_shape"] == [26, 26, 32]
    assert step["params"] == 320
    assert type(step["params"]) is int
    assert trace["totals"]["params"] == 1_199_882
    best = trace["predictions"][0]["classes"][0]
    assert (best["index"], best["label"]) == (7, "seven")
    assert 0.99 < best["probability"] <= 1


def test_json_of_params_has_its_schema_keys_and_types():
    document = strict(text_of("params", MNIST, "-f", "json"))
    assert document["schema"] == "dftrace.params/1"
    assert set(document) >= {"schema", "network", "file", "dtype", "layers", "totals"}
    assert document["totals"]["params"] == 1_199_882 == sum(row["params"] for row in document["layers"])
    conv = next(row for row in document["layers"] if row["name"] == "conv2d_2")
    assert conv["output_shape"] == [24, 24, 64]
    assert conv["receptive_field"] == [5, 5]
    assert (conv["params"], conv["macs"]) == (18_496, 10_616_832)
    tensors = strict(text_of("params", MNIST, "--by", "tensor", "-f", "json"))
    assert {"name": "conv2d_1/kernel", "kind": "parameter", "shape": [3, 3, 1, 32]}.items() <= tensors["tensors"][
        1
    ].items()


def test_json_of_layers_and_examples_names_its_schema():
    assert strict(text_of("layers", "-f", "json"))["schema"] == "dftrace.layers/1"
    assert strict(text_of("layers", "conv2d", "-f", "json"))["type"] == "conv2d"
    assert strict(text_of("init", "--list", "-f", "json"))["schema"] == "dftrace.examples/1"
    assert strict(text_of("schema"))["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("values", ["none", "head", "full"])
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_nan_and_infinities_are_words_in_json(tmp_path, form, values):
    out = text_of("run", written(tmp_path, OVERFLOWING), "-f", form, "--values", values)
    rows = strict(out)["steps"] if form == "json" else [strict(line) for line in out.splitlines()]
    steps = {row["name"]: row for row in rows}
    assert (steps["burst"]["inf"], steps["burst"]["max"]) == (
        2,
        "nan",
    )  # minimum, mean and maximum are of finite values
    assert (steps["void"]["nan"], steps["void"]["mean"]) == (2, "nan")
    if values == "full":
        assert steps["burst"]["values"] == [["inf", "-inf"]]
        assert steps["void"]["values"] == [["nan", "nan"]]
    if values == "head":
        assert steps["burst"]["first_values"] == ["inf", "-inf"]
        assert steps["void"]["first_values"] == ["nan", "nan"]


@pytest.mark.parametrize("form", ["table", "plain", "markdown"])
def test_nan_and_infinities_are_words_for_people(tmp_path, form):
    out = text_of("run", written(tmp_path, OVERFLOWING), "-f", form, "--values", "full")
    assert "nan nan" in out
    assert " inf -inf" in out
    assert "infinite" in out


@pytest.mark.parametrize("form", ["tsv", "csv"])
def test_nan_is_a_word_in_tables_for_machines(tmp_path, form):
    out = text_of("run", written(tmp_path, OVERFLOWING), "-f", form, "--fields", "name,max,nan,inf", "--no-header")
    assert out.splitlines()[2].replace("\t", ",") == "burst,nan,0,2"


def test_a_prediction_from_nan_does_not_fail(tmp_path):
    net = written(tmp_path, OVERFLOWING + "  - {type: softmax}\nclasses: [left, right]\n")
    for form in ("table", "json", "csv"):
        assert "nan" in text_of("run", net, "-f", form)


@pytest.mark.parametrize("command", [["params", MNIST], ["params", MNIST, "--by", "tensor"], RUN, ["layers"]])
def test_tsv_and_csv_say_the_same_one_row_a_line(command):
    tabbed = text_of(*command, "-f", "tsv", "--fields", "all") if command != RUN else text_of(*command, "-f", "tsv")
    commas = text_of(*command, "-f", "csv", "--fields", "all") if command != RUN else text_of(*command, "-f", "csv")
    assert [line.split("\t") for line in tabbed.splitlines()] == list(csv.reader(io.StringIO(commas)))


def test_tsv_has_raw_numbers_and_shapes_with_a_cross():
    rows = [
        line.split("\t") for line in text_of(*RUN, "-f", "tsv", "--fields", "name,output_shape,params").splitlines()
    ]
    assert rows[0] == ["name", "output_shape", "params"]
    assert rows[2] == ["conv2d_1", "26x26x32", "320"]
    assert rows[-2] == ["dense_1", "128", "1179776"]
    assert "total" not in {row[0] for row in rows}


def test_numbers_in_tsv_are_those_in_json():
    steps = strict(text_of(*RUN, "-f", "json"))["steps"]
    lines = text_of(*RUN, "-f", "tsv", "--fields", "name,mean,max", "--no-header").splitlines()
    assert [line.split("\t") for line in lines] == [[s["name"], repr(s["mean"]), repr(s["max"])] for s in steps]


def test_the_readme_s_pipeline():
    out = text_of(*RUN, "-f", "tsv", "--fields", "name,output_shape,params", "--no-header")
    assert max(out.splitlines(), key=lambda line: int(line.split("\t")[2])).startswith("dense_1\t128\t")


@pytest.mark.parametrize("form", ["table", "plain", "tsv", "csv", "markdown"])
def test_fields_choose_the_columns_and_their_order(form):
    out = text_of("params", MNIST, "-f", form, "--fields", "params,name")
    header = next(line for line in out.splitlines() if "params" in line or "parameters" in line)
    assert header.index("param") < max(header.find("name"), header.find("layer"))
    assert "26" not in out


def test_all_fields_are_those_that_help_lists():
    listed = [line.split()[0] for line in text_of("run", MNIST, "--fields", "help").splitlines() if line][:-1]
    assert text_of(*RUN, "-f", "csv", "--fields", "all").splitlines()[0].split(",") == listed


@pytest.mark.parametrize("command", ["run", "params", "layers", "init"])
def test_fields_help_needs_no_file(command):
    assert "shown by default" in text_of(command, "--fields", "help")


def test_a_wrong_field_is_found_before_anything_is_read():
    done = dftrace("run", "absent.yaml", "--fields", "name,shap")
    assert b"error[E600]: no field 'shap'" in done.stderr


@pytest.mark.parametrize("form", ["table", "plain", "tsv", "csv"])
def test_no_header_leaves_the_rows(form):
    assert text_of("params", MNIST, "-f", form, "--no-header").split()[0].strip(",").startswith("input")


def test_json_lines_are_one_object_a_row():
    rows = [strict(line) for line in text_of(*RUN, "-f", "jsonl").splitlines()]
    whole = strict(text_of(*RUN, "-f", "json"))["steps"]
    assert [row["name"] for row in rows] == [row["name"] for row in whole]
    assert rows[1]["output_shape"] == [26, 26, 32]


def test_markdown_has_the_totals_in_bold():
    assert (
        text_of("params", MNIST, "-f", "markdown", "--fields", "name,params").count("| **total** | **1,199,882** |")
        == 1
    )


def test_markdown_is_a_table_that_text_cannot_break(tmp_path):
    net = written(tmp_path, TINY.replace("name: tiny", "name: 'a|b *c* ```d'").replace("left", "'```'"))
    lines = text_of("run", net, "-f", "markdown").splitlines()
    assert lines[0].startswith(r"## a\|b \*c\* \`\`\`d: ")
    table = [line for line in lines if line.startswith("|")]
    assert {line.count("|") - line.count(r"\|") for line in table} == {len(table[0].split("|")) - 1}
    fence = next(line for line in lines if line.startswith("````"))
    assert lines[-1] == fence.removesuffix("text")


def test_npy_on_stdout_is_the_layer_s_array(tmp_path):
    done = dftrace(*RUN, "-l", "conv2d_1", "-f", "npy")
    assert (done.returncode, done.stderr) == (0, b"")
    array = np.load(io.BytesIO(done.stdout), allow_pickle=False)
    assert (array.shape, array.dtype) == ((1, 26, 26, 32), np.float32)
    step = strict(text_of(*RUN, "-f", "json"))["steps"][1]
    assert array.max() == pytest.approx(step["max"])
    assert dftrace(*RUN, "-l", "conv2d_1", "-f", "npy", "-o", tmp_path / "x.npy").stdout == b""
    assert (tmp_path / "x.npy").read_bytes() == done.stdout


def test_values_in_json_have_the_minibatch_first():
    steps = strict(text_of(*RUN, "-i", SEVEN, "-l", "dense_2", "-f", "json", "--values", "full"))["steps"]
    assert np.shape(steps[0]["values"]) == (2, 10)


def test_only_the_table_is_drawn_by_rich():
    code = f"""
import contextlib, io, sys
sys.stdout = io.TextIOWrapper(io.BytesIO())
from dataflow_cli.commands.main import group
for command in ("params", "run"):
    for form in ("tsv", "csv", "json", "jsonl", "plain", "markdown", "latex"):
        group.main([command, {str(MNIST)!r}, "-f", form], standalone_mode=False)
        assert "rich" not in sys.modules, (command, form)
group.main(["params", {str(MNIST)!r}], standalone_mode=False)
sys.__stdout__.write(str("rich" in sys.modules))
"""
    assert python(code) == "True"


def test_the_format_does_not_change_what_is_said(tmp_path):
    net = written(tmp_path, TINY)
    for form in ("table", "plain", "markdown"):
        assert "prediction: right" in text_of("run", net, "-f", form)
