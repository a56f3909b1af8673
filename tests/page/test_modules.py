"""The page's scripts: typed, linted, and numbers written as Python writes them."""

from __future__ import annotations

import json
import math
import random
import shlex
import subprocess
from pathlib import Path

import pytest

from dataflow_cli.render.explanation.numbers import Numbers

pytestmark = pytest.mark.page
STATIC = Path("dataflow_cli/page/static")
TOOLS = Path(".venv/node/node_modules/.bin").resolve()


@pytest.mark.parametrize(
    "command",
    [
        [str(TOOLS / "tsc"), "-p", "tests/page/tsconfig.json"],
        [str(TOOLS / "biome"), "check", "--config-path", "tests/page", "--error-on-warnings", str(STATIC)],
    ],
    ids=["tsc", "biome"],
)
def test_the_scripts_are_typed_and_linted(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_of_a_file_is_ever_read_as_markup():
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
        ):
            assert word not in text, (path, word)


def test_what_the_page_does_not_tell_a_shell_is_told_to_explain():
    script = (
        f'import {{ refusedAt }} from "{(STATIC / "refusal.js").resolve().as_uri()}";'
        'console.log(JSON.stringify(refusedAt({ name: "it\'s/dense", refused: "Too large." }, [2, 17])))'
    )
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["refused"] == "Too large."
    assert shlex.split(told["command"]) == ["dftrace", "explain", "NET", "it's/dense[2,17]", "-i", "FILE"]


def test_numbers_are_written_as_explain_writes_them():
    chance = random.Random(7)  # noqa: S311
    values = [chance.choice((1, -1)) * 10 ** chance.uniform(-12, 12) for _ in range(400)]
    values += [chance.randrange(-(2**14), 2**14) / 16 for _ in range(200)]  # ties between two decimals among them
    values += [chance.randrange(-9, 9) for _ in range(20)] + [0.0, -0.0, 0.0005, -0.0005, 1e7, -1e7, 9999999.9999]
    script = (
        f'import {{ one, cells, formulaOf, summed }} from "{(STATIC / "numbers.js").resolve().as_uri()}";'
        "const values = JSON.parse(process.argv[1]);"
        "const told = values.map((v) => [one(v), one(v, true), cells([v, 0.5])[0], cells([v])[0],"
        " formulaOf('{} - {} · {}', [v, v, 2]), summed([1, v, v])]);"
        "console.log(JSON.stringify([told, [NaN, Infinity, -Infinity].map((v) => one(v))]))"
    )
    command = ["node", "--input-type=module", "-e", script, json.dumps(values)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told, special = json.loads(done.stdout)
    plain, whole = Numbers(), Numbers(whole=True)
    for value, shown in zip(map(float, values), told, strict=True):
        assert shown == [
            plain.one(value),
            whole.one(value),
            plain.cells([value, 0.5])[0],
            plain.cells([value])[0],
            plain.filled("{} - {} · {}", [value, value, 2.0]),
            plain.sum([1.0, value, value]),
        ], value
    assert special == [plain.one(value) for value in (math.nan, math.inf, -math.inf)]
