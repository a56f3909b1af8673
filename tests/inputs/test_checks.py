"""What looks wrong is warned of; the ordinary right use is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import Problem
from dataflow_cli.inputs.checks import Facts, check_samples, facts_of
from dataflow_cli.inputs.dataset import load_samples
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.netfile.model import InputSpec, Ratio

CONFIGS = Path(__file__).parents[2] / "configs" / "digits"
SCALED = InputSpec("input", (28, 28, 1), scale=Ratio(1, 255))
RAW = InputSpec("input", (28, 28, 1))


def samples(array, form="npy"):
    array = np.asarray(array)
    return Samples(array, (("x.npy", len(array)),), frozenset([form]))


def warnings(array, spec, form="npy", **options):
    found = check_samples(samples(array, form), spec, **options)
    assert all(problem.severity == "warning" and problem.hint for problem in found)
    return [f"{problem.code} {problem.message}" for problem in found]


def codes(array, spec, form="npy", **options):
    return [warning[:4] for warning in warnings(array, spec, form, **options)]


def drawing(ink, paper, count=1):
    """A vertical stroke, as of a one."""
    array = np.full((count, 28, 28, 1), paper, np.asarray(ink).dtype)
    array[:, 6:22, 13:15] = ink
    return array


DIGIT = drawing(np.uint8(255), 0)
NOISE = np.random.default_rng(0)
UNITS = st.sampled_from([1, 2, 255])
PHOTO = np.random.default_rng(1).integers(0, 256, (1, 16, 16, 3), np.uint8)


class TestTheRightUseIsQuiet:
    @pytest.mark.parametrize("digit", range(10))
    def test_the_digits(self, digit):
        assert check_samples(load_samples([str(CONFIGS / f"{digit}.png")], SCALED), SCALED) == []

    def test_photos(self):
        photo = NOISE.integers(0, 256, (4, 64, 64, 3), np.uint8)
        spec = InputSpec("input", (64, 64, 3), scale=Ratio(1, 255), mean=(0.5,), std=(0.2,))
        assert codes(photo, spec, "picture") == []
        assert codes(photo[..., :1], replace(spec, shape=(64, 64, 1)), "picture") == []

    @pytest.mark.parametrize("dtype", [np.int64, np.float32, np.bool_, np.uint8])
    def test_zeros_and_ones(self, dtype):
        assert codes(np.array([[1, 0], [0, 1]], dtype), InputSpec("input", (2,))) == []
        assert codes(np.array(DIGIT > 0, dtype), RAW) == []

    def test_tables(self):
        table = np.array([[63, 145.5, -1], [22, 180, 3]])
        assert codes(table, InputSpec("input", (3,)), "text") == []
        assert codes(table.astype(np.int64), InputSpec("input", (3,))) == []
        assert codes(table, InputSpec("input", (3,), scale=0.01), "text") == []

    def test_small_matrices_of_a_textbook(self):
        edge = np.repeat([[10, 10, 10, 0, 0, 0]], 6, axis=0).reshape(1, 6, 6, 1)
        assert codes(edge, InputSpec("input", (6, 6, 1)), "value") == []

    def test_words(self):
        assert codes(np.array([[5, 7000, 255]]), InputSpec("input", (3,), dtype="int32")) == []

    def test_a_network_that_rescales_by_itself(self):
        assert codes(DIGIT, RAW, "picture", rescales=True) == []

    def test_a_black_picture(self):
        assert codes(np.zeros((1, 28, 28, 1), np.uint8), SCALED, "picture") == []
        assert codes(np.zeros((1, 28, 28, 1)), SCALED) == []

    def test_prepared_values(self):
        assert codes(DIGIT / np.float32(255), RAW) == []


class TestW300:
    def test_a_picture_without_scale(self):
        assert warnings(DIGIT, RAW, "picture") == ["W300 input 'input' gets raw values from 0 to 255"]

    @pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
    def test_an_array_of_bytes_without_scale(self, dtype):
        assert codes(DIGIT.astype(dtype), RAW) == ["W300"]

    def test_bytes_of_a_vector(self):
        assert codes(DIGIT.reshape(1, 784), InputSpec("input", (784,))) == ["W300"]

    def test_a_scale_of_one_says_that_it_is_meant(self):
        assert codes(DIGIT, replace(RAW, scale=Ratio(1, 1)), "picture") == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
            {"mean": (0.5,)},
            {"std": (0.25,)},
            {"mean": (123.7,), "std": (0.229,)},
            {"scale": Ratio(255, 1)},
            {"scale": Ratio(1, 255), "std": (1 / 255,)},
            {"invert": True, "mean": (0.1307,), "std": (0.3081,)},
        ],
    )
    def test_fields_that_leave_them_raw(self, fields):
        """A mean or a standard deviation is no scale."""
        assert codes(PHOTO, InputSpec("input", (16, 16, 3), **fields), "picture") == ["W300"]

    @given(
        center=st.floats(0.2, 0.8), spread=st.floats(0.1, 1), invert=st.booleans(), unit=st.sampled_from([1, 2, 255])
    )
    def test_what_brings_them_to_a_small_range_or_is_meant(self, center, spread, invert, unit):
        """Values 0..1, -1..1 or 0..255, with mean and std of these."""
        scaled = {1: {"scale": Ratio(1, 255)}, 2: {"scale": Ratio(2, 255)}, 255: {}}[unit]
        fields = scaled | {"mean": (unit * center,) * 3, "std": (unit * spread,), "invert": invert}
        assert codes(PHOTO, InputSpec("input", (16, 16, 3), **fields), "picture") == []
        caffe = InputSpec("input", (16, 16, 3), mean=(103.9, 116.8, 123.7))
        assert codes(PHOTO, caffe, "picture") == []

    @pytest.mark.parametrize("form", ["npy", "text"])
    @pytest.mark.parametrize("seed", range(4))
    def test_a_table_is_told_what_the_same_array_is(self, seed, form):
        """The same numbers are as raw in a csv, which has no types, as in an array of bytes."""
        array = np.random.default_rng(seed).integers(0, 256, (2, 784), np.uint8)
        for spec in (InputSpec("input", (784,)), RAW, SCALED, replace(RAW, dtype="int32")):
            bytes_ = array.reshape(2, *spec.shape)
            assert codes(bytes_.astype(np.float64), spec, form) == codes(bytes_, spec)
            assert codes(bytes_ * 200.0, spec, "text") == codes(bytes_.astype(np.int64) * 200, spec)

    def test_a_table_of_a_few_whole_numbers_is_none(self):
        patients = np.array([[63, 1, 3, 145, 233, 1, 0, 150, 0, 2, 0, 0, 1]] * 3, np.float64)
        assert codes(patients, InputSpec("input", (13,)), "text") == []


class TestW305:
    @pytest.mark.parametrize(
        ("low", "high", "fields"),
        [
            (0, 1, {"scale": Ratio(1, 255)}),
            (-1, 1, {"scale": Ratio(1, 255), "mean": (0.5,), "std": (0.5,)}),
            (-2.1, 2.6, {"scale": Ratio(1, 255), "mean": (0.485,), "std": (0.229,)}),
            (-2.1, 2.6, {"mean": (123.7,), "std": (58.4,)}),
            (0, 1 / 255, {}),
        ],
        ids=["scaled", "centered", "normalized", "normalized again", "divided twice"],
    )
    @pytest.mark.parametrize("form", ["npy", "picture", "text"])
    def test_scaled_before(self, low, high, fields, form):
        photo = low + (high - low) * PHOTO / np.float32(255)
        assert codes(photo, InputSpec("input", (16, 16, 3), **fields), form) == ["W305"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"mean": (127.5,), "std": (127.5,)},
            {"mean": (123.7, 116.8, 103.9)},
            {"std": (58.4,)},
            {"mean": (0.485, 0.456, 116.8), "std": (0.2,)},
        ],
    )
    def test_other_units_behind_a_scale(self, fields):
        spec = InputSpec("input", (16, 16, 3), scale=Ratio(1, 255), **fields)
        assert codes(PHOTO, spec, "picture") == ["W305"]
        twice = InputSpec("input", (16, 16, 3), scale=Ratio(1, 255 * 255))
        assert codes(PHOTO, twice, "picture") == ["W305"]

    def test_values_that_are_already_small(self):
        assert warnings(DIGIT / 255.0, SCALED) == [
            "W305 input 'input' gets values from 0 to 1, and `scale: 1/255` takes 0..255"
        ]

    def test_inverting_small_values(self):
        spec = replace(RAW, invert=True)
        assert warnings(DIGIT / 255.0, spec)[0] == (
            "W305 input 'input' gets values from 0 to 1, and `invert`, which is 255 - x takes 0..255"
        )


class TestW301:
    def test_dark_on_bright(self):
        assert warnings(drawing(np.uint8(0), 255), SCALED, "picture") == [
            "W301 x.npy looks like dark on a bright background"
        ]
        assert codes(drawing(np.float32(0), 1), RAW) == ["W301"]

    def test_most_of_several(self):
        assert warnings(drawing(np.uint8(20), 240, 3), SCALED) == [
            "W301 x.npy[0] looks like dark on a bright background, 3 samples do"
        ]
        mixed = np.concatenate([drawing(np.uint8(0), 255), drawing(np.uint8(255), 0, 2)])
        assert codes(mixed, SCALED) == []

    def test_inverting_turns_it(self):
        inverting = replace(SCALED, invert=True)
        assert codes(drawing(np.uint8(0), 255), inverting) == []
        (problem,) = check_samples(samples(DIGIT, "picture"), inverting)
        advice = "write `invert: false` under input"
        assert problem.hint == f"if the network learned bright on dark, {advice}; if not, write `background: light`"
        assert problem.message == "x.npy looks like bright on a dark background, and `invert` turns it"

    @pytest.mark.parametrize("background", ["dark", "light"])
    @pytest.mark.parametrize("invert", [False, True])
    @pytest.mark.parametrize("ink", [0, 255])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_what_the_network_learned_on_decides(self, background, invert, ink, channels):
        spec = replace(SCALED, background=background, invert=invert, shape=(28, 28, channels))
        pictures = samples(drawing(np.uint8(ink), 255 - ink).repeat(channels, axis=3), "picture")
        found = check_samples(pictures, spec)
        fits = (ink == 255) == (background == "dark")
        assert [problem.code for problem in found] == (["W301"] if fits == invert else [])
        for problem in found:
            learned = "bright on dark" if background == "dark" else "dark on bright"
            assert problem.message.endswith(f"; the network learned {learned}")
            mended = replace(spec, invert=not invert)
            assert ("--input-invert" in problem.hint) == (not invert)
            assert check_samples(pictures, mended) == []

    def test_an_option_that_turns_pictures_wrongly_is_to_be_left_out(self):
        spec = replace(SCALED, background="dark", invert=True, asked=frozenset({"invert"}))
        (problem,) = check_samples(samples(DIGIT, "picture"), spec)
        assert problem.hint == "leave out --input-invert"
        assert "and --input-invert turns it" in problem.message

    def test_some_of_many_are_looked_at(self):
        assert warnings(drawing(np.uint8(0), 255, 600), SCALED) == [
            "W301 x.npy[0] looks like dark on a bright background, 200 of 200 samples that were looked at do"
        ]

    def test_blank_paper_is_no_drawing(self):
        assert codes(np.full((1, 28, 28, 1), 255, np.uint8), SCALED, "picture") == []

    def test_photos_with_a_bright_but_uneven_border(self):
        photo = NOISE.integers(100, 256, (1, 28, 28, 1), np.uint8)
        photo[0, 14, 14] = 0
        assert codes(photo, SCALED, "picture") == []

    def test_large_pictures_and_color_are_left_alone(self):
        large = np.full((1, 100, 100, 1), 255, np.uint8)
        large[0, 50] = 0
        assert codes(large, replace(SCALED, shape=(100, 100, 1)), "picture") == []
        assert codes(np.repeat(drawing(np.uint8(0), 255), 3, axis=3), replace(SCALED, shape=(28, 28, 3))) == []

    def test_channels_first(self):
        spec = replace(SCALED, shape=(1, 28, 28), data_format="channels_first")
        assert codes(drawing(np.uint8(0), 255).transpose(0, 3, 1, 2), spec) == ["W301"]


class TestW302:
    def test_counts_and_the_first_place(self):
        array = np.zeros((3, 4, 2))
        array[1, 2, 0] = np.nan
        array[1, 3, 1] = -np.inf
        array[2, 0, 0] = np.inf
        assert warnings(array, InputSpec("input", (4, 2))) == [
            "W302 input 'input' has 1 NaN and 2 infinite of 24 values, the first in x.npy[1] at (2, 0)"
        ]

    def test_nothing_else(self):
        assert codes(np.full((1, 28, 28, 1), np.nan), SCALED) == ["W302"]


class TestW303:
    @pytest.mark.parametrize(("low", "high"), [(-128, 127), (0, 65535)])
    def test_integers_that_are_no_bytes(self, low, high):
        array = DIGIT.astype(np.int64)
        array[0, 14, :2, 0] = low, high
        array = np.clip(array, low, high)
        assert warnings(array, SCALED) == [
            f"W303 input 'input' gets integers from {low} to {high}, a picture has 0..255"
        ]

    @pytest.mark.parametrize(("low", "high"), [(0, 70000), (0, 1000.5), (-300, 255)])
    def test_pictures_of_other_bits(self, low, high):
        """32-bit integers and floating point are stored as they are."""
        photo = np.clip(PHOTO.astype(np.float32) * 300 - 300, low, high)
        assert "W303" in codes(photo, InputSpec("input", (16, 16, 3), scale=Ratio(1, 255)), "picture")


def test_warnings_of_reading_come_first():
    problem = Problem("W304", "x", "y", severity="warning")
    found = check_samples(replace(samples(DIGIT, "picture"), problems=(problem,)), RAW)
    assert [one.code for one in found] == ["W304", "W300"]


def test_facts_over_many_chunks():
    array = NOISE.random((3000, 3))
    array[2500, 1] = np.inf
    array[2700, 1] = np.nan
    facts = facts_of(array)
    finite = array[np.isfinite(array)]
    assert facts == Facts(finite.min(), finite.max(), integral=False, nans=1, infinities=1, first=(2500, 1))
