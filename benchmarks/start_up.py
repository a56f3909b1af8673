"""Whole processes from start to end: `params`, and `run` with one digit, beside what a user would otherwise write."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from processes import dftrace, peer, python, seconds
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from options import Options
    from rounds import Rounds

GROUP = "Start-up: whole processes"
PARAMS, RUN = "dftrace params mnist-cnn.yaml", "dftrace run mnist-cnn.yaml -i 7.png"
CHEAP = {
    PARAMS: dftrace("params", "configs/mnist-cnn.yaml", "-f", "plain"),
    RUN: dftrace("run", "configs/mnist-cnn.yaml", "-i", "configs/digits/7.png", "-f", "plain"),
    "python -c 'import click, yaml'": python("-c", "import click, yaml"),
    "its bare imports": python("-c", "import click, yaml, numpy, PIL.Image"),
    "an ONNX Runtime script": peer("onnx_digit"),
}
DEAR = {
    "a torch script": peer("torch_digit"),
    "a torchinfo script": peer("torchinfo_summary"),
    "a Keras summary script": peer("keras_summary"),
}
COMPARED: tuple[tuple[str, str, float | None], ...] = (
    (PARAMS, "python -c 'import click, yaml'", 1.2),
    (PARAMS, "a torchinfo script", None),
    (PARAMS, "a Keras summary script", None),
    (RUN, "its bare imports", 1.2),
    (RUN, "an ONNX Runtime script", 1.0),
    (RUN, "a torch script", None),
)
"""What stands beside what, with the goal."""


def measure(options: Options) -> Iterator[Record]:
    """Seconds of processes."""
    found = _seconds(CHEAP, options.rounds(21)) | _seconds(DEAR, options.rounds(3))
    for what, name, goal in COMPARED:
        ours, theirs = found[what], found[name]
        alike = len(ours) == len(theirs)
        quotient = ratio(ours, theirs) if alike else median(ours) / median(theirs)
        yield Record(GROUP, what, name, median(ours), median(theirs), quotient, "s", goal)


def _seconds(commands: Mapping[str, Sequence[str]], rounds: int) -> Rounds:
    """How long each takes; a first time that fills the file cache is not counted."""
    return interleaved(ready({name: partial(seconds, command, 1) for name, command in commands.items()}), rounds)
