"""A model of ONNX, used as it is: its table and its answer to a picture, beside a script of ONNX Runtime's, cold."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from machine import cores
from networks import network
from processes import Finished, dftrace, peer, run
from record import Record
from rounds import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from options import Options
    from record import Unit

GROUP = "ResNet50 as an ONNX file: whole processes"
PICTURE = "configs/raccoon-color.png"
GOAL = 1.0


def measure(options: Options) -> Iterator[Record]:
    """Seconds, then bytes at their peak."""
    model = network("mobilenetv2" if options.quick else "resnet50").onnx
    commands = {
        "dftrace params": dftrace("params", model, "-f", "plain"),
        "dftrace run, a picture": dftrace(
            "run", model, "-i", PICTURE, "--preprocess", "torchvision", "-q", "-f", "plain"
        ),
        "script": peer("onnx_picture", model, PICTURE),
    }
    found: dict[str, list[Finished]] = {name: [] for name in commands}
    for _ in range(options.rounds(7) + 1):
        for name, command in commands.items():
            found[name].append(run(command, cores()))
    script = found.pop("script")[1:]  # the first one fills the file cache
    for name, all_of_it in found.items():
        ours = all_of_it[1:]
        yield _record(name, [one.seconds for one in ours], [one.seconds for one in script], "s")
        peaks = [one.peak_bytes for one in ours], [one.peak_bytes for one in script]
        yield _record(f"{name}: memory", *peaks, "B")


def _record(what: str, ours: Sequence[float], theirs: Sequence[float], unit: Unit) -> Record:
    beside = "an ONNX Runtime script"
    return Record(GROUP, what, beside, median(ours), median(theirs), ratio(ours, theirs), unit, GOAL)
