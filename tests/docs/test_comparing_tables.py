"""The tables of docs/comparing.md are what the scripts measured, and the budget holds all of it."""

import json
import sys

from tests.contract.shell import ROOT

sys.path.insert(0, str(ROOT / "tools"))
PAGE = (ROOT / "docs/comparing.md").read_text(encoding="utf-8")


def record(name):
    return json.loads((ROOT / "tools" / name).read_text(encoding="utf-8"))


def test_the_tables_are_what_was_measured():
    import measure_own_errors
    import measure_sensitivity

    assert measure_own_errors.page(measure_own_errors.record()) == PAGE, "run tools/measure_own_errors.py --page"
    assert measure_sensitivity.page(record("sensitivity.json")) == PAGE, "run tools/measure_sensitivity.py"


def test_no_engine_differs():
    import measure_own_errors

    for each in measure_own_errors.record():
        assert int(each["differs"]) == 0, each
        assert float(each["used"] or 0) <= 1, each
