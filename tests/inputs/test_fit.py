"""Which shapes fit an input, and what is said of those that do not."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.fit import fitted
from dataflow_cli.netfile.model import InputSpec

RESIZING = "write `resize: bilinear` under input in the network file, or run it with --input-resize bilinear"
OTHER_SIZE = f"another height and width: {RESIZING}"
GRAY, COLOR = (28, 28, 1), (32, 32, 3)


def spec(shape, **fields):
    return InputSpec("input", shape, **fields)


@pytest.mark.parametrize(
    ("found", "sample", "expected"),
    [
        ((28, 28, 1), GRAY, (1, 28, 28, 1)),
        ((5, 28, 28, 1), GRAY, (5, 28, 28, 1)),
        ((28, 28), GRAY, (1, 28, 28, 1)),
        ((5, 28, 28), GRAY, (5, 28, 28, 1)),
        ((28, 28, 28), GRAY, (28, 28, 28, 1)),
        ((2,), (2,), (1, 2)),
        ((5, 2), (2,), (5, 2)),
        ((2, 2), (2,), (2, 2)),
        ((2, 1), (2,), (1, 2)),
        ((5, 2, 1), (2,), (5, 2)),
        ((7,), (7, 1), (1, 7, 1)),
        ((5, 7), (7, 1), (5, 7, 1)),
        ((5,), (1,), (5, 1)),
        ((1,), (1,), (1, 1)),
        ((28, 28), (28, 28), (1, 28, 28)),
        ((5, 28, 28, 1), (28, 28), (5, 28, 28)),
        ((), (), (1,)),
    ],
)
def test_shapes_that_fit(found, sample, expected):
    assert fitted(found, spec(sample)) == expected


def test_channels_first():
    first = spec((1, 28, 28), data_format="channels_first")
    assert fitted((28, 28), first) == (1, 1, 28, 28)
    assert fitted((5, 28, 28), first) == (5, 1, 28, 28)
    assert fitted((5, 1, 28, 28), first) == (5, 1, 28, 28)


def test_rows_of_numbers():
    assert fitted((5, 784), spec(GRAY), flat=True) == (5, 28, 28, 1)
    assert fitted((1, 784), spec(GRAY), flat=True) == (1, 28, 28, 1)
    assert fitted((784,), spec(GRAY), flat=True) == (1, 28, 28, 1)
    assert fitted((784, 1), spec(GRAY), flat=True) == (1, 28, 28, 1)
    with pytest.raises(FileProblem):
        fitted((5, 784), spec(GRAY))


def test_sizes_that_are_going_to_be_resized():
    resized = spec(COLOR, resize="bilinear")
    assert fitted((64, 48, 3), resized) == (1, 64, 48, 3)
    assert fitted((5, 64, 48, 3), resized) == (5, 64, 48, 3)
    gray = spec(GRAY, resize="bilinear")
    for found, expected in [
        ((64, 48), (1, 64, 48, 1)),
        ((5, 64, 48), (5, 64, 48, 1)),
        ((64, 48, 1), (1, 64, 48, 1)),
    ]:
        assert fitted(found, gray) == expected
    first = spec((3, 32, 32), resize="bilinear", data_format="channels_first")
    assert fitted((5, 3, 64, 48), first) == (5, 3, 64, 48)
    with pytest.raises(FileProblem):
        fitted((5, 64, 48, 3), first)


@pytest.mark.parametrize(
    ("found", "fields", "hint"),
    [
        (
            (5, 1, 28, 28),
            {"shape": GRAY},
            "the array has its channels first: transpose it with x.transpose(0, 2, 3, 1)",
        ),
        ((3, 32, 32), {"shape": COLOR}, "the array has its channels first: transpose it with x.transpose(1, 2, 0)"),
        (
            (5, 32, 32, 3),
            {"shape": (3, 32, 32), "data_format": "channels_first"},
            "the array has its channels last: transpose it with x.transpose(0, 3, 1, 2)",
        ),
        ((5, 784), {"shape": GRAY}, "the number of values fits: reshape it with x.reshape(-1, 28, 28, 1)"),
        ((5, 28, 28), {"shape": (784,)}, "the number of values fits: reshape it with x.reshape(-1, 784)"),
        (
            (5, 32, 32),
            {"shape": GRAY},
            OTHER_SIZE,
        ),
        (
            (5, 64, 48, 3),
            {"shape": COLOR},
            OTHER_SIZE,
        ),
        ((5, 28, 28, 3), {"shape": GRAY}, "3 channels, the network takes 1: convert the data"),
        ((5, 3), {"shape": (2,)}, "check that this is the data for this network"),
    ],
)
def test_hints(found, fields, hint):
    with pytest.raises(FileProblem) as caught:
        fitted(found, spec(**fields))
    assert (caught.value.code, caught.value.hint) == ("E301", hint)


def test_a_column_of_labels():
    with pytest.raises(FileProblem) as caught:
        fitted((5, 785), spec(GRAY), flat=True)
    assert caught.value.message == ("shape (5, 785) does not fit input 'input': expected (28, 28, 1) or (N, 28, 28, 1)")
    assert caught.value.hint == "one column too many: if the first is the label, cut it off"


SIDE = st.integers(5, 40)
COLORS = st.sampled_from([3, 4])


@given(SIDE, SIDE, COLORS, st.booleans(), st.sampled_from([None, "bilinear", "nearest"]))
def test_channels_are_never_taken_for_samples(height, width, colors, first, resize):
    """A color picture into a gray network, either end first, resized or not, in either data format."""
    shape = (1, height, width) if first else (height, width, 1)
    gray = spec(shape, resize=resize, data_format="channels_first" if first else "channels_last")
    for found, where in (((height, width, colors), "last"), ((colors, height, width), "first")):
        with pytest.raises(FileProblem) as caught:
            fitted(found, gray)
        assert f"{colors} channels" in caught.value.hint
        assert "the network takes 1" in caught.value.hint
        assert where == "last" or first or "channels first" in caught.value.hint
        if resize:  # nothing but the number of channels speaks for samples
            with pytest.raises(FileProblem):
                fitted(tuple(7 * length if length > 4 else length for length in found), gray)
    target = fitted((colors, *shape), gray)  # with the channels axis they are samples
    assert target == (colors, *shape)


@given(st.data(), st.sampled_from([(28, 20, 3), (20, 28, 4), (9, 20, 2)]), st.booleans())
def test_what_is_advised_of_axes_in_another_order_is_right(data, shape, many):
    """The advice, run as it is written, gives back the array that was transposed."""
    array = np.arange((7 if many else 1) * math.prod(shape)).reshape((7, *shape) if many else shape)
    turned = array.transpose(data.draw(st.permutations(range(array.ndim))))
    assume(turned.shape != array.shape)
    with pytest.raises(FileProblem) as caught:
        fitted(turned.shape, spec(shape))
    advised = caught.value.hint.partition("transpose it with ")[2]
    assert np.array_equal(eval(advised, {"x": turned}), array)  # noqa: S307  our own words


@pytest.mark.parametrize(
    ("found", "fields", "hint"),
    [
        (
            (3, 64, 48),
            {"shape": COLOR, "resize": "nearest"},
            "the array has its channels first: transpose it with x.transpose(1, 2, 0)",
        ),
        ((28, 28, 1, 5), {"shape": GRAY}, "the array has its samples last: transpose it with x.transpose(3, 0, 1, 2)"),
        ((2, 5), {"shape": (2,)}, "the array has its samples last: transpose it with x.transpose(1, 0)"),
        (
            (224, 224, 3),
            {"shape": (3, 224, 224)},
            "in the network file the channels stand at the other end: write [224, 224, 3] there",
        ),
        ((5, 28, 28), {"shape": (28, 28, 3)}, "1 channel, the network takes 3: convert the data"),
        ((5, 3, 28, 28), {"shape": GRAY}, "3 channels first, the network takes 1: convert the data"),
        (
            (14, 56),
            {"shape": GRAY},
            OTHER_SIZE,
        ),
        ((28, 28, 3, 1), {"shape": GRAY}, "check that this is the data for this network"),
        (
            (5, 3072),
            {"shape": COLOR},
            (
                "the number of values fits: x.reshape(-1, 32, 32, 3) if the rows have their channels last, "
                "x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) if they have them first"
            ),
        ),
    ],
)
def test_more_hints(found, fields, hint):
    with pytest.raises(FileProblem) as caught:
        fitted(found, spec(**fields))
    assert caught.value.hint == hint


def test_columns_of_text():
    with pytest.raises(FileProblem) as caught:
        fitted((2, 5), spec((2,)), flat=True)
    assert caught.value.hint == "a sample is a row: exchange rows and columns"


def test_no_samples():
    with pytest.raises(FileProblem, match="holds no samples"):
        fitted((0, 28, 28, 1), spec(GRAY))


SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


@given(SHAPES, st.integers(1, 5), st.booleans())
def test_a_sample_and_many_samples_always_fit(sample, count, flat):
    assert fitted((count, *sample), spec(sample), flat=flat) == (count, *sample)
    assert fitted(sample, spec(sample), flat=flat) == (1, *sample)


@given(SHAPES, SHAPES, st.booleans())
def test_what_fits_has_the_same_number_of_values(found, sample, flat):
    try:
        target = fitted(found, spec(sample), flat=flat)
    except FileProblem:
        return
    assert (target[1:], math.prod(target)) == (sample, math.prod(found))


def test_rows_of_a_table_are_no_picture_to_be_resized():
    assert fitted((5, 784), spec(GRAY, resize="bilinear"), flat=True) == (5, 28, 28, 1)
    assert fitted((64, 48), spec(GRAY, resize="bilinear"), flat=True) == (1, 64, 48, 1)
