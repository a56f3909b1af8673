"""One test a kind over all examples of it: as a test of its own, each would cost more than what it checks."""

from __future__ import annotations

from contextlib import contextmanager
from functools import update_wrapper
from inspect import signature

import pytest


@contextmanager
def named(what):
    """An error says in which case it came up."""
    try:
        yield
    except BaseException as error:  # pytest's own failures are no Exception
        error.add_note(f"in {what}")
        raise


def per_kind(examples):
    """Makes of a test of an `example` one of a `kind`, which goes through the examples of that."""
    kinds = {}
    for example in examples:
        kinds.setdefault(example.kind, []).append(example)

    def decorate(test):
        def all_of(kind, **others):
            for example in kinds[kind]:
                with named(example):
                    test(example=example, **others)

        asked = signature(test).parameters.values()
        update_wrapper(all_of, test)
        all_of.__signature__ = signature(test).replace(
            parameters=[one.replace(name="kind") if one.name == "example" else one for one in asked]
        )
        return pytest.mark.parametrize("kind", kinds)(all_of)

    return decorate
