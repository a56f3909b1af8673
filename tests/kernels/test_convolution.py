"""Convolutions of all sorts against sums that are written out, position by position."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels.conv_transpose import conv_transpose
from dataflow_cli.kernels.dense import dense
from tests.kernels.plainly import convolve, depthwise
from tests.kernels.windowed import Case, assembled, by_position, cases


def close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def by_einsum(case: Case, kernel):
    """(N, *positions, filters) by one einsum a position."""
    letters = "hwd"[: len(case.sizes)]
    rule = f"n{letters}c,{letters}cf->nf"
    return assembled({at: np.einsum(rule, window, kernel) for at, window in by_position(case).items()})


@given(cases(), st.integers(1, 5), st.booleans())
def test_convolve(case, filters, with_bias):
    kernel = case.random(*case.sizes, case.channels, filters)
    bias = case.random(filters) if with_bias else None
    found = convolve(case.x, kernel, strides=case.strides, pads=case.pads, dilations=case.dilations, bias=bias)
    close(found, by_einsum(case, kernel) + (bias if with_bias else 0))


@given(cases(), st.integers(2, 3), st.integers(1, 2))
def test_convolve_in_groups(case, groups, filters):
    """Groups are convolutions of their own, side by side."""
    fields = {"strides": case.strides, "pads": case.pads, "dilations": case.dilations}
    x = np.concatenate([case.x * (number + 1) for number in range(groups)], axis=-1)
    kernel = case.random(*case.sizes, case.channels, filters * groups)
    parts = [
        by_einsum(case, kernel[..., number * filters : (number + 1) * filters]) * (number + 1)
        for number in range(groups)
    ]
    close(convolve(x, kernel, groups=groups, **fields), np.concatenate(parts, axis=-1))


@pytest.mark.parametrize(("samples", "height", "width"), [(1, 60, 40), (7, 9, 8), (3, 1, 900), (500, 3, 3)])
def test_convolve_does_not_depend_on_its_tiles(samples, height, width):
    """Larger than one tile in rows, in columns or in samples."""
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((samples, height, width, 2)), rng.standard_normal((1, 2, 2, 3))
    found = convolve(x, kernel, strides=(1, 1), pads=((0, 0), (0, 0)), dilations=(1, 1))
    close(found, x[:, :, :-1] @ kernel[0, 0] + x[:, :, 1:] @ kernel[0, 1])


@given(cases(), st.integers(1, 3), st.booleans())
def test_depthwise(case, multiplier, with_bias):
    kernel = case.random(*case.sizes, case.channels, multiplier)
    bias = case.random(case.channels * multiplier) if with_bias else None
    letters = "hwd"[: len(case.sizes)]
    rule = f"n{letters}c,{letters}cm->ncm"
    expected = assembled(
        {at: np.einsum(rule, window, kernel).reshape(case.samples, -1) for at, window in by_position(case).items()}
    )
    found = depthwise(case.x, kernel, strides=case.strides, pads=case.pads, dilations=case.dilations, bias=bias)
    close(found, expected + (bias if with_bias else 0))


def scattered(case: Case, kernel, crops):
    """A transposed convolution, one input element and one tap at a time."""
    axes = list(zip(case.lengths, case.sizes, case.strides, case.dilations, strict=True))
    full = [(length - 1) * stride + dilation * (size - 1) + 1 for length, size, stride, dilation in axes]
    result = np.zeros((case.samples, *full, kernel.shape[-2]))
    for place in product(*map(range, case.lengths)):
        for tap in product(*map(range, case.sizes)):
            steps = zip(place, tap, case.strides, case.dilations, strict=True)
            target = [at * stride + index * dilation for at, index, stride, dilation in steps]
            result[(slice(None), *target)] += np.einsum("nc,fc->nf", case.x[(slice(None), *place)], kernel[tap])
    grown = np.pad(result, [(0, 0), *((0, max(-after, 0)) for _, after in crops), (0, 0)])
    return grown[
        (
            slice(None),
            *(slice(before, grown.shape[axis] - max(after, 0)) for axis, (before, after) in enumerate(crops, start=1)),
        )
    ]


@given(cases(), st.integers(1, 3), st.booleans(), st.data())
def test_conv_transpose(case, filters, with_bias, data):
    crops = [(data.draw(st.integers(0, 2)), data.draw(st.integers(-3, 2))) for _ in case.sizes]
    kernel = case.random(*case.sizes, filters, case.channels)
    bias = case.random(filters) if with_bias else None
    found = conv_transpose(case.x, kernel, strides=case.strides, crops=crops, dilations=case.dilations, bias=bias)
    expected = scattered(case, kernel, crops)
    if expected.size:
        close(found, expected + (bias if with_bias else 0))


@given(cases(), st.integers(1, 3))
def test_conv_transpose_is_the_transpose_of_convolve(case, filters):
    """<convolve(x), y> = <x, conv_transpose(y)>, the kernel's channels and filters exchanged."""
    kernel = case.random(*case.sizes, case.channels, filters)
    fields = {"strides": case.strides, "dilations": case.dilations}
    forward = convolve(case.x, kernel, pads=case.pads, **fields)
    y = case.random(*forward.shape)
    spans = [
        (count - 1) * stride + dilation * (size - 1) + 1
        for count, size, stride, dilation in zip(
            forward.shape[1:-1], case.sizes, case.strides, case.dilations, strict=True
        )
    ]
    crops = [
        (before, span - before - length)
        for span, (before, _), length in zip(spans, case.pads, case.lengths, strict=True)
    ]
    back = conv_transpose(y, kernel, crops=crops, **fields)
    assert back.shape == case.x.shape
    np.testing.assert_allclose(np.vdot(forward, y), np.vdot(case.x, back), rtol=1e-9, atol=1e-9)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(1, 3), st.booleans())
def test_dense(shape, units, with_bias):
    rng = np.random.default_rng(0)
    x, kernel, bias = rng.standard_normal(shape), rng.standard_normal((shape[-1], units)), rng.standard_normal(units)
    expected = np.einsum("...i,iu->...u", x, kernel)
    close(dense(x, kernel, bias if with_bias else None), expected + (bias if with_bias else 0))


def test_float32_stays_float32():
    x, kernel = np.ones((1, 4, 4, 2), np.float32), np.ones((2, 2, 2, 2), np.float32)
    fields = {"strides": (1, 1), "dilations": (1, 1), "bias": np.ones(2, np.float32)}
    none = ((0, 0), (0, 0))
    assert convolve(x, kernel, pads=none, **fields).dtype == np.float32
    assert conv_transpose(x, kernel, crops=none, **fields).dtype == np.float32
    fields["bias"] = np.ones(4, np.float32)
    assert depthwise(x, kernel, pads=none, **fields).dtype == np.float32
    assert dense(x, np.ones((2, 3), np.float32)).dtype == np.float32
