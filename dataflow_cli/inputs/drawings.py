"""Whether a small gray picture is a dark drawing on bright paper, however the paper is lit, framed or stained.

Paper is what most pixels are: a smooth surface, fitted first to the rim and then to all that lies close to it, so that
a shadow across the sheet counts as paper and a stroke does not. Ink is what lies far below that surface. A photograph
has no such surface: its pixels scatter about it by too much of what separates its darkest parts from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


_WIDEST_FRAME = 3
"""Pixels at the rim that may be the scanner's lid or a ruled box, of one shade, and not paper."""
_SMALLEST_LIT = 16
"""Pixels a side from which light can be told from ink; smaller pictures have paper of one shade."""
_ROUNDS = 4
"""Fits, after each of which what lies off the surface no longer counts."""
_FAINTEST = 0.1
"""Ink is darker than paper by at least so much of the range,"""
_CLEAREST = 6
"""and by so many times the distance at which half of all pixels lie from the surface."""


def dark_on_bright(planes: Array, white: float) -> Array:
    """For each gray picture (N, height, width), values 0..white, whether it is dark on bright: (N,) of bool."""
    result = np.zeros(len(planes), bool)
    frames = _frames(planes)
    for width in set(frames.tolist()):  # numpy.unique loads masked arrays
        chosen = frames == width
        inner = planes[chosen, width : planes.shape[1] - width, width : planes.shape[2] - width]
        result[chosen] = _has_dark_ink(inner, white)
    return result


def _has_dark_ink(planes: Array, white: float) -> Array:
    """Whether something, not at the rim, lies far below the paper, and next to nothing as far above it."""
    height, width = planes.shape[1:]
    residuals, scatter = _from_paper(planes.reshape(len(planes), -1).astype(np.float64), height, width)
    bound = np.maximum(2 * scatter, 0.3 * np.abs(residuals).max(axis=1))[:, np.newaxis]
    ink = residuals < -bound
    share, glare = ink.mean(axis=1), (residuals > bound).mean(axis=1)
    contrast = -(residuals * ink).sum(axis=1) / np.maximum(ink.sum(axis=1), 1)
    at_rim = ink[:, _depths(height, width) == 0].mean(axis=1)
    result: Array = (
        (share > 0.01)
        & (share < 0.5)
        & (glare < share / 4)
        & (at_rim < 0.15)
        & (contrast > np.maximum(_FAINTEST * white, _CLEAREST * scatter))
    )
    return result


def _from_paper(pixels: Array, height: int, width: int) -> tuple[Array, Array]:
    """How far each pixel (N, height x width) lies above the paper, and how far half of them lie from it at most."""
    basis = _basis(height, width)
    terms = basis.shape[1]
    products = (basis[:, :, np.newaxis] * basis[:, np.newaxis]).reshape(len(basis), terms * terms)
    stiff = np.diag([1e-6] + [1e-3] * (terms - 1)) * len(basis)
    least = 0.03 * np.ptp(pixels, axis=1)
    weights = np.broadcast_to(np.where(_depths(height, width) < max(1, min(height, width) // 8), 1, 0.02), pixels.shape)
    for _ in range(_ROUNDS):
        normal = (weights @ products).reshape(-1, terms, terms) + stiff
        surface = np.linalg.solve(normal, ((weights * pixels) @ basis)[..., np.newaxis])[..., 0] @ basis.T
        residuals = pixels - surface
        scatter = np.partition(np.abs(residuals), len(basis) // 2, axis=1)[:, len(basis) // 2] * 1.5
        weights = (np.abs(residuals) < np.maximum(2 * scatter, least)[:, np.newaxis]) + 1e-3
    return residuals, scatter


def _basis(height: int, width: int) -> Array:
    """The surfaces that light makes of paper, (height x width, terms): 1, x, y, x^2, xy, y^2."""
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    y, x = (y - (height - 1) / 2) / height, (x - (width - 1) / 2) / width
    terms = [np.ones_like(x), x, y, x * x, x * y, y * y]
    return np.stack(terms if min(height, width) >= _SMALLEST_LIT else terms[:1], axis=1)


def _frames(planes: Array) -> Array:
    """How wide a frame each picture has (N,): rings of one shade at the rim, set off from the ring inside them."""
    count, height, width = planes.shape
    depths, pixels = _depths(height, width), planes.reshape(count, -1).astype(np.float64)
    span = np.ptp(pixels, axis=1)
    result, rim = np.zeros(count, int), np.ones(count, bool)
    most = min(_WIDEST_FRAME, (min(height, width) - 3) // 2)
    shades = [_medians(pixels[:, depths == depth]) for depth in range(most + 1)]
    for depth in range(most):
        off = np.abs(pixels[:, depths == depth] - shades[depth][:, np.newaxis])
        rim &= (off <= 0.1 * span[:, np.newaxis]).mean(axis=1) >= 0.9
        result[rim & (np.abs(shades[depth] - shades[depth + 1]) > 0.2 * span)] = depth + 1
    return result


def _depths(height: int, width: int) -> Array:
    """How many pixels each pixel (height x width,) is away from the rim."""
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    result: Array = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x))
    return result


def _medians(rows: Array) -> Array:
    """The median of each row. NumPy's own loads masked arrays, which takes longer than running a small network."""
    ordered, last = np.sort(rows, axis=1), rows.shape[1] - 1
    result: Array = (ordered[:, last // 2] + ordered[:, (last + 1) // 2]) / 2
    return result
