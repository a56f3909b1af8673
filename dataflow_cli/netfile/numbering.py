"""What a layer or block without a name is called: `conv2d_1`, `conv2d_2`, ..."""

from __future__ import annotations

from collections import Counter


class Numbering(Counter[str]):
    """How many there are of every stem: a kind of layer, or a block."""

    def following(self, stem: str) -> str:
        """The name of one more."""
        self[stem] += 1
        return f"{stem}_{self[stem]}"
