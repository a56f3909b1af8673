"""What a sheet is made of: blocks of pixels, rectangles, lines, dots and text, placed in pixels from the top left."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.shapes import Array

Anchor = Literal["left", "middle", "right"]


@dataclass(frozen=True)
class Block:
    """Pixels (height, width, 3), each drawn as a rectangle of `across` x `down` pixels: nothing is blurred."""

    x: int
    y: int
    pixels: Array
    across: int
    down: int


@dataclass(frozen=True)
class Rect:
    """A filled rectangle."""

    x: int
    y: int
    width: int
    height: int
    color: Color


@dataclass(frozen=True)
class Line:
    """Straight lines from point to point."""

    x: float
    y: float
    points: tuple[tuple[float, float], ...]
    """Relative to x and y."""
    color: Color
    width: float = 2.0


@dataclass(frozen=True)
class Dot:
    """A filled circle around x and y."""

    x: float
    y: float
    radius: float
    color: Color


@dataclass(frozen=True)
class Area:
    """A filled polygon around x and y."""

    x: float
    y: float
    points: tuple[tuple[float, float], ...]
    """Relative to x and y."""
    color: Color


@dataclass(frozen=True)
class Text:
    """Text whose left, middle or right end stands at x and whose middle stands at y."""

    x: float
    y: float
    text: str
    size: int
    color: Color
    anchor: Anchor = "left"
    turned: bool = False
    """Whether it is read upwards: then it begins at y, and its middle stands at x."""


Shape = Block | Rect | Line | Dot | Area | Text


@dataclass(frozen=True)
class Drawing:
    """Shapes and the room that they take."""

    width: int
    height: int
    shapes: Iterable[Shape] = field(default_factory=tuple)
    """From the back to the front; of what is large made only when they are gone through."""
    said: str = ""
    """What was done to make it fit."""


@dataclass(frozen=True)
class Sheet(Drawing):
    """A drawing on its background."""

    background: Color = (255, 255, 255)


@dataclass(frozen=True)
class Later:
    """Shapes that are made when somebody goes through them: what is too large is measured and never made."""

    make: Callable[[], Iterable[Shape]]

    def __iter__(self) -> Iterator[Shape]:
        return iter(self.make())


@dataclass(frozen=True)
class Parts:
    """Shapes of several drawings, each further right and down by its two numbers."""

    parts: tuple[tuple[int, int, Iterable[Shape]], ...]

    def __iter__(self) -> Iterator[Shape]:
        return self.at(0, 0)

    def at(self, x: int, y: int) -> Iterator[Shape]:
        """All of them, further right and down."""
        for right, down, shapes in self.parts:
            if isinstance(shapes, Parts):
                yield from shapes.at(x + right, y + down)
            else:
                yield from moved(shapes, x + right, y + down)


def moved(shapes: Iterable[Shape], x: int, y: int) -> Iterator[Shape]:
    """The shapes, further right and down."""
    for shape in shapes:
        yield replace(shape, x=shape.x + x, y=shape.y + y)  # type: ignore[arg-type]  # int stays int
