"""Network files that are large, in forms that repeat: read in time and memory that grow with their size alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import yaml

from fuzz.bounds import bounded
from fuzz.findings import require

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
MOST_BYTES = 2**21
MOST_TIMES, NOISE_SECONDS = 5.0, 1.0
"""How much longer than its parse events alone a file may take, beside what a busy machine adds."""
HEAD = "dftrace: 1\ninput: [8]\n"
FORMS = (
    (HEAD + "layers:\n", "  - {{type: dense, units: 8, name: n{n}}}\n", ""),
    (HEAD + "layers:\n", "  - relu\n", ""),
    (HEAD + "layers:\n", "  - {{type: relu, inputs: [m{n}]}}\n", ""),
    (HEAD + "layers:\n", "  - {{type: relux{n}}}\n", ""),
    (HEAD + "layers:\n", "  - {{type: relu, wrong{n}: 1}}\n", ""),
    (HEAD + "layers:\n  - {type: relu, ", "wrong{n}: 1, ", "inputs: [x]}\n"),
    (HEAD + "layers:\n", "  - {{type: block, use: b{n}, repeat: 10000}}\n", ""),
    (HEAD + "layers:\n  - {type: block, use: b0, repeat: 100}\nblocks:\n", "  b{n}: {{layers: [relu]}}\n", ""),
    (
        HEAD + "layers:\n  - relu\nblocks:\n",
        "  b{n}: {{params: {{p: 1}}, layers: [{{type: dense, units: $q{n}}}]}}\n",
        "",
    ),
    (HEAD + "layers:\n  - relu\nclasses: [", "c{n}, ", "d]\n"),
    (HEAD + "layers:\n  - relu\noutputs: [", "relu_{n}, ", "relu_1]\n"),
    (HEAD + "layers:\n  - {type: dense, units: 1, weights: {bias: 0, kernel: [", "{n}.5, ", "1]}}\n"),
    (HEAD + "layers:\n  - {type: dense, units: 1, weights: {bias: 0, kernel: [", "[1], ", "[1]]}}\n"),
    (HEAD + "layers:\n  - {type: dense, units: 1, weights: {", "k{n}: 0, ", "bias: 0}}\n"),
    (HEAD + "layers:\n  - {type: add, inputs: [", "input, ", "input]}\n"),
    (HEAD + "layers:\n  - {type: reshape, target_shape: [", "1, ", "8]}\n"),
    (HEAD + "weights: {file: w.npz, map: {", "a{n}/b: c{n}, ", "a/b: c}}\nlayers: [relu]\n"),
    ("dftrace: 1\nlayers: [relu]\ninputs:\n", "  x{n}: [1]\n", ""),
    ("dftrace: 1\nlayers: [relu]\ninput: [", "1, ", "1]\n"),
    ("dftrace: 1\nlayers: [relu]\ninput: {shape: [1], example: [", "1, ", "1]}\n"),
    (HEAD + "layers: [relu]\n", "key{n}: 1\n", ""),
    (HEAD + "layers: [relu]\n", "# a comment\n", ""),
    (HEAD + "layers: [relu]\nname: '", "word ", "'\n"),
    (HEAD + "layers: [relu]\nname: |\n", "  line {n}\n", ""),
    (HEAD + "a: &a [", "1, ", "1]\nlayers: [*a, *a, *a, *a, *a, *a]\n"),
    (HEAD + "layers: [", "[", ""),
    (HEAD + "layers: ", "- ", "relu\n"),
    (HEAD + "layers: [", "{{a: ", ""),
    ("", "'", ""),
    ("", "&a{n} ", ""),
    ("", "? ", ""),
    ("", "!", ""),
    ("a: ", "\t", ""),
)
"""Beginning, what is repeated with its number, and end."""


def attack(case: Case) -> None:
    """One form, large: checked, counted, its layers asked for by a name that is not there."""
    head, line, tail = case.rng.choice(FORMS)
    size = case.rng.choice((2**12, 2**16, 2**18, 2**18, 2**20, MOST_BYTES))
    body = "".join(line.format(n=number) for number in range(max(1, size // len(line.format(n=10_000)))))
    case.write(FILE, head + body + tail)
    least = parsing(head + body + tail)
    for words in (
        ("check", FILE, "-f", "json"),
        case.rng.choice((("params", FILE, "-f", "json"), ("explain", FILE, "nobody[0]"))),
    ):
        took = case.ask(*words).seconds
        allowed = MOST_TIMES * least + NOISE_SECONDS
        require(took <= allowed, f"{words[0]} takes long for a large file", f"{took:.1f} s, events alone {least:.1f} s")


def parsing(text: str) -> float:
    """Seconds of going through the file's events alone."""
    started = time.process_time()
    with bounded():
        try:
            for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
                pass
        except (yaml.YAMLError, RecursionError):
            pass
    return time.process_time() - started
