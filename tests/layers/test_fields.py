"""How fields read values: text as a YAML file has it, or Python's own numbers."""

# ruff: noqa: E501 - a table reads better with one value a line

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import FieldError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.windows import PaddingField
from dataflow_cli.layers.fields import Boolean, Choice, Integer, List, Number, Optional, option, options_of
from dataflow_cli.layers.scalars import shown
from dataflow_cli.layers.shape.split import Sections
from dataflow_cli.layers.spatial_fields import PerAxis, PerSide
from dataflow_cli.netfile.json_schema import network_schema
from tests.layers.examples import EXAMPLES, arrays


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Integer(), "3", 3),
        (Integer(), "-3", -3),
        (Integer(), "+3", 3),
        (Integer(), "010", 10),
        (Integer(), "1_000", 1000),
        (Integer(0), 0, 0),
        (Number(), "1e-3", 0.001),
        (Number(), "1E3", 1000.0),
        (Number(), ".5", 0.5),
        (Number(), "5.", 5.0),
        (Number(), "-0.25", -0.25),
        (Number(), 3, 3.0),
        (Number(0, below=1), "0", 0.0),
        (Number(0, maximum=1), "1", 1.0),
        (Boolean(), "true", True),
        (Boolean(), "False", False),
        (Boolean(), True, True),
        (Choice(("no", "yes")), "no", "no"),
        (Choice(("010", "x")), "010", "010"),
        (Optional(Integer()), None, None),
        (Optional(Integer()), "null", None),
        (Optional(Integer()), "~", None),
        (Optional(Integer()), "7", 7),
        (List(Integer()), ["1", 2], (1, 2)),
        (List(Integer()), [], ()),
        (List(Integer(), single=True), "4", (4,)),
        (List(Integer(), length=2), ("1", "2"), (1, 2)),
        (PerAxis(2), "3", (3, 3)),
        (PerAxis(2), ["3", "5"], (3, 5)),
        (PerAxis(1), ["3"], (3,)),
        (PerAxis(3, minimum=0), 0, (0, 0, 0)),
        (PerSide(2), "1", ((1, 1), (1, 1))),
        (PerSide(2), ["1", "2"], ((1, 1), (2, 2))),
        (PerSide(2), [["1", "2"], "3"], ((1, 2), (3, 3))),
        (PerSide(1), ["1", "2"], ((1, 2),)),
        (PerSide(1), [["1", "2"]], ((1, 2),)),
        (PerSide(1), ["2"], ((2, 2),)),
        (PaddingField(2), "SAME", "same"),
        (PaddingField(1, causal=True), "causal", "causal"),
        (PaddingField(2), ["1", ["0", "2"]], ((1, 1), (0, 2))),
    ],
)
def test_read(kind, value, expected):
    found = kind.read(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Integer(), "3.5", "expected an integer, found 3.5"),
        (Integer(), 3.5, "expected an integer, found 3.5"),
        (Integer(), "0x10", "expected an integer, found '0x10'"),
        (Integer(), True, "expected an integer, found True"),
        (Integer(), None, "expected an integer, found nothing"),
        (Integer(), [], "expected an integer, found []"),
        (Integer(), {}, "expected an integer, found a mapping"),
        (Integer(), "1" * 30, "expected an integer, found " + "1" * 30),
        (Integer(1), "0", "expected an integer >= 1, found 0"),
        (Integer(), 2**63, "expected an integer, found 9223372036854775808"),
        (Number(), "nan", "expected a number, found 'nan'"),
        (Number(), "inf", "expected a number, found 'inf'"),
        (Number(), float("inf"), "expected a number, found inf"),
        (Number(), "1e999", "expected a number, found 1e999"),
        (Number(), "1/2", "expected a number, found '1/2'"),
        (Number(), False, "expected a number, found False"),
        (Number(0, below=1), "1", "expected a number >= 0 and < 1, found 1"),
        (Number(0, maximum=1), "1.01", "expected a number >= 0 and <= 1, found 1.01"),
        (Number(0), "-1e-9", "expected a number >= 0, found -1e-9"),
        (Boolean(), "no", "expected true or false, found 'no'"),
        (Boolean(), 1, "expected true or false, found 1"),
        (Choice(("valid", "same")), "Same", "expected valid or same, found 'Same'"),
        (Choice(("a", "b", "c")), None, "expected a, b or c, found nothing"),
        (Choice(("a",)), "b", "expected a, found 'b'"),
        (List(Integer()), "3", "expected a list, each an integer, found 3"),
        (List(Integer(), length=2), ["1"], "expected a list of 2 values, each an integer, found [1]"),
        (List(Integer(1)), ["1", "0"], "expected an integer >= 1, found 0"),
        (PerAxis(2), "0", "expected an integer >= 1, or a list of 2, found 0"),
        (PerAxis(1), "x", "expected an integer >= 1, found 'x'"),
        (PerAxis(2), ["1", "2", "3"], "expected an integer >= 1, or a list of 2, found [1, 2, 3]"),
        (PerAxis(2), ["1", "-2"], "expected an integer >= 1, found -2"),
        (PerSide(2), "-1", "expected an integer >= 0, or 2 of them, or 2 pairs [before, after], found -1"),
        (PerSide(1), ["1", "2", "3"], "expected an integer >= 0, or [before, after], found [1, 2, 3]"),
        (PerSide(2), ["1", ["1", "x"]], "expected two integers (before, after), found [1, x]"),
        (PerSide(2), ["1", ["1", "-2"]], "expected an integer >= 0, found -2"),
        (PaddingField(1, causal=True), "full", "expected valid, same, causal, or an integer >= 0, or [before, after], found 'full'"),
        (Sections(), 65, "expected an integer from 1 to 64, or a list of integers >= 1, found 65"),
        (PaddingField(2), "causal", "expected valid, same, or an integer >= 0, or 2 of them, or 2 pairs [before, after], found 'causal'"),
    ],
)  # fmt: skip
def test_refuse(kind, value, message):
    with pytest.raises(FieldError) as caught:
        kind.read(value)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("kind", "value", "path"),
    [
        (List(Integer(1)), ["1", "2", "x"], (2,)),
        (List(List(Integer())), [["1"], ["1", "x"]], (1, 1)),
        (PerAxis(2), ["3", "0"], (1,)),
        (PerSide(2), ["1", ["1"]], (1,)),
        (PaddingField(2), ["x", "1"], (0,)),
        (Integer(), "x", ()),
    ],
)
def test_an_error_leads_to_the_part_at_fault(kind, value, path):
    with pytest.raises(FieldError) as caught:
        kind.read(value)
    assert caught.value.path == path


def test_a_slip_is_recognized():
    with pytest.raises(FieldError) as caught:
        Choice(("valid", "same")).read("sane")
    assert caught.value.hint == "did you mean 'same'?"


def test_long_values_are_shown_short():
    assert shown("x" * 50) == "'" + "x" * 37 + "...'"
    assert shown(list(range(9))) == "[0, 1, 2, 3, 4, 5, ...]"
    assert shown(["a", None]) == "[a, nothing]"


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integers_survive_as_text(number):
    assert Integer().read(str(number)) == Integer().read(number) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_as_text(number):
    assert Number().read(repr(number)) == Number().read(number) == number


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(max_size=3))))
def test_whatever_is_written_is_read_or_refused(value):
    """No value makes a field fail in another way."""
    kinds = [Integer(), Number(), Boolean(), Choice(("a",)), List(Integer()), PerAxis(2), PerSide(1), PaddingField(2)]
    for kind in [*kinds, *(Optional(kind) for kind in kinds)]:
        with suppress(FieldError):
            kind.read(value)


TEXTS = st.sampled_from(
    [
        *("010", "1.0", "32.", "-1", "+3", "-0", "-0.0", "1_000", "1__0", "0x10", "0", "00", "1e3", ".5", "5.", "1.5"),
        *("1e-3", "2e-1", "0.999", "1.0001", "1e400", "1e999999", "nan", "inf", ".inf", "-.5", "-1e-3", "0e9", "1,5"),
        *(str(2**63 - 1), str(2**63), str(-(2**63)), "9" * 18, "9" * 19, "9" * 40, "9" * 500, "1_" * 20 + "1"),
        *("true", "False", "TRUE", "yes", "no", "null", "none", "~", "Null", "", " ", " 1", "1 ", "1\n", "\n"),
        *("same", "VALID", "causal", "relu", "ReLU", "prelu", "channels_first", "nearest", "bilinear", "$n", "1/255"),
    ]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-3, 10**17).map(float)
DEFINITIONS = network_schema()["definitions"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.integers() | FLOATS | TEXTS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
TYPES = sorted({option.kind for kind in KINDS for option in KINDS[kind].options().values()}, key=repr)


def as_written(value):
    """A value as it stands in a file: text for all but nothing and lists."""
    if isinstance(value, list):
        return [as_written(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


def taken(kind, value):
    try:
        kind.read(as_written(value))
    except FieldError:
        return False
    return True


@cache
def checks():
    """What the schemas of all types of fields say."""
    return [(kind, jsonschema.Draft7Validator(kind.schema() | {"definitions": DEFINITIONS})) for kind in TYPES]


@settings(max_examples=40)
@given(VALUES)
def test_the_schema_of_a_field_takes_what_the_field_takes(value):
    """Both ways, whatever the value is and however it is written."""
    differ = [kind for kind, check in checks() if check.is_valid(value) != taken(kind, value)]
    assert [f"{type(kind).__name__} {kind.describe()}" for kind in differ] == []


def test_options_know_what_is_required():
    @dataclass(frozen=True)
    class Thing:
        size: int = option(Integer(1), "how large")
        rate: float = option(Number(), "how fast", "1e-3")
        inner: int = 3

    size, rate = options_of(Thing).values()
    assert (size.name, size.required, size.doc) == ("size", True, "how large")
    assert (rate.name, rate.required, rate.default) == ("rate", False, "1e-3")
    assert Thing(size=2).rate == 0.001


# Recurrent layers

RECURRENT = [kind for kind in KINDS if KINDS[kind].is_recurrent]
USED_IN_TRAINING = {"dropout": 0.5, "recurrent_dropout": 0.25, "unroll": True, "implementation": 1}


@pytest.mark.parametrize("kind", RECURRENT)
def test_what_changes_nothing_in_a_run_is_taken_and_what_would_is_refused_with_the_reason(kind):
    (example, *_) = [one for one in EXAMPLES if one.kind == kind]
    inputs, parameters = arrays(example, 2)
    found = example.layer(**USED_IN_TRAINING)(inputs, parameters)
    np.testing.assert_array_equal(found, example.layer()(inputs, parameters))
    for field in ("stateful", "return_state", "time_major"):
        assert example.layer(**{field: False}) == example.layer()
        with pytest.raises(FieldError) as caught:
            example.layer(**{field: True})
        assert caught.value.hint.startswith("leave it out")
