"""One name in every spelling: `nn.GroupNorm`, `group_norm`, `GROUP-NORM`."""

from __future__ import annotations

import re


def bare(word: str) -> str:
    """A name without its module, capitals and what stands between its words."""
    return re.sub(r"[^a-z0-9]", "", word.rpartition(".")[2].lower())
