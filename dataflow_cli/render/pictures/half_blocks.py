"""Pixels as characters: half blocks, two pixels to a cell, in true color or 256 colors; or ASCII signs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Mode = Literal["truecolor", "256", "ascii"]
RAMP = ".:-=+*#%@"
"""Signs from the lowest to the highest value."""
GRAYS = (255.0, 0.0)
"""The brightness of the lowest and the highest value where nothing else is known: higher is darker."""
RESET = "\x1b[0m"
_NOTHING = -1
_CUBE = (0, 95, 135, 175, 215, 255)


def cell_lines(pixels: Array, filled: Array, mode: Mode, span: tuple[float, float] = GRAYS) -> list[str]:
    """Pixels (height, width, 3), uint8, as lines of `width` characters, two rows a line.

    Where `filled` (height, width) is false the terminal's background stays. In ASCII a sign is as dense as the mean of
    its two pixels is high, going by the brightness that the lowest and the highest value have: `span`.
    """
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, np.zeros_like(pixels[:1])])
        filled = np.concatenate([filled, np.zeros_like(filled[:1])])
    if mode == "ascii":
        return _ascii_lines(pixels, filled, span)
    codes = np.where(filled, _codes(pixels, mode), _NOTHING)
    return [_line(upper, lower, mode) for upper, lower in zip(codes[::2].tolist(), codes[1::2].tolist(), strict=True)]


def colored(text: str, color: tuple[int, int, int], mode: Mode) -> str:
    """Text in a color, where there are colors."""
    if mode == "ascii":
        return text
    code = int(_codes(np.array(color, np.uint8), mode))
    return f"\x1b[38;{_color(code, mode)}m{text}{RESET}"


def on_color(
    text: str, front: tuple[int, int, int], back: tuple[int, int, int] | None, mode: Literal["truecolor", "256"]
) -> str:
    """Text in a color on another one, or on the terminal's own."""
    color = _color(int(_codes(np.array(front, np.uint8), mode)), mode)
    under = "49" if back is None else f"48;{_color(int(_codes(np.array(back, np.uint8), mode)), mode)}"
    return f"\x1b[38;{color};{under}m{text}{RESET}"


def nearest_256(pixels: Array) -> Array:
    """The nearest of xterm's 240 fixed colors (16 to 255) for every pixel (..., 3)."""
    colors, back = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    distances = ((colors[:, np.newaxis].astype(np.int64) - _palette()) ** 2).sum(axis=-1)
    found: Array = (distances.argmin(axis=1) + 16)[back.reshape(-1)].reshape(pixels.shape[:-1])
    return found


@cache
def _palette() -> Array:
    """The 6 x 6 x 6 cube and 24 grays of xterm, (240, 3)."""
    cube = [(red, green, blue) for red in _CUBE for green in _CUBE for blue in _CUBE]
    return np.array(cube + [(8 + 10 * step,) * 3 for step in range(24)])


def _codes(pixels: Array, mode: Mode) -> Array:
    """One number a pixel: its 24 bits, or its number in the palette."""
    if mode == "256":
        return nearest_256(pixels)
    red, green, blue = np.moveaxis(pixels.astype(np.int64), -1, 0)
    bits: Array = (red << 16) | (green << 8) | blue
    return bits


def _line(upper: list[int], lower: list[int], mode: Mode) -> str:
    """One line; a color is written only where it changes."""
    parts: list[str] = []
    front = back = _NOTHING
    for top, bottom in zip(upper, lower, strict=True):
        sign = " " if top == bottom == _NOTHING else "▄" if top == _NOTHING else "▀"
        wanted = bottom if sign == "▄" else top
        under = _NOTHING if sign == "▄" else bottom
        changes = []
        if sign != " " and wanted != front:
            changes.append(f"38;{_color(wanted, mode)}")
            front = wanted
        if under != back:
            changes.append("49" if under == _NOTHING else f"48;{_color(under, mode)}")
            back = under
        parts.append(f"\x1b[{';'.join(changes)}m{sign}" if changes else sign)
    line = "".join(parts)
    return line + RESET if "\x1b" in line else line


def _color(code: int, mode: Mode) -> str:
    return f"5;{code}" if mode == "256" else f"2;{code >> 16};{code >> 8 & 255};{code & 255}"


def brightness(pixels: Array) -> Array:
    """How bright colors (..., 3) are, 0 to 255 (ITU-R 601 luma)."""
    light: Array = pixels.astype(np.float64) @ (0.299, 0.587, 0.114)
    return light


def _ascii_lines(pixels: Array, filled: Array, span: tuple[float, float]) -> list[str]:
    light = brightness(pixels)
    count = filled[::2].astype(np.int64) + filled[1::2]
    total = np.where(filled, light, 0.0)
    mean = (total[::2] + total[1::2]) / np.maximum(count, 1)
    height = np.clip((mean - span[0]) / ((span[1] - span[0]) or 1), 0, 1)
    steps = np.minimum((height * len(RAMP)).astype(np.int64), len(RAMP) - 1)
    return [
        "".join(RAMP[step] if some else " " for step, some in zip(row, there, strict=True))
        for row, there in zip(steps.tolist(), count.tolist(), strict=True)
    ]
