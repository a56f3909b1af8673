"""Models of ONNX, made up and changed: counted, run and imported alike, or one error that says what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.importers.onnx.operators import operations
from fuzz.attacks.models import shapes
from fuzz.findings import require
from fuzz.making.mutations import mutated
from fuzz.making.onnxfiles import graph, model, node, part, tensor, value

if TYPE_CHECKING:
    from fuzz.case import Case

_OTHERS = ("Constant", "Shape", "Size", "ConstantOfShape", "If", "Loop", "Range", "NonZero", "Trilu", "Nonsense")
_ATTRIBUTES: dict[str, tuple[Any, ...]] = {
    "axis": (0, 1, -1, 2, -5, 2**62),
    "axes": ([0], [1], [-1], [0, 1], [], [9]),
    "perm": ([0, 1], [1, 0], [0, 2, 1], [0, 1, 3, 2], [0, 0]),
    "pads": ([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 2], [-1, 0, 0, 0], [2**40] * 4),
    "strides": ([1, 1], [2, 2], [0, 0], [2**40, 1]),
    "kernel_shape": ([1, 1], [3, 3], [2], [0, 0], [2**31, 1]),
    "group": (1, 2, 0, -1),
    "dilations": ([1, 1], [2, 1], [0, 0]),
    "auto_pad": ("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "x\x1b[2J"),
    "keepdims": (0, 1),
    "to": (1, 6, 7, 8, 9, 10, 16, 99),
    "epsilon": (1e-5, 0.0, -1.0, float("nan")),
    "alpha": (0.1, 0.0, -2.0, float("inf")),
    "shape": ([-1, 4], [0, -1], [1, 1, -1], [2**40, 2**40]),
    "value": (np.array([3], "float32"), np.array([2**40], "int64"), np.array([2, 3], "int64")),
    "ceil_mode": (0, 1),
    "count_include_pad": (0, 1),
    "transB": (0, 1),
    "mode": ("constant", "reflect", "edge", "linear", "nearest", "other"),
    "size": (3, 0, -1),
    "num_groups": (1, 2, 3),
    "blocksize": (1, 2, 0),
    "hidden_size": (2, 3),
    "then_branch": (graph([node("Relu", ["x"], ["inner"])], [], ["inner"]),),
    "else_branch": (graph([node("Neg", ["x"], ["inner"])], [], ["inner"]),),
}
_ARRAYS: tuple[Any, ...] = (
    np.ones((2, 4, 3, 3), "f4"),
    np.ones((4, 2), "f4"),
    np.ones((4,), "f4"),
    np.ones((4, 1, 1), "f4"),
    np.float32(2),
    np.array([1], "int64"),
    np.array([0, -1], "int64"),
    np.array([1, -1], "int64"),
    np.array([2**40, 2**20], "int64"),
    np.array([1, 1, 2, 2], "float32"),
    np.int64(-1),
    np.array([True]),
    np.ones((2, 4), "i1"),
    np.zeros((0,), "f4"),
)
_SIZES: tuple[Any, ...] = (
    *(["N", 4, 6, 6], ["N", 4], [1, 4, 6, 6], [3, 4], ["N", "T", 4], [1, 4, "h", "w"]),
    *([4], [], None, [0, 4], [2**40, 4], ["N", 2**40, 2**40]),
)


def attack(case: Case) -> None:
    """A small graph of any operations with any attributes, perhaps with something wrong in its bytes."""
    content = _content(case)
    if case.chance(0.4):
        content = mutated(case.rng, content)
    case.write("m.onnx", content)
    case.ask("weights", "m.onnx", "--statistics", "-f", "json")
    counts = case.ask("params", "m.onnx", "-f", "json")
    case.ask("run", "m.onnx", "--value", ",".join(["1"] * 4), "--max-memory", "500MiB", "-f", "json")
    imported = case.ask("import", "m.onnx", "-o", "out/net.yaml", "--force")
    if imported.code == 0:
        again = case.ask("params", "out/net.yaml", "-f", "json")
        require(shapes(again.out) == shapes(counts.out), "the imported network counts otherwise", counts.out.decode())
        said = json.loads(counts.out)
        require(said["layers"], "a network without layers", counts.out.decode())


def _content(case: Case) -> bytes:
    arrays = {f"w{number}": array for number, array in enumerate(_ARRAYS)}
    known = ["x", *arrays, *case.rng.sample(("y", "nobody", "x", "\x1b[31m"), 1)]
    nodes, last = [], "x"
    for number in range(1 + case.few(5)):
        operation = case.rng.choice(
            (*operations(), *_OTHERS) if case.chance(0.8) else ("Add", "Conv", "Reshape", "Mul")
        )
        inputs = [last if case.chance(0.8) else case.rng.choice(known)]
        inputs += [case.rng.choice([*known, ""]) for _ in range(case.few(4))]
        last = f"t{number}"
        known.append(last)
        said = {name: case.rng.choice(_ATTRIBUTES[name]) for name in case.rng.sample([*_ATTRIBUTES], case.few(5))}
        outputs = [last, *(f"{last}_{more}" for more in range(case.few(2)))]
        name = case.rng.choice(("", f"/a/{number}", "conv1", "a:b c", "\x1b[2J", "x" * 300))
        nodes.append(node(operation, inputs, outputs, name, case.rng.choice(("", "", "", "com.me")), **said))
    if case.chance(0.2):
        case.rng.shuffle(nodes)
    inputs_of_it = [value("x", case.rng.choice(_SIZES), case.rng.choice(("float32", "float32", "int64", "bool")))]
    if case.chance(0.2):
        inputs_of_it += [value("w0", [2, 4, 3, 3]), value("z", case.rng.choice(_SIZES))]
    tensors: dict[str, Any] = {name: _stored(case, name, array) for name, array in arrays.items()}
    opset = case.rng.choice((6, 9, 11, 13, 18, 22, 0, 2**40))
    return model(graph(nodes, inputs_of_it, [last, *(["y"] if case.chance(0.05) else [])], tensors), opset)


def _stored(case: Case, name: str, array: Any) -> bytes:
    """A tensor, now and then in a file that is somewhere else, or not there."""
    content = tensor(name, array)
    if not case.chance(0.03):
        return content
    said = {"location": case.rng.choice(("../w", "/etc/passwd", "w.bin", "m.onnx", "")), "offset": str(case.few(9))}
    return content + b"".join(part(13, part(1, key) + part(2, text)) for key, text in said.items())
