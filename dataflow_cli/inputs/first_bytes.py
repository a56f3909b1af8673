"""What the first bytes of a file say, where the formats that they tell apart have no magic number of their own."""

from __future__ import annotations

from dataflow_cli.lazy import pattern

IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The type of the numbers in an idx file, by its third byte."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = pattern(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
FORMATS = "dftrace reads pictures (png, jpg, ...), .npy, .npz, idx, idx.gz and numbers as text (csv)"


def is_idx(head: bytes) -> bool:
    """Whether a file that begins like this is idx, not gzipped."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in IDX_TYPES and 0 < head[3] <= 8


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file look like text."""
    return head.startswith(UTF16) or not _CONTROL.search(head)
