"""Saved traces that were changed: one that is read can be shown, in every format; any other is one error."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli import network_from_text
from dataflow_cli.errors import DftraceError
from dataflow_cli.render.formats import FORMATS, Style, write
from dataflow_cli.render.html import report_html
from dataflow_cli.render.pictures import plan
from dataflow_cli.render.pictures.plan import Wanted, shown_names
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.terminal import Screen, terminal_text
from dataflow_cli.render.pictures.themes import THEMES
from dataflow_cli.render.trace import trace_report
from dataflow_cli.trace.choosing import offered
from dataflow_cli.trace.prediction import predictions
from dataflow_cli.trace.saved import load_trace, save_trace
from fuzz.bounds import bounded
from fuzz.making import arrayfiles as made
from fuzz.making.mutations import mutated, transplanted

if TYPE_CHECKING:
    from dataflow_cli.trace.model import Trace
    from fuzz.case import Case

FILE = "trace.npz"
RECORD = "trace.json.npy"
PICTURES = """\
dftrace: 1
input: {shape: [6, 6, 3], scale: 1/255, mean: [0.1, 0.2, 0.3], std: [1, 2, 3]}
weights: {init: he_normal, seed: 1}
classes: [a, b, c]
layers:
  - {type: conv2d, filters: 2, kernel_size: 3, activation: relu}
  - flatten
  - {type: dense, units: 3, activation: softmax}
"""
SIGNALS = """\
dftrace: 1
input: [8, 2]
weights: {init: he_normal, seed: 1}
layers: [{type: conv1d, filters: 3, kernel_size: 3, strides: 2}]
"""


@cache
def members(text: str) -> dict[str, bytes]:
    """The files in a sound trace of a network."""
    network = network_from_text(text)
    trace = network.trace(np.ones((2, *network.inputs[0].shape), "f4"), histogram=True)
    save_trace(trace, Path("sound.npz"))
    with np.load("sound.npz") as npz:
        arrays = {name: np.asarray(npz[name]) for name in npz.files}
    Path("sound.npz").unlink()
    return {f"{name}.npy": made.npy(array) for name, array in arrays.items()}


def attack(case: Case) -> None:
    """Change the record, a tensor or the bytes; read it and show it."""
    files = dict(members(case.rng.choice((PICTURES, SIGNALS))))
    if case.chance(0.7):
        record = json.loads(np.load(io.BytesIO(files[RECORD])).tobytes())
        changed = json.dumps(transplanted(case.rng, record)).encode()
        files[RECORD] = made.npy(np.frombuffer(changed, np.uint8))
    else:
        name = case.rng.choice(sorted(files))
        files[name] = case.rng.choice((mutated(case.rng, files[name]), made.npy(made.any_array(case.rng))))
    content = made.npz(files, squeezed=False)
    case.write(FILE, mutated(case.rng, content) if case.chance(0.2) else content)
    with bounded():
        show(case)


def show(case: Case) -> None:
    """Every view of a trace that was read. A tensor is read, and may be found damaged, when it is asked for."""
    try:
        trace: Any = load_trace(FILE)
        answers = predictions(trace, top=3)
        dict(trace.values)
    except DftraceError:
        return
    report = trace_report(trace, [step.name for step in trace.steps], answers, verbose=case.chance(0.5))
    for form in FORMATS:
        write(report, form, Style())
    report_html(report)
    str(trace.merged(trace))
    draw(trace)
    save_trace(trace, "again.npz")
    load_trace("again.npz")


def draw(trace: Trace) -> None:
    """The picture of what was kept, for a file and for a terminal, unless there is a reason why not."""
    try:
        steps = offered(trace)
        names = shown_names(trace.network, steps, (), "auto", trace.step)
        picture = plan.picture(trace, names, Wanted())
    except DftraceError:
        return
    sheet(picture, THEMES["light"], None)
    terminal_text(picture, Screen(80, "ascii", dark=True, zoom=None))
