"""A transformer's block in PyTorch, and its parameters by dftrace's names: what the training scripts share."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Arrays = dict[str, NDArray[np.float32]]


class Block(nn.Module):
    """Attention, then two dense layers, each added to what it was given; both see it normalized (pre-norm)."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        """Make one of so many channels, heads and numbers between the dense layers."""
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp1, self.mlp2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to (sample, place, channel)."""
        seen = self.norm1(x)
        x = x + self.attention(seen, seen, seen, need_weights=False)[0]
        found: Tensor = x + self.mlp2(functional.gelu(self.mlp1(self.norm2(x))))
        return found


class Blocks(nn.Module):
    """Several blocks, one after the other."""

    def __init__(self, depth: int, width: int, heads: int, inner: int) -> None:
        """Make so many."""
        super().__init__()
        self.each = [Block(width, heads, inner) for _ in range(depth)]
        self.blocks = nn.ModuleList(self.each)

    def forward(self, x: Tensor) -> Tensor:
        """Apply them to (sample, place, channel)."""
        for one in self.each:
            x = one(x)
        return x

    def arrays(self, name: str) -> Arrays:
        """All their parameters: the blocks are called `name_1`, `name_2`."""
        numbered = enumerate(self.each, start=1)
        return {key: value for number, one in numbered for key, value in block(f"{name}_{number}", one).items()}


def as_numpy(tensor: Tensor) -> NDArray[np.float32]:
    """Return the tensor as an array."""
    array: NDArray[np.float32] = tensor.detach().numpy()
    return array


def dense(name: str, layer: nn.Linear) -> Arrays:
    """A dense layer's parameters: the kernel is (inputs, units)."""
    return {f"{name}/kernel": as_numpy(layer.weight).T, f"{name}/bias": as_numpy(layer.bias)}


def norm(name: str, layer: nn.LayerNorm) -> Arrays:
    """A layer normalization's parameters."""
    return {f"{name}/gamma": as_numpy(layer.weight), f"{name}/beta": as_numpy(layer.bias)}


def block(name: str, layer: Block) -> Arrays:
    """All parameters of a block."""
    arrays = norm(f"{name}/norm1", layer.norm1) | norm(f"{name}/norm2", layer.norm2)
    arrays |= dense(f"{name}/mlp1", layer.mlp1) | dense(f"{name}/mlp2", layer.mlp2)
    return arrays | {f"{name}/attention/{what}": values for what, values in attention(layer.attention)}


def attention(layer: nn.MultiheadAttention) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Kernels of queries, keys and values (channels, heads, numbers), which PyTorch packs, and of the output."""
    heads, width = layer.num_heads, layer.embed_dim
    kernels = np.split(as_numpy(layer.in_proj_weight), 3)
    biases = np.split(as_numpy(layer.in_proj_bias), 3)
    for what, kernel, bias in zip(("query", "key", "value"), kernels, biases, strict=True):
        yield f"{what}_kernel", kernel.T.reshape(width, heads, -1)
        yield f"{what}_bias", bias.reshape(heads, -1)
    yield "output_kernel", as_numpy(layer.out_proj.weight).T.reshape(heads, -1, width)
    yield "output_bias", as_numpy(layer.out_proj.bias)


def save(path: Path, arrays: Arrays) -> None:
    """Write the parameters, in float32."""
    np.savez_compressed(path, allow_pickle=False, **{name: np.ascontiguousarray(one) for name, one in arrays.items()})


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write how the weights were made, as JSON, and show it."""
    text = json.dumps(record, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
    print(text, end="")


def be_deterministic(seed: int, threads: int) -> None:
    """Fix what a run depends on; the last bits still depend on the processor and on PyTorch's version."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(threads)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
