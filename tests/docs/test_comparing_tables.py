"""The tables of docs/comparing.md are what the scripts measured, and the budget holds all of it."""

import json
import sys

from dataflow_cli.diff.budget import ELEMENT, TENSOR
from tests.contract.shell import ROOT

sys.path.insert(0, str(ROOT / "tools"))
PAGE = (ROOT / "docs/comparing.md").read_text(encoding="utf-8")


def record(name):
    return json.loads((ROOT / "tools" / name).read_text(encoding="utf-8"))


def test_the_tables_are_what_was_measured():
    import measure_own_errors
    import measure_sensitivity

    assert measure_own_errors.page(record("own_errors.json")) == PAGE, "run tools/measure_own_errors.py"
    assert measure_sensitivity.page(record("sensitivity.json")) == PAGE, "run tools/measure_sensitivity.py"


def test_no_engine_errs_more_than_is_allowed():
    import measure_own_errors

    for each in measure_own_errors.sound(record("own_errors.json")):
        assert each["element"] <= ELEMENT / 2, each
        assert (each["tensor"] or 0) <= TENSOR, each
