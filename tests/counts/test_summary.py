"""The record of what a network costs has what tables of it are made of."""

from __future__ import annotations

import pytest

from dataflow_cli.counts.counting import summary
from dataflow_cli.counts.folding import folded
from dataflow_cli.counts.summary import Totals
from dataflow_cli.network.build import load_network, network_from_text
from tests.contract.shell import ROOT
from tests.network.architectures import MNIST, RESNET50

BLOCKS = """\
dftrace: 1
input: [8, 8, 3]
blocks:
  inner:
    layers: [{type: conv2d, name: a, filters: 3, kernel_size: [3, 5], padding: same}]
  outer:
    layers: [{type: block, use: inner, name: deep}, {type: max_pooling2d, name: pool, pool_size: [2, 1]}]
layers:
  - {type: block, use: outer, name: first}
  - {type: conv2d_transpose, name: grow, filters: 2, kernel_size: 4}
  - {type: add, name: sum, inputs: [grow, grow]}
  - {type: dense, name: last, units: 2}
"""


@pytest.mark.parametrize("text", [MNIST, RESNET50, BLOCKS])
def test_totals_are_those_of_the_network(text):
    network = network_from_text(text)
    totals = summary(network).totals
    assert (totals.parameters, totals.macs) == (network.parameter_count, network.macs)
    assert (totals.trainable, totals.non_trainable) == (network.trainable_count, network.non_trainable_count)
    assert totals.steps == len(network.inputs) + len(network.nodes)


def test_totals_of_parts_add_up_to_the_whole():
    steps = summary(network_from_text(RESNET50)).steps
    parts = [Totals.of(steps[start : start + 7]) for start in range(0, len(steps), 7)]
    for name, whole in vars(Totals.of(steps)).items():
        assert whole == sum(getattr(part, name) for part in parts), name
    assert set(vars(Totals.of(())).values()) == {0}


def test_a_step_knows_its_block_its_window_and_what_it_is_connected_to():
    steps = {step.name: step for step in summary(network_from_text(BLOCKS)).steps}
    assert {name: step.block for name, step in steps.items()} == {
        "input": "",
        "first/deep/a": "first/deep",
        "first/pool": "first",
        "grow": "",
        "sum": "",
        "last": "",
    }
    assert [step.window for step in steps.values()] == [(), (3, 5), (2, 1), (4, 4), (), ()]
    assert steps["sum"].inputs == ("grow", "grow")
    assert steps["sum"].input_shapes == (steps["grow"].output_shape,) * 2
    assert [parameter.name for parameter in steps["last"].parameters] == ["kernel", "bias"]


CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_folding_changes_no_total_and_blocks_give_what_their_last_layer_gives(path):
    network = load_network(path)
    whole = summary(network)
    depths = max(step.name.count("/") for step in whole.steps)
    for depth in range(depths + 1):
        page = folded(whole, depth)
        assert page.totals == whole.totals
        assert max(step.name.count("/") for step in page.steps) == min(depth, depths)
        seen = {step.name: step for step in page.steps}
        for step in page.steps:
            taken = [seen[name].output_shape for name in step.inputs]
            assert taken == list(step.input_shapes) or not step.members, "shipped blocks have one output each"
    assert folded(whole, depths).steps == whole.steps


def test_a_depth_beyond_all_blocks_folds_nothing():
    counted = summary(network_from_text(BLOCKS))
    assert folded(counted, 2**63) == counted


def test_resnet50_is_a_page_and_its_first_block_adds_up_by_hand():
    page = folded(summary(load_network(ROOT / "configs/resnet50.yaml")), 0)
    assert len(page.steps) == 1 + 4 + 16 + 2
    block = next(step for step in page.steps if step.name == "conv2_block1")
    convolutions = (64 * 64 + 64) + (3 * 3 * 64 * 64 + 64) + 2 * (64 * 256 + 256)
    assert block.parameter_count == convolutions + 4 * (64 + 64 + 256 + 256)
    assert block.non_trainable_count == 2 * (64 + 64 + 256 + 256)
    assert block.macs == 56 * 56 * (64 * 64 + 9 * 64 * 64 + 2 * 64 * 256)
    assert (block.output_shape, block.input_shapes, block.inputs) == ((56, 56, 256), ((56, 56, 64),), ("pool1",))
    assert block.layers == 12
    assert page.steps[-2].inputs == ("conv5_block3",)
