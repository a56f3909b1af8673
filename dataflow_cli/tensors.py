"""What tensors are called: `conv2d_1` is what a layer puts out, `conv2d_1:sum` what it works out on the way."""

from __future__ import annotations

SEPARATOR = ":"
"""Between a layer's name, which cannot hold it, and that of its inner tensor."""


def inner_name(layer: str, inner: str) -> str:
    """`conv2d_1:sum`; the layer's own name where `inner` is nothing, which means what it puts out."""
    return f"{layer}{SEPARATOR}{inner}" if inner else layer


def moved(name: str, layer: str) -> str:
    """The tensor of that name, of another layer: `a:sum` of `block_1/a` is `block_1/a:sum`."""
    return layer + name[len(layer_of(name)) :]


def is_inner(name: str) -> bool:
    """Whether a name, or a GLOB of names, means inner tensors."""
    return SEPARATOR in name


def layer_of(name: str) -> str:
    """The layer that a tensor belongs to."""
    return name.partition(SEPARATOR)[0]


def inner_of(name: str) -> str:
    """The name of an inner tensor within its layer; nothing for what a layer puts out."""
    return name.partition(SEPARATOR)[2]
