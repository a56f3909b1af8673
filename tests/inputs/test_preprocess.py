"""From stored values to what the network takes."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import InputError
from dataflow_cli.inputs.preprocess import batches, prepare
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.netfile.model import InputSpec


def samples(array):
    return Samples(np.asarray(array), (("x.npy", len(array)),), frozenset(["npy"]))


EDGES = [limit + more for limit in (0, 2**8, 2**31, -(2**31), 2**63, -(2**63)) for more in (-1, 0, 1)]
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
    SPEC = InputSpec("words", (2,), dtype="int32", indices=True)

    def test_what_is_no_index_is_computed_with(self):
        spec = InputSpec("picture", (2,), dtype="uint8")
        found = prepare(samples(np.array([[3, 255]], np.uint8)), spec, dtype="float64")
        assert (found.dtype, found.tolist()) == (np.float64, [[3, 255]])

    def test_indices_that_the_type_would_round_are_refused(self, failure):
        """2**24 + 1 is no float32: the row of the table would be another one."""
        spec = InputSpec("words", (1,), indices=True)
        assert prepare(samples([[2**24]]), spec).item() == 2**24
        code, message, hint = failure(prepare, samples([[2**24 + 1]]), spec)
        assert (code, message) == ("E302", "x.npy: input 'words' takes float32, found 16777217 at (0,)")
        assert "write `dtype: int32`" in hint
        assert prepare(samples([[2**24 + 1]]), replace(spec, dtype="int32")).item() == 2**24 + 1

    def test_long_ones_that_computing_would_round_are_refused(self, failure):
        """Two that differ would be equal; float64 has digits enough."""
        spec, given = InputSpec("numbers", (1,), dtype="int64"), samples([[2**24 + 1]])
        code, message, hint = failure(prepare, given, spec)
        assert (code, message) == ("E302", "x.npy: input 'numbers' takes float32, found 16777217 at (0,)")
        assert "--dtype float64" in hint
        assert prepare(given, spec, dtype="float64").item() == 2**24 + 1

    def test_whole_numbers_of_any_type(self):
        for dtype in (np.uint8, np.int64, np.float64):
            found = prepare(samples(np.array([[3, 7]], dtype)), self.SPEC, dtype="float64")
            assert (found.dtype, found.tolist()) == (np.int32, [[3, 7]])

    @pytest.mark.parametrize(
        ("values", "shown"), [([0.5, 1], "0.5 at (0,)"), ([np.nan, 1], "nan at (0,)"), ([1, np.inf], "inf at (1,)")]
    )
    def test_what_is_none(self, failure, values, shown):
        assert failure(prepare, samples([values]), self.SPEC) == (
            "E302",
            f"x.npy: input 'words' takes int32, found {shown}",
            "give whole numbers, such as the indices of words",
        )

    @given(
        st.sampled_from(["uint8", "int32", "int64"]),
        st.sampled_from(["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", ">i4", ">f4"]),
        st.binary(min_size=8, max_size=8) | st.sampled_from(EDGES),
    )
    def test_every_number_is_taken_as_it_is_or_refused(self, target, source, number):
        """Whatever type it comes in: 2147483648 is a float32, and its neighbour below is not."""
        kind = np.dtype(source)
        if isinstance(number, bytes):
            value = np.frombuffer(number[: kind.itemsize], kind)[0]
        else:
            with np.errstate(over="ignore"):
                value = np.array(number if kind.kind == "f" else number % 2**64).astype(kind)
        exact = Fraction(value.item()) if np.isfinite(value) else None
        spec = replace(self.SPEC, dtype=target, shape=(1,))
        given_samples = samples(np.array([[value]], kind))
        if exact is not None and exact.denominator == 1 and np.iinfo(target).min <= exact <= np.iinfo(target).max:
            found = prepare(given_samples, spec)
            assert (found.dtype, Fraction(found.item())) == (target, exact)
        else:
            with pytest.raises(InputError, match="takes") as caught:
                prepare(given_samples, spec)
            assert caught.value.code == "E302"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_beyond_the_type_pass_quietly(value):
    """The trace counts NaN and infinities; preparing prints nothing."""
    assert not np.isfinite(prepare(samples([[value]]), InputSpec("input", (1,), scale=2.0))).any()
