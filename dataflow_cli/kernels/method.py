"""What is said of a way to compute something: its name, why it was chosen, and the memory it takes."""

from __future__ import annotations

from dataflow_cli.records import dataclass


@dataclass(frozen=True)
class Method:
    """The name of a method, and why it was chosen."""

    name: str
    why: str = ""
    packed: int = 0
    """Elements of the kernel in the form that the method wants it, where that is another."""
    scratch: int = 0
    """Elements of the memory that it works in, a thread, at most."""
    beside: int = 0
    """Elements of arrays that it makes beside the result as a whole, and lets go of after it."""
    pools: bool = False
    """Whether it can fill the result with the largest of every 2 x 2 outputs instead, without the tensor between."""


PLAIN = Method("plain")
"""The only way there is."""


def beside(elements: int) -> Method:
    """The only way there is, which makes arrays of so many elements beside the result."""
    return Method(PLAIN.name, beside=elements)
