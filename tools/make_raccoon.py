"""Write the raccoon of the chapter's sections 1 and 4, and the stand-in for a CIFAR-10 minibatch.

Run with NumPy and Pillow installed. The picture is `scipy/misc/face.dat` of an old SciPy wheel:

    pip download scipy==1.9.3 --python-version 3.10 --no-deps --only-binary :all:
    python tools/make_raccoon.py scipy-1.9.3-*.whl [-o configs]

`configs/raccoon.md` says where the picture is from and under which terms.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

MEMBER = "scipy/misc/face.dat"
SHA256 = "9d8b0b4d081313e2b485748c770472e5a95ed1738146883d84c7030493e82886"  # as in scipy.datasets' registry
GRAY_CROP = (slice(0, 512), slice(412, 924))
COLOR_CROP = (slice(60, 487), slice(330, 970))  # 427 x 640, the shape of the chapter's color picture
PATCH_CROP = (slice(16, 528), slice(208, 976))  # 4 x 6 patches of 32 x 32, seen from four times as far
REDUCTION = 4
PATCH = 32
CHAPTER_CORNER = [
    [88, 97, 112, 127, 116, 97, 84, 84],
    [62, 70, 100, 131, 126, 88, 52, 51],
    [41, 46, 87, 127, 146, 116, 78, 56],
    [42, 45, 76, 107, 145, 137, 112, 76],
    [58, 59, 69, 79, 111, 106, 90, 68],
    [74, 73, 68, 60, 72, 74, 72, 67],
    [92, 87, 75, 63, 57, 74, 91, 93],
    [105, 97, 85, 74, 60, 79, 102, 110],
]


def read_face(wheel: Path) -> Pixels:
    """Read the color picture (768, 1024, 3) out of a SciPy wheel."""
    packed = zipfile.ZipFile(wheel).read(MEMBER)
    if hashlib.sha256(packed).hexdigest() != SHA256:
        raise SystemExit(f"{wheel}: {MEMBER} is not the picture this was written for")
    return np.frombuffer(bz2.decompress(packed), dtype=np.uint8).reshape(768, 1024, 3)


def to_gray(color: Pixels) -> Pixels:
    """Weigh red, green and blue as SciPy's `face(gray=True)` does: (height, width, 3) to (height, width)."""
    red, green, blue = np.moveaxis(color, -1, 0)
    gray: Pixels = (0.21 * red + 0.71 * green + 0.07 * blue).astype(np.uint8)
    return gray


def shrink(color: Pixels) -> Pixels:
    """Average blocks of `REDUCTION` x `REDUCTION` pixels: (height, width, 3) to a quarter of both."""
    height, width, channels = color.shape
    blocks = color.reshape(height // REDUCTION, REDUCTION, width // REDUCTION, REDUCTION, channels)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3))
    return means.round().astype(np.uint8)


def cut_patches(color: Pixels) -> Pixels:
    """Cut a picture (height, width, 3) into patches (patch, 32, 32, 3), row by row."""
    height, width, channels = color.shape
    tiles = color.reshape(height // PATCH, PATCH, width // PATCH, PATCH, channels)
    return tiles.swapaxes(1, 2).reshape(-1, PATCH, PATCH, channels)


def check_corner(gray: Pixels) -> None:
    """Stop if the top left 8 x 8 corner is not the one the chapter prints in section 4."""
    if gray[:8, :8].tolist() != CHAPTER_CORNER:
        raise SystemExit(f"the top left corner is not the chapter's:\n{gray[:8, :8]}")


def main() -> None:
    """Read, cut, check, write."""
    parser = argparse.ArgumentParser(description="Write the raccoon pictures from SciPy's face.dat.")
    parser.add_argument("wheel", type=Path, metavar="SCIPY_WHEEL", help=f"a SciPy wheel that holds {MEMBER}")
    parser.add_argument("-o", "--output", type=Path, default=Path("configs"), help="folder to write to")
    arguments = parser.parse_args()
    face = read_face(arguments.wheel)
    gray = to_gray(face[GRAY_CROP])
    check_corner(gray)
    output: Path = arguments.output
    Image.fromarray(gray).save(output / "raccoon.png", optimize=True)
    Image.fromarray(face[COLOR_CROP]).save(output / "raccoon-color.png", optimize=True)
    np.save(output / "patches.npy", cut_patches(shrink(face[PATCH_CROP])), allow_pickle=False)
    print(f"{output}: raccoon.png, raccoon-color.png and patches.npy")


if __name__ == "__main__":
    main()
