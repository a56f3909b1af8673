"""Every tensor of an ONNX model as ONNX Runtime computes it, and as a network does that was read from the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.importers.open import import_model
from dataflow_cli.tensors import layer_of

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

BOUNDED = ("Sigmoid", "Softmax")
CLOSE = 2e-5
"""In parts of a tensor's largest value: less is rounding, in another order of sums."""


def theirs(path, inputs):
    """By name, every tensor that a node of the model gives; those that ONNX Runtime cannot put out are left out."""
    model = onnx.load(path)
    known = {each.name for each in model.graph.output}
    model.graph.output.extend(
        onnx.ValueInfoProto(name=name)
        for node in model.graph.node
        for name in node.output
        if name and name not in known
    )
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = _session(model, Path(path).parent, options)
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def _session(model, folder, options):
    """Large tensors may stand beside the model."""
    onnx.external_data_helper.load_external_data_for_model(model, str(folder))
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def held_against(path, inputs):
    """Runs both. Returns by tensor of theirs how far ours is from it, in parts of its largest value.

    Of what comes out of a sigmoid or a softmax it is in parts of 1: ONNX Runtime's sigmoid is a rational function, off
    by 3e-8 wherever its values stand, and a softmax makes a relative difference of an absolute one of its logits.
    """
    model = import_model(path)
    if any(layer.batch is None and layer.kind != "constant" for layer in model.layers):  # samples are mixed with others
        axes = {each.source: each.batch for each in model.inputs}
        inputs = {name: x if axes[name] is None else np.take(x, [0], axes[name]) for name, x in inputs.items()}
    model, trace = run(path, inputs)
    wanted = theirs(path, inputs)
    bounded = {name for node in onnx.load(path).graph.node if node.op_type in BOUNDED for name in node.output}
    found = {}
    for layer in model.layers:
        if layer.gives in wanted:
            expected = ours_of(wanted[layer.gives], layer.batch)
            least = 1.0 if layer.gives in bounded else 1e-30
            found[layer.gives] = apart(np.asarray(trace.value(layer.name)), expected, layer.gives, least)
    return found


def run(path, inputs):
    """What was read, and a trace of it. Raises DftraceError."""
    model, network = import_model(path), load_network(path)
    given = {each.name: ours_of(inputs[each.source], each.batch) for each in model.inputs}
    given = {name: x[:, None] if x.ndim == 1 else x for name, x in given.items()}  # one number a sample
    given = {name: x if x.dtype.kind in "fiub" else x.astype(np.float32) for name, x in given.items()}  # bfloat16
    samples = max(map(len, given.values()))  # what has no samples is the same for all
    alike = {name: np.broadcast_to(x, (samples, *x.shape[1:])) for name, x in given.items() if len(x) == 1}
    return model, network.trace(given | alike, keep="all")


def outputs(path, inputs, wanted):
    """What the model gives, as these arrays are shaped, if it can be. Raises DftraceError."""
    model, trace = run(path, inputs)
    batches = {layer.name: layer.batch for layer in model.layers}
    found = ((np.asarray(trace.value(name)), batches[layer_of(name)]) for name in model.outputs)
    return [theirs_of(array, batch, one.shape) for (array, batch), one in zip(found, wanted, strict=True)]


def theirs_of(array, batch, shape):
    """A tensor of ours as theirs has it: its samples along the axis that is said, or where the shape has them."""
    ways = [array[0], *(np.moveaxis(array, 0, axis) for axis in range(array.ndim))]
    if batch is not None:
        ways.insert(0, np.moveaxis(array, 0, batch))
    ways.append(array[0].reshape(()) if array[0].size == 1 else array[0])  # a number alone
    return next((way for way in ways if way.shape == shape), ways[0])


def ours_of(array, batch):
    """A tensor of theirs as ours has it: its samples first."""
    return np.asarray(array)[None] if batch is None else np.moveaxis(np.asarray(array), batch, 0)


def apart(found, expected, name, least=1e-30):
    """The largest difference in parts of the largest value, or of the least that counts as one."""
    found = found[:1] if len(expected) == 1 else found  # the same for all samples
    assert found.shape == expected.shape, f"{name}: {found.shape}, and not {expected.shape}"
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=least)
    return float(np.where(same, 0, np.abs(found - expected)).max(initial=0) / scale)
