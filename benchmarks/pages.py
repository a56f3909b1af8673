"""Pages that people write, with tables in them that programs make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

SEQUENCES = ROOT / "docs" / "benchmarks-sequences.md"


def put(tables: Sequence[str], maker: str) -> None:
    """Put lines in the place of those that this maker put there before. Raises ValueError if there is no such place."""
    start, end = f"<!-- made by {maker} -->", f"<!-- end of what {maker} made -->"
    text = SEQUENCES.read_text(encoding="utf-8")
    if start not in text or end not in text:
        raise ValueError(f"{SEQUENCES} has no place for what {maker} makes")
    before, rest = text.split(start)
    SEQUENCES.write_text("\n".join([before + start, "", *tables, "", end + rest.split(end)[1]]), encoding="utf-8")
