"""Modules as a torch user would write them, where torch has none that does the same as a layer of ours."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention


class Add(nn.Module):
    """The sum of two tensors."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return left + right


class GlobalAverage(nn.Module):
    """The mean over some axes."""

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(self.axes)


class Patches(nn.Module):
    """(N, channels, height, width) to (N, height * width, channels)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)


class Places(nn.Module):
    """Adds what tells places apart."""

    def __init__(self, count: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight[: x.shape[1]]


class Along(nn.Module):
    """A recurrent layer of torch, of which all states come out: (N, steps, features) to (N, steps, units)."""

    def __init__(self, kind: Any, features: int, units: int) -> None:
        super().__init__()
        self.layer = kind(features, units, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(x)[0]
        return found


class Attention(nn.Module):
    """Every place looks at all others, or at those before it, by several heads: as transformers' models do."""

    def __init__(self, channels: int, heads: int, width: int, *, is_causal: bool) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(channels, heads * width) for _ in range(3))
        self.output = nn.Linear(heads * width, channels)
        self.heads, self.is_causal = heads, is_causal

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = (self.query(x), self.key(x), self.value(x))
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        found = scaled_dot_product_attention(query, key, value, is_causal=self.is_causal)
        made: torch.Tensor = self.output(found.transpose(1, 2).flatten(2))
        return made
