"""Dark ink on paper is told from bright ink on black, however the paper is lit, framed or stained: on real digits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataflow_cli.inputs.drawings import dark_on_bright

DIGITS = np.stack(
    [np.array(Image.open(path)) for path in sorted((Path(__file__).parents[2] / "configs/digits").rglob("*.png"))]
).astype(np.float64)
Y, X = np.mgrid[:28, :28] / 27


def lit(planes, darkest):
    """Light from the left, the right side at `darkest` of it."""
    return planes * (1 - (1 - darkest) * X)


def vignetted(planes, corner):
    return planes * (1 - (1 - corner) * ((X - 0.5) ** 2 + (Y - 0.5) ** 2) * 2)


def noisy(planes, sigma):
    return planes + np.random.default_rng(0).normal(0, sigma, planes.shape)


def framed(planes, width, shade):
    result = np.full_like(planes, shade)
    result[:, width:-width, width:-width] = planes[:, width:-width, width:-width]
    return result


def faint(planes, ink, paper):
    return ink + (paper - ink) * planes / 255


SCANS = {
    "clean": lambda planes: planes,
    "shaded": lambda planes: lit(planes, 0.3),
    "vignetted": lambda planes: vignetted(planes, 0.5),
    "noisy": lambda planes: noisy(planes, 30),
    "shaded and noisy": lambda planes: noisy(lit(planes, 0.5), 12),
    "thin frame": lambda planes: framed(planes, 1, 0),
    "wide frame": lambda planes: framed(planes, 2, 30),
    "gray frame": lambda planes: framed(planes, 1, 128),
    "gray paper": lambda planes: faint(planes, 20, 110),
    "faint ink": lambda planes: faint(planes, 190, 250),
}


@pytest.mark.parametrize("scan", SCANS)
def test_every_digit_either_way(scan):
    """The scan of dark ink is found, and its negative is not."""
    scanned = np.clip(SCANS[scan](255 - DIGITS), 0, 255).round()
    assert dark_on_bright(scanned, 255).mean() == 1
    assert not dark_on_bright(255 - scanned, 255).any()
    assert dark_on_bright(scanned / 255, 1).mean() == 1


@pytest.mark.parametrize(
    "planes",
    [
        np.full((1, 28, 28), 255.0),
        np.zeros((2, 3, 3)),
        np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(float),
        np.repeat([[[10.0, 10, 10, 0, 0, 0]]], 6, axis=1),
        255 * X[np.newaxis],
    ],
    ids=["blank", "tiny", "noise", "edge", "ramp"],
)
def test_what_is_no_drawing(planes):
    assert not dark_on_bright(planes, 255).any()


def test_photographs():
    """Windows of a photograph, large and small, either way."""
    photo = Image.open(Path(__file__).parents[2] / "configs/raccoon.png").convert("L")
    found = []
    for shrink in (1, 2, 4):
        array = np.array(photo.resize((max(28, photo.width // shrink), max(28, photo.height // shrink))), np.float64)
        starts = np.random.default_rng(0).integers(0, [side - 27 for side in array.shape], (60, 2))
        windows = np.stack([array[top : top + 28, left : left + 28] for top, left in starts])
        found += [dark_on_bright(windows, 255), dark_on_bright(255 - windows, 255)]
    assert np.concatenate(found).mean() < 0.1
