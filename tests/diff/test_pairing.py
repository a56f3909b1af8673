"""Captures under foreign names of which some tensors are left out: pairs are shown by what is computed."""

from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.pairing import paired
from dataflow_cli.diff.run import Run
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from tests.contract.shell import ROOT
from tests.diff import planting
from tests.diff.planting import good, network_of, ran, with_fields, with_layer
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
INNER = (2, 5, 18, 22, 25, 33, 35, 51, 53, 63, 108, 119, 142, 145, 40039)


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


def pooled(trace, *, left_out="", **others):
    """All that the branches of a network put out, under foreign names, some of it otherwise."""
    network, _ = trace.origin
    kept = {name: others.get(name, trace.values[name]) for name in network.by_name if name != left_out}
    shown = {f"module.{number}": x for number, x in enumerate(kept.values())}
    return Captured("b", {name: x.shape for name, x in shown.items()}, shown.get)


READ = """
dftrace: 1
name: read
input: {shape: [8, 8, 2]}
weights: {init: he_normal, seed: 4}
layers:
  - {type: conv2d, name: trunk, filters: 3, kernel_size: 3}
  - {type: max_pooling2d, name: one, pool_size: 2}
  - {type: TYPE, name: other, pool_size: 2, inputs: trunk}
  - {type: concatenate, name: both, inputs: [one, other]}
"""


def test_what_reads_a_branch_tells_that_it_computes_what_another_does():
    """Though not all was captured."""
    x = np.random.default_rng(6).normal(size=(2, 8, 8, 2)).astype("f4")
    kinds = ("average_pooling2d", "max_pooling2d")
    ours, theirs = (network_from_text(READ.replace("TYPE", kind).encode(), "read").trace(x) for kind in kinds)
    found = compared(Run(*ours.origin, ours), pooled(theirs, left_out="trunk"))
    assert found.first.name == "other"
    assert not found.notes


@pytest.mark.parametrize(("side", "pair"), [("A", "max_stride_1=module.1"), ("B", "module.1=max_stride_1")])
def test_a_branch_that_may_compute_what_another_does_is_told(side, pair):
    """Not all was captured: an equal tensor may be a branch's that computes as another, or that one's once more."""
    trace = network_of("pooling").trace(None)
    theirs = pooled(trace, left_out="max_stride_2", max_stride_1=trace.values["average_stride_1"])
    found = compared(Run(*trace.origin, trace), theirs, side=side)
    assert found.first is None
    (note,) = found.notes
    assert note.startswith("module.1 has no partner, and is what average_stride_1 puts out")
    assert note.endswith(f"--map {pair}")


def test_a_branch_that_computes_what_another_does_differs_where_all_was_captured():
    trace = network_of("pooling").trace(None)
    theirs = pooled(trace, max_stride_1=trace.values["average_stride_1"])
    found = compared(Run(*trace.origin, trace), theirs)
    assert found.first.name == "max_stride_1"
    assert not found.missing
    (note,) = found.notes
    assert "average_stride_1" in note


@pytest.mark.parametrize(("name", "place"), [("max_stride_1", 2), ("average_stride_1", 3)])
def test_of_two_branches_that_are_the_same_here_the_order_tells(name, place):
    """Ours are equal, theirs are not: the one that stands where theirs is another differs, the other one is named."""
    theirs = network_of("pooling").trace(None)
    kind = KINDS["average_pooling2d" if name == "max_stride_1" else "max_pooling2d"]
    network = with_layer(network_of("pooling"), name, kind(pool_size=(2, 2), strides=(1, 1)))
    ours = network.trace(None)
    found = compared(Run(*ours.origin, ours), pooled(theirs))
    assert (found.first.name, found.first.partner) == (name, f"module.{place}")
    beside = "average_stride_1" if name == "max_stride_1" else "max_stride_1"
    assert found.notes[0].endswith(f"--map {beside}=module.{place} takes it for that of {beside}")


WINDOWS = """
  - {type: reshape, name: cut_NUMBER, target_shape: [2, 2, 2, 2]}
  - {type: permute, name: moved_NUMBER, dims: [1, 3, 2, 4]}
  - {type: reshape, name: windows_NUMBER, target_shape: [4, 4]}"""
LEARNING = """
  - {type: rescaling, name: hardly_NUMBER, scale: 1e-5}
  - {type: add, name: sum_NUMBER, inputs: [hardly_NUMBER, dense_NUMBER]}"""


def captured(*tensors):
    """What another program put out, by names of its own."""
    values = dict(tensors)
    return Captured("theirs", {name: array.shape for name, array in values.items()}, values.__getitem__)


@pytest.mark.parametrize("between", [WINDOWS, LEARNING])
def test_what_hands_on_a_tensor_is_nobody_else_s(between):
    """Dropouts beside windows of as many numbers, and beside sums that hardly differ from what goes in."""
    text = "dftrace: 1\ninput: [4, 4]\nweights: {init: he_normal, seed: 3}\nlayers:"
    for number in "123":
        text += f"\n  - {{type: dense, name: dense_{number}, units: 4}}{between.replace('NUMBER', number)}"
    trace = network_from_text(text, "net").trace(np.random.default_rng(1).normal(size=(1, 4, 4)), keep="all")
    kept = {name: trace.value(name) for name in ("input", "dense_1", "dense_2", "dense_3")}
    again = {f"dropout_{name}": array for name, array in kept.items() if name != "input"}
    found = compared(Run(*trace.origin, trace), captured(*sorted((kept | again).items(), key=lambda one: one[0][-1])))
    assert found.first is None, found.first
    assert {pair.name: pair.partner for pair in found.pairs if pair.partner} == {name: name for name in kept}


@pytest.mark.parametrize(
    ("ours", "theirs", "layer"),
    [
        ("padding: same\n    activation: relu", "padding: same", "same"),
        ("[0]], [[1]]]}\noutputs", "[3]], [[1]]]}\noutputs", "flipped"),
    ],
)
def test_a_branch_is_not_taken_for_what_it_resembles(ours, theirs, layer):
    """All was captured: of the first what its own layer works out on its way, of the last another.s, mirrored."""
    text = (ROOT / "configs/conv1d-ramp.yaml").read_text()
    first, other = (
        network_from_text(text.replace(*pair).encode(), "ramp").trace(None) for pair in ((theirs, ours), (ours, theirs))
    )
    for one, two in ((first, other), (other, first)):
        assert compared(Run(*one.origin, one), pooled(two)).first.name == layer


def test_a_layer_of_another_size_is_not_taken_for_the_input():
    ours = network_of("pooling").trace(None)
    layer = replace(network_of("pooling").by_name["average_stride_1"].layer, padding="same")
    theirs = with_layer(network_of("pooling"), "average_stride_1", layer).trace(None)
    shown = {name: theirs.values[name] for name in network_of("pooling").by_name}
    found = compared(Run(*ours.origin, ours), Captured("b", {name: x.shape for name, x in shown.items()}, shown.get))
    assert found.first.name == "average_stride_1"
    assert "`padding: same`" in found.cause.found


def test_another_activation_is_no_sum():
    """Its values look as if ours was still to be applied; what reads them was made of them as they are."""
    theirs = good("tiny-resnet")
    network = with_fields(theirs.network, "residual_2/add_1", activation=KINDS["softplus"]())
    found = compared(ran(network, "tiny-resnet", theirs.weights), planting.captured(theirs))
    assert "`activation: relu`" in found.cause.found


def test_where_a_layer_comes_from_is_no_name_that_another_one_has():
    """Two that the same model of somebody else's calls alike: their own names pair then."""
    shapes = {"same": (1, 3), "same_2": (1, 3)}
    found = paired(shapes, shapes, (), (lambda _: (1.0, 2.0), lambda _: (1.0, 2.0)), {"same_2": "same"})
    assert found.partner == {name: name for name in shapes}


def test_what_a_normalization_makes_of_its_own_output_does_not_tell():
    """Its output is nobody else's, though what stands behind follows from that as well."""
    theirs = good("sort-transformer")
    network = with_fields(theirs.network, "encoder_2/out", activation=KINDS["tanh_shrink"]())
    found = compared(ran(network, "sort-transformer", theirs.weights), planting.captured(theirs, foreign=True))
    assert found.first.name == "encoder_2/out"
    assert "tanh_shrink is not applied" in found.cause.found


def test_what_is_flattened_behind_it_is_still_a_layer_s():
    """Under the same name stands what comes of the layer at fault, the same numbers as a vector."""
    text = (
        "dftrace: 1\ninput: [4, 4, 1]\nlayers:\n  - {type: max_pooling2d, name: NAME}\n  - {type: flatten, name: flat}"
    )
    x = np.random.default_rng(3).normal(size=(1, 4, 4, 1))
    ours = network_from_text(text.replace("NAME", "max"), "net").trace(x, keep="all")
    theirs = network_from_text(text.replace("max_", "average_").replace("NAME", "mean"), "net").trace(x, keep="all")
    found = compared(Run(*ours.origin, ours), captured(*((name, theirs.value(name)) for name in ("mean", "flat"))))
    assert (found.first.name, found.first.partner) == ("max", "mean")
