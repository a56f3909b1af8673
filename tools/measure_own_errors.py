"""Measures how far one layer's output lies from what float64 makes of the same inputs, by engine, and writes it down.

    python tools/measure_own_errors.py [CONFIG ...]

Every layer of every network in configs/ is computed by dftrace, PyTorch, ONNX Runtime and Keras, each from the same
inputs and weights, in float32 and float64 as far as an engine has them. What it errs is told in units of eps S, as
dataflow_cli/diff/budget.py has it, and kept in tools/own_errors.json. The table in docs/comparing.md is made of it: by
engine, type and kind the largest one, with the shape where it was found.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.diff.budget import ELEMENT, TENSOR, Budget, budget, over
from dataflow_cli.diff.distinct import independent
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.diff.run import taken
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.network.build import load_network

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "tools/own_errors.json"
PAGE = ROOT / "docs/comparing.md"
BEGIN, END = "<!-- own errors -->", "<!-- end of own errors -->"
DTYPES = ("float32", "float64")
ALIKE = 2
"""Layers of one kind and one shape that are measured in a network of many."""
MANY = 60
IN_FLOAT32 = 1e3
"""From so many eps of float64 on, an engine computed in float32 what it says is float64."""

Found = dict[str, Any]


def found_in(path: Path) -> list[Found]:
    """What every engine errs in each layer of a network."""
    from own_error_engines import ENGINES

    found, network = [], load_network(path)
    for dtype in DTYPES:
        values, weights = _run(network, dtype)
        for node in _measured(network):
            inputs = [values[name] for name in node.inputs]
            parameters = {name: np.asarray(array, dtype) for name, array in weights.of(node.name).items()}
            allowed = _allowed(node, inputs, parameters, dtype)
            outputs = {"dftrace": values[node.name]}
            for engine, compute in ENGINES.items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    got = compute(network, node, inputs, parameters)
                if got is not None:
                    outputs[engine] = got
            for engine, got in outputs.items():
                found.append({"engine": engine, "dtype": dtype, "network": path.stem, **_one(node, got, allowed)})
        del values, weights
        gc.collect()
    return found


def _run(network: Network, dtype: str) -> tuple[dict[str, Array], Weights]:
    """All tensors of a run, by our own engine, with the example that the file names, else random numbers."""
    inputs = None
    if any(spec.example is None for spec in network.inputs):
        rng = np.random.default_rng(0)
        inputs = {spec.name: rng.uniform(0, 1, (1, *spec.shape)).astype(dtype) for spec in network.inputs}
    trace = network.trace(inputs, dtype=dtype)
    return dict(trace.values), trace.origin[1]


def _measured(network: Network) -> list[Node]:
    """The layers that compute; of large networks not all that are alike."""
    nodes = [node for node in network.nodes if not node.layer.hands_on or node.layer.result_activation]
    if len(nodes) <= MANY:
        return nodes
    seen: Counter[str] = Counter()
    some = []
    for node in nodes:
        key = f"{node.layer}{node.input_shapes}"
        seen[key] += 1
        if seen[key] <= ALIKE:
            some.append(node)
    return some


def _allowed(node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str) -> Budget:
    exact = {name: np.asarray(array, np.float64) for name, array in parameters.items()}
    with computing():
        return budget(node.layer, taken(node, inputs), exact, dtype)


def _one(node: Node, got: Array, allowed: Budget) -> Found:
    with np.errstate(all="ignore"):
        error = np.abs(got.reshape(allowed.wanted.shape) - allowed.wanted)
        shares = np.where(error == 0, 0.0, error / allowed.element)
    spread = None
    if allowed.spread is not None:
        axis = channel_axis(node)
        places = independent(allowed.wanted, axis)
        counts = {None: places * error.shape[axis], axis: places}
        spread = TENSOR * max(over(error, allowed.spread, each, count) for each, count in counts.items())
    return {
        "kind": node.layer.type,
        "activation": node.layer.result_activation.type if node.layer.result_activation else "",
        "layer": node.name,
        "shape": [list(node.input_shapes[0]), list(node.output_shape)],
        "element": round(ELEMENT * float(np.max(shares, initial=0.0)), 4),
        "tensor": None if spread is None else round(spread, 4),
    }


def rows(record: list[Found]) -> list[Found]:
    """By engine, type and kind the one that errs most at an element, with how many there were."""
    worst: dict[tuple[str, str, str], Found] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    tensors: dict[tuple[str, str, str], float] = {}
    for each in record:
        key = (each["kind"], each["engine"], each["dtype"])
        counts[key] += 1
        tensors[key] = max(tensors.get(key, 0.0), each["tensor"] or 0.0)
        if key not in worst or each["element"] > worst[key]["element"]:
            worst[key] = each
    return [worst[key] | {"count": counts[key], "tensor": tensors[key]} for key in sorted(worst)]


def table(record: list[Found]) -> str:
    """The page's table: a row a kind and engine, both types side by side."""
    by_key = {(row["kind"], row["engine"], row["dtype"]): row for row in rows(record)}
    lines = [
        "| kind | engine | layers | float32: eps S | RMS | shape of the worst | float64: eps S |",
        "|---|---|--:|--:|--:|---|--:|",
    ]
    for kind, engine in dict.fromkeys((kind, engine) for kind, engine, _ in by_key):
        single, double = (by_key.get((kind, engine, dtype)) for dtype in DTYPES)
        if single is None:
            continue
        before, after = (" x ".join(map(str, shape)) for shape in single["shape"])
        rms = f"{single['tensor']:.2f}" if single["tensor"] else ""
        other = "" if double is None else "as float32" if double["element"] > IN_FLOAT32 else f"{double['element']:.2g}"
        lines.append(
            f"| {kind} | {engine} | {single['count']} | {single['element']:.2g} | {rms} "
            f"| {before} to {after} in {single['network']} | {other} |"
        )
    return "\n".join([largest(record), "", *lines])


def sound(record: list[Found]) -> list[Found]:
    """Without what says float64 and was computed in float32."""
    return [each for each in record if each["dtype"] == "float32" or each["element"] <= IN_FLOAT32]


def largest(record: list[Found]) -> str:
    """What the budget follows from, in a sentence."""
    element = max(each["element"] for each in sound(record))
    tensor = max(each["tensor"] or 0.0 for each in sound(record))
    return (
        f"The largest of {len(sound(record)):,}: {element:.2g} eps S at an element, where {ELEMENT:g} are allowed; "
        f"{tensor:.2g} eps RMS(S) over a tensor or a channel, where {TENSOR:g} is."
    )


def page(record: list[Found]) -> str:
    """The page about comparisons with the table of a record."""
    return placed(PAGE.read_text(encoding="utf-8"), BEGIN, END, table(record))


def placed(text: str, begin: str, end: str, table: str) -> str:
    """A page with a table between its marks."""
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def main(paths: list[Path]) -> None:
    """Measures the networks, keeps what is known of others, and writes the record and the page."""
    known: list[Found] = []
    for path in paths:
        print(path.stem, flush=True)
        found = found_in(path)
        known = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else []
        known = [each for each in known if each["network"] != path.stem] + found
        RECORD.write_text("[\n" + ",\n".join(json.dumps(each) for each in known) + "\n]\n", encoding="utf-8")
    PAGE.write_text(page(known), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "benchmarks"))
    main([Path(name) for name in sys.argv[1:]] or sorted((ROOT / "configs").glob("*.yaml")))
