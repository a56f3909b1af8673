"""What two tensors have apart, beside the definitions in float64 over the whole tensor."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataflow_cli.diff.measuring import identical, measured
from dataflow_cli.diff.sums import PART
from dataflow_cli.diff.tolerance import Allowed

RNG = np.random.default_rng(5)
SHAPE = (3, PART // 2, 2)
"""Three parts, the last but one full."""


def tensor(scale):
    x = np.maximum(RNG.normal(size=SHAPE), 0) * scale
    return x.astype("f4")


def near(x, part):
    return (x + part * np.abs(x).max() * RNG.normal(size=x.shape)).astype(x.dtype)


def pairs():
    x = tensor(3.0)
    for part in (1e-7, 1e-3, 1.0, 1e4):
        yield f"{part:g} apart", x, near(x, part)
    yield "tiny", tensor(1e-30), near(tensor(1e-30), 1e-3)
    yield "too small to square", tensor(1e-25), tensor(1e-25)
    yield "huge", tensor(1e37), near(tensor(1e37), 1e-3)
    yield "one beside nothing", x, np.zeros_like(x)
    yield "nothing beside one", np.zeros_like(x), x
    yield "tiny beside large", tensor(1e8), tensor(1e-8)
    yield "everywhere as far", np.ones(SHAPE, "f4"), np.full(SHAPE, 1.5, "f4")
    yield "other types", x.astype("f8"), near(x, 1e-3).astype("f2")
    yield "integers", RNG.integers(0, 9, SHAPE), RNG.integers(0, 9, SHAPE)
    yield "turned", x, near(x.transpose(2, 1, 0), 1e-3).transpose(2, 1, 0)


@pytest.mark.parametrize(("name", "a", "b"), list(pairs()), ids=lambda each: each if isinstance(each, str) else "")
@pytest.mark.parametrize("rule", [Allowed(0.0, 0.5), Allowed(1e-3, 1e-5), Allowed(0.0, 0.0)])
def test_measures_are_those_of_float64(name, a, b, rule):
    one, other = a.astype("f8"), b.astype("f8")
    apart = np.abs(one - other)
    found = measured(a, b, lambda _: rule, reference=a)
    assert (found.largest, found.at) == (apart.max(), np.unravel_index(apart.argmax(), SHAPE)), name
    assert (found.a, found.b) == (a[found.at], b[found.at])
    assert found.outside == np.count_nonzero(apart > rule.atol + rule.rtol * np.abs(one))
    signal, noise = np.sum(one**2), np.sum(apart**2)
    assert found.snr == pytest.approx(10 * math.log10(signal / noise) if signal else -math.inf, rel=1e-6, abs=1e-6)
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    cosine = np.sum(one * other) / lengths if lengths else 0.0
    assert found.cosine == pytest.approx(cosine, rel=1e-6, abs=1e-12)
    if cosine > 0.9:  # the angle is no rounding of float32
        assert 1 - found.cosine == pytest.approx(1 - cosine, rel=1e-3, abs=1e-14)


def test_what_lies_at_the_limit_is_judged_in_float64():
    """Numbers of which every second one is a float32 step below |A - B| = atol + rtol |A|, and the others above."""
    a = RNG.uniform(1, 2, size=SHAPE).astype("f4")
    for rule in (Allowed(0.0, 1e-3), Allowed(1e-3, 1e-7), Allowed(1.3e-6, 1e-5)):
        b = (a.astype("f8") + rule.atol + rule.rtol * a).astype("f4")
        wanted = np.count_nonzero(np.abs(a.astype("f8") - b) > rule.atol + rule.rtol * a.astype("f8"))
        assert 0 < wanted < a.size
        assert measured(a, b, lambda _, rule=rule: rule, reference=a).outside == wanted


def test_what_is_no_number_lies_apart_unless_both_are_none():
    a = tensor(1.0)
    b = a.copy()
    for place, (one, other) in enumerate(
        [(np.nan, np.nan), (np.inf, np.inf), (1.0, 1.0), (np.nan, 1.0), (1.0, np.inf), (np.inf, -np.inf)]
    ):
        a[place % 3, place, 0], b[place % 3, place, 0] = one, other
        assert identical(a, b) == (place < 3)
        found = measured(a, b, lambda _: Allowed(0.0, 0.5), reference=a)
        assert found.outside == max(0, place - 2)
        assert found.largest == (np.inf if place > 2 else 0.0)
    assert measured(a, b, lambda _: Allowed(0.0, 0.5), reference=a).at == (0, 3, 0)


def test_tensors_are_identical_whatever_the_order_in_memory():
    a = tensor(1.0)
    assert identical(a, a.transpose(2, 1, 0).copy().transpose(2, 1, 0))
    assert not identical(a, a[:2])
    assert identical(np.array([0.0, np.nan]), np.array([-0.0, -np.nan]))
    b = a.copy()
    b[-1, -1, -1] += 1
    assert not identical(a, b)
