"""How a drawing looks: its theme, its font, which way the data flows, and the colors of families and of numbers."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.themes import THEMES, mixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.outline import Part
    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.render.pictures.themes import Theme

Direction = Literal["down", "right", "up", "left"]
LETTERS: dict[Direction, str] = {"down": "TB", "right": "LR", "up": "BT", "left": "RL"}
"""What DOT and Mermaid call the directions: from top to bottom, and so on."""
_FAMILIES: dict[str, Color] = {
    "input": (110, 118, 135),
    "block": (122, 98, 160),
    "convolution": (46, 113, 190),
    "pooling": (206, 70, 66),
    "normalization": (176, 133, 20),
    "activations": (222, 121, 28),
    "merging": (60, 145, 77),
    "core": (124, 82, 178),
    "shape": (22, 140, 150),
    "recurrent": (190, 62, 138),
    "attention": (84, 88, 200),
    "elementwise": (150, 108, 68),
    "regularization": (130, 130, 130),
}
"""The hue of each family; what is not here is gray."""
_GRAY: Color = (130, 130, 130)
_BLACK: Color = (0, 0, 0)
_WHITE: Color = (255, 255, 255)
_PLAIN = 4.5
"""The contrast that WCAG 2 asks for of small text."""
_TINT = {"light": 0.16, "dark": 0.34}
"""How much of the hue a box is filled with; the rest is the background."""


@dataclass(frozen=True)
class Shades:
    """A number of every part, by which it is colored."""

    title: str
    values: Mapping[str, float]
    texts: Mapping[str, str]
    """The same as people read them."""

    def before(self, name: str) -> str:
        """`zeros 67.7 %`."""
        return f"{self.title} {self.texts[name]}"

    def after(self, name: str) -> str:
        """`320 parameters`."""
        return f"{self.texts[name]} {self.title}"

    def of(self, names: Mapping[str, str]) -> Shades:
        """The same for parts of other names: by the new the old one."""
        values = {new: self.values[old] for new, old in names.items() if old in self.values}
        return Shades(self.title, values, {new: self.texts[names[new]] for new in values})

    @cached_property
    def finite(self) -> list[str]:
        """Whose values are numbers, from the smallest to the largest."""
        return sorted(
            (name for name, value in self.values.items() if math.isfinite(value)), key=self.values.__getitem__
        )

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest finite value; 0 and 0 if there is none."""
        return (self.values[self.finite[0]], self.values[self.finite[-1]]) if self.finite else (0.0, 0.0)


@dataclass(frozen=True)
class Look:
    """What the user wants of a drawing."""

    theme: str = "light"
    transparent: bool = False
    font_size: int = 13
    direction: Direction = "down"
    title: str = ""
    shades: Shades | None = None

    @property
    def colors(self) -> Theme:
        """The colors of everything but parts."""
        return THEMES[self.theme]

    @property
    def background(self) -> Color | None:
        """The color behind everything, if there is one."""
        return None if self.transparent else self.colors.background


def hue(family: str) -> Color:
    """The color of a family's lines."""
    return _FAMILIES.get(family, _GRAY)


def tinted(look: Look, family: str) -> Color:
    """The color of a family's areas."""
    return mixed(look.colors.background, hue(family), _TINT[look.theme])


def fill_of(part: Part, look: Look) -> Color:
    """The color of a part's area: its family's, or that of its number."""
    return tinted(look, family_of(part)) if look.shades is None else shaded(look, look.shades, part.name)


def stroke_of(part: Part, look: Look) -> Color:
    """The color of its outline."""
    return hue(family_of(part)) if look.shades is None else look.colors.muted


def family_of(part: Part) -> str:
    """What a part is colored by; inputs and blocks are families of their own."""
    return part.family or ("input" if part.is_input else "block")


def shaded(look: Look, shades: Shades, name: str) -> Color:
    """The color of a number: from the background's to the accent, to orange below zero where both are; NaN is red."""
    if name not in shades.values:
        return look.colors.background
    value, (low, high) = shades.values[name], shades.ends
    if not math.isfinite(value):
        return mixed(look.colors.background, look.colors.curves[-1], 0.55)
    return shade(look, value, low, high)


def shade(look: Look, value: float, low: float, high: float) -> Color:
    """The color of a value on a scale from `low` to `high`."""
    largest = max(abs(low), abs(high))
    if low < 0 < high:
        color = look.colors.curves[0 if value > 0 else 1]
        return mixed(look.colors.background, color, 0.85 * abs(value) / largest)
    share = (value - low) / (high - low) if high > low else 0.0
    return mixed(look.colors.background, look.colors.accent, 0.08 + 0.77 * share)


def written(color: Color) -> str:
    """`#1b62ab`."""
    return "#" + "".join(f"{part:02x}" for part in color)


def readable(look: Look, fill: Color) -> Color:
    """The color of text on an area: the theme's, or black or white where that would be hard to see."""
    if contrast(look.colors.ink, fill) >= _PLAIN:
        return look.colors.ink
    return max(_BLACK, _WHITE, key=lambda color: contrast(color, fill))


def contrast(one: Color, other: Color) -> float:
    """How plainly two colors differ: from 1 to 21, as WCAG 2 has it."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
