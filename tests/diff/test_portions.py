"""What is looked at a portion at a time is what it is as a whole."""

import numpy as np
import pytest

from dataflow_cli.diff import matched, portions
from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes.roundings import ROUNDINGS, Rounded, columns
from dataflow_cli.diff.matched import most, suspect
from dataflow_cli.diff.rounding import _narrow, magnitudes
from dataflow_cli.layers import KINDS

INPUTS, UNITS = 40, 12
LAYER = KINDS["dense"](units=UNITS, activation=KINDS["relu"]())


def drawn(samples):
    rng = np.random.default_rng(samples)
    kernel = rng.normal(size=(INPUTS, UNITS)).astype(np.float32)
    parameters = {"kernel": kernel, "bias": rng.normal(size=UNITS).astype(np.float32)}
    return rng.normal(size=(samples, INPUTS)), parameters


def figures(x, parameters, got):
    allowed = budget(LAYER, [x], parameters, "float32")
    found = suspect(LAYER, x, parameters["kernel"], allowed, got, axis=-1)
    return {**vars(allowed), "used": allowed.used(got, -1), **vars(found), "seen": 0}


@pytest.mark.parametrize("at_once", [1, 70])
@pytest.mark.parametrize("samples", [1, 60])
def test_a_dense_layer_by_some_rows_is_the_whole_one(samples, at_once, monkeypatch):
    x, parameters = drawn(samples)
    off = {**parameters, "kernel": parameters["kernel"].astype(np.float64)}
    unit = int(np.argmax(LAYER([x], parameters)[0]))
    off["kernel"][17, unit] += 1e-4
    got = LAYER([x], off)
    whole = figures(x, parameters, got)
    for module in (portions, matched):
        monkeypatch.setattr(module, "AT_ONCE", at_once)
    monkeypatch.setattr(portions, "PART", 7)
    found = figures(x, parameters, got)
    if samples == 1:  # any weight of the unit may be it
        assert (found.pop("at")[1], whole.pop("at")[1]) == (unit, unit)
        del found["by"], whole["by"], found["least"], whole["least"]
    assert found.keys() == whole.keys()
    for name in found:
        np.testing.assert_allclose(found[name], whole[name], rtol=1e-5, atol=1e-12, err_msg=name)
    assert samples == 1 or found["at"] == (17, unit)


def test_numbers_with_few_digits_are_nothing_beside_others():
    x, parameters = drawn(60)
    faint = np.where(np.arange(INPUTS) % 2, x, 1e-42)
    without = np.where(np.arange(INPUTS) % 2, x, 0.0)
    assert np.array_equal(magnitudes(LAYER, [faint], parameters), magnitudes(LAYER, [without], parameters))
    assert np.array_equal(_narrow(np.asfortranarray(faint)), np.abs(without.astype(np.float32)))


@pytest.mark.parametrize("called", ROUNDINGS)
def test_rounded_columns_are_columns_of_what_is_rounded(called):
    kernel, bias = (np.random.default_rng(2).normal(size=shape) for shape in ((3, 5, 8), (8,)))
    rounded, some = Rounded({"kernel": kernel, "bias": bias}, ROUNDINGS[called], ["kernel"]), np.array([1, 6])
    cut = columns(rounded, some)
    assert np.array_equal(cut["kernel"], rounded["kernel"][..., some])
    assert np.array_equal(cut["bias"], bias[some])
    assert ROUNDINGS[called].keeps(rounded["kernel"])
    assert not ROUNDINGS[called].keeps(kernel)


def test_the_largest_are_named_with_their_places():
    array = np.array([[0.25, 0.75], [0.5, 0.0]])
    assert most(array, 2) == [(0.75, (0, 1)), (0.5, (1, 0))]
    assert most(array, 3, above=0.25) == [(0.75, (0, 1)), (0.5, (1, 0))]
