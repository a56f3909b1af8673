"""Where NaN and infinities come from: run, the saved trace and explain say it in the same words."""

from __future__ import annotations

import json

import pytest

from tests.contract.shell import dftrace, text_of

NET = """\
dftrace: 1
name: net
input: [3]
layers:
  - {type: dense, units: 2, name: d, use_bias: false, weights: {kernel: [[1, 2], [3, 4], [1, 0]]}}
  - {type: log, name: l}
  - {type: relu, name: r}
  - {type: dense, units: 2, name: e, use_bias: false, weights: {kernel: [[1, 2], [0, 4]]}}
"""
GAP = """\
dftrace: 1
name: gap
input: [2]
layers:
  - {type: exp, name: big}
  - {type: subtract, name: gap, inputs: [big, big]}
"""


def lines(text):
    return [line for line in text.splitlines() if line.startswith(("NaN:", "infinite values:"))]


@pytest.mark.parametrize(
    ("text", "value", "element", "said"),
    [
        # d = (1 - 6 + 3, 2 - 8) = (-2, -6)
        (
            NET,
            "1,-2,3",
            "e[1]",
            (
                ["NaN: first made by l (log), of finite inputs; passed on by r, e"],
                ["NaN: first made by l[0] (log), of finite inputs: d[0] = -2"],
            ),
        ),
        # d = (0, 1 - 0): log 0 is minus infinity, which relu ends
        (
            NET,
            "0.5,0,-0.5",
            "l[0]",
            (
                ["infinite values: first made by l (log), of finite inputs"],
                ["infinite values: first made by l[0] (log), of finite inputs: d[0] = 0"],
            ),
        ),
        (
            NET,
            "1,nan,3",
            "e[0]",
            (["NaN: came in with input; passed on by d, l, r, e"], ["NaN: came in with input[1]"]),
        ),
        (
            GAP,
            "1000,1",
            "gap[0]",
            (
                [
                    "NaN: first made by gap (subtract), of infinite inputs",
                    "infinite values: first made by big (exp), of finite inputs",
                ],
                ["NaN: first made by gap[0] (subtract), of infinite inputs: big[0] = inf, big[0] = inf"],
            ),
        ),
    ],
)
def test_run_and_explain_name_the_same_origin(tmp_path, text, value, element, said):
    run, back = said
    (tmp_path / "net.yaml").write_text(text)
    ran = text_of("run", "net.yaml", "--value", value, "--save", "t.npz", "-q", cwd=tmp_path)
    assert lines(ran) == run
    assert lines(text_of("run", "t.npz", "-q", cwd=tmp_path)) == run
    for words in (("net.yaml", element, "--value", value), ("t.npz", element)):
        told = lines(text_of("explain", *words, "--back", "-q", cwd=tmp_path))
        assert told[0] in run
        assert set(back) <= set(told[1:])


def test_json_has_it_in_parts(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    found = json.loads(text_of("run", "net.yaml", "--value", "1,-2,3", "-q", "-f", "json", cwd=tmp_path))
    made = [{"step": "l", "type": "log", "of": "finite inputs"}]
    assert found["unsound"] == [{"kind": "NaN", "made": made, "passed_on": ["r", "e"]}]
    words = ("explain", "net.yaml", "e[1]", "--value", "1,-2,3", "--back", "-q", "-f", "json")
    found = json.loads(text_of(*words, cwd=tmp_path))
    assert found["made"][0] == {
        "step": "l",
        "type": "log",
        "at": [0],
        "value": "nan",
        "of": "finite inputs",
        "sources": [{"step": "d", "at": [0], "value": -2.0}],
    }


def test_finite_runs_say_nothing(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    assert lines(text_of("run", "net.yaml", "--value", "1,2,3", "-q", cwd=tmp_path)) == []
    assert "unsound" not in json.loads(
        dftrace("run", "net.yaml", "--value", "1,2,3", "-f", "json", cwd=tmp_path).stdout
    )
