"""Names that count repetitions become blocks, where a network file can say them."""

from __future__ import annotations

import pytest

from dataflow_cli.importers.blocks import blocked
from dataflow_cli.importers.described import Imported, ImportedInput, ImportedLayer, Missing


def model(*rows, outputs=("out",), missing=()):
    """Rows of a name, a kind and inputs."""
    layers = tuple(ImportedLayer(name, kind, {}, tuple(inputs.split()), name) for name, kind, inputs in rows)
    return Imported("m", "", (ImportedInput("input", {"shape": [4]}),), layers, outputs, missing=missing)


def residual(block, given):
    return [
        (f"{block}_1_fc", "dense", given),
        (f"{block}_relu", "relu", f"{block}_1_fc"),
        (f"{block}_add", "add", f"{given} {block}_relu"),
    ]


TWO = [*residual("net_block1", "input"), *residual("net_block2", "net_block1_add"), ("out", "dense", "net_block2_add")]


def names(found):
    return [layer.name for layer in found.layers]


def test_what_repeats_becomes_a_block():
    found = blocked(model(*TWO))
    assert names(found)[:3] == ["net_block1/_1_fc", "net_block1/relu", "net_block1/add"]
    assert names(found)[3:] == ["net_block2/_1_fc", "net_block2/relu", "net_block2/add", "out"]
    assert [layer.inputs for layer in found.layers][3:] == [
        ("net_block1/add",),
        ("net_block2/_1_fc",),
        ("net_block1/add", "net_block2/relu"),
        ("net_block2/add",),
    ]
    assert [layer.source for layer in found.layers] == [name for name, _, _ in TWO]


def test_the_way_that_says_most_is_taken():
    """Of `stage1`, `stage1.0` and `stage1.0.part1`: each residual block is repeated four times, parts no oftener."""
    rows, given = [], "input"
    for stage in (1, 2):
        for number in (0, 1):
            rows += residual(f"stage{stage}.{number}", given)
            given = rows[-1][0]
        rows.append((f"stage{stage}.down{stage}", "dense", given))
        given = rows[-1][0]
    found = blocked(model(*rows, outputs=(given,)))
    assert {name.partition("/")[0] for name in names(found)} == {
        *("stage1.0", "stage1.1", "stage2.0", "stage2.1"),
        *("stage1.down1", "stage2.down2"),
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({5: ("net_block2_add", "multiply", "net_block1_add net_block2_relu")}, "other kinds"),
        ({5: ("net_block2_add", "add", "net_block2_relu net_block1_add")}, "other wiring"),
        ({4: ("net_block2_tanh", "relu", "net_block2_1_fc")}, "other names"),
        ({6: ("out", "add", "net_block2_add net_block1_relu")}, "read inside"),
        ({5: ("net_block2_add", "add", "input net_block2_relu")}, "two tensors taken"),
        (
            {3: ("net_block2", "dense", "net_block1_add"), 4: ("net_block2_relu", "relu", "net_block2")},
            "its name taken",
        ),
    ],
)
def test_what_no_block_can_say_stays_flat(change, why):
    rows = [change.get(place, row) for place, row in enumerate(TWO)]
    flat = model(*rows)
    assert "net_block2/" not in " ".join(names(blocked(flat))), why


def test_a_model_that_lacks_layers_or_has_outputs_inside_stays_flat():
    for more in ({"missing": (Missing("Lambda", "code"),)}, {"outputs": ("out", "net_block1_relu")}):
        flat = model(*TWO, **more)
        assert blocked(flat) == flat
