"""Reports of hand-made results, beside golden files, and what must hold for any of them.

A golden file that is missing is written, and the test fails.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.counts.counting import summary
from dataflow_cli.errors import UnknownName
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.formats import Style, write
from dataflow_cli.render.html import report_html
from dataflow_cli.render.params import params_report, tensor_report
from dataflow_cli.render.report import fields_help, select
from dataflow_cli.render.trace import COLUMNS, trace_report
from dataflow_cli.render.values import with_numbers, with_tensors
from dataflow_cli.trace.prediction import predictions
from tests.network.architectures import MNIST, RESNET50
from tests.render.records import NETWORK, trace

GOLDEN = Path(__file__).with_name("golden")


def run_report(record=None, *, top=3, **options):
    record = record or trace()
    return trace_report(record, [step.name for step in record.steps], predictions(record, top), **options)


def two_samples():
    values = {"dense_1": np.array([[0.1, 0.8, 0.1], [math.nan] * 3], "f4")}
    return trace(sources=("a.png", "b.png"), samples=2, values=values)


REPORTS = {
    "params": lambda: params_report(summary(NETWORK)),
    "params-verbose": lambda: params_report(summary(NETWORK), verbose=True),
    "params-all": lambda: select(params_report(summary(NETWORK)), "all"),
    "tensors": lambda: tensor_report(summary(NETWORK)),
    "run": run_report,
    "run-verbose": lambda: run_report(verbose=True),
    "run-all": lambda: select(run_report(), "all"),
    "run-two": lambda: run_report(two_samples(), right=1),
    "run-values": lambda: with_tensors(run_report(), trace(), ["dense_1"], full=True, precision=3),
}
FORMATS = {"plain": "txt", "tsv": "tsv", "json": "json"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_golden(name, form):
    text = write(REPORTS[name](), form, Style())
    path = GOLDEN / f"{name}.{FORMATS[form]}"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing; it is written now: read it")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "network", [NETWORK, network_from_text(MNIST), network_from_text(RESNET50)], ids=["tiny", "mnist", "resnet50"]
)
def test_totals_are_the_sums_of_their_columns(network):
    report = params_report(summary(network))
    for key, total in report.totals.items():
        assert total == sum(row[key] for row in report.rows), key
    assert report.totals["params"] == network.parameter_count
    assert report.totals["macs"] == network.macs
    tensors = tensor_report(summary(network))
    for kind, totals in tensors.tail["totals"].items():
        rows = [row for row in tensors.rows if row["kind"] == kind]
        trained = {"trainable": True, "non_trainable": False} if kind == "parameter" else {}
        assert totals == {key: sum(row[key] for row in rows) for key in ("count", "bytes")} | {
            key: sum(row["count"] for row in rows if row["trainable"] is flag) for key, flag in trained.items()
        }
    assert report.totals["non_trainable"] == tensors.tail["totals"]["parameter"]["non_trainable"]
    assert tensors.tail["totals"]["parameter"]["count"] == network.parameter_count


def test_totals_of_a_run_are_those_of_the_rows_that_are_shown():
    report = trace_report(trace(), ["input", "conv2d_1"])
    assert [row["name"] for row in report.rows] == ["input", "conv2d_1"]
    assert report.totals == {"params": 20, "macs": 162, "trainable": 16, "non_trainable": 4}


def test_the_arithmetic_adds_up():
    """`a·b + c = d` on every line of -v is true."""
    for network in (NETWORK, network_from_text(MNIST), network_from_text(RESNET50)):
        for row in params_report(summary(network)).rows:
            for line in row["arithmetic"]:
                if line.startswith(("parameters: ", "MACs: ")):
                    left, right = line.partition(": ")[2].split(" = ")
                    terms = [term.rpartition(" ")[2] for term in left.split(" + ")]  # without the parameter's name
                    products = (math.prod(int(factor) for factor in term.split("·")) for term in terms)
                    assert sum(products) == int(right.partition(", ")[0].replace(",", "")), line


@pytest.mark.parametrize("name", REPORTS)
def test_json_and_tsv_have_the_same_rows(name):
    report = REPORTS[name]()
    document = json.loads(write(report, "json", Style()))
    rows = document[report.rows_key]
    lines = write(report, "tsv", Style()).splitlines()
    assert len(rows) == len(lines) - 1 == len(report.rows)
    assert [row["name"] for row in rows] == [line.split("\t")[0] for line in lines[1:]]
    assert document["schema"] == report.schema


def test_columns_that_are_wanted_are_shown():
    assert "std" not in [column.key for column in run_report().visible]
    assert {"std", "macs", "seconds"} <= {column.key for column in run_report(verbose=True).visible}
    record = trace()
    unsound = replace(record.steps[1].statistics, nans=2)
    record = replace(record, steps=(record.steps[0], replace(record.steps[1], statistics=unsound)))
    assert {"nan", "inf"} <= {column.key for column in run_report(record).visible}


def test_a_histogram_is_shown_if_it_is_asked_for():
    assert "histogram" not in [column.key for column in run_report().visible]
    report = select(run_report(), "name,histogram")
    rows = json.loads(write(report, "json", Style()))["steps"]
    assert rows[0]["histogram"] is None
    assert sum(count for *_, count in rows[1]["histogram"]) == 18
    assert all(low < high or low == high == 0 for low, high, _ in rows[1]["histogram"])
    plain = write(report, "plain", Style())
    assert "0: 6, 0.03125..0.0625: 1" in plain


def test_fields_by_name():
    report = select(run_report(), "mean, name")
    assert [column.key for column in report.visible] == ["mean", "name"]
    assert write(report, "tsv", Style()).splitlines()[0] == "mean\tname"
    with pytest.raises(UnknownName) as caught:
        select(run_report(), "name,maen")
    assert (caught.value.message, caught.value.hint) == ("no field 'maen'", "did you mean 'mean'?")
    assert select(run_report(), None).visible == run_report().visible


def test_the_list_of_fields():
    lines = fields_help(COLUMNS).splitlines()
    assert lines[0].split() == ["name", "*", "layer"]
    assert len(lines) == len(COLUMNS) + 2


def test_several_samples_are_a_line_each():
    notes = run_report(two_samples(), right=1).notes
    assert notes == (
        "a.png  one  0.8000",
        "b.png  none, for there is NaN among the scores  nan",
        "accuracy: 1 of 2 right, 50 %",
    )


def test_more_samples_than_predictions_are_counted():
    record = replace(two_samples(), samples=1200)
    assert "... and 1,198 more samples" in run_report(record).notes


def test_a_prediction_from_nan_is_none():
    record = trace(values={"dense_1": np.full((1, 3), math.nan, "f4")})
    assert run_report(record).notes[0] == "prediction: none, for there is NaN among the scores"


def test_logits_have_no_bars():
    record = trace(values={"dense_1": np.array([[-3, 12.5, 0]], "f4")}, score="logit")
    assert run_report(record).notes[:2] == ("prediction: one", "  one            12.50")
    tail = run_report(record).tail["predictions"][0]["classes"][0]
    assert tail == {"index": 1, "label": "one", "logit": 12.5}


def test_values_in_json():
    whole = with_numbers(run_report(), trace(values=trace().values | {"input": np.zeros((1, 5, 5, 1))}), full=True)
    rows = json.loads(write(whole, "json", Style()))["steps"]
    assert rows[2]["values"] == [[float(np.float32(value)) for value in (0.0325, 0.9, 0.0675)]]
    first = with_numbers(run_report(), trace(values=trace().values | {"input": np.zeros((1, 5, 5, 1))}), full=False)
    assert len(json.loads(write(first, "json", Style()))["steps"][1]["first_values"]) == 16


def test_html_escapes_what_comes_from_files():
    record = trace(network="<script>alert(1)</script>", sources=("<img src=x>&",), classes=("<b>", "</pre>", "c"))
    page = report_html(run_report(record))
    for tag in ("<script>", "<img", "<b>", "alert(1)<"):
        assert tag not in page.replace("alert(1)&lt;", "")
    assert page.count("</pre>") == 1
    assert "&lt;script&gt;" in page
    assert page.startswith("<table><caption>")
    assert page.count("<tr>") == 1 + 3 + 1


def test_html_has_a_cell_for_every_column():
    report = params_report(summary(NETWORK))
    page = report_html(report)
    assert page.count("<th ") == len(report.visible)
    assert page.count("<td ") == len(report.visible) * (len(report.rows) + 1)


def test_nothing_that_a_terminal_would_obey_comes_through():
    for form in ("plain", "tsv", "markdown", "table", "json"):
        assert "\x1b" not in write(params_report(summary(NETWORK)), form, Style())
    assert "\x1b" not in write(run_report(trace(sources=("\x1b]0;x\x07",))), "plain", Style())


def test_answers_by_made_weights_say_that_they_are_none():
    """In the line of the answer, below several, and in JSON."""
    said = "random weights (he_normal): a prediction from them is no prediction"
    assert run_report(trace(init="he_normal")).notes[0] == f"prediction: one; {said}"
    assert run_report(replace(two_samples(), init="he_normal")).notes[-1] == said
    assert "weights of zeros" in run_report(trace(init="zeros")).notes[0]
    assert [run_report(trace(init=init)).head["init"] for init in ("", "zeros")] == [None, "zeros"]


def test_a_run_says_what_is_connected_to_what_where_there_are_branches():
    record = trace()
    inputs, hidden, last = record.steps
    branching = replace(record, steps=(inputs, hidden, replace(last, inputs=("conv2d_1", "input"))))
    shown = [[column.key for column in run_report(one).visible] for one in (record, branching)]
    assert ["inputs" in keys for keys in shown] == [False, True]
    (row,) = trace_report(branching, ["dense_1"]).rows
    assert row["input_shapes"] == ((3, 3, 2), (5, 5, 1))
    assert row["share"] == 57 / 77
    unknown = replace(record, steps=(replace(last, parameters=None, trainable=None),))
    assert [run_report(unknown).rows[0][key] for key in ("input_shapes", "share", "non_trainable")] == [None] * 3
