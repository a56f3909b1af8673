"""Captures under foreign names of which some tensors are left out: pairs are shown by what is computed."""

import numpy as np
import pytest

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.pairing import paired
from dataflow_cli.diff.run import Run
from tests.diff.planting import good, network_of
from tests.diff.stacks import faulty, left_out, stack

SHARES = (0.1, 0.25, 0.5)
FAULTS = (
    (182, False),
    (245, False),
    (262, False),
    (5, True),
    (13, True),
    (14, True),
    (17, True),
    (47, True),
    (59, True),
    (61, True),
    (65, True),
    (73, True),
)
"""Seeds, and whether tensors from within layers were captured."""
INNER = (2, 5, 18, 22, 25, 33, 35, 51, 53, 63, 108, 119, 142, 145)


def told(found, layer):
    """Whether a layer is at fault, or among those that are computed together for want of their tensors."""
    return found.first is not None and layer in (found.first.name, *found.first.segment)


@pytest.mark.parametrize(("seed", "inner"), FAULTS)
def test_no_other_layer_is_at_fault(seed, inner):
    """Where the layer, or anything behind it, was captured, it is told; and no other is in its place."""
    rng = np.random.default_rng(seed)
    run = stack(rng)
    bad, layer = faulty(rng, run)
    other, kept = left_out(rng, run, bad, SHARES[seed % 3], inner=inner)
    found = compared(run, other)
    assert told(found, layer) or (found.first is None and layer not in kept)


@pytest.mark.parametrize("seed", INNER)
def test_tensors_from_within_layers_are_no_fault(seed):
    """All tensors of a graph but some."""
    rng = np.random.default_rng(seed)
    run = stack(rng)
    found = compared(run, left_out(rng, run, part=SHARES[seed % 3], inner=True)[0])
    assert found.first is None


def graph(run, drop, *, inner=()):
    """All tensors but some, and some inner ones in their place in the order, under foreign names."""
    names = [name for node in run.network.nodes for name in (*(f"{node.name}:{each}" for each in inner), node.name)]
    known = {f"{node.name}:{each}" for node in run.network.nodes for each in node.layer.inner_tensors}
    names = [name for name in names if (name in known or ":" not in name) and name not in drop]
    values = run.network.trace(None, run.weights, keep=names).values
    tensors = {f"tensor_{number}": values[name] for number, name in enumerate(names)}
    return Captured("theirs", {name: x.shape for name, x in tensors.items()}, tensors.__getitem__)


def test_sums_of_all_layers_and_not_the_last_output():
    """Nothing tells whether the softmax is applied there: said, and no difference. Where no other's sums are, it is."""
    run = good("mnist-cnn")
    found = compared(run, graph(run, {"dense_2"}, inner=["sum"]))
    assert found.first is None
    assert [pair.layout for pair in found.pairs if pair.name == "dense_2"] == ["before its softmax"]
    assert found.notes == ("dense_2: B has what comes before its softmax, and nothing tells whether B applies it",)
    names = [*run.network.by_name]
    values = run.network.trace(None, run.weights, keep=[*names, "dense_2:sum"]).values
    tensors = {f"t{number}": values[name] for number, name in enumerate([*names[:-1], "dense_2:sum"])}
    found = compared(run, Captured("theirs", {name: x.shape for name, x in tensors.items()}, tensors.__getitem__))
    assert found.first.name == "dense_2"
    assert "the softmax is not applied" in found.cause.found


def test_layers_that_come_from_one_place_are_not_all_that_tensor():
    """As normalizations with equal parameters are in an exported model, which keeps these once."""
    names = ("norm", "a", "norm_2", "b", "norm_3", "c", "d", "e")
    ours = {name: (float(number**2), 99.0 - number) for number, name in enumerate(names)}
    theirs = dict(zip(("norm", "a", "after", "b", "last", "c", "d", "e"), ours.values(), strict=True))
    shapes = [dict.fromkeys(side, (1, 4)) for side in (ours, theirs)]
    sources = {name: "norm" if name.startswith("norm") else name for name in ours}
    found = paired(*shapes, (), (ours.__getitem__, theirs.__getitem__), sources)
    assert found.partner == dict(zip(ours, theirs, strict=True))


def test_a_vector_with_more_axes_of_one_is_the_vector():
    """As PyTorch's adaptive pooling gives it, where what flattens is a function."""
    run = good("tiny-resnet")
    values = {f"t{number}": run.values[name] for number, name in enumerate(run.network.by_name)}
    pooled = next(b for b, name in zip(values, run.network.by_name, strict=True) if name.startswith("global"))
    values[pooled] = values[pooled][:, :, None, None]
    found = compared(run, Captured("theirs", {name: x.shape for name, x in values.items()}, values.__getitem__))
    assert found.first is None
    assert "with other axes of 1" in {pair.layout for pair in found.pairs}


@pytest.mark.parametrize(("side", "pair"), [("A", "max_stride_1=module.2"), ("B", "module.2=max_stride_1")])
def test_a_branch_that_computes_what_another_does_is_told(side, pair):
    """Of two branches of one input one computes as the other: no content says which of two equal tensors it is."""
    trace = network_of("pooling").trace(None)
    run = Run(*trace.origin, trace)
    values = {**run.values, "max_stride_1": run.values["average_stride_1"]}
    shown = {f"module.{number}": values[name] for number, name in enumerate(run.network.by_name)}
    found = compared(run, Captured("b", {name: x.shape for name, x in shown.items()}, shown.get), side=side)
    assert [pair.name for pair in found.missing] == ["max_stride_1"]
    (note,) = found.notes
    assert note.startswith("module.2 has no partner, and is what average_stride_1 puts out")
    assert note.endswith(f"--map {pair}")
