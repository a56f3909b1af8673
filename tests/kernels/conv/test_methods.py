"""Every method of convolution against sums that are written out, against each other, and against float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dataflow_cli.kernels.conv import METHODS
from dataflow_cli.kernels.conv.plan import ConvShape, conv_method, merged_groups
from dataflow_cli.kernels.elementwise import relu_into
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.windows import Slide
from tests.kernels.plainly import convolve, depthwise, packed_bytes
from tests.kernels.windowed import Case, assembled, by_position, cases

GENERAL = ("im2col", "planes")
THREE_BY_THREE = ("im2col", "planes", "winograd2", "winograd4")


def by_einsum(case: Case, kernel):
    letters = "hwd"[: len(case.sizes)]
    rule = f"n{letters}c,{letters}cf->nf"
    return assembled({at: np.einsum(rule, window, kernel) for at, window in by_position(case).items()})


def by_taps(x, kernel, pads, groups=1):
    """Stride 1, two axes: a matrix product a tap and group, in float64."""
    x = np.pad(x.astype(np.float64), [(0, 0), *pads, (0, 0)])
    high, wide, channels, filters = kernel.shape
    rows, columns = x.shape[1] - high + 1, x.shape[2] - wide + 1
    each = filters // groups
    return np.concatenate(
        [
            sum(
                x[:, i : i + rows, j : j + columns, group * channels : (group + 1) * channels]
                @ kernel[i, j, :, group * each : (group + 1) * each].astype(np.float64)
                for i in range(high)
                for j in range(wide)
            )
            for group in range(groups)
        ],
        axis=-1,
    )


@pytest.mark.parametrize("method", GENERAL)
@given(case=cases(), filters=st.integers(1, 5), with_bias=st.booleans(), rectified=st.booleans())
def test_every_general_method_is_the_sum(method, case, filters, with_bias, rectified):
    kernel = case.random(*case.sizes, case.channels, filters)
    bias = case.random(filters) if with_bias else None
    fields = {"strides": case.strides, "pads": case.pads, "dilations": case.dilations, "bias": bias}
    found = convolve(case.x, kernel, **fields, activation=relu_into if rectified else None, method=method)
    expected = by_einsum(case, kernel) + (bias if with_bias else 0)
    np.testing.assert_allclose(found, np.maximum(expected, 0) if rectified else expected, rtol=1e-10, atol=1e-10)


@given(case=cases(), filters=st.integers(1, 5))
def test_pointwise_is_the_sum(case, filters):
    case = Case(**{**vars(case), "sizes": (1,) * len(case.sizes), "pads": ((0, 0),) * len(case.sizes)})
    kernel = case.random(*case.sizes, case.channels, filters)
    fields = {"strides": case.strides, "pads": case.pads, "dilations": case.dilations}
    np.testing.assert_allclose(
        convolve(case.x, kernel, **fields, method="pointwise"), by_einsum(case, kernel), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("method", THREE_BY_THREE)
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 11), st.integers(1, 11), st.integers(1, 5), st.integers(1, 5)),
    pads=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    with_bias=st.booleans(),
)
def test_three_by_three_methods_agree(method, sizes, pads, with_bias):
    """Odd and even sizes, ends inside of a block, padding on any side."""
    samples, *lengths, channels, filters = sizes
    assume(all(length + sum(pad) >= 3 for length, pad in zip(lengths, pads, strict=True)))
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((samples, *lengths, channels)), rng.standard_normal((3, 3, channels, filters))
    bias = rng.standard_normal(filters) if with_bias else None
    fields = {"strides": (1, 1), "pads": pads, "dilations": (1, 1), "bias": bias, "activation": relu_into}
    expected = np.maximum(by_taps(x, kernel, pads) + (bias if with_bias else 0), 0)
    np.testing.assert_allclose(convolve(x, kernel, **fields, method=method), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["groups", "blocks"])
@given(groups=st.integers(1, 12), channels=st.integers(1, 6), filters=st.integers(1, 3))
def test_grouped_methods_agree(method, groups, channels, filters):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, 4, groups * channels))
    kernel = rng.standard_normal((3, 2, channels, groups * filters))
    pads = ((1, 1), (0, 1))
    found = convolve(x, kernel, strides=(1, 1), pads=pads, dilations=(1, 1), groups=groups, method=method)
    np.testing.assert_allclose(found, by_taps(x, kernel, pads, groups), rtol=1e-9, atol=1e-9)


def test_groups_of_one_channel_are_depthwise():
    rng = np.random.default_rng(0)
    x, kernel, bias = rng.standard_normal((2, 5, 4, 6)), rng.standard_normal((3, 2, 1, 12)), rng.standard_normal(12)
    pads = ((1, 1), (0, 1))
    fields = {"strides": (1, 1), "pads": pads, "dilations": (1, 1), "groups": 6}
    found = convolve(x, kernel, **fields, bias=bias, activation=relu_into)
    np.testing.assert_allclose(found, np.maximum(by_taps(x, kernel, pads, 6) + bias, 0), rtol=1e-9, atol=1e-9)


# Rounding


SHAPES = [(1, 24, 24, 32, 32), (1, 14, 14, 64, 64), (2, 9, 11, 96, 70), (1, 30, 30, 128, 64), (3, 8, 8, 64, 160)]


def error(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("shape", SHAPES)
def test_rounding_errors_are_no_larger_than_those_of_plain_im2col(shape):
    samples, height, width, channels, filters = shape
    rng = np.random.default_rng(1)
    x = rng.standard_normal((samples, height, width, channels), np.float32)
    kernel = rng.standard_normal((3, 3, channels, filters), np.float32)
    pads = ((1, 1), (1, 1))
    expected = by_taps(x, kernel, pads)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, [(0, 0), *pads, (0, 0)]), (3, 3), (1, 2))
    plain = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * channels) @ kernel.reshape(-1, filters)
    allowed = 1.5 * error(plain.reshape(expected.shape), expected)
    for method in ("im2col", "planes", "winograd2"):
        found = convolve(x, kernel, strides=(1, 1), pads=pads, dilations=(1, 1), method=method)
        assert found.dtype == np.float32
        assert error(found, expected) <= allowed, method
    fast = convolve(x, kernel, strides=(1, 1), pads=pads, dilations=(1, 1), method="winograd4")
    assert error(fast, expected) < 3e-5


def test_depthwise_rounds_as_a_plain_sum_does():
    rng = np.random.default_rng(1)
    x, kernel = rng.standard_normal((1, 20, 20, 48), np.float32), rng.standard_normal((3, 3, 48, 1), np.float32)
    pads = ((1, 1), (1, 1))
    expected = by_taps(x, kernel.reshape(3, 3, 1, 48), pads, 48)
    found = depthwise(x, kernel, strides=(1, 1), pads=pads, dilations=(1, 1))
    assert error(found, expected) < 3e-7


# Values that are not numbers


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e30])
def test_winograd_spreads_nothing_that_a_window_does_not_see(value):
    rng = np.random.default_rng(2)
    x, kernel = rng.standard_normal((1, 12, 12, 3), np.float32), rng.standard_normal((3, 3, 3, 4), np.float32)
    x[0, 5, 5, 1] = value
    fields = {"strides": (1, 1), "pads": ((1, 1), (1, 1)), "dilations": (1, 1)}
    with np.errstate(all="ignore"):
        expected = convolve(x, kernel, **fields, method="im2col")
        for method in ("winograd2", "winograd4"):
            np.testing.assert_array_equal(convolve(x, kernel, **fields, method=method), expected)


# Neighbourly conduct


@pytest.mark.parametrize("method", [*THREE_BY_THREE, "groups", "blocks"])
def test_nothing_that_is_given_is_changed(method):
    rng = np.random.default_rng(3)
    given_arrays = [rng.standard_normal(shape) for shape in ((2, 9, 9, 4), (3, 3, 4, 6), (6,))]
    before = [array.copy() for array in given_arrays]
    x, kernel, bias = given_arrays
    for array in given_arrays:
        array.flags.writeable = False
    pads = ((1, 1), (1, 1))
    convolve(x, kernel, strides=(1, 1), pads=pads, dilations=(1, 1), bias=bias, activation=relu_into, method=method)
    for now, then in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("keep", [False, True])
def test_alternating_shapes_and_kernels_do_not_leak_into_each_other(keep):
    """Scratch and packed weights are reused; each result is that of a call alone."""
    rng = np.random.default_rng(4)
    calls = []
    for number, method in enumerate([*THREE_BY_THREE, "blocks"] * 2):
        x = rng.standard_normal((1, 6 + 3 * (number % 4), 9, 8))
        kernel = rng.standard_normal((3, 3, 4 if method == "blocks" else 8, 8))
        calls.append((x, kernel, method, 2 if method == "blocks" else 1))
    fields = {"strides": (1, 1), "pads": ((1, 1), (0, 2)), "dilations": (1, 1)}
    with running(keep=keep) as engine:
        for _ in range(2):
            for x, kernel, method, groups in calls:
                found = convolve(x, kernel, **fields, groups=groups, method=method, engine=engine)
                expected = by_taps(x, kernel, fields["pads"], groups)
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_kernel_at_the_place_of_another_is_not_mistaken_for_it():
    """Prepared kernels hold on to their source: memory is not handed out again while they live."""
    x = np.random.default_rng(5).standard_normal((1, 9, 9, 4))
    fields = {"strides": (1, 1), "pads": ((0, 0), (0, 0)), "dilations": (1, 1), "method": "winograd2"}
    with running(keep=True) as engine:
        for number in range(20):
            kernel = np.full((3, 3, 4, 4), float(number))
            found = convolve(x, kernel, **fields, engine=engine)
            np.testing.assert_allclose(found, by_taps(x, kernel, fields["pads"]), atol=1e-8)
            del kernel
        assert packed_bytes(engine) == 20 * 16 * 4 * 4 * 8
    assert packed_bytes(engine) == 0


def test_channels_first_views_are_taken():
    rng = np.random.default_rng(6)
    x, kernel = rng.standard_normal((2, 5, 8, 8)), rng.standard_normal((3, 3, 5, 4))
    last = np.moveaxis(x, 1, -1)
    for method in THREE_BY_THREE:
        found = convolve(last, kernel, strides=(1, 1), pads=((1, 1), (1, 1)), dilations=(1, 1), method=method)
        np.testing.assert_allclose(found, by_taps(last, kernel, ((1, 1), (1, 1))), rtol=1e-9, atol=1e-9)


# The rule


def shape(**fields):
    moving = {"sizes": (3, 3), "strides": (1, 1), "dilations": (1, 1), "padded": True}
    moving |= {name: fields.pop(name) for name in moving if name in fields}
    pads = [(int(moving.pop("padded")), 0)] * len(moving["sizes"])
    usual = {"samples": 1, "positions": (56, 56), "channels": 64, "filters": 64, "slide": Slide(**moving, pads=pads)}
    return ConvShape(**{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "name", "why"),
    [
        ({}, "winograd2", "3 x 3, stride 1: F(2 x 2, 3 x 3) needs 2.25 times fewer products"),
        ({"sizes": (1, 1), "padded": False}, "pointwise", "1 x 1: a matrix product as it stands"),
        ({"sizes": (1, 1)}, "im2col", "windows are copied side by side, tile by tile"),
        ({"channels": 1}, "planes", "1 input channel: the matrix is filled tap by tap"),
        ({"channels": 3}, "planes", "3 input channels: the matrix is filled tap by tap"),
        ({"channels": 3, "sizes": (7, 7)}, "im2col", "windows are copied side by side, tile by tile"),
        ({"channels": 32, "filters": 31}, "im2col", "3 x 3 with fewer than 32 channels or filters"),
        ({"channels": 32, "filters": 32}, "winograd2", None),
        ({"strides": (2, 2)}, "im2col", "windows are copied side by side, tile by tile"),
        ({"dilations": (2, 2)}, "im2col", "windows are copied side by side, tile by tile"),
        ({"positions": (7, 7)}, "im2col", "49 positions are too few to transform the kernel for"),
        ({"positions": (7, 7), "samples": 32}, "winograd2", None),
        ({"sizes": (3,), "positions": (900,), "strides": (1,), "dilations": (1,)}, "im2col", None),
        ({"groups": 64, "channels": 1, "filters": 1}, "depthwise", "every group is one channel"),
        (
            {"groups": 32, "channels": 4, "filters": 4},
            "blocks",
            "32 groups of 4 channels: 8 at a time, as blocks on the diagonal of a kernel",
        ),
        ({"groups": 2}, "groups", "2 groups of 64 channels: one after the other"),
    ],
)
def test_the_rule_says_which_and_why(fields, name, why):
    method = conv_method(shape(**dict(fields)))
    assert method.name == name
    assert name in METHODS
    assert why is None or method.why == why


def test_what_is_kept_and_what_is_allowed_change_the_rule():
    few = shape(positions=(14, 14))
    assert conv_method(few).name == "im2col"
    assert conv_method(few, kept=True).name == "winograd2"
    assert conv_method(shape(), fast_math=True).name == "winograd4"


@given(st.integers(1, 40), st.integers(1, 40))
def test_merged_groups_divide_the_groups(groups, channels):
    count = merged_groups(groups, channels)
    assert groups % count == 0
    assert count == 1 or count * channels <= 32
