"""`dataclass`, without what it costs to make one.

The standard library writes the methods of a dataclass as source and compiles them when its module is imported: 0.4 ms a
class, more for all classes that `params` needs than for everything else it does. Here the standard library still reads
the fields, and the methods are functions that look at them. Type checkers see the standard library's own. A class of
which many are made gets a compiled `__init__` after all, which takes half as long: a network has thousands of layers.

What is not used is not there: `order`, `slots`, `__post_init__`.
"""

from __future__ import annotations

import dataclasses
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

MANY = 200
"""From so many objects of a class on it pays to compile."""

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from dataclasses import dataclass
else:

    def dataclass(cls=None, *, frozen=False, eq=True, kw_only=False):  # noqa: ANN001, ANN201  checkers see the library's
        """`dataclasses.dataclass` with these arguments, which mean the same."""
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, eq=eq, kw_only=kw_only)
        fields = _fields(cls, kw_only)
        _give(cls, "__init__", _initializer(cls, fields))
        _give(cls, "__repr__", _repr)
        cls.__signature__ = _Signature()
        if eq:
            compared = tuple(field.name for field in fields if field.compare)
            _give(cls, "__eq__", _equality(compared))
            if cls.__dict__.get("__hash__") is None:
                cls.__hash__ = _hashing(compared) if frozen else None
        if frozen:
            cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
        return cls


def _fields(cls: Any, kw_only: bool) -> tuple[dataclasses.Field[Any], ...]:  # noqa: FBT001  as the decorator has it
    """What the standard library reads off a class.

    It searches annotations that are text for `ClassVar` by regular expressions; here it gets to see what it would find.
    """
    written = cls.__annotations__
    cls.__annotations__ = {name: ClassVar if "ClassVar[" in str(text) else Any for name, text in written.items()}
    dataclasses.dataclass(cls, init=False, repr=False, eq=False, kw_only=kw_only)
    cls.__annotations__ = written
    fields = dataclasses.fields(cls)
    for field in fields:
        field.type = written.get(field.name, field.type)
    return fields


def _give(cls: type, name: str, method: Any) -> None:
    """Add a method that the class does not write itself."""
    if name not in cls.__dict__:
        setattr(cls, name, method)


class _Signature:
    """What `help` and notebooks show of a class's arguments, worked out when they ask."""

    def __get__(self, instance: object, owner: Any) -> Any:
        import inspect

        if instance is not None:
            raise AttributeError("__signature__")  # the class has one, an object that can be called has another
        parameters = []
        for field in sorted(dataclasses.fields(owner), key=lambda field: bool(field.kw_only)):
            kind = inspect.Parameter.KEYWORD_ONLY if field.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
            made = field.default_factory is not dataclasses.MISSING
            given = field.default is not dataclasses.MISSING
            default = field.default if given else ... if made else inspect.Parameter.empty
            parameters.append(inspect.Parameter(field.name, kind, default=default, annotation=field.type))
        return inspect.Signature(parameters)


def _initializer(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    names = frozenset(field.name for field in fields)
    positional = tuple(field.name for field in fields if not field.kw_only)
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    factories = {f.name: f.default_factory for f in fields if f.default_factory is not dataclasses.MISSING}

    few = repeat(True, MANY)

    def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807  it becomes the class's own
        if not next(few, False):
            setattr(cls, "__init__", _compiled(fields))  # noqa: B010  checkers take the name for an instance's
        if not named and len(values) == len(names) == len(positional):
            object.__setattr__(self, "__dict__", dict(zip(positional, values, strict=True)))
            return
        if not values and named.keys() == names:
            object.__setattr__(self, "__dict__", named)
            return
        first = dict(zip(positional, values, strict=False))
        state = {**defaults, **first, **named}
        for name, factory in factories.items():
            if name not in state:
                state[name] = factory()
        if state.keys() != names or len(values) != len(first) or not named.keys().isdisjoint(first):
            taken = len(values) if len(values) > len(positional) else None
            raise TypeError(
                f"{cls.__name__}() {_misfit(taken, names - state.keys(), state.keys() - names, first, named)}"
            )
        object.__setattr__(self, "__dict__", state)

    return __init__


def _compiled(fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    """An `__init__` that Python itself fits the arguments to."""
    known: dict[str, Any] = {"_made_": object()}
    plain, named, body = ["self"], ["*"], ["_state_ = self.__dict__"]
    for field in fields:
        default, value = "", field.name
        if field.default is not dataclasses.MISSING:
            default, known[f"_default_{field.name}"] = f"=_default_{field.name}", field.default
        elif field.default_factory is not dataclasses.MISSING:
            default, known[f"_make_{field.name}"] = "=_made_", field.default_factory
            value = f"_make_{field.name}() if {field.name} is _made_ else {field.name}"
        (named if field.kw_only else plain).append(field.name + default)
        body.append(f"_state_['{field.name}'] = {value}")
    arguments = ", ".join(plain + (named if len(named) > 1 else []))
    exec(f"def __init__({arguments}):\n " + "\n ".join(body), known)  # noqa: S102  names of our own fields, no data
    return known["__init__"]


def _misfit(
    taken: int | None,
    missing: Collection[str],
    unknown: Collection[str],
    first: Mapping[str, Any],
    named: Mapping[str, Any],
) -> str:
    """What is wrong with the arguments of a class."""
    if taken is not None:
        return f"takes {len(first)} positional arguments but {taken} were given"
    if unknown:
        return f"got an unexpected keyword argument '{min(unknown)}'"
    if missing:
        return f"missing required arguments: {', '.join(sorted(missing))}"
    return f"got multiple values for argument '{min(first.keys() & named.keys())}'"


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equality(names: tuple[str, ...]) -> Any:
    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    return __eq__


def _hashing(names: tuple[str, ...]) -> Any:
    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(tuple([getattr(self, name) for name in names]))

    return __hash__


def _refuse_to_set(self: Any, name: str, _value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field '{name}' of {type(self).__name__}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field '{name}' of {type(self).__name__}")


__all__ = ["dataclass"]
