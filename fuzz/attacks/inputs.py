"""Inputs that nobody vouches for: sound ones, changed ones, ones that lie, and bombs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fuzz.making import arrayfiles as made
from fuzz.making.mutations import mutated
from fuzz.making.pictures import any_picture, png_bomb, tiff_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fuzz.case import Case

FILE = "net.yaml"
NETWORKS = (
    "input: {shape: [28, 28, 1], scale: 1/255, resize: bilinear}\nlayers: [flatten]",
    "input: {shape: [20, 30, 1], crop: center, resize: bilinear, background: light}\nlayers: [flatten]",
    "input: [28, 28, 1]\nlayers: [flatten]",
    "input: {shape: [28, 28, 3], mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.2], resize: nearest}\nlayers: [flatten]",
    "input: [4]\nlayers: [softmax]",
    "input: {shape: [784], scale: 1/255}\nlayers: [{type: relu}]",
    "input: {shape: [4], dtype: int32}\nlayers: [flatten]",
    "data_format: channels_first\ninput: {shape: [1, 28, 28], invert: true, scale: 1/255}\nlayers: [flatten]",
)
ENDINGS = ("png", "npy", "npz", "csv", "txt", "idx", "idx.gz", "gz", "tif", "jpg", "xyz", "NPY")
_PIXELS = ((9_400, 9_400), (11_000_000, 8), (3, 20_000_000), (30_000, 30_000))
_TEXT_BYTES = 4 * 2**20
_UNLIMITED_MIB = 4000
"""What `show` may take, which has no --max-memory, for arrays that are as large as they say."""
_NO_FILES = ("pipe", "/dev/zero", "/dev/full", ".", "/proc/self/mem")


def _arrays(rng: Random) -> tuple[str, bytes]:
    return "npy", made.npy(made.any_array(rng), fortran=rng.randrange(2) == 1)


def _zips(rng: Random) -> tuple[str, bytes]:
    members = {name: made.npy(made.any_array(rng)) for name in ("x.npy", "labels.npy")[: 1 + rng.randrange(2)]}
    return "npz", made.npz(members, squeezed=rng.randrange(2) == 1)


def _idx(rng: Random) -> tuple[str, bytes]:
    shape = rng.choice(((2, 28, 28), (28, 28), (3,), (2**31, 2**31, 4), (0, 28, 28), (1,) * 200, ()))
    data = None if len(shape) < 4 and max(shape, default=0) < 100 else b"12"
    whole = made.idx(shape, rng.choice((8, 9, 11, 12, 13, 14, 7)), data)
    return ("idx.gz", made.squeezed(whole)) if rng.randrange(2) else ("idx", whole)


def _tables(rng: Random) -> tuple[str, bytes]:
    return rng.choice(("csv", "txt")), made.table(rng)


def _headers(rng: Random) -> tuple[str, bytes]:
    whole = made.any_header(rng)
    return ("npz", made.npz({"x.npy": whole})) if rng.randrange(2) else ("npy", whole)


def _bombs(rng: Random) -> tuple[str, bytes]:
    """What is small and would be large."""
    mebibytes = rng.choice((100, 1000, 3000))
    samples = mebibytes * 2**20 // 784
    return rng.choice(
        (
            lambda: ("npz", made.zip_bomb("x.npy", made.header("<f4", "(28, 28, 1)"), mebibytes)),
            lambda: ("npz", made.zip_bomb("x.npy", made.header("|u1", f"({samples}, 28, 28, 1)"), mebibytes)),
            lambda: ("npz", made.zip_bomb("x.npy", made.header("<f4", f"({mebibytes * 2**18},)"), mebibytes)),
            lambda: ("idx.gz", made.gzip_bomb(made.idx((samples, 28, 28), data=b""), mebibytes)),
            lambda: ("csv.gz", made.gzip_bomb(b"1,2,3,4\n", mebibytes)),
            lambda: ("png", png_bomb(*rng.choice(_PIXELS))),
            lambda: ("tif", tiff_pages(rng.choice((100, 5_000, 40_000)))),
            lambda: ("csv", rng.choice((b"1,", b"1", b" ", b",", b'"', b"1\n", b"a,")) * (_TEXT_BYTES // 2)),
            lambda: ("npz", made.many_members(20_000)),
        )
    )()


MAKERS: tuple[Callable[[Random], tuple[str, bytes]], ...] = (any_picture, _arrays, _zips, _idx, _tables, _headers)


def attack(case: Case) -> None:
    """Run one file, or the same twice, from a file, a pipe or a folder."""
    rng = case.rng
    case.write(FILE, f"dftrace: 1\n{rng.choice(NETWORKS)}\n")
    ending, content = _bombs(rng) if case.chance(0.06) else rng.choice(MAKERS)(rng)
    if case.chance(0.6) and len(content) < 2**20:
        content = mutated(rng, content)
    name = case.write("x." + (rng.choice(ENDINGS) if case.chance(0.15) else ending), content)
    ask(case, name, content)


def ask(case: Case, name: str, content: bytes) -> None:
    """One command that reads it."""
    form = case.rng.choice(("json", "table", "csv"))
    options = ["-f", form, "--max-memory", "500MiB", *(["--batch", "1"] if case.chance(0.3) else [])]
    which = case.rng.randrange(8)
    if which == 0:
        case.ask("run", FILE, "-i", "-", *options, stdin=content)
    elif which == 1:
        os.mkfifo(case.folder / "pipe")
        case.ask("run", FILE, "-i", case.rng.choice(_NO_FILES), *options)
    elif which == 2:
        case.ask("show", FILE, "-i", name, "-o", "picture.png", mebibytes=_UNLIMITED_MIB)
    elif which == 3:
        case.ask("run", FILE, "-i", name, "--labels", name, *options)
    elif which == 4:
        case.ask("explain", FILE, case.rng.choice(("flatten_1[0]", "input[0,0,0]", "softmax_1[1]")), "-i", name)
    else:
        case.ask("run", FILE, *["-i", name] * case.rng.choice((1, 1, 2)), *options)
