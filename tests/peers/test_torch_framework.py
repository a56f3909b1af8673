"""Files that say `framework: torch` beside the modules that they are written after, line by line as the docs say.

Nothing that differs is written: defaults, the layout of the state dict and the order of elements follow from that word.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = pytest.mark.peers


class Do(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Branches(nn.Module):
    """Two ways to rows of numbers, what becomes of both, and the head."""

    def __init__(self, join, head):
        super().__init__()
        self.one, self.other = nn.Conv2d(2, 4, 3), nn.Conv2d(2, 4, 3)
        self.join, self.head = join, head

    def forward(self, x):
        return self.head(self.join(self.one(x).flatten(1), self.other(x).flatten(1)))


def named(**modules):
    return nn.Sequential(OrderedDict(modules))


ONE = "{type: conv2d, name: one, filters: 4, kernel_size: 3}, {type: flatten, name: a}"
OTHER = "{type: conv2d, name: other, inputs: [input], filters: 4, kernel_size: 3}, {type: flatten, name: b}"
TWICE = f"{ONE}, {OTHER}"
HEAD = "{type: dense, name: head, units: 3}"
CASES = {
    "normalized": (
        lambda: named(conv=nn.Conv2d(2, 4, 3, padding=1), norm=nn.BatchNorm2d(4), slope=nn.LeakyReLU()),
        (
            "{type: conv2d, name: conv, filters: 4, kernel_size: 3, padding: 1}, "
            "{type: batch_normalization, name: norm}, leaky_relu"
        ),
    ),
    "groups, and a slope for all": (
        lambda: named(conv=nn.Conv2d(2, 4, 2, 2), norm=nn.GroupNorm(2, 4), slope=nn.PReLU()),
        (
            "{type: conv2d, name: conv, filters: 4, kernel_size: 2, strides: 2}, "
            "{type: group_normalization, name: norm, groups: 2}, "
            "{type: prelu, name: slope}"
        ),
    ),
    "pooled with zeros": (
        lambda: named(pool=nn.AvgPool2d(3, 2, 1), flat=nn.Flatten(), fc=nn.Linear(18, 5), act=nn.GELU()),
        (
            "{type: average_pooling2d, pool_size: 3, strides: 2, padding: 1}, flatten, "
            "{type: dense, name: fc, units: 5, activation: gelu}"
        ),
    ),
    "pooled beyond the end": (
        lambda: named(pool=nn.AvgPool2d(2, 2, 1, ceil_mode=True), most=nn.MaxPool2d(2, 1), flat=nn.Flatten()),
        (
            "{type: average_pooling2d, pool_size: 2, strides: 2, padding: 1, ceil_mode: true}, "
            "{type: max_pooling2d, pool_size: 2, strides: 1}, flatten"
        ),
    ),
    "an activation by its name": (
        lambda: named(conv=nn.Conv2d(2, 4, 3), act=nn.LeakyReLU(), flat=nn.Flatten(), fc=nn.Linear(48, 3)),
        (
            "{type: conv2d, name: conv, filters: 4, kernel_size: 3, activation: leaky_relu}, flatten, "
            "{type: dense, name: fc, units: 3}"
        ),
    ),
    "transposed": (
        lambda: named(up=nn.ConvTranspose2d(2, 4, 1, stride=2), norm=nn.BatchNorm2d(4), flat=nn.Flatten()),
        (
            "{type: conv2d_transpose, name: up, filters: 4, kernel_size: 1, strides: 2}, "
            "{type: batch_normalization, name: norm}, flatten"
        ),
    ),
    "shuffled": (
        lambda: named(conv=nn.Conv2d(2, 8, 1), shuffle=nn.PixelShuffle(2), flat=nn.Flatten()),
        ("{type: conv2d, name: conv, filters: 8, kernel_size: 1}, {type: depth_to_space, block_size: 2}, flatten"),
    ),
    "a view": (
        lambda: named(conv=nn.Conv2d(2, 4, 3), view=Do(lambda x: x.view(x.shape[0], -1)), fc=nn.Linear(48, 3)),
        (
            "{type: conv2d, name: conv, filters: 4, kernel_size: 3}, "
            "{type: reshape, target_shape: [-1]}, {type: dense, name: fc, units: 3}"
        ),
    ),
    "a view of a view": (
        lambda: named(view=Do(lambda x: x.view(-1, 6, 10)), mean=Do(lambda x: x.flatten(1)), fc=nn.Linear(60, 3)),
        (
            "{type: reshape, target_shape: [6, 10]}, "
            "{type: reshape, target_shape: [-1]}, {type: dense, name: fc, units: 3}"
        ),
    ),
    "normalized over all, flattened": (
        lambda: named(norm=nn.LayerNorm((2, 5, 6)), flat=nn.Flatten(), rows=nn.BatchNorm1d(60), fc=nn.Linear(60, 3)),
        (
            "{type: layer_normalization, name: norm, axis: [1, 2, 3]}, flatten, "
            "{type: batch_normalization, name: rows}, "
            "{type: dense, name: fc, units: 3}"
        ),
    ),
    "scaled by the root mean square": (
        lambda: named(flat=nn.Flatten(), fc=nn.Linear(60, 8), norm=nn.RMSNorm(8), slope=nn.PReLU(8)),
        (
            "flatten, {type: dense, name: fc, units: 8}, {type: rms_normalization, name: norm}, "
            "{type: prelu, name: slope, shared_axes: null}"
        ),
    ),
    "rows side by side": (
        lambda: Branches(lambda a, b: torch.cat([a, b], 1), nn.Linear(96, 3)),
        (f"{TWICE}, {{type: concatenate, inputs: [a, b]}}, {HEAD}"),
    ),
    "rows added": (
        lambda: Branches(torch.add, nn.Linear(48, 3)),
        (f"{TWICE}, {{type: add, inputs: [a, b]}}, {HEAD}"),
    ),
    "rows added to what a dense layer made": (
        lambda: Branches(lambda a, b: a * b, nn.Sequential(nn.Unflatten(1, (6, 8)), nn.Flatten(), nn.Linear(48, 3))),
        (
            f"{TWICE}, {{type: multiply, inputs: [a, b]}}, {{type: reshape, target_shape: [6, 8]}}, flatten, "
            "{type: dense, name: head.2, units: 3}"
        ),
    ),
}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("case", CASES)
def test_a_file_written_after_a_module(tmp_path, case, data_format):
    torch.manual_seed(6)
    make, layers = CASES[case]
    module = make().eval()
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.1, 1)
    torch.save(module.state_dict(), tmp_path / "net.pt")
    x = torch.randn(2, 2, 5, 6)
    with torch.no_grad():
        expected = module(x).numpy()
    first = data_format == "channels_first"
    shape = [2, 5, 6] if first else [5, 6, 2]
    weights = "weights: net.pt\n" if module.state_dict() else "weights: {init: zeros}\n"
    text = f"dftrace: 1\nframework: torch\ndata_format: {data_format}\ninput: {shape}\n{weights}layers: [{layers}]\n"
    network = network_from_text(text, folder=tmp_path)
    found = load_weights(network)
    assert found.warnings == ()
    output = run(network, found, [{"input": x.numpy() if first else np.moveaxis(x.numpy(), 1, -1)}]).output
    if not first and output.ndim == 4:
        output = np.moveaxis(output, -1, 1)
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
