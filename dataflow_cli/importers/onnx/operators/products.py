"""Products of matrices: dense layers where one of them is known, else the product of two tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.operators.arranging import aligned, moved_to, reshaped, swapped

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant


def gemm(call: Call) -> Held:
    """Gemm: alpha · A' · B' + beta · C, where ' may turn a matrix round."""
    a, b = call.value(0), call.value(1)
    a = _turned(call, a) if call.attribute("transA", 0) else a
    b = _turned(call, b) if call.attribute("transB", 0) else b
    alpha, beta = float(call.attribute("alpha", 1.0)), float(call.attribute("beta", 1.0))
    c = call.value(2) if call.has(2) else None
    if isinstance(a, Held) and isinstance(b, Constant):
        return _dense(call, a, _scaled(b, alpha), None if c is None else _bias(call, c, beta, b.shape[-1]))
    held = _product(call, a, b, "" if c is None and alpha == 1 else "_product")
    if alpha != 1:
        held = call.layer("rescaling", {"scale": [alpha]}, [held], behind="" if c is None else "_scaled")
    return held if c is None else _added(call, held, c, beta)


def matmul(call: Call) -> Held:
    """MatMul: a dense layer where the second is a known matrix; a bias that is added to it alone is its own."""
    a, b = call.value(0), call.value(1)
    if not (isinstance(a, Held) and isinstance(b, Constant) and len(b.shape) == 2):
        return _product(call, a, b, "")
    bias = _following_bias(call, b.shape[1])
    return _dense(call, a, b, bias)


def _dense(call: Call, a: Held, kernel: Constant, bias: Value | None) -> Held:
    """A weighted sum of the last axis."""
    if a.batch == a.rank - 1:
        call.wants(a, 0 if a.rank > 1 else None)
    if len(kernel.shape) != 2 or not a.sample or a.sample[-1] != kernel.shape[0]:
        raise FieldError(f"its matrices {list(a.shape)} and {list(kernel.shape)} do not go together")
    fields = {"units": kernel.shape[1], "use_bias": isinstance(bias, Constant)}
    parameters = {"kernel": kernel}
    if isinstance(bias, Constant):
        parameters["bias"] = bias
    held = call.layer("dense", fields, [a], parameters, behind="_product" if isinstance(bias, Held) else "")
    return _added(call, held, bias, 1.0) if isinstance(bias, Held) else held


def _product(call: Call, a: Value, b: Value, behind: str) -> Held:
    """The product of two tensors of which each sample has one."""
    left, right = (value if isinstance(value, Held) else call.held(value) for value in (a, b))
    if left.rank < 2 or right.rank < 2:
        return _of_vectors(call, left, right, behind)
    for held in (left, right):
        if held.batch is not None and held.batch >= held.rank - 2:
            call.wants(held, 0 if held.rank > 2 else None)
    left, right = aligned(call, [left, right])
    return call.layer("matmul", {}, [left, right], behind=behind)


def _of_vectors(call: Call, left: Held, right: Held, behind: str) -> Held:
    """The product where one is a vector: as a matrix of one row or column, which goes again."""
    if left.rank < 2:
        call.wants(left, None)
        wide = reshaped(call, left, (1, *left.sample), None, "_row")
        found = _product(call, wide, right, "_matrix")
        sample = (*found.sample[:-2], found.sample[-1])
    else:
        call.wants(right, None)
        wide = reshaped(call, right, (*right.sample, 1), None, "_column")
        found = _product(call, left, wide, "_matrix")
        sample = found.sample[:-1]
    return reshaped(call, found, sample, found.batch, behind)


def _bias(call: Call, c: Value, beta: float, units: int) -> Value:
    """What is added to a row of sums: a bias where it is known and the same for every row."""
    if isinstance(c, Constant):
        c = _scaled(c, beta)
        if c.count == 1:
            return c.changed(lambda array: array.reshape(-1).repeat(units), (units,))
        if c.count == c.shape[-1] == units:
            return c.reshaped((units,))
        raise FieldError("what it adds is not the same for every sample")
    return c if beta == 1 else call.layer("rescaling", {"scale": [beta]}, [c], behind="_bias")


def _added(call: Call, held: Held, c: Value, beta: float) -> Held:
    value = _scaled(c, beta) if isinstance(c, Constant) else c
    other = value if isinstance(value, Held) else call.held(value)
    if beta != 1 and isinstance(c, Held):
        other = call.layer("rescaling", {"scale": [beta]}, [other], behind="_bias")
    return call.layer("add", {}, aligned(call, [held, other]))


def _following_bias(call: Call, units: int) -> Constant | None:
    """The known vector that the only operation behind adds, which need not be translated then."""
    behind = call.to.next_alone(call.node.outputs[0])
    if behind is None or behind.operation != "Add" or not behind.is_own:
        return None
    others = [name for name in behind.inputs if name != call.node.outputs[0]]
    value = call.to.values.get(others[0]) if len(others) == 1 else None
    if not isinstance(value, Constant) or not value.shape or value.count != units or value.shape[-1] != units:
        return None
    if len(value.shape) > 1 and len(value.shape) > call.value(0).rank:  # type: ignore[union-attr]
        return None
    call.absorb(behind)
    return value.reshaped((units,))


def _scaled(value: Constant, factor: float) -> Constant:
    return value if factor == 1 else value.changed(lambda array: array * array.dtype.type(factor))


def _turned(call: Call, value: Value) -> Value:
    """A matrix with rows and columns exchanged."""
    if len(value.shape) != 2:
        raise FieldError(f"it takes matrices, found {len(value.shape)} axes")
    if isinstance(value, Constant):
        return value.transposed((1, 0))
    return moved_to(call, value, [1, 0], "_turned") if value.batch is None else swapped(value)
