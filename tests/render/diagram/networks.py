"""Networks to draw: the shapes that drawings are judged by."""

from __future__ import annotations

from pathlib import Path

from dataflow_cli.drawing import DIRECTIONS
from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.network.outlined import outlined
from dataflow_cli.outline import Outline, Part
from dataflow_cli.render.diagram.folding import folded

CONFIGS = Path(__file__).parents[3] / "configs"

UNET = """\
dftrace: 1
name: u-net
input: [64, 64, 1]
blocks:
  two:
    params: {filters: 16}
    layers:
      - {type: conv2d, filters: $filters, kernel_size: 3, padding: same, activation: relu}
      - {type: conv2d, filters: $filters, kernel_size: 3, padding: same, activation: relu}
layers:
  - {type: block, use: two, name: down1, with: {filters: 16}}
  - {type: max_pooling2d, name: pool1}
  - {type: block, use: two, name: down2, with: {filters: 32}}
  - {type: max_pooling2d, name: pool2}
  - {type: block, use: two, name: down3, with: {filters: 64}}
  - {type: max_pooling2d, name: pool3}
  - {type: block, use: two, name: bottom, with: {filters: 128}}
  - {type: conv2d_transpose, name: up3, filters: 64, kernel_size: 2, strides: 2}
  - {type: concatenate, name: join3, inputs: [down3, up3]}
  - {type: block, use: two, name: grow3, with: {filters: 64}}
  - {type: conv2d_transpose, name: up2, filters: 32, kernel_size: 2, strides: 2}
  - {type: concatenate, name: join2, inputs: [down2, up2]}
  - {type: block, use: two, name: grow2, with: {filters: 32}}
  - {type: conv2d_transpose, name: up1, filters: 16, kernel_size: 2, strides: 2}
  - {type: concatenate, name: join1, inputs: [down1, up1]}
  - {type: block, use: two, name: grow1, with: {filters: 16}}
  - {type: conv2d, name: classes, filters: 2, kernel_size: 1, activation: softmax}
"""

INCEPTION = """\
dftrace: 1
name: inception
input: [28, 28, 32]
blocks:
  module:
    layers:
      - {type: conv2d, name: one, inputs: input, filters: 16, kernel_size: 1}
      - {type: conv2d, name: three_less, inputs: input, filters: 8, kernel_size: 1}
      - {type: conv2d, name: three, filters: 16, kernel_size: 3, padding: same}
      - {type: conv2d, name: five_less, inputs: input, filters: 4, kernel_size: 1}
      - {type: conv2d, name: five, filters: 16, kernel_size: 5, padding: same}
      - {type: max_pooling2d, name: pool, inputs: input, pool_size: 3, strides: 1, padding: same}
      - {type: conv2d, name: pool_less, filters: 16, kernel_size: 1}
      - {type: concatenate, name: joined, inputs: [one, three, five, pool_less]}
layers:
  - {type: block, use: module, repeat: 3}
  - global_average_pooling2d
  - {type: dense, units: 10, activation: softmax}
"""

TWO_INPUTS = """\
dftrace: 1
name: two-inputs
inputs: {image: [32, 32, 3], meta: [6]}
layers:
  - {type: conv2d, inputs: image, filters: 8, kernel_size: 3, activation: relu}
  - max_pooling2d
  - flatten
  - {type: dense, name: seen, units: 16, activation: relu}
  - {type: dense, name: told, inputs: meta, units: 8, activation: relu}
  - {type: concatenate, name: both, inputs: [seen, told]}
  - {type: dense, name: answer, units: 2, activation: softmax}
  - {type: dense, name: side, inputs: told, units: 1}
outputs: [answer, side]
"""


def network(text):
    return outlined(network_from_text(text))


def shipped(name):
    return outlined(load_network(CONFIGS / f"{name}.yaml"))


def generated(edges, widths):
    """An outline of layers of these names' lengths, and of what takes from what."""
    inputs = [tuple(f"layer{start}" for start, end in edges if end == number) for number in range(len(widths))]
    parts = (
        Part(f"layer{number}", "x" * width, (width,), inputs[number], layers=int(bool(inputs[number])))
        for number, width in enumerate(widths)
    )
    return Outline("generated", tuple(parts), ())


def cells(count):
    """Cells of five pairs of layers, each of which takes from the two cells before, as in a searched architecture."""
    edges, here, number = [(0, 1)], (0, 1), 2
    for _ in range(count):
        sums = []
        for pair in ((1, 1), (0, 1), (0, 1), (1, 0), (1, 1)):
            one, other, added = number, number + 1, number + 2
            edges += [(here[pair[0]], one), (here[pair[1]], other), (one, added), (other, added)]
            sums.append(added)
            number += 3
        edges += [(here[0], number), *((added, number) for added in sums)]
        here, number = (here[1], number), number + 1
    return generated(sorted(set(edges)), [10] * number)


OUTLINES = {
    "chain": shipped("mnist-cnn"),
    "resnet50": shipped("resnet50"),
    "resnet50 folded": folded(shipped("resnet50"), 1),
    "u-net": network(UNET),
    "inception": network(INCEPTION),
    "two inputs": network(TWO_INPUTS),
    "all from all before": generated([(start, end) for end in range(6) for start in range(end)], [10] * 6),
    "cells": cells(2),
}

LARGE = ("resnet50", "cells")
WAYS = [(name, direction) for name in OUTLINES for direction in DIRECTIONS if name not in LARGE or direction == "down"]
"""Every network in every direction; large ones in one."""
