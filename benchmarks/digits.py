"""10,000 digits streamed through the MNIST CNN by whole processes: ours with statistics, a script without."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from machine import cores
from networks import network
from processes import SCRATCH, dftrace, peer, seconds
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "10,000 digits streamed: whole processes"
GOAL = 1.2


def measure(options: Options) -> Iterator[Record]:
    """Seconds from start to end, with all cores."""
    path = options.digits or SCRATCH / "digits.npz"
    mnist = network("mnist-cnn")
    commands = {
        "ours": dftrace("run", mnist.config, "-i", f"{path}:x_test", "-f", "plain"),
        "theirs": peer("onnx_stream", mnist.onnx, path),
    }
    actions = {name: partial(seconds, command, cores()) for name, command in commands.items()}
    found = interleaved(ready(actions), options.rounds(5))
    note = "" if options.digits else "the shipped pictures, over and over"
    what = "dftrace run, with statistics of every layer"
    medians = median(found["ours"]), median(found["theirs"])
    quotient = ratio(found["ours"], found["theirs"])
    yield Record(GROUP, what, "an ONNX Runtime script", *medians, quotient, "s", GOAL, note=note)
