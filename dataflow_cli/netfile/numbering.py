"""What a layer or block without a name is called: `conv2d_1`, `conv2d_2`, ..."""

from __future__ import annotations


class Numbering(dict[str, int]):
    """How many there are of every stem: a kind of layer, or a block."""

    def following(self, stem: str, many: int = 1) -> str:
        """The name of one more, or of the last of so many more."""
        self[stem] = count = self.get(stem, 0) + many
        return f"{stem}_{count}"
