"""Options and values in any combination, in any environment: an answer or one error, never both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest.mock import patch

from fuzz.attacks.configs import CONFIGS
from fuzz.making.words import command_line

if TYPE_CHECKING:
    from fuzz.case import Case

NETWORKS = (
    "xor-mlp.yaml",
    "pooling.yaml",
    "conv-layer.yaml",
    "mlp-2-5-1.yaml",
    "conv1d-ramp.yaml",
    "cifar-minibatch.yaml",
)
FILES = ("mlp-2-5-1-test.csv", "mlp-2-5-1-labels.csv", "patches.npy", "raccoon.png", "digits", "absent.png")
ENVIRONMENT = {
    "COLUMNS": ("", "0", "-1", "1", "20", "80", "5" * 5000, "x", "1e3", "99999999999"),
    "LINES": ("", "0", "x", "9" * 5000),
    "TERM": ("", "dumb", "xterm", "xterm-256color", "xterm-kitty", "\x1b"),
    "COLORTERM": ("truecolor", "x"),
    "NO_COLOR": ("", "1"),
    "FORCE_COLOR": ("", "1", "3"),
    "PYTHONIOENCODING": ("x", ""),
    "LANG": ("C", "xx_YY"),
    "HOME": ("/nowhere", ""),
    "TZ": ("x",),
}


def attack(case: Case) -> None:
    """One command line in one environment."""
    for name in (*NETWORKS, *FILES[:-1]):
        (case.folder / name).symlink_to(CONFIGS / name)
    words = command_line(case, (*NETWORKS, *NETWORKS, "absent.yaml", "-", ".", "raccoon.png"), FILES)
    chosen = {name: case.rng.choice(values) for name, values in ENVIRONMENT.items() if case.chance(0.1)}
    stdin = (CONFIGS / case.rng.choice(NETWORKS)).read_bytes() if "-" in words else b""
    encoding = "ascii" if case.chance(0.1) else "utf-8"
    case.write("environment.txt", "\n".join(f"{name}={value!r}" for name, value in chosen.items()))
    with patch.dict(os.environ, chosen):
        colored = "FORCE_COLOR" in chosen or any(word.startswith("--color") for word in words)
        case.ask(*words, stdin=stdin, encoding=encoding, drawn="show" in words, colored=colored)
