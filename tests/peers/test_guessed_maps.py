"""What `--guess-map` makes of state dicts that PyTorch wrote: right, or in doubt, and never silently wrong."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text
from dataflow_cli.weights.file import open_weights
from dataflow_cli.weights.guess import guess
from tests.peers.test_torch_layout import with_statistics

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


def named(**modules):
    return nn.Sequential(OrderedDict(modules))


class Residual(nn.Module):
    """A block of ResNet as torchvision writes it: convolutions, then what stands on the shortcut."""

    def __init__(self, into, out, *, wide):
        super().__init__()
        inner = out // 2 if wide else out
        sizes = [(into, inner, 1), (inner, inner, 3), (inner, out, 1)] if wide else [(into, out, 3), (out, out, 3)]
        self.steps = len(sizes)
        for at, (ours, theirs, size) in enumerate(sizes, 1):
            setattr(self, f"conv{at}", nn.Conv2d(ours, theirs, size, padding=size // 2, bias=False))
            setattr(self, f"bn{at}", nn.BatchNorm2d(theirs))
        if into != out:
            self.downsample = nn.Sequential(nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = x
        for at in range(1, self.steps + 1):
            y = getattr(self, f"bn{at}")(getattr(self, f"conv{at}")(y))
            y = y.relu() if at < self.steps else y
        return (y + (self.downsample(x) if hasattr(self, "downsample") else x)).relu()


class Heads(nn.Module):
    """Two heads of one shape behind a trunk, registered before it."""

    def __init__(self):
        super().__init__()
        self.value, self.policy = nn.Linear(8, 4), nn.Linear(8, 4)
        self.trunk = nn.Linear(6, 8)

    def forward(self, x):
        x = self.trunk(x).relu()
        return self.policy(x) + 2 * self.value(x)


class Shuffled(nn.Module):
    """Layers of one shape that were written down in another order than they are called."""

    def __init__(self):
        super().__init__()
        self.fc2, self.fc1, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.fc2(self.fc1(x).relu()).relu())


class UNet(nn.Module):
    """Down, up and a shortcut."""

    def __init__(self):
        super().__init__()
        self.enc1, self.enc2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.up, self.dec1 = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 4, 3, padding=1)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        one = self.enc1(x).relu()
        two = self.enc2(nn.functional.max_pool2d(one, 2)).relu()
        return self.head(self.dec1(torch.cat([self.up(two), one], 1)).relu())


BN = "{type: batch_normalization, epsilon: 1e-5"
DENSE = "{type: dense, units: "


def conv(filters, size, more=""):
    return f"{{type: conv2d, filters: {filters}, kernel_size: {size}, padding: same{more}}}"


def residual(name, into, out, *, wide):
    """The same block in our words, the shortcut first, as Keras has it."""
    lines, start = [], "" if name == "a" else ", inputs: [before]"
    bare = ", use_bias: false"
    if into != out:
        lines += [conv(out, 1, f"{bare}, name: {name}_shortcut{start}"), f"{BN}, name: {name}_shortcut_bn}}"]
    start = f", inputs: [{'input' if name == 'a' else 'before'}]"
    sizes = [(out // 2, 1), (out // 2, 3), (out, 1)] if wide else [(out, 3), (out, 3)]
    for at, (filters, size) in enumerate(sizes, 1):
        lines.append(conv(filters, size, f"{bare}, name: {name}_conv{at}{start if at == 1 else ''}"))
        lines += [f"{BN}, name: {name}_bn{at}}}"] + (["relu"] if at < len(sizes) else [])
    return lines


PICTURE, VECTOR = (3, 8, 8), (6,)
CASES = {
    "LeNet": (
        lambda: named(
            conv1=nn.Conv2d(3, 6, 3),
            r=nn.ReLU(),
            conv2=nn.Conv2d(6, 6, 3),
            flat=nn.Flatten(),
            fc1=nn.Linear(96, 20),
            fc2=nn.Linear(20, 20),
            fc3=nn.Linear(20, 5),
        ),
        PICTURE,
        [
            "{type: conv2d, filters: 6, kernel_size: 3, activation: relu}",
            "{type: conv2d, filters: 6, kernel_size: 3}",
            "flatten",
            f"{DENSE}20}}",
            f"{DENSE}20}}",
            f"{DENSE}5}}",
        ],
    ),
    "equal dense layers": (
        lambda: nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6)),
        VECTOR,
        [f"{DENSE}6, activation: relu}}", f"{DENSE}6, activation: relu}}", f"{DENSE}6}}"],
    ),
    "registered in another order": (
        Shuffled,
        VECTOR,
        [f"{DENSE}6, activation: relu}}", f"{DENSE}6, activation: relu}}", f"{DENSE}3}}"],
    ),
    "features and a classifier": (
        lambda: named(
            features=nn.Sequential(
                *(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)),
                *(nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Flatten()),
            ),
            classifier=nn.Sequential(nn.Linear(256, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16), nn.Linear(16, 5)),
        ),
        PICTURE,
        [
            conv(4, 3),
            f"{BN}}}",
            "relu",
            conv(4, 3),
            f"{BN}}}",
            "relu",
            conv(4, 3),
            f"{BN}}}",
            "flatten",
            f"{DENSE}16, activation: relu}}",
            f"{DENSE}16}}",
            f"{DENSE}5}}",
        ],
    ),
    "residual blocks": (
        lambda: named(layer1=Residual(3, 8, wide=False), layer2=Residual(8, 8, wide=False)),
        PICTURE,
        (
            *residual("a", 3, 8, wide=False),
            ("a_bn2", "a_shortcut_bn"),
            *residual("b", 8, 8, wide=False),
            ("b_bn2", "before"),
        ),
    ),
    "bottlenecks, whose shortcut has the shape of a convolution": (
        lambda: named(layer1=Residual(4, 8, wide=True), layer2=Residual(8, 8, wide=True)),
        (4, 8, 8),
        (
            *residual("a", 4, 8, wide=True),
            ("a_bn3", "a_shortcut_bn"),
            *residual("b", 8, 8, wide=True),
            ("b_bn3", "before"),
        ),
    ),
    "a U-Net": (
        UNet,
        PICTURE,
        [
            conv(4, 3, ", activation: relu, name: down1"),
            "{type: max_pooling2d, pool_size: 2}",
            conv(8, 3, ", activation: relu"),
            "{type: conv2d_transpose, filters: 4, kernel_size: 2, strides: 2}",
            "{type: concatenate, inputs: [conv2d_transpose_1, down1]}",
            conv(4, 3, ", activation: relu"),
            conv(2, 1),
        ],
    ),
    "a network of MobileNet's kind": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 6, 1, bias=False), nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3, 1, 1, groups=6, bias=False)),
            *(nn.BatchNorm2d(6), nn.Conv2d(6, 6, 1, bias=False), nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(384, 5)),
        ),
        PICTURE,
        [
            conv(6, 1, ", use_bias: false"),
            f"{BN}}}",
            "{type: depthwise_conv2d, kernel_size: 3, padding: same, use_bias: false}",
            f"{BN}}}",
            conv(6, 1, ", use_bias: false"),
            f"{BN}}}",
            "flatten",
            f"{DENSE}5}}",
        ],
    ),
    "two heads of one shape": (
        Heads,
        VECTOR,
        [
            f"{DENSE}8, activation: relu}}",
            f"{DENSE}4, name: policy}}",
            f"{DENSE}4, name: value, inputs: [dense_1]}}",
            "{type: rescaling, scale: 2}",
            "{type: add, inputs: [policy, rescaling_1]}",
        ],
    ),
    "normalized, within a model that was saved in parallel": (
        lambda: named(module=named(ln1=nn.LayerNorm(6), fc=nn.Linear(6, 6), ln2=nn.LayerNorm(6), fc2=nn.Linear(6, 3))),
        VECTOR,
        [
            "{type: layer_normalization, epsilon: 1e-5}",
            f"{DENSE}6}}",
            "{type: layer_normalization, epsilon: 1e-5}",
            f"{DENSE}3}}",
        ],
    ),
}
WRONG = {"registered in another order"}
"""Nobody can tell from the file: the guess says that it may be wrong."""
IN_DOUBT = {*WRONG, "residual blocks", "bottlenecks, whose shortcut has the shape of a convolution"}
"""Names and order say different things."""


def text_of(layers, shape):
    """The network file; a pair among the layers is added there, before relu."""
    lines = []
    for layer in layers:
        if isinstance(layer, str):
            lines.append(layer)
            continue
        name = "last" if "before" in layer else "before"
        lines += [f"{{type: add, inputs: [{', '.join(layer)}]}}", f"{{type: relu, name: {name}}}"]
    rows = "\n".join(f"  - {line}" for line in lines)
    head = "data_format: channels_first\n" if len(shape) == 3 else ""
    return f"dftrace: 1\n{head}input: {{shape: {list(shape)}, dtype: float64}}\nlayers:\n{rows}\n"


@pytest.mark.parametrize("case", CASES)
def test_a_state_dict(case, tmp_path):
    make, shape, layers = CASES[case]
    torch.manual_seed(3)
    module = with_statistics(make())
    torch.save(module.state_dict(), tmp_path / "net.pt")
    network = network_from_text(text_of(layers, shape), tmp_path)
    with open_weights(tmp_path / "net.pt") as file:
        found = guess(network, file)
        assert not found.missing
        assert not found.unused
        replace(network, weights=found.weights(file.arrays.names)).write(tmp_path / "mapped.yaml")
    x = torch.randn(2, *shape, dtype=torch.float64)
    with torch.no_grad():
        expected = module(x).numpy()
    ours = load_network(tmp_path / "mapped.yaml").predict(x.numpy())
    assert np.allclose(ours, expected, rtol=1e-9, atol=1e-9) == (case not in WRONG)
    assert bool(found.doubtful) == (case in IN_DOUBT), [(one.wanted.full, one.doubt) for one in found.doubtful]
