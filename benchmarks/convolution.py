"""3 x 3 convolutions beside the machine's product of two large matrices, both measured by `dftrace bench`."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from processes import ROOT, Failed, dftrace, environment
from record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "3 x 3 convolution, one thread, over the machine's sgemm"
SHAPES = ((64, 112, 0.75), (128, 56, 0.85), (256, 28, 0.85))
"""Channels, height and width, and the goal."""
NETWORK = """
dftrace: 1
name: convolution
input: [{size}, {size}, {channels}]
layers:
  - {{type: conv2d, filters: {channels}, kernel_size: 3, padding: same}}
"""


def measure(options: Options) -> Iterator[Record]:
    """Floating-point operations a second."""
    for channels, size, goal in SHAPES:
        found = _bench(NETWORK.format(channels=channels, size=size), options.rounds(31))
        ours, theirs = found["layers"][0]["flops"], found["sgemm_flops"]
        what = f"{channels} to {channels} channels, {size} x {size}"
        yield Record(GROUP, what, "sgemm", ours, theirs, ours / theirs, "FLOP/s", goal, at_least=True)


def _bench(text: str, repeat: int) -> dict[str, Any]:
    """What `dftrace bench` says of a network."""
    command = dftrace("bench", "-", "--threads", 1, "--repeat", repeat, "-q", "-f", "json")
    done = subprocess.run(
        command, cwd=ROOT, env=environment(1), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(done.stderr.strip())
    found: dict[str, Any] = json.loads(done.stdout)
    return found
