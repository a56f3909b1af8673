"""Faults are planted here: a run with one, what another framework would have captured of it, and networks for both."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from dataflow_cli import load_network
from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.model import Weights
from tests.contract.shell import ROOT

SHIPPED = ("mnist-cnn", "tiny-resnet", "mnist-lstm", "sort-transformer", "mnist-vit")
WRITTEN = {
    "normalized": """
dftrace: 1
name: normalized
input: {shape: [14, 14, 3]}
weights: {init: he_normal, seed: 3}
layers:
  - {type: conv2d, name: stem, filters: 8, kernel_size: 3, strides: 2, padding: same, use_bias: false}
  - {type: batch_normalization, name: norm_1}
  - {type: relu, name: act_1}
  - {type: average_pooling2d, name: mean, pool_size: 3, strides: 2, padding: same}
  - {type: depthwise_conv2d, name: deep, kernel_size: 3, padding: same, use_bias: false}
  - {type: batch_normalization, name: norm_2, epsilon: 1e-5}
  - {type: relu, name: act_2, max_value: 6}
  - {type: conv2d, name: point, filters: 8, kernel_size: 1}
  - {type: add, name: sum, inputs: [point, mean]}
  - {type: leaky_relu, name: act_3, negative_slope: 0.1}
  - {type: max_pooling2d, name: most, pool_size: 2}
  - {type: flatten, name: flat}
  - {type: dense, name: head, units: 6}
  - {type: softmax, name: classes}
""",
    "gated": """
dftrace: 1
name: gated
input: {shape: [7, 5]}
weights: {init: glorot_uniform, seed: 5}
layers:
  - {type: gru, name: all, units: 6, return_sequences: true}
  - {type: gru, name: last, units: 4, reset_after: false}
  - {type: dense, name: head, units: 3}
""",
    "turning": """
dftrace: 1
name: turning
input: {shape: [6, 16]}
weights: {init: glorot_uniform, seed: 9}
layers:
  - {type: rms_normalization, name: norm}
  - type: group_query_attention
    name: look
    head_dim: 4
    num_query_heads: 4
    num_key_value_heads: 2
    rotary: halves
    use_causal_mask: true
  - {type: dense, name: gate, units: 16, activation: silu, inputs: look}
  - {type: dense, name: up, units: 16, inputs: look}
  - {type: multiply, name: both, inputs: [gate, up]}
  - {type: dense, name: down, units: 16}
""",
}
"""Beside those that are shipped: what these have not."""
NETWORKS = (*SHIPPED, *WRITTEN)


@cache
def network_of(name):
    if name in WRITTEN:
        return network_from_text(WRITTEN[name].encode(), name)
    return load_network(ROOT / f"configs/{name}.yaml")


@cache
def given(name):
    """What goes in; nothing for the example that the file names."""
    if name in SHIPPED:
        return None
    shape = network_of(name).inputs[0].shape
    return np.random.default_rng(1).uniform(-1, 1, (2, *shape)).astype("f4")


@cache
def good(name):
    """The network as it is, with parameters that say something."""
    network = network_of(name)
    if name in SHIPPED:
        return ran(network, name)
    arrays = ran(network, name).weights.arrays
    rng = np.random.default_rng(2)
    return ran(network, name, Weights({layer: spread(of, rng) for layer, of in arrays.items()}))


def spread(arrays, rng):
    """Vectors that start as zeros and ones, as training leaves them."""
    ones = {"gamma", "scale", "moving_variance"}
    return {
        key: array
        if array.ndim > 1 and "bias" not in key
        else (rng.uniform(0.5, 1.5, array.shape) if key in ones else rng.normal(0, 0.3, array.shape)).astype("f4")
        for key, array in arrays.items()
    }


def ran(network, name, weights=None):
    trace = network.trace(given(name), weights)
    return Run(*trace.origin, trace)


def captured(run, *, foreign=False, only=None, inputs=None):
    """What a program captured; a foreign one under other names, channels first."""
    names = [*([spec.name for spec in run.network.inputs] if inputs is not None else []), *run.network.by_name]
    values = {name: (inputs or {}).get(name, run.values[name]) for name in names if only is None or name in only}
    if foreign:
        values = {
            f"module.{number}": x.transpose(0, 3, 1, 2) if x.ndim == 4 else x
            for number, x in enumerate(values.values())
        }
    return Captured("theirs", {name: x.shape for name, x in values.items()}, values.__getitem__)


def with_fields(network, layer, **fields):
    """The network with a layer otherwise. One whose shape changes is the last: what follows does not fit."""
    return with_layer(network, layer, replace(network.by_name[layer].layer, **fields))


def with_layer(network, name, layer):
    nodes = []
    for node in network.nodes:
        if node.name != name:
            nodes.append(node)
            continue
        shape = tuple(layer.output_shape(node.input_shapes))
        wanted = layer.parameters(node.input_shapes)
        nodes.append(replace(node, layer=layer, output_shape=shape, parameters=wanted))
        if shape != node.output_shape:
            break
    kept = {node.name for node in nodes}
    return replace(network, nodes=tuple(nodes), outputs=tuple(n for n in network.outputs if n in kept) or (name,))


def with_parameters(run, layer, **changes):
    """The weights of a run with some of a layer's otherwise: `changes` are functions of arrays."""
    arrays = {key: dict(value) for key, value in run.weights.arrays.items()}
    for name, change in changes.items():
        arrays[layer][name] = np.asarray(change(arrays[layer][name])).astype(np.float32)
    return Weights(arrays)


def said(found):
    """The cause in words."""
    return "not known" if found.cause is None else f"{found.cause.found}. {found.cause.advice}"
