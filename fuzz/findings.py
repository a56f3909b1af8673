"""What an attack can find."""

from __future__ import annotations


class Finding(Exception):  # noqa: N818  it is no error of ours
    """Something that dftrace promises not to do. The first line says what."""

    def __init__(self, what: str, *details: object) -> None:
        super().__init__("\n".join([what, *map(str, details)]))


def require(holds: object, what: str, *details: object) -> None:
    """Raise a Finding unless something holds."""
    if not holds:
        raise Finding(what, *details)
