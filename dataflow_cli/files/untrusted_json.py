"""JSON from a file that nobody vouches for: an object, no key twice, no depth that ends the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_json(data: bytes, what: str) -> dict[str, Any]:
    """The object that the bytes are. `what` they are is said in errors. Raises FileProblem."""
    import json

    try:
        found = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise FileProblem(f"{what} is no JSON ({printable(error)[:80]})", hint="write or copy it again") from error
    if not isinstance(found, dict):
        raise FileProblem(f"{what} is no JSON object", hint="write or copy it again")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        from collections import Counter

        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise FileProblem(f"holds '{printable(twice)[:80]}' twice", hint="write the file again")
    return found
