"""What is written in a drawing, and how wide it is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dataflow_cli.render import text
from dataflow_cli.render.pictures.fonts import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.outline import Part
    from dataflow_cli.render.diagram.look import Shades

MOST = 44
"""Characters of a line; of a longer one the middle is left out."""
_MOST_KIND = 60
_ROOM = 1.06
"""How much wider a text may come out in a program that has another font."""
_COLUMN = 0.56
"""How wide a letter is, in font sizes; a wide one, such as a Chinese sign, is two."""


def name(part: Part) -> str:
    """The name as it is shown."""
    return shortened(part.name)


def kind(part: Part) -> str:
    """The type with what is set of it: `conv2d 3 x 3, strides 2, relu`."""
    label = " ".join(filter(None, (part.label, " x ".join(map(str, part.window)))))
    fields = [f"{field} {value}" for field, value in part.fields]
    last = [f"{part.layers:,} layers"] if part.layers > 1 else [part.activation] if part.activation else []
    while fields and len(", ".join([label, *fields, "...", *last])) > _MOST_KIND:
        fields.pop()
    left_out = ["..."] if len(fields) < len(part.fields) else []
    return shortened(", ".join([label, *fields, *left_out, *last]), _MOST_KIND)


def brief(part: Part) -> str:
    """The type, if the name does not say it, the window, and what is done to the result: `conv2d 3 x 3, relu`."""
    named = part.name.rpartition("/")[2].rpartition("_")[0] == part.label
    label = " ".join(filter(None, ("" if named else part.label, " x ".join(map(str, part.window)))))
    return shortened(", ".join(filter(None, (label, part.activation))))


def by(shape: Sequence[int]) -> str:
    """`28 x 28 x 1`, as papers write it."""
    return " x ".join(map(str, shape)) or "1"


def tensor(part: Part) -> str:
    """The shape of what comes out."""
    return text.shape(part.shape)


def learned(part: Part) -> str:
    """How many parameters there are."""
    return f"{part.parameters:,} parameter{'s' if part.parameters != 1 else ''}" if part.parameters else ""


def lines(part: Part, shades: Shades | None = None) -> list[str]:
    """What is said of a part: its name, its kind, what comes out and what is learned, the number it is colored by."""
    said = [name(part), kind(part)]
    if part.name == part.label:
        said.pop()
    said.append(" | ".join(filter(None, (tensor(part), learned(part)))))
    if shades is not None and part.name in shades.texts and shades.after(part.name) != learned(part):
        said.append(shades.before(part.name))
    return said


def shortened(words: str, most: int = MOST) -> str:
    """The text on one line, without its middle if it is long."""
    words = text.safe(words)
    return words if len(words) <= most else f"{words[: most // 2 - 2]}...{words[len(words) - most // 2 + 1 :]}"


@lru_cache(100_000)
def width(words: str, size: int) -> float:
    """The room that a text takes across, in pixels; of what the font lacks, what letters take in others."""
    if words.isascii():
        return _ROOM * text_width(words, size) if words else 0.0
    return _ROOM * max(text_width(words, size), _COLUMN * size * text.display_width(words))
