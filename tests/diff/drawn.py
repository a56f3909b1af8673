"""Faults drawn by a seed: network, sort of fault, kind of layer, layer, and value, of those that can be there.

A fault is a slip that ports make: another value of one field that the schema allows, parameters in another order or
type or left out, one number otherwise, a kind that resembles, an input that was prepared otherwise. What is drawn and
changes hardly anything is no fault, and drawn again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from dataflow_cli.errors import DftraceError
from dataflow_cli.layers import KINDS
from tests.diff.planting import (
    NETWORKS,
    captured,
    given,
    good,
    network_of,
    ran,
    with_fields,
    with_layer,
    with_parameters,
)

VISIBLE = 1e-4
"""Of the output's scale: what a fault changes at least."""
FIELDS = {
    "epsilon": (1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
    "negative_slope": (0.0, 0.01, 0.02, 0.1, 0.2, 0.25, 0.3),
    "max_value": (None, 1.0, 6.0),
    "rotary_base": (1000.0, 10000.0, 500000.0, 1000000.0),
    "strides": ((1, 1), (2, 2), (3, 3), (1, 2), (2, 1)),
    "dilation_rate": ((1, 1), (2, 2)),
    "padding": ("same", "valid", ((1, 1), (1, 1)), ((0, 1), (0, 1)), ((1, 0), (1, 0)), ((2, 2), (2, 2))),
    "axis": (1, 2, 3),
}
"""What fields are in networks that people port."""
RESEMBLING = {
    "max_pooling2d": ("average_pooling2d",),
    "average_pooling2d": ("max_pooling2d",),
    "global_average_pooling2d": ("global_max_pooling2d",),
    "global_average_pooling1d": ("global_max_pooling1d",),
    "relu": ("leaky_relu", "elu", "gelu", "silu", "hard_silu"),
    "leaky_relu": ("relu", "elu", "silu", "selu"),
    "softmax": ("log_softmax", "sigmoid"),
    "layer_normalization": ("rms_normalization",),
    "add": ("subtract", "maximum", "average", "multiply"),
    "multiply": ("add", "maximum"),
}
ABSENT = {"gamma": 1, "scale": 1, "moving_variance": 1, "beta": 0, "bias": 0, "moving_mean": 0}

SWITCHES = {"gamma": "scale", "beta": "center", "bias": "use_bias"}
"""The fields that leave parameters out."""


@dataclass
class Fault:
    network: str
    layer: str
    what: str
    good: Any
    """The sound run."""
    bad: Any
    there: tuple[str, ...]
    """One of these is in the cause where the sound side computes."""
    here: tuple[str, ...]
    """And one of these where the faulty one does."""
    inputs: dict[str, Any] | None = None
    """What the faulty side took, if its input was another."""


@cache
def faults(seed, count):
    """So many faults that are visible."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        name = str(rng.choice(NETWORKS))
        sort = SORTS[rng.integers(len(SORTS))]
        try:
            fault = sort(rng, name)
        except DftraceError:  # the field does not take that there
            continue
        if fault is not None and visible(fault):
            found.append(fault)
    return found


def visible(fault):
    if fault.inputs is not None:
        return True
    one, other = (run.values[fault.layer].astype("f8") for run in (fault.good, fault.bad))
    if one.shape != other.shape:  # the same numbers in the same order are no fault of what computes them
        return one.size != other.size or not np.allclose(one.ravel(), other.ravel(), rtol=1e-5)
    return np.isfinite(other).all() and np.abs(one - other).max() > VISIBLE * np.abs(one).max()


def layer_of(rng, network, wanted):
    """A layer, first by its kind, of those that are wanted."""
    some = [node for node in network.nodes if wanted(node)]
    if not some:
        return None
    kind = rng.choice(sorted({node.layer.type for node in some}))
    some = [node for node in some if node.layer.type == kind]
    return some[rng.integers(len(some))]


def written(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(written, value))}]"
    return str(getattr(value, "type", f"{value:g}" if isinstance(value, float) else value))


def values(layer, name, option):
    """What a field may be there."""
    if name in FIELDS:
        return FIELDS[name]
    if isinstance(getattr(layer, name), bool):
        return (False, True)
    schema = option.kind.schema()
    return tuple(
        w for part in (schema, *schema.get("anyOf", ())) for w in part.get("enum", ()) if w is None or len(str(w)) > 4
    )


def fields_of(layer):
    options = type(layer).options().items()
    return {key: option for key, option in options if key != "data_format" and values(layer, key, option)}


def field(rng, name):
    network = network_of(name)
    node = layer_of(rng, network, lambda node: fields_of(node.layer))
    layer = node.layer
    options = fields_of(layer)
    key = str(rng.choice(list(options)))
    some = values(layer, key, options[key])
    value = options[key].kind.read(some[rng.integers(len(some))])
    ours = getattr(layer, key)
    changed = replace(layer, **{key: value})
    shapes = [{k: p.shape for k, p in each.parameters(node.input_shapes).items()} for each in (layer, changed)]
    if changed == layer or shapes[0] != shapes[1]:
        return None
    bad = ran(with_fields(network, node.name, **{key: value}), name, good(name).weights)
    there, here = f"`{key}: {written(value)}`", f"`{key}: {written(ours)}`"
    return Fault(
        name,
        node.name,
        f"{key}: {written(ours)} -> {written(value)}",
        good(name),
        bad,
        words(key, value, there),
        words(key, ours, here),
    )


def words(key, value, said):
    """An activation that is not there is told in words."""
    return (said, "is not applied", "behind the activation") if key == "activation" and value is None else (said,)


def kind(rng, name):
    network = network_of(name)
    node = layer_of(rng, network, lambda node: node.layer.type in RESEMBLING)
    if node is None:
        return None
    some = RESEMBLING[node.layer.type]
    other = KINDS[some[rng.integers(len(some))]]
    same = {key: getattr(node.layer, key) for key in other.options() if key in type(node.layer).options()}
    changed = other(**same)
    bad = ran(with_layer(network, node.name, changed), name, good(name).weights)
    return Fault(
        name,
        node.name,
        f"{node.layer.type} -> {changed.type}",
        good(name),
        bad,
        (f"{changed.type}",),
        (f"{node.layer.type}",),
    )


def parameters(rng, name, said, wanted, changed):
    """A fault in one parameter: `wanted` says of which, `changed` makes it; `said` is what names it, in both orders."""
    run = good(name)
    node = layer_of(rng, run.network, lambda node: any(map(wanted, run.weights.of(node.name).values())))
    if node is None:
        return None
    key = str(rng.choice([key for key, array in run.weights.of(node.name).items() if wanted(array)]))
    change, what = changed(rng, run.weights.of(node.name)[key])
    bad = ran(run.network, name, with_parameters(run, node.name, **{key: change}))
    form = {"key": key, "what": what, "row": what.split(", ")[-1]}
    words = tuple(each.format(**form) for each in said)
    return Fault(name, node.name, f"{key} {what}", run, bad, words, words)


def absent(rng, name):
    run = good(name)
    node = layer_of(rng, run.network, lambda node: ABSENT.keys() & run.weights.of(node.name).keys())
    if node is None:
        return None
    key = str(rng.choice(sorted(ABSENT.keys() & run.weights.of(node.name).keys())))
    bad = with_parameters(run, node.name, **{key: lambda array: np.full_like(array, ABSENT[key])})
    there, here = (f"`{key}` is left out",), (f"has a {key}",)
    if key in SWITCHES:
        there, here = (*there, f"{SWITCHES[key]}: false"), (*here, f"{SWITCHES[key]}: true")
    return Fault(name, node.name, f"{key} left out", run, ran(run.network, name, bad), there, here)


def transposed(rng, name):
    def change(rng, array):
        pairs = [(i, j) for i in range(array.ndim) for j in range(i) if array.shape[i] == array.shape[j] > 1]
        one, other = pairs[rng.integers(len(pairs))]
        return (lambda array: np.swapaxes(array, one, other)), "transposed"

    def wanted(array):
        return len({n for n in array.shape if n > 1}) < sum(n > 1 for n in array.shape)

    return parameters(rng, name, ("`{key}` is transposed", "`{key}` stands"), wanted, change)


def backwards(rng, name):
    def change(rng, array):
        axis = int(rng.choice([i for i in range(array.ndim) if array.shape[i] > 1]))
        return (lambda array: np.flip(array, axis)), f"backwards along {axis}"

    said = ("`{key}` stands backwards", "`{key}` is transposed", "flip_kernel")
    return parameters(rng, name, said, lambda array: array.ndim > 1 and array.size > array.shape[-1], change)


def rounded(rng, name):
    run = good(name)
    node = layer_of(rng, run.network, lambda node: any(a.ndim > 1 for a in run.weights.of(node.name).values()))
    if node is None:
        return None
    what = str(rng.choice(["float16", "bfloat16", "int8"]))
    wide = [key for key, array in run.weights.of(node.name).items() if array.ndim > 1]
    bad = ran(run.network, name, with_parameters(run, node.name, **dict.fromkeys(wide, ROUNDED[what])))
    there = f"rounded to {what}"
    return Fault(name, node.name, there, run, bad, (there,), (f"{what} numbers", there))


def bfloat16(array):
    bits = array.view("u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).astype("u4").view("f4")


ROUNDED = {
    "float16": lambda array: array.astype("f2"),
    "bfloat16": bfloat16,
    "int8": lambda array: np.rint(array * (127 / np.abs(array).max())) * (np.abs(array).max() / 127),
}


def number(rng, name):
    def change(rng, array):
        at = tuple(int(rng.integers(n)) for n in array.shape)
        by = float(rng.choice([-1, 1]) * rng.uniform(0.1, 1) * (np.abs(array).max() or 1))

        def changed(array):
            array = array.copy()
            array[at] += by
            return array

        return changed, f"[{', '.join(map(str, at))}]"

    said = ("{key}{what}", "{key}[:, {row}")  # of one number a unit, one of its weights is all that can be known
    return parameters(rng, name, said, lambda _: True, change)


def exchanged(rng, name):
    run = good(name)
    pairs = (
        ("moving_mean", "moving_variance"),
        ("gamma", "beta"),
        ("query_kernel", "key_kernel"),
        ("key_kernel", "value_kernel"),
    )

    def can(node):
        own = run.weights.of(node.name)
        return [pair for pair in pairs if all(key in own for key in pair) and own[pair[0]].shape == own[pair[1]].shape]

    node = layer_of(rng, run.network, can)
    if node is None:
        return None
    some = can(node)
    one, other = some[rng.integers(len(some))]
    own = run.weights.of(node.name)
    if "moving_mean" in (one, other) and (own[one] < 0).any():
        own = {**own, one: np.abs(own[one])}
        return None
    bad = ran(
        run.network, name, with_parameters(run, node.name, **{one: lambda _: own[other], other: lambda _: own[one]})
    )
    said = (f"`{one}` and `{other}` are exchanged",)
    return Fault(name, node.name, f"{one} <-> {other}", run, bad, said, said)


def gates(rng, name):
    run = good(name)
    count = {"lstm": 4, "gru": 3}
    node = layer_of(rng, run.network, lambda node: node.layer.type in count)
    if node is None:
        return None
    number = count[node.layer.type]
    order = rng.permutation(number)

    def moved(array):
        parts = np.split(array, number, axis=-1)
        return np.concatenate([parts[gate] for gate in order], axis=-1)

    bad = ran(run.network, name, with_parameters(run, node.name, **dict.fromkeys(run.weights.of(node.name), moved)))
    return Fault(name, node.name, f"gates {order}", run, bad, ("the gates stand",), ("the gates stand",))


def flattened(rng, name):
    """The rows of a dense kernel in the order of channels first."""
    run = good(name)

    def before(node):
        (one, *_) = node.inputs
        flat = run.network.by_name.get(one)
        return (
            flat is not None and len(flat.output_shape) == 1 and flat.layer.hands_on and len(flat.input_shapes[0]) == 3
        )

    node = layer_of(rng, run.network, lambda node: node.layer.has_units and before(node))
    if node is None:
        return None
    h, w, c = run.network.by_name[node.inputs[0]].input_shapes[0]
    bad = ran(
        run.network,
        name,
        with_parameters(run, node.name, kernel=lambda k: k.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(k.shape)),
    )
    return Fault(name, node.name, "flattened with channels first", run, bad, ("flattened with",), ("flattened with",))


def prepared(rng, name):
    """The input otherwise."""
    network, run = network_of(name), good(name)
    spec = network.inputs[0]
    x = run.values[spec.name]
    if x.ndim != 4:
        return None
    ways = [("255", lambda x: 255 * x), ("negative", lambda x: 1 - x), ("scaled", lambda x: (x - 0.1307) / 0.3081)]
    if spec.shape[-1] == 3:
        ways.append(("BGR", lambda x: x[..., ::-1]))
    what, change = ways[rng.integers(len(ways))]
    trace = network.trace(None if given(name) is None else change(x), run.weights) if given(name) is not None else None
    bad = run if trace is None else type(run)(*trace.origin, trace)
    return Fault(
        name, spec.name, f"input {what}", run, bad, (what,), (what,), {spec.name: np.ascontiguousarray(change(x))}
    )


SORTS = (
    field,
    field,
    field,
    kind,
    absent,
    transposed,
    backwards,
    rounded,
    number,
    exchanged,
    gates,
    flattened,
    prepared,
)


def sides(fault):
    """Both orders, own names and foreign ones: a run, captured tensors, and what is to be said."""
    for foreign in (False, True):
        yield fault.good, captured(fault.bad, foreign=foreign, inputs=fault.inputs), fault.there
        if fault.inputs is None:
            yield fault.bad, captured(fault.good, foreign=foreign), fault.here
