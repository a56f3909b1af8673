"""NaN, infinities and numbers at the ends of their type: run and explain say the same, and show where it comes from."""

from __future__ import annotations

from itertools import islice, product

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.errors import NetworkError
from dataflow_cli.explain.attribution import follow
from dataflow_cli.explain.parts import explain_traced, explainer_of, part_for
from dataflow_cli.explaining import explained
from dataflow_cli.given import Given
from dataflow_cli.layers.explaining.explanation import SOURCE
from dataflow_cli.render.explanation import write
from dataflow_cli.render.explanation.any import as_document
from dataflow_cli.render.explanation.options import Wanted
from dataflow_cli.render.formats import Style
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.layers.examples import BY_NUMBER, DEFINED
from tests.layers.per_kind import each_kind
from tests.run.test_types import ALONE, network_of

EXTREME = {
    "float32": [np.nan, np.inf, -np.inf, 1e38, 3e38, -3e38, 1e20, 1e-45, 0],
    "float64": [np.nan, np.inf, -np.inf, 1e307, 1.7e308, -1.7e308, 1e200, 5e-324, 0],
}
WHOLE = [kind for kind in ALONE if ALONE[kind].whole]
every_kind = each_kind([kind for kind in ALONE if kind not in (*BY_NUMBER, *WHOLE)])


def positions(node, most):
    """Some places of a layer's output, spread over it."""
    places = list(product(*map(range, node.output_shape)))
    return islice(places, 0, None, max(len(places) // most, 1))


@every_kind
@pytest.mark.parametrize("dtype", EXTREME)
def test_run_and_explain_give_the_same_number(kind, dtype):
    """Or say that numbers on the way were too large for the type. By seed few or many extremes, only large ones too."""
    network = network_of(ALONE[kind])
    weights = load_weights(network, dtype=dtype)
    for seed, (density, extremes) in enumerate(product((0.05, 0.5), (EXTREME[dtype], EXTREME[dtype][3:]))):
        rng = np.random.default_rng(seed)
        batch = {}
        for spec in network.inputs:
            shape = (1, *spec.shape)
            ordinary = rng.standard_normal(shape)
            batch[spec.name] = np.where(rng.random(shape) < density, rng.choice(extremes, shape), ordinary).astype(
                dtype
            )
        trace = run(network, weights, [batch], keep=batch)
        for at in positions(network.nodes[0], 3):
            account = explain_traced(network, weights, trace, network.nodes[0].name, at)
            assert account.agrees or (account.outgrown and "too large" in account.remarks[0]), (seed, at)


@every_kind
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_way_back_leads_to_what_is_unsound(kind, bad):
    """One element of an input is bad: all that is so of the output is carried by it alone, and nothing cuts it off."""
    network = network_of(ALONE[kind])
    (node,) = network.nodes
    network = part_for(network, node.name)
    weights = load_weights(network)
    rng = np.random.default_rng(3)
    defined = DEFINED.get(kind, np.array)
    plain = {spec.name: defined(rng.random((1, *spec.shape))).astype("f4") for spec in network.inputs}
    for number, spec in enumerate(network.inputs):
        place = tuple(length // 2 for length in spec.shape)
        batch = {name: array.copy() for name, array in plain.items()}
        batch[spec.name][(0, *place)] = bad
        trace = run(network, weights, [batch], keep=[*batch, *network.by_name])
        explainer = explainer_of(network, weights, trace)
        unsound = [at for at in positions(node, 40) if not np.isfinite(trace.output[(0, *at)])]
        for at in unsound[:3]:
            account = explainer.element(node.name, at)
            assert account.explanation.roles[number][place] == SOURCE
            assert not account.explanation.notes
            reached = {stage.step: stage.reached for stage in follow(explainer, account, 5).stages}
            assert [(one.at, one.share) for one in reached[spec.name]] == [(place, pytest.approx(1))]


WIDE = """\
dftrace: 1
name: wide
input: [100]
weights: {init: he_normal, seed: 1}
layers:
  - {type: dense, name: hidden, units: 90, activation: relu}
  - {type: dense, name: logits, units: 3}
  - {type: softmax, name: out}
"""


def told(element, at, values, back=0):
    """What people read."""
    account = explained(network_from_text(WIDE), element, at, Given(literals=(",".join(map(str, values)),)), back=back)
    return write(as_document(account, Wanted()), "text", Style())


def test_the_term_that_is_nan_comes_first_in_a_wide_layer():
    values = np.linspace(1, 2, 100)
    values[57] = np.nan
    text = told("hidden", (4,), values)
    first = next(line for line in text.splitlines() if "nan" in line and line.startswith("  ["))
    assert first.split()[0] == "[57]"
    assert "92 others" in text
    assert "cuts it off" not in text
    assert "saturated" not in text


def test_the_way_from_a_softmax_back_to_one_pixel():
    values = np.linspace(1, 2, 100)
    values[57] = np.nan
    text = told("out", (1,), values, back=2)
    assert "[57]" in text.split("Back to the input")[1]
    assert "reach 1 of the 1 elements of input at their end, which carry" in " ".join(text.split())


GROWING = """\
dftrace: 1
input: {shape: [2], example: [VALUE]}
layers:
  - {type: dense, name: a, units: 1, weights: {kernel: [[1], [1]], bias: 0}}
  - {type: multiply, name: b, inputs: [a, a]}
  - type: batch_normalization
    name: c
    epsilon: 0
    weights: {gamma: 1, beta: 0, moving_mean: 0, moving_variance: VARIANCE}
"""


@pytest.mark.parametrize(
    ("value", "variance", "dtype", "first"),
    [
        ("3e38, 3e38", "1", None, "a"),
        ("1e20, 1e20", "1", None, "b"),
        ("1e20, 1e20", "1", "float64", ""),
        ("1e200, 1e200", "1", "float64", "b"),
        ("1, 2", "1", None, ""),
        ("1, 2", "0", None, ""),
        ("1, inf", "1", None, ""),
    ],
)
def test_run_says_where_numbers_have_become_too_large(value, variance, dtype, first):
    """At the first such layer; not where NaN came in, nor where it is a division by zero that made it."""
    network = network_from_text(GROWING.replace("VALUE", value).replace("VARIANCE", variance))
    said = [problem for problem in network.trace(dtype=dtype).warnings if problem.code == "W310"]
    assert [problem.message.split("'")[1] for problem in said] == [first] * bool(first)
    assert ["--dtype float64" in problem.hint for problem in said] == [dtype is None] * bool(first)


@pytest.mark.parametrize(
    ("layer", "value"),
    [
        ("{type: lrn, k: 1.0e+300, beta: 1.5}", 2.0),
        ("{type: lrn, k: 0.5, beta: 1.0e+9}", 0.25),
        ("{type: lrn, k: 0, beta: 1.0e+9}", 1e-5),
    ],
)
def test_a_power_too_large_or_small_for_float64_is_explained(layer, value):
    """Python's own power raises OverflowError and ZeroDivisionError there."""
    network = network_from_text(f"{{dftrace: 1, input: [1], layers: [{layer}]}}")
    trace = network.trace([value], keep="all")
    account = trace.explain(network.outputs[0], [0])
    assert account.explanation.total == account.value


def test_a_product_that_overflows_before_it_meets_a_zero_is_zero():
    """Of so many that float64 overflows, too, in which explanations are computed."""
    network = network_from_text("{dftrace: 1, input: [31], layers: [reduce_product]}")
    for last, wanted in ((0, 0), (1, np.inf)):
        trace = network.trace([1e30] * 30 + [last], keep="all")
        assert trace.output.tolist() == [wanted]
        account = trace.explain("reduce_product_1", ())
        assert account.explanation.total == wanted
        assert f"times {wanted}" in account._repr_markdown_()
    assert np.isnan(network.trace([np.inf, 0, *[1] * 29]).output).all()


def test_heads_that_cannot_be_shared_are_refused_at_once_however_many_there_are():
    text = "{dftrace: 1, input: [4, 7], layers: [{type: group_query_attention, inputs: [input, input], head_dim: 1, "
    with pytest.raises(NetworkError, match="2147483647 heads cannot share 5"):
        network_from_text(text + "num_query_heads: 2147483647, num_key_value_heads: 5}]}")


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64"])
def test_nan_as_a_whole_number_is_0_in_both(dtype):
    network = network_from_text(f"dftrace: 1\ninput: [2]\nlayers:\n- {{type: cast, dtype: {dtype}}}\n")
    batch = {"input": np.array([[np.nan, -np.inf]], np.float32)}
    weights = load_weights(network)
    trace = run(network, weights, [batch], keep=batch)
    for at in (0, 1):
        assert explain_traced(network, weights, trace, "cast_1", (at,)).agrees
    assert explain_traced(network, weights, trace, "cast_1", (0,)).value == 0
