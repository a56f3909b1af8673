"""Files that are not read, called what they are by their first bytes: what a failed download or another tool leaves."""

from __future__ import annotations

GZIP_MAGIC = b"\x1f\x8b"
_HEAD = 512
_BEGINNINGS = {
    b"\x89HDF": "an HDF5 file",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
    b"%PDF": "a PDF",
    b"%!PS": "a PostScript file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"7z\xbc\xaf": "a 7z file",
    b"Rar!\x1a\x07": "a RAR file",
    b"SIMPLE  =": "a FITS file",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    b"MATLAB 5.0 MAT-file": "a MATLAB file",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"version https://git-lfs.github.com/": "a Git LFS pointer",
    b"/annex/objects/": "a git-annex pointer",
    b"{": "a JSON file",
}
_MARKUP = {
    b"<!doctype html": "a web page (HTML)",
    b"<html": "a web page (HTML)",
    b"<head": "a web page (HTML)",
    b"<body": "a web page (HTML)",
    b"<script": "a web page (HTML)",
    b"<!--": "a web page (HTML)",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file",
}
_BRANDS = {
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"heim": "a HEIC picture",
    b"hevc": "a HEIC picture",
    b"hevx": "a HEIC picture",
    b"mif1": "a HEIC picture",
    b"msf1": "a HEIC picture",
    b"avif": "",
    b"avis": "",
}
"""What follows `ftyp` in the family of MP4. AVIF is read."""
HINTS = {
    "a web page (HTML)": "the download went wrong: open it in a browser to see why, then fetch the file itself",
    "a Git LFS pointer": "it only stands for the file: fetch that with `git lfs pull`",
    "a git-annex pointer": "it only stands for the file: fetch that with `git annex get`",
    "a HEIC picture": "save it as JPEG or PNG first",
    "a JPEG XL picture": "save it as JPEG or PNG first",
}
"""What to do about those that need more than to be converted."""


def called(head: bytes) -> str:
    """What a file is, with its article; nothing if it is of no known kind."""
    for magic, name in _BEGINNINGS.items():
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a video or another MP4 file")
    if head[257:262] == b"ustar":
        return "a tar archive"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((name for magic, name in _MARKUP.items() if text.startswith(magic)), "")


def unpacked(head: bytes) -> bytes:
    """The first bytes of what is gzipped; nothing if it is not, or damaged."""
    if not head.startswith(GZIP_MAGIC):
        return b""
    import zlib

    try:
        return zlib.decompressobj(31).decompress(head, _HEAD)
    except zlib.error:
        return b""
