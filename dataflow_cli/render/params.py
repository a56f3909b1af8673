"""A Network as a report: what it costs, counted without running it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.network.memory import output_bytes
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report
from dataflow_cli.sizes import ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Shape

SCHEMA = "dftrace.params/1"


def receptive(value: Sequence[int | None] | None) -> str:
    """`5 x 5`, or `all` for the whole input; `?` where it is not known."""
    return "all" if value is None else " x ".join("?" if size is None else str(size) for size in value)


def _receptive_cell(value: Any) -> str:
    return "all" if value == "all" else receptive(value)


LAYER_COLUMNS = (
    Column("name", "layer"),
    Column("type", "type", keep=6),
    Column("activation", "activation", shown=False, keep=2),
    Column("inputs", "inputs", text.names, shown=False),
    Column("output_shape", "output shape", text.shape, keep=8),
    Column("params", "parameters", text.count, "right", keep=7),
    Column("trainable", "trainable", text.count, "right", shown=False),
    Column("non_trainable", "non-trainable", text.count, "right", shown=False, keep=1),
    Column("macs", "MACs", text.count, "right", keep=5),
    Column("receptive_field", "receptive field", _receptive_cell, "right", keep=3),
    Column("output_bytes", "output memory", text.memory, "right", keep=4),
    Column("param_bytes", "parameter memory", text.memory, "right", shown=False),
    Column("arithmetic", "arithmetic", "; ".join, shown=False),
)

TENSOR_COLUMNS = (
    Column("name", "tensor"),
    Column("kind", "kind", keep=6),
    Column("shape", "shape", text.shape, keep=8),
    Column("count", "values", text.count, "right", keep=7),
    Column("bytes", "memory", text.memory, "right", keep=5),
    Column("trainable", "trainable", lambda value: "yes" if value else "no", shown=False),
)


def params_report(network: Network, *, verbose: bool = False) -> Report:
    """A row a layer: type, shape, parameters, MACs, receptive field, memory."""
    rows = tuple(_input_row(spec.name, spec.shape, network.dtype) for spec in network.inputs)
    rows += tuple(_layer_row(node, network.dtype) for node in network.nodes)
    totals = {
        key: sum(row[key] for row in rows)
        for key in ("params", "trainable", "non_trainable", "macs", "output_bytes", "param_bytes")
    }
    arithmetic = tuple(_arithmetic_notes(network)) if verbose else ()
    return Report(
        schema=SCHEMA,
        rows_key="layers",
        columns=_columns(network),
        rows=rows,
        title=text.safe(network.name),
        head={"network": network.name, "file": network.file, "dtype": network.dtype},
        totals=totals,
        notes=(*_summary(network), *arithmetic),
    )


def tensor_report(network: Network) -> Report:
    """A row a tensor: what flows (data) and what is learned (parameters), kept apart."""
    item = ITEM_SIZE[network.dtype]
    rows = [_tensor_row(spec.name, "data", spec.shape, item) for spec in network.inputs]
    for node in network.nodes:
        rows += [
            _tensor_row(f"{node.name}/{name}", "parameter", parameter.shape, item, trainable=parameter.trainable)
            for name, parameter in node.parameters.items()
        ]
        rows.append(_tensor_row(node.name, "data", node.output_shape, item))
    return Report(
        schema=SCHEMA,
        rows_key="tensors",
        columns=TENSOR_COLUMNS,
        rows=tuple(rows),
        title=text.safe(network.name),
        head={"network": network.name, "file": network.file, "dtype": network.dtype},
        tail={"totals": {"data": _total(rows, "data"), "parameter": _total(rows, "parameter") | _trained(network)}},
        notes=_summary(network),
    )


def _columns(network: Network) -> tuple[Column, ...]:
    """The columns, with that of parameters which training does not change where there are any."""
    fixed = network.non_trainable_count > 0
    return tuple(replace(column, shown=fixed) if column.key == "non_trainable" else column for column in LAYER_COLUMNS)


def _total(rows: Sequence[dict[str, Any]], kind: str) -> dict[str, int]:
    """Of the tensors of a kind, how many values and bytes."""
    return {key: sum(row[key] for row in rows if row["kind"] == kind) for key in ("count", "bytes")}


def _trained(network: Network) -> dict[str, int]:
    return {"trainable": network.trainable_count, "non_trainable": network.non_trainable_count}


def _layer_row(node: Node, dtype: str) -> dict[str, Any]:
    return {
        "name": node.name,
        "type": node.layer.type,
        "activation": node.layer.activation.type if node.layer.activation else "",
        "inputs": node.inputs,
        "output_shape": node.output_shape,
        "params": node.parameter_count,
        "trainable": node.trainable_count,
        "non_trainable": node.non_trainable_count,
        "macs": node.macs,
        "receptive_field": "all" if node.receptive_field is None else node.receptive_field,
        "output_bytes": output_bytes(node, dtype),
        "param_bytes": node.parameter_count * ITEM_SIZE[dtype],
        "arithmetic": tuple(arithmetic(node)),
    }


def _input_row(name: str, shape: Shape, dtype: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "input",
        "activation": "",
        "inputs": (),
        "output_shape": shape,
        "params": 0,
        "trainable": 0,
        "non_trainable": 0,
        "macs": 0,
        "receptive_field": None,
        "output_bytes": math.prod(shape) * ITEM_SIZE[dtype],
        "param_bytes": 0,
        "arithmetic": (),
    }


def _tensor_row(name: str, kind: str, shape: Shape, item: int, *, trainable: bool | None = None) -> dict[str, Any]:
    count = math.prod(shape)
    return {"name": name, "kind": kind, "shape": shape, "count": count, "bytes": count * item, "trainable": trainable}


def _summary(network: Network) -> tuple[str, ...]:
    """The counts that are often mixed up, each with what it counts."""
    item = ITEM_SIZE[network.dtype]
    fixed = network.non_trainable_count
    split = f", {network.trainable_count:,} of them trainable and {fixed:,} not" if fixed else ""
    shapes = [spec.shape for spec in network.inputs] + [node.output_shape for node in network.nodes]
    flowing = sum(map(math.prod, shapes))
    flowing_memory = text.memory(flowing * item)
    return (
        f"learned:  {network.parameter_count:,} parameters ({text.memory(network.parameter_count * item)}){split}",
        f"data:     {flowing:,} values in {len(shapes)} tensors for one sample, the input included ({flowing_memory})",
        f"work:     {network.macs:,} MACs for one sample: multiply-accumulates of convolutions and dense layers only",
    )


def arithmetic(node: Node) -> Iterator[str]:
    """How a layer's shape and counts follow from its fields, with its own numbers."""
    yield from node.layer.shape_arithmetic(node.input_shapes)
    if node.parameters:
        named = (f"{name} {'·'.join(map(str, parameter.shape)) or 1}" for name, parameter in node.parameters.items())
        yield f"parameters: {' + '.join(named)} = {node.parameter_count:,}{_fixed(node)}"
    factors = node.layer.mac_factors(node.input_shapes)
    if factors:
        products = " + ".join("·".join(map(str, product)) for product in factors)
        yield f"MACs: {products} = {node.macs:,}"
    if "conv" in node.layer.type:
        yield _dense_instead(node)


def _fixed(node: Node) -> str:
    """Which of the parameters training does not change, if there are any."""
    names = [name for name, parameter in node.parameters.items() if not parameter.trainable]
    return f", {node.non_trainable_count:,} of them not trainable: {' and '.join(names)}" if names else ""


def _dense_instead(node: Node) -> str:
    """The dense layer between the same tensors, which a convolution saves."""
    inputs, outputs = math.prod(node.input_shapes[0]), math.prod(node.output_shape)
    return (
        f"a dense layer instead: {inputs:,}·{outputs:,} = {inputs * outputs:,} weights + {outputs:,} biases, "
        f"beside {node.parameter_count:,} parameters here"
    )


def _arithmetic_notes(network: Network) -> Iterator[str]:
    for node in network.nodes:
        shapes = ", ".join(text.shape(shape) for shape in node.input_shapes)
        yield ""
        yield f"{node.name} ({node.layer.type}): {shapes} -> {text.shape(node.output_shape)}"
        for line in arithmetic(node):
            yield f"  {line}"
