"""The onnx package's own cases of single operations: read, run and compared with its outputs, or refused by name."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest

from dataflow_cli.errors import DftraceError
from tests.peers.onnx_nodes import BEYOND, COUNTED, cases, onnx
from tests.peers.onnx_values import outputs

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

FLOOR = 402
"""Of the cases of the operations that are counted, so many pass at least."""
FOUND: dict[str, str] = {}
"""By case: `passed`, `passed with its parameters in the file`, or why it is refused."""
HALVES = {"float16": 2**-9, "bfloat16": 2**-6}
"""Two units in the last place: half precision is computed in float32 here and rounded at the end, there in between."""
PASSED = ("passed", "passed with its parameters in the file")


def computed(case, folder):
    """Why the case is refused; nothing if it passes. Raises AssertionError if it is claimed and wrong."""
    path = folder / "one.onnx"
    path.write_bytes(case.model.SerializeToString())
    names = [each.name for each in case.model.graph.input]
    try:
        found = outputs(path, dict(zip(names, case.inputs, strict=True)), case.outputs)
    except DftraceError as error:
        return str(error)
    for one, wanted in zip(found, case.outputs, strict=True):
        assert one.shape == wanted.shape, f"{case.name}: {one.shape}, and not {wanted.shape}"
        numbers = one.astype(wanted.dtype).astype(np.float64), wanted.astype(np.float64)  # rounded as it is stored
        near = max(case.rtol, HALVES.get(wanted.dtype.name, 0))
        np.testing.assert_allclose(*numbers, near, case.atol, err_msg=case.name)
    return ""


@pytest.mark.parametrize("operation", sorted(COUNTED | BEYOND))
def test_every_case_of_an_operation_passes_or_is_refused_by_name(operation, tmp_path):
    for case in (case for case in cases().values() if case.operation == operation):
        refused = computed(case, tmp_path)
        if not refused:
            FOUND[case.name] = PASSED[0]
            continue
        constant = case.constant_but_the_first()
        if constant is not None and not computed(constant, tmp_path):
            FOUND[case.name] = PASSED[1]
            continue
        assert any(told in refused for told in (operation, "put '", "it takes no inputs")), refused
        FOUND[case.name] = refused


def test_so_many_pass_as_are_promised(capsys):
    counted = {name: said for name, said in FOUND.items() if cases()[name].operation in COUNTED}
    lines = [*told("counted", counted), *told("beside them", {k: v for k, v in FOUND.items() if k not in counted})]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    passed = sum(said in PASSED for said in counted.values())
    assert passed >= FLOOR, f"{passed} of {len(counted)}"


def told(which, found):
    """The table: by operation how many cases pass of how many there are, and why the others are refused."""
    passed = {name for name, said in found.items() if said in PASSED}
    in_file = sum(said == PASSED[1] for said in found.values())
    yield (
        f"onnx {onnx.__version__}, node tests {which}: {len(passed)} of {len(found)} pass "
        f"({in_file} of them with their parameters in the file), {len(found) - len(passed)} refused, none fails"
    )
    for operation in sorted({cases()[name].operation for name in found}):
        these = [name for name in found if cases()[name].operation == operation]
        yield f"  {operation:24} {sum(name in passed for name in these):3} of {len(these)}"
        for reason, count in Counter(found[name] for name in these if name not in passed).most_common(3):
            yield f"      {count} refused: {reason.partition(': ')[2][:110] or reason[:110]}"
