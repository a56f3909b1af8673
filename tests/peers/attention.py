"""Attention as Keras and PyTorch have it: settings, input shapes, and how the peers are called."""

from __future__ import annotations

import math
from itertools import product

ALIKE = {"use_bias": [True, False], "use_gate": [False, True], "sliding_window": [None, 2]}


def settings(shapes, **fields):
    """Every combination but those in which a query sees no key: of that Keras on PyTorch makes this or that."""
    for inputs, *values in product(shapes, *fields.values()):
        found = dict(zip(fields, values, strict=True))
        if not found["sliding_window"] or (len(inputs[0]) == 2 and inputs[0][0] <= inputs[-1][0]):
            yield inputs, found


SHAPES = [[(6, 5)], [(6, 5), (4, 5)], [(4, 5), (7, 5), (7, 2)]]
KERAS = {
    "multi_head_attention": [
        *settings(SHAPES, num_heads=[1, 3], key_dim=[3], value_dim=[None, 2], **ALIKE),
        *settings([[(2, 3, 4)]], num_heads=[2], key_dim=[3], **ALIKE),
        *settings(
            [[(2, 3, 4)], [(2, 3, 4), (2, 5, 4)]],
            num_heads=[2],
            key_dim=[3],
            attention_axes=[-2],
            sliding_window=[None],
        ),
        *settings(
            [[(2, 3, 4)], [(2, 3, 4), (5, 3, 4)]],
            num_heads=[2],
            key_dim=[3],
            attention_axes=[(1,)],
            sliding_window=[None],
        ),
    ],
    "group_query_attention": [
        *settings(SHAPES, num_query_heads=[4], num_key_value_heads=[1, 2, 4], head_dim=[3], **ALIKE)
    ],
}
NAMES = {"gate": "gate", "query": "query", "key": "key", "value": "value", "output": "attention_output"}
"""Keras' sub-layer of each of our parameters."""
POSITIONS = {"position_embedding", "sine_position_encoding", "rotary_embedding", "dot", "matmul", "einsum_dense"}
"""Kinds that Keras has in KerasHub alone, held to their formulas, written once more with PyTorch; and products."""
EQUATIONS = [
    ("abc,cd->abd", (None, 4), "d", (3, 5)),
    ("...x,xy->...y", 4, "y", (5,)),
    ("...x,xy->...y", [4], None, (2, 3, 5)),
    ("ab...,bc->ac...", 3, "c", (5, 2, 4)),
    ("abc,cde->abde", (None, 2, 3), "de", (4, 5)),
    ("abcd,cde->abe", (None, 6), "e", (4, 2, 3)),
    ("abcd,dbe->aeb", (4, 2), "e", (2, 3, 4)),
    ("abcd,dbe->aeb", (4, 2), "b", (2, 3, 4)),
    ("nij,jk->nk", 2, "k", (4, 3)),
    ("nij,ijk->njki", (3, 4, 2), "ki", (2, 3)),
]
"""Keras' equation, output_shape, bias_axes, and the input."""


def turned(torch, x, *, interleaved):
    """The rotary embedding with complex numbers: every pair times e^(i t θ)."""
    half = x.shape[-1] // 2
    pairs = x.unflatten(-1, (half, 2)) if interleaved else torch.stack([x[..., :half], x[..., half:]], -1)
    angles = torch.outer(torch.arange(x.shape[1]).double(), 10000.0 ** (-torch.arange(half).double() / half))
    while angles.ndim < x.ndim - 1:
        angles = angles.unsqueeze(1)
    found = torch.view_as_real(torch.view_as_complex(pairs.double().contiguous()) * torch.exp(1j * angles))
    return found.flatten(-2) if interleaved else torch.cat([found[..., 0], found[..., 1]], -1)


def sines(torch, x):
    """Sine and cosine in turn, as the paper writes them."""
    places, channels = x.shape[-2:]
    table = torch.zeros(places, channels)
    for place, channel in product(range(places), range(channels)):
        angle = place / 10000 ** (2 * (channel // 2) / channels)
        table[place, channel] = math.cos(angle) if channel % 2 else math.sin(angle)
    return x + table
