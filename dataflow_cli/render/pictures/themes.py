"""What a sheet looks like: its colors, light for paper and slides, dark for screens, and the size of its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color

USUAL_SIZE = 12
"""Of the text beside values, in pixels."""


@dataclass(frozen=True)
class Theme:
    """Background, text, lines and curves."""

    background: Color
    ink: Color
    muted: Color
    line: Color
    accent: Color
    rest: Color
    """Bars that are not the answer."""
    curves: tuple[Color, ...]
    small: int = USUAL_SIZE
    """The size of the text beside values; all others follow from it."""

    def px(self, pixels: float) -> int:
        """What is so many pixels beside letters of the usual size, at least one."""
        return max(1, round(pixels * self.small / USUAL_SIZE))

    @property
    def name(self) -> int:
        """The size of a row's name."""
        return self.px(15)

    @property
    def title(self) -> int:
        return self.px(18)

    @property
    def row(self) -> int:
        """The height of a line of small text."""
        return self.px(17)


def mixed(one: Color, other: Color, share: float) -> Color:
    """So much of the other color in one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


THEMES = {
    "light": Theme(
        background=(255, 255, 255),
        ink=(24, 24, 27),
        muted=(99, 99, 108),
        line=(208, 208, 214),
        accent=(27, 98, 171),
        rest=(162, 182, 205),
        curves=((27, 98, 171), (204, 85, 10), (33, 128, 62), (138, 60, 160), (122, 98, 22), (196, 36, 72)),
    ),
    "dark": Theme(
        background=(22, 23, 28),
        ink=(236, 236, 240),
        muted=(157, 159, 170),
        line=(66, 68, 78),
        accent=(96, 165, 250),
        rest=(62, 84, 114),
        curves=((96, 165, 250), (251, 146, 60), (74, 201, 118), (200, 132, 232), (222, 196, 84), (248, 113, 133)),
    ),
}
