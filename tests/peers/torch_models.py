"""Small models of PyTorch's in the shapes that people train: what its exporters make of them are ONNX files to read."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn
F = nn.functional


class Residual(nn.Module):
    """Two convolutions, and a third one for what is added to them."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.one = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.two = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for _ in range(3))
        self.beside = nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x):
        y = self.norms[1](self.two(F.relu(self.norms[0](self.one(x)))))
        return F.relu(y + self.norms[2](self.beside(x)))


class CNN(nn.Module):
    """Convolutions with shortcuts, pooled, flattened, classified."""

    inputs = ((2, 3, 16, 16),)

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 5, 2, 2), nn.BatchNorm2d(6), nn.SiLU(), nn.MaxPool2d(3, 1, 1))
        self.blocks = nn.Sequential(Residual(6, 8, 1), Residual(8, 8, 2))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Hardsigmoid())
        self.head = nn.Sequential(nn.Linear(8 * 16, 9), nn.Hardswish(), nn.Dropout(0.4), nn.Linear(9, 5))

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = x * self.gate(x)
        return self.head(x.view(x.size(0), -1)).softmax(-1)


class UNet(nn.Module):
    """Down, up again by a transposed convolution and by interpolation, with what was there at either size."""

    inputs = ((2, 2, 12, 20),)

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([self.two(2, 4), self.two(4, 6), self.two(6, 8)])
        self.up = nn.ConvTranspose2d(8, 6, 2, 2)
        self.back = nn.ModuleList([self.two(12, 6), self.two(10, 4)])
        self.out = nn.Conv2d(4, 3, 1)

    @staticmethod
    def two(before, after):
        return nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(after, after, 3, padding=1), nn.ReLU()
        )

    def forward(self, x):
        a = self.down[0](x)
        b = self.down[1](F.max_pool2d(a, 2))
        y = self.down[2](F.avg_pool2d(b, 2))
        y = self.back[0](torch.cat([b, self.up(y)], 1))
        y = self.back[1](torch.cat([a, F.interpolate(y, scale_factor=2, mode="bilinear")], 1))
        return self.out(y)


class Sequences(nn.Module):
    """A recurrent network over words, in both directions, then in one; the last state is classified."""

    inputs = ((2, 7),)
    highest = 11

    def __init__(self, kind):
        super().__init__()
        self.words = nn.Embedding(11, 6)
        self.both = kind(6, 5, batch_first=True, bidirectional=True)
        self.one = kind(10, 4, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x, _ = self.both(self.words(x))
        _, state = self.one(x)
        state = state[0] if isinstance(state, tuple) else state
        return self.head(state[-1])


class Heads(nn.Module):
    """Attention of several heads as GPT-2 and its kin write it."""

    def __init__(self, width, heads, *, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = (each.view(n, t, self.heads, c // self.heads).transpose(1, 2) for each in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(y.transpose(1, 2).reshape(n, t, c))


class Block(nn.Module):
    """A block of a transformer, normalized before its parts."""

    def __init__(self, width, heads, *, causal):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention = Heads(width, heads, causal=causal)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


class ViT(nn.Module):
    """Patches of a picture, a class token, positions."""

    inputs = ((2, 3, 16, 16),)

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.positions = nn.Parameter(torch.randn(1, 17, 12))
        self.blocks = nn.Sequential(*(Block(12, 3, causal=False) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(12), nn.Linear(12, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


class Decoder(nn.Module):
    """GPT-like: the next word after each, from those before it."""

    inputs = ((2, 9),)
    highest = 13

    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(13, 12), nn.Embedding(9, 12)
        self.blocks = nn.Sequential(*(Block(12, 2, causal=True) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(12), nn.Linear(12, 13, bias=False)

    def forward(self, x):
        x = self.words(x) + self.positions(torch.arange(x.shape[1]))
        return self.head(self.norm(self.blocks(x)))


class Encoder(nn.Module):
    """PyTorch's own encoder, as it is when trained."""

    inputs = ((2, 6, 8),)

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.layers(x).mean(1))


MODELS = {
    "cnn": CNN,
    "u-net": UNet,
    "lstm": lambda: Sequences(nn.LSTM),
    "gru": lambda: Sequences(nn.GRU),
    "vit": ViT,
    "decoder": Decoder,
    "encoder": Encoder,
}
EXPORTERS = ("dynamo", "torchscript")


def made(name):
    """A model in use, its parameters and moments random, and an input for it."""
    torch.manual_seed(5)
    model = MODELS[name]().eval()
    for each in model.modules():
        if isinstance(each, nn.BatchNorm2d):
            nn.init.uniform_(each.running_mean, -0.5, 0.5)
            nn.init.uniform_(each.running_var, 0.5, 2)
    (shape,) = model.inputs
    highest = getattr(model, "highest", None)
    return model, torch.randn(shape) if highest is None else torch.randint(0, highest, shape)


def exported(name, exporter, path, *, half=False):
    """Writes a model as ONNX, its batch open. Returns the input it was exported with."""
    model, x = made(name)
    if half:
        model, x = model.half(), x.half()
    if exporter == "dynamo":
        shapes = ({0: torch.export.Dim("N", min=1, max=64)},)
        torch.onnx.export(model, (x,), str(path), dynamo=True, dynamic_shapes=shapes, verbose=False)
    else:
        names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "N"}, "y": {0: "N"}}}
        torch.onnx.export(model, (x,), str(path), dynamo=False, **names)
    return x.numpy()
