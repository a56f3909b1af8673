"""Captures every network of configs/ in other engines, compares, and writes down how far each layer is off by itself.

    python tools/measure_own_errors.py [CONFIG ...]            those that build/own_errors.jsonl does not have yet
    python tools/measure_own_errors.py --engine=Keras --dtype=float64 CONFIG     of these alone
    python tools/measure_own_errors.py --page                  the table alone, of what was measured

A network runs in dftrace, PyTorch, ONNX Runtime and Keras, in float32 and float64, each layer by that engine's own
functions from what the same engine made before. `dftrace diff` then compares the capture with the network file: none
may differ. What each layer errs is kept: at an element in units of eps S, over a tensor or a channel in eps RMS(S), and
as a part of what is allowed. A line a layer goes to build/own_errors.jsonl at once; tools/own_errors.csv has the worst
of each kind by network, engine and type, and the table in docs/comparing.md the worst by kind and engine.

Keras runs on what KERAS_BACKEND says.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from dataflow_cli.comparing import difference
from dataflow_cli.diff.budget import EPSILONS, over
from dataflow_cli.diff.causes import narrower
from dataflow_cli.diff.distinct import independent
from dataflow_cli.diff.own import Judged, Same, channel_axis, judged
from dataflow_cli.diff.rounding import ELEMENT, SMALLEST, TENSOR, magnitudes
from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflow_cli.diff.model import Difference
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node

ROOT = Path(__file__).resolve().parent.parent
RAW = ROOT / "build/own_errors.jsonl"
RECORD = ROOT / "tools/own_errors.csv"
PAGE = ROOT / "docs/comparing.md"
BEGIN, END = "<!-- own errors -->", "<!-- end of own errors -->"
DTYPES = ("float32", "float64")
FIELDS = ("network", "engine", "dtype", "kind", "layers", "element", "rms", "used", "differs", "narrow", "shape")

Found = dict[str, Any]


def measured(path: Path, engine: str, dtype: str) -> list[Found]:
    """What an engine errs in each layer of a network that is a part of it, and whether diff calls it a difference."""
    from layer_engines import ENGINES, captured

    network = load_network(path)
    trace = network.trace(None, keep=[spec.name for spec in network.inputs])
    weights, inputs = trace.origin[1], {spec.name: trace.values[spec.name] for spec in network.inputs}
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "captured.npz"
        np.savez(capture, **captured(ENGINES[engine], network, weights, inputs, dtype))  # type: ignore[arg-type]
        with _watched() as layers:
            found = difference(str(path), str(capture), Given(dtype="float64", weights=weights), Given())
    label = {"network": path.stem, "engine": _called(engine), "dtype": dtype}
    return [label | each | {"verdict": _verdict(found, each["layer"])} for each in layers]


def _called(engine: str) -> str:
    backend = os.environ.get("KERAS_BACKEND", "torch")
    return f"{engine} on {backend}" if engine == "Keras" else engine


def _verdict(found: Difference, layer: str) -> str:
    return next(pair.verdict for pair in found.pairs if pair.name == layer)


@contextmanager
def _watched() -> Iterator[list[Found]]:
    """Every layer that diff judges meanwhile, with what it errs."""
    seen: list[Found] = []

    def watching(run: Run, *given: Any) -> Iterator[Any]:
        for node, found in judged(run, *given):
            if isinstance(found, Judged):
                seen.append(_of(node) | errors(run, found))
            if isinstance(found, Same):
                seen.append(_of(node) | {"element": 0.0, "rms": None, "used": 0.0, "narrow": False})
            yield node, found

    with patch("dataflow_cli.diff.verdicts.judged", watching):
        yield seen


def errors(run: Run, found: Judged) -> Found:
    """What a layer errs, in units of eps S and as a part of what is allowed.

    S is that of the sums, where no function but relu stands behind them; of other layers it is what follows from inputs
    that err by eps each.
    """
    node, allowed = found.node, found.allowed
    eps = EPSILONS.get(found.dtype, EPSILONS["float32"])
    axis = channel_axis(node)
    with np.errstate(all="ignore"):
        error = np.abs(found.got.reshape(allowed.wanted.shape) - allowed.wanted)
        error[~np.isfinite(error)] = 0.0
        error = np.maximum(error - (SMALLEST if found.dtype == "float32" else 0.0), 0.0)
        sizes = allowed.element / (ELEMENT * eps)
        function = node.layer.result_activation
        rms = None
        if allowed.spread is not None:
            if function is None or not function.function_of_elements or function.type == "relu":
                sizes = magnitudes(node.layer, list(found.inputs), run.parameters(node))
            places = independent(allowed.wanted, axis)
            rms = over(error / eps, TENSOR * sizes, axis, places)
        shares = np.where(error == 0, 0.0, error / (eps * sizes))
    return {
        "element": round(float(np.max(shares, initial=0.0)), 3),
        "rms": None if rms is None else round(rms, 3),
        "used": round(float(found.own), 4),
        "narrow": found.own > 1 and narrower.cause(found, run.parameters(node)) is not None,
    }


def _of(node: Node) -> Found:
    shapes = (" x ".join(map(str, shape)) for shape in (node.input_shapes[0], node.output_shape))
    return {"kind": node.layer.type, "layer": node.name, "shape": " to ".join(shapes)}


def kept() -> list[Found]:
    """What was measured so far."""
    lines = RAW.read_text(encoding="utf-8").splitlines() if RAW.exists() else []
    return [json.loads(line) for line in lines]


def summed(layers: Iterable[Found]) -> list[Found]:
    """The worst by network, engine, type and kind, with how many layers there were."""
    names = FIELDS[:4]
    rows = []
    for key, some in groupby(sorted(layers, key=lambda each: _key(each, names)), key=lambda each: _key(each, names)):
        group = list(some)
        sound = [each for each in group if not each["narrow"]]
        worst = max(sound or group, key=lambda each: float(each["used"]))
        rows.append(
            dict(zip(names, key, strict=True))
            | {
                "layers": len(group),
                "element": max((each["element"] for each in sound), default=""),
                "rms": max((each["rms"] for each in sound if each["rms"] is not None), default=""),
                "used": worst["used"] if sound else "",
                "differs": sum(each["verdict"] == "differs" for each in sound),
                "narrow": len(group) - len(sound),
                "shape": worst["shape"],
            }
        )
    return rows


def _key(each: Found, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(each[name]) for name in names)


def record() -> list[Found]:
    """The rows of the record, as text."""
    with RECORD.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[Found]) -> None:
    """The record anew."""
    with RECORD.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def page(rows: list[Found]) -> str:
    """The page about comparisons with the table of a record."""
    return placed(PAGE.read_text(encoding="utf-8"), BEGIN, END, table(rows))


def placed(text: str, begin: str, end: str, table: str) -> str:
    """A page with a table between its marks."""
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def table(rows: list[Found]) -> str:
    """The page's table: a row a kind and engine, float64 beside float32."""
    lines = [
        "| kind | engine | layers | eps S | eps RMS(S) | of what is allowed | the worst's shape | in float64 |",
        "|---|---|--:|--:|--:|--:|---|--:|",
    ]
    names = ("kind", "engine")
    for key, some in groupby(sorted(rows, key=lambda row: _key(row, names)), key=lambda row: _key(row, names)):
        by_type = {dtype: [row for row in group if row["dtype"] == dtype] for group in [list(some)] for dtype in DTYPES}
        lines.append(_line(key, *by_type.values()))
    return "\n".join([said(rows), "", *lines])


def _line(key: tuple[str, ...], single: list[Found], double: list[Found]) -> str:
    worst = max(single or double, key=lambda row: float(row["used"] or 0))
    elements, tensors = (max((float(row[name] or 0) for row in single), default=0.0) for name in ("element", "rms"))
    narrow = any(int(row["narrow"]) for row in double)
    other = "as float32" if narrow else f"{max(float(row['used'] or 0) for row in double):.2f}" if double else ""
    cells = [
        *key,
        str(sum(int(row["layers"]) for row in [*single, *double])),
        f"{elements:.2g}" if single else "",
        f"{tensors:.2f}" if tensors else "",
        f"{float(worst['used'] or 0):.2f}",
        f"{worst['shape']} in {worst['network']}",
        other,
    ]
    return f"| {' | '.join(cells)} |"


def said(rows: list[Found]) -> str:
    """How many there were, how many differ, and the margin."""
    layers = sum(int(row["layers"]) for row in rows)
    differ = sum(int(row["differs"]) for row in rows)
    narrow = sum(int(row["narrow"]) for row in rows)
    most = max(float(row["used"] or 0) for row in rows if not int(row["differs"]))
    networks = len({row["network"] for row in rows})
    return (
        f"{layers - narrow:,} layers, of {networks} networks: {differ:,} differ, and at most {most:.2f} of what is "
        f"allowed is used. Of {narrow:,} more, put out as float64, diff says that they were "
        "computed in float32."
    )


def main(words: list[str]) -> None:
    """Measures what is not known yet, and writes the record and the page."""
    from layer_engines import ENGINES

    RAW.parent.mkdir(exist_ok=True)
    paths = [Path(word) for word in words if not word.startswith("--")]
    engines, dtypes = (
        [word.partition("=")[2] for word in words if word.startswith(f"--{name}=")] or [*every]
        for name, every in (("engine", ENGINES), ("dtype", DTYPES))
    )
    for path in paths or ([] if "--page" in words else sorted((ROOT / "configs").glob("*.yaml"))):
        for dtype in dtypes:
            for engine in engines:
                known = {(each["network"], each["engine"], each["dtype"]) for each in kept()}
                if (path.stem, _called(engine), dtype) in known:
                    continue
                start = time.monotonic()
                found = measured(path, engine, dtype)
                with RAW.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(each) + "\n" for each in found)
                worst = max((each["used"] for each in found if not each["narrow"]), default=0.0)
                differ = sum(each["verdict"] == "differs" and not each["narrow"] for each in found)
                taken = time.monotonic() - start
                print(
                    f"{path.stem} {engine} {dtype}: {len(found)}, {differ} differ, {worst:.2f}, {taken:.0f} s",
                    flush=True,
                )
    rows = summed(kept())
    write(rows)
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "torch")
    main(sys.argv[1:])
