"""One test a family of kinds in place of one a kind: by itself, each would cost more than what it checks. All cases go
through whatever fails, and each that fails says which it was.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from functools import update_wrapper
from inspect import signature

import pytest

from dataflow_cli.layers import KINDS

SKIPPED = pytest.skip.Exception


class Cases:
    """What failed of several cases: `with cases.named("conv2d"): ...`, and `cases.finish()` raises it."""

    def __init__(self):
        self.failed = []

    @contextmanager
    def named(self, what):
        try:
            yield
        except SKIPPED:
            pass  # this case alone
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  it is raised at the end
            error.add_note(f"in {what}")
            self.failed.append(error)

    def finish(self):
        if len(self.failed) == 1:
            raise self.failed[0]
        if self.failed:
            raise BaseExceptionGroup(f"{len(self.failed)} cases failed", self.failed)


def by_family(cases, kind_of=lambda case: case):
    """The cases by the family of their kind: the folder that this stands in."""
    found = defaultdict(list)
    for case in cases:
        found[KINDS[kind_of(case)].__module__.split(".")[2]].append(case)
    return dict(found)


def per_kind(examples):
    """Makes of a test of an `example` one of a `family`, which goes through the examples of that."""
    return _each("example", by_family(examples, lambda example: example.kind))


def each_kind(kinds=KINDS):
    """Makes of a test of a `kind` one of a `family`, which goes through the kinds of that."""
    return _each("kind", by_family(kinds))


def _each(name, families):
    def decorate(test):
        def all_of(family, **others):
            cases = Cases()
            for case in families[family]:
                with cases.named(case):
                    test(**{name: case}, **others)
            cases.finish()

        asked = signature(test).parameters.values()
        update_wrapper(all_of, test)
        all_of.__signature__ = signature(test).replace(
            parameters=[one.replace(name="family") if one.name == name else one for one in asked]
        )
        return pytest.mark.parametrize("family", families)(all_of)

    return decorate
