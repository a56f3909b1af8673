"""How a picture looks beside what it shows: its background, its letters, its words, how large and how wide it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures.themes import THEMES, USUAL_SIZE, Theme

if TYPE_CHECKING:
    from fractions import Fraction

    from dataflow_cli.render.pictures.model import Picture


@dataclass(frozen=True)
class Look:
    """What the user wants; None is what suits the picture."""

    theme: str = "light"
    zoom: Fraction | None = None
    """Pixels a value, or 1/n: n values a pixel."""
    columns: int | None = None
    """Inputs side by side, or tensors where there is one input."""
    font_size: int = USUAL_SIZE
    title: str | None = None
    caption: str | None = None
    """What stands below; `none` is nothing, as an empty text is."""

    @property
    def colors(self) -> Theme:
        """The theme, with letters of the size."""
        return replace(THEMES[self.theme], small=self.font_size)

    def captioned(self, picture: Picture) -> Picture:
        """The picture with the words that are wanted."""
        title = picture.title if self.title is None else text.safe(self.title)
        if self.caption is None:
            return replace(picture, title=title)
        return replace(picture, title=title, notes=() if self.caption in ("", "none") else (text.safe(self.caption),))
