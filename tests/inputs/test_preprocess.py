"""From stored values to what the network takes."""

from fractions import Fraction

import numpy as np
import pytest

from dataflow_cli.inputs.preprocess import batches, prepare
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.spec.model import InputSpec


def samples(array):
    return Samples(np.asarray(array), (("x.npy", len(array)),), frozenset(["npy"]))


BYTES = np.arange(256, dtype=np.uint8).reshape(1, 256)


def test_dividing_by_255_is_rounded_once():
    spec = InputSpec("input", (256,), scale=Fraction(1, 255))
    exact = [Fraction(value, 255) for value in range(256)]
    for dtype in ("float32", "float64"):
        found = prepare(samples(BYTES), spec, dtype=dtype)
        assert found.dtype == dtype
        for value, expected in zip(found[0], exact, strict=True):
            error = abs(Fraction(float(value)) - expected)
            for neighbour in (np.nextafter(value, value.dtype.type(-1)), np.nextafter(value, value.dtype.type(2))):
                assert error <= abs(Fraction(float(neighbour)) - expected)
    assert (prepare(samples(BYTES), spec) == BYTES.astype(np.float32) / np.float32(255)).all()


def test_the_order_of_the_steps():
    spec = InputSpec("input", (3,), invert=True, scale=Fraction(1, 255), mean=(0.5,), std=(0.25,))
    found = prepare(samples(np.array([[0, 51, 255]], np.uint8)), spec)
    np.testing.assert_allclose(found, [[2, (204 / 255 - 0.5) / 0.25, -2]], rtol=1e-6)


def test_mean_and_std_by_channel():
    last = InputSpec("input", (2, 2, 3), mean=(1.0, 2.0, 3.0), std=(1.0, 10.0, 100.0))
    array = np.random.default_rng(0).random((4, 2, 2, 3))
    expected = (array - [1, 2, 3]) / [1, 10, 100]
    np.testing.assert_allclose(prepare(samples(array), last, dtype="float64"), expected)
    first = InputSpec("input", (3, 2, 2), mean=last.mean, std=last.std, data_format="channels_first")
    found = prepare(samples(array.transpose(0, 3, 1, 2)), first, dtype="float64")
    np.testing.assert_allclose(found, expected.transpose(0, 3, 1, 2))
    assert found.flags.c_contiguous


def test_a_scale_that_is_no_fraction():
    found = prepare(samples([[10.0, 20.0]]), InputSpec("input", (2,), scale=0.1), dtype="float64")
    assert found.tolist() == [[1, 2]]


def test_without_fields_only_the_type_changes():
    for dtype in (np.uint8, np.int64, np.bool_, np.float16, np.float64):
        found = prepare(samples(np.array([[0, 1]], dtype)), InputSpec("input", (2,)))
        assert (found.dtype, found.tolist()) == (np.float32, [[0, 1]])


def test_minibatches():
    array = np.arange(10).reshape(5, 2)
    found = list(batches(samples(array), InputSpec("input", (2,)), size=2))
    assert [len(batch) for batch in found] == [2, 2, 1]
    assert (np.concatenate(found) == array).all()


def test_samples_stay_as_they_are():
    array = np.ones((2, 2))
    result = prepare(samples(array), InputSpec("input", (2,), invert=True), dtype="float64")
    result += 1
    assert (array == 1).all()
    plain = prepare(samples(array), InputSpec("input", (2,)), dtype="float64")
    plain += 1
    assert (array == 1).all()


class TestIntegers:
    SPEC = InputSpec("words", (2,), dtype="int32")

    def test_whole_numbers_of_any_type(self):
        for dtype in (np.uint8, np.int64, np.float64):
            found = prepare(samples(np.array([[3, 7]], dtype)), self.SPEC, dtype="float64")
            assert (found.dtype, found.tolist()) == (np.int32, [[3, 7]])

    @pytest.mark.parametrize(
        ("values", "shown"),
        [([0.5, 1], "0.5"), ([np.nan, 1], "nan"), ([1, np.inf], "inf"), ([2**31, 1], "2.14748e+09")],
    )
    def test_what_is_none(self, failure, values, shown):
        assert failure(prepare, samples([values]), self.SPEC) == (
            "E302",
            f"input 'words' takes int32, found {shown} in x.npy",
            "give whole numbers, such as the indices of words",
        )


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_beyond_the_type_pass_quietly(value):
    """The trace counts NaN and infinities; preparing prints nothing."""
    assert not np.isfinite(prepare(samples([[value]]), InputSpec("input", (1,), scale=2.0))).any()
