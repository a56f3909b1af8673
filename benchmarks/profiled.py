"""A profile beside a run with its statistics, beside a script that only predicts, and on two workers beside one."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING

from processes import HERE, Failed, environment, python
from record import Record
from rounds import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "A profile of digits by the MNIST CNN, one thread, CPU time"
WORKERS = "A profile of digits by local Dask workers, seconds a digit, start-up apart"
GOALS = {
    "run": ("dftrace run, with its statistics", 1.5),
    "ONNX Runtime": ("an ONNX Runtime script that predicts", 2.5),
}
"""What it is held against, and how many times as long it may take."""
FASTER = 1.8
"""Times that two workers are to be as fast as one."""
SAMPLES, FEW = 100_000, 10_000


def measure(options: Options) -> Iterator[Record]:
    """Seconds of each, in turns. Needs ONNX Runtime and Dask distributed."""
    samples = FEW if options.quick else SAMPLES
    command = python(str(HERE / "profile_scaling.py"), "--figures", str(options.rounds(3)), str(samples))
    done = subprocess.run(command, env=environment(1), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
    told = json.loads(done.stdout)
    ours = told["turns"]["profile"]
    for name, (what, goal) in GOALS.items():
        theirs = told["turns"][name]
        yield Record(GROUP, "dftrace profile", what, median(ours), median(theirs), ratio(ours, theirs), "s", goal)
    one, two = ([1 / each for each in told["rates"][count]] for count in ("1", "2"))
    what, note = "two workers", f"{samples:,} digits; the ratio is of one worker's time to theirs"
    medians = median(two), median(one)
    yield Record(WORKERS, what, "one worker", *medians, ratio(one, two), "s", FASTER, at_least=True, note=note)
