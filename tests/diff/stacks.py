"""Small networks drawn by a seed, most of whose tensors have one shape, so that shapes tell nothing apart."""

from __future__ import annotations

import json

import numpy as np

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.model import Weights
from tests.diff.planting import spread, with_parameters

SEQUENCES = (
    {"input": [5, 8]},
    (
        {"type": "dense", "units": 8},
        {"type": "dense", "units": 8, "activation": "relu"},
        {"type": "dense", "units": 8, "activation": "gelu"},
        {"type": "layer_normalization"},
        {"type": "rms_normalization"},
        {"type": "multi_head_attention", "num_heads": 2, "key_dim": 4},
        {"type": "tanh"},
    ),
)
PICTURES = (
    {"input": [6, 6, 4]},
    (
        {"type": "conv2d", "filters": 4, "kernel_size": 3, "padding": "same"},
        {"type": "conv2d", "filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"},
        {"type": "depthwise_conv2d", "kernel_size": 3, "padding": "same"},
        {"type": "batch_normalization"},
        {"type": "relu"},
        {"type": "conv2d", "filters": 4, "kernel_size": 1, "use_bias": False},
    ),
)


def stack(rng):
    """A run of a network of 4 to 12 layers, a third of them sums with one before, and a classifier or not behind."""
    given, kinds = (SEQUENCES, PICTURES)[rng.integers(2)]
    names, layers = ["input"], []
    for number in range(rng.integers(4, 13)):
        if rng.uniform() < 0.3 and number > 1:
            one = {"type": "add", "inputs": [names[-1], str(rng.choice(names[:-1]))]}
        else:
            one = dict(kinds[rng.integers(len(kinds))])
        names.append(f"layer_{number}")
        layers.append(one | {"name": names[-1]})
    if rng.uniform() < 0.5:
        head = {"type": "dense", "units": 5, "name": "head", "activation": str(rng.choice(["softmax", "linear"]))}
        layers += [{"type": "flatten", "name": "flat"}, head]
    document = {
        "dftrace": 1,
        "weights": {"init": "he_normal", "seed": int(rng.integers(99))},
        **given,
        "layers": layers,
    }
    network = network_from_text(json.dumps(document).encode(), "stack")
    x = rng.normal(size=(2, *network.inputs[0].shape)).astype("f4")
    arrays = network.trace(x).origin[1].arrays
    weights = Weights({layer: spread(own, rng) for layer, own in arrays.items()})
    return ran(network, x, weights)


def ran(network, x, weights):
    trace = network.trace(x, weights)
    return Run(*trace.origin, trace)


def faulty(rng, run):
    """The same with a parameter of one layer otherwise, and the layer; None if nothing comes of it."""
    layers = [node.name for node in run.network.nodes if run.weights.of(node.name)]
    if not layers:
        return None
    layer = str(rng.choice(layers))
    name = str(rng.choice(list(run.weights.of(layer))))

    def change(array):
        changed = array.copy()
        if rng.uniform() < 0.5:
            at = tuple(rng.integers(n) for n in array.shape)
            changed[at] += np.abs(array).max() + 0.5
        elif name != "moving_variance":
            changed += rng.normal(0, 0.3, array.shape).astype("f4")
        return changed

    x = run.values[run.network.inputs[0].name]
    bad = ran(run.network, x, with_parameters(run, layer, **{name: change}))
    one, other = run.values[layer], bad.values[layer]
    if not np.abs(one - other).max() > 1e-3 * np.abs(one).max():
        return None
    return bad, layer


def left_out(rng, run, bad=None, part=0.25, *, inner=False):
    """What was captured of a run under foreign names, each tensor left out with this probability, and what was not.

    With `inner` ones: all that layers work out on their way, as all tensors of a graph are.
    """
    source = bad or run
    values = {spec.name: source.values[spec.name] for spec in run.network.inputs}
    names = [*values]
    for node in source.network.nodes:
        inside = [f"{node.name}:{each}" for each in node.layer.inner_tensors] if inner else []
        names += [*inside, node.name]
    values |= source.network.trace(values, source.weights, keep=names).values
    kept = [name for name in names if rng.uniform() > part] or names[-1:]
    tensors = {f"module.{number}": elsewhere(values[name]) for number, name in enumerate(kept)}
    return Captured("theirs", {name: x.shape for name, x in tensors.items()}, tensors.__getitem__), kept


def elsewhere(x):
    """Channels first."""
    return x.transpose(0, 3, 1, 2) if x.ndim == 4 else x
