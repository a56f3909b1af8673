"""Our dataclasses behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli import records

VALUES = st.integers(0, 2) | st.sampled_from(["a", (1,), None])
NAMES = ("first", "second", "third", "fourth", "fifth")


def _classes(make: Any) -> dict[str, type]:
    """The same classes made by one or the other."""

    @make(frozen=True)
    class Point:
        """Two fields, one of them with a default."""

        first: Any
        second: Any = 2
        kind: ClassVar[str] = "point"

    @make(frozen=True)
    class Child(Point):
        """Inherits, adds, and changes a default."""

        second: Any = 3
        third: Any = dataclasses.field(default_factory=list, compare=False)
        fourth: Any = dataclasses.field(default=4, repr=False)

    @make(frozen=True, kw_only=True)
    class Named(Point):
        """Its own field goes by name only."""

        fifth: Any

    @make(frozen=True, eq=False)
    class Identity:
        """Equal to itself alone."""

        first: Any

    @make
    class Open:
        """Can be changed, so it has no hash."""

        first: Any = 1

    @make(frozen=True)
    class Written:
        """Writes one of the methods itself."""

        first: Any = 1

        def __repr__(self) -> str:
            return "mine"

    return {made.__name__: made for made in (Point, Child, Named, Identity, Open, Written)}


@pytest.fixture(scope="module", autouse=True)
def many() -> None:
    """Of these classes many have been made."""
    for made in MANY.values():
        for _ in range(records.MANY + 1):
            made(1, **({"fifth": 1} if made.__name__ == "Named" else {}))


OURS, MANY, THEIRS = _classes(records.dataclass), _classes(records.dataclass), _classes(dataclasses.dataclass)


def _outcome(action: Any) -> Any:
    """What an action gives, or the kind of error that it raises."""
    try:
        return action()
    except (TypeError, dataclasses.FrozenInstanceError) as error:
        return type(error)


ARGUMENTS = (
    st.sampled_from([OURS, MANY]),
    st.sampled_from(sorted(OURS)),
    st.lists(VALUES, max_size=5),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
)


@given(*ARGUMENTS)
def test_the_same_arguments_are_taken_and_refused(
    mine: dict[str, type], name: str, values: list[Any], named: dict[str, Any]
) -> None:
    ours, theirs = _made(mine[name], values, named), _made(THEIRS[name], values, named)
    if theirs is TypeError:
        assert ours is TypeError
        return
    assert vars(ours) == vars(theirs)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert copy.deepcopy(ours).__dict__ == ours.__dict__
    if name == "Open":
        assert type(ours).__hash__ is None
    elif name != "Identity":
        assert hash(ours) == hash(theirs)


@given(*ARGUMENTS, st.lists(VALUES, max_size=5))
def test_equal_where_the_librarys_are_equal(
    mine: dict[str, type], name: str, values: list[Any], named: dict[str, Any], others: list[Any]
) -> None:
    pairs = [(_made(made[name], values, named), _made(made[name], others, named)) for made in (mine, THEIRS)]
    ours, theirs = (one == two for one, two in pairs)
    assert ours == theirs


@pytest.mark.parametrize("made", [OURS["Child"], MANY["Child"], THEIRS["Child"]], ids=["ours", "many", "theirs"])
def test_fields_are_read_and_replaced_by_the_standard_library(made: Any) -> None:
    one = made(1)
    assert [field.name for field in dataclasses.fields(one)] == ["first", "second", "third", "fourth"]
    assert dataclasses.replace(one, second=5) == made(1, 5)
    assert made.__match_args__ == ("first", "second", "third", "fourth")
    assert one.third is not made(1).third


@pytest.mark.parametrize("made", [OURS["Point"], MANY["Point"], THEIRS["Point"]], ids=["ours", "many", "theirs"])
def test_a_frozen_one_cannot_be_changed(made: Any) -> None:
    point = made(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
        point.first = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
        del point.first
    assert point == made(1)


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ((), {}, "missing required arguments: first"),
        ((1, 2, 3), {}, "takes 2 positional arguments but 3 were given"),
        ((1,), {"first": 2}, "multiple values for argument 'first'"),
        ((1,), {"fifth": 2}, "an unexpected keyword argument 'fifth'"),
    ],
)
def test_an_error_names_the_class_and_the_argument(values: Any, named: Any, said: str) -> None:
    with pytest.raises(TypeError, match=rf"Point\(\) .*{said}"):
        _classes(records.dataclass)["Point"](*values, **named)


def test_of_a_class_of_which_many_are_made_the_rest_is_made_by_compiled_code() -> None:
    assert [made.__init__.__code__.co_filename for made in MANY.values()] == ["<string>"] * len(MANY)


def _made(made: type, values: list[Any], named: dict[str, Any]) -> Any:
    """An object, or the kind of error that the class raises."""
    try:
        return made(*values, **named)
    except TypeError:
        return TypeError


def test_arguments_are_shown_as_the_library_shows_them() -> None:
    for name in ("Point", "Named", "Open"):
        ours, theirs = (inspect.signature(made[name]) for made in (OURS, THEIRS))
        assert [(one.name, one.kind, one.default) for one in ours.parameters.values()] == [
            (one.name, one.kind, one.default) for one in theirs.parameters.values()
        ]


def test_a_hash_of_its_own_is_kept() -> None:
    @records.dataclass(frozen=True)
    class Own:
        first: int

        def __hash__(self) -> int:
            return 7

    assert hash(Own(1)) == 7
