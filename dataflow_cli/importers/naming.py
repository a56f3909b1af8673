"""Names of other frameworks as ours: kept where our rules allow them, else made from them by one rule.

What is no letter, digit, `_`, `-` or `.` becomes `_`; a name that begins with no letter gets `layer_` before it; one
that is taken already, or reserved, gets `_2`, `_3` behind it.
"""

from __future__ import annotations

import re
from dataclasses import field
from itertools import count

from dataflow_cli.records import dataclass

_LONGEST = 120
_RESERVED = "input"


@dataclass
class Names:
    """The names in one scope: a model, or a model within it."""

    taken: set[str] = field(default_factory=lambda: {_RESERVED})

    def new(self, theirs: str) -> str:
        """Ours for a name of theirs, which nobody has yet."""
        plain = allowed(theirs)
        name = plain if plain not in self.taken else ""
        number = count(2)
        while not name:
            numbered = f"{plain}_{next(number)}"
            name = numbered if numbered not in self.taken else ""
        self.taken.add(name)
        return name


def allowed(theirs: str) -> str:
    """The name with what our rules do not allow replaced."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", theirs)[:_LONGEST]
    return plain if re.match(r"[A-Za-z_]", plain) else f"layer_{plain}"
