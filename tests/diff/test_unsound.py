"""NaN on one side alone: the operation that makes it, at an element, in the words of `run`; whichever side has it."""

import numpy as np
import pytest

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from tests.diff.planting import said


def ran(layer, *x):
    text = f"{{dftrace: 1, name: one, input: {{shape: [{len(x)}]}}, layers: [{layer}]}}"
    trace = network_from_text(text.encode(), "one").trace(np.array([x], "f4"))
    return Run(*trace.origin, trace)


def naive_softmax(x):
    return np.exp(x) / np.exp(x).sum()


def narrow_norm(x):
    """A layer normalization whose squares float16 does not hold."""
    apart = x.astype("f2") - x.mean().astype("f2")
    return apart / np.sqrt((apart * apart).mean() + np.float16(1e-3)) * np.array([1, 1, 1, np.nan], "f2")


NORM = "{type: layer_normalization, name: a, scale: false, center: false%s}"
CASES = [
    (
        "{type: softmax, name: a}",
        (100, 2, 3),
        naive_softmax,
        "NaN: first made by a (softmax), of finite inputs, in B",
    ),
    ("{type: softmax, name: a}", (100, 2, 3), naive_softmax, "[0]: exp(100) is more than float32 holds"),
    ("{type: relu, name: a}", (1, -2, 3, 0), np.log, "at [1]: the input is -2; it is so exactly where that is below 0"),
    ("{type: relu, name: a}", (1, 2, 3, 0), lambda x: 1 / x, "infinite values: first made by a (relu)"),
    (
        "{type: log, name: a}",
        (1, -2, 3),
        lambda x: x * x + 7,
        "NaN: first made by a (log), of finite inputs, in A, at [1]: log(-2) = nan",
    ),
    (NORM % "", (5, 5, 5), lambda x: (x - 5) / np.std(x), "`epsilon: 0`"),
    (NORM % ", epsilon: 0.0", (5, 5, 5), lambda x: x - 5, "`epsilon: 0.001`"),
    (NORM % "", (60000, 2000, 3000, 4000), narrow_norm, "60000\u00b2 is more than float16 holds"),
]


@pytest.mark.parametrize(("layer", "x", "theirs", "words"), CASES)
def test_what_makes_nan_is_named(layer, x, theirs, words):
    with np.errstate(all="ignore"):
        got = theirs(np.array([x], "f4"))
    found = compared(ran(layer, *x), Captured("theirs", {"a": got.shape}, {"a": got}.__getitem__))
    assert found.first is not None
    assert words in said(found)
