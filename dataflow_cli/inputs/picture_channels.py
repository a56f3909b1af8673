"""The channels of a picture: gray, RGB or RGBA values from 0 to 255, whatever the file has.

- Gray from color is ITU-R 601 luma, (19595 R + 38470 G + 7471 B + 32768) >> 16, a whole number as Pillow computes it.
- 16 bits a channel become 0..255 by division by 257, fractions kept. Pillow itself reduces 16-bit color to 8 bits.
- Transparent parts are laid over white, as on paper, unless the network takes four channels.

Whatever changes channels is said in a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from PIL import Image

    from dataflow_cli.inputs.notes import Notes

_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_TWELVE_BITS = 2**12
"""A picture of 16 bits without any larger value is as good as black, or holds fewer bits."""


def without_alpha(image: Image.Image, notes: Notes) -> Image.Image:
    """The picture laid over white where it is transparent."""
    from PIL import Image

    if not image.has_transparency_data or image.mode in _DEEP:
        return image
    over = image.convert("RGBA")
    if over.getchannel("A").getextrema() == (255, 255):
        return image.convert("L" if image.mode == "LA" else "RGB")
    flat = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    blank = all(band.getextrema() == (255, 255) for band in flat.split())
    text, hint = (
        "transparent parts were laid over white",
        "save the picture without transparency to choose the background",
    )
    if blank:
        text, hint = f"{text}, and nothing is left to see", "lay the picture over black before"
    notes.append(("W304", text, hint))
    return flat


def converted(image: Image.Image, channels: int, notes: Notes) -> Image.Image:
    """The picture in mode L or F (one channel, whatever is asked for), RGB or RGBA."""
    if image.mode in _DEEP:
        image = _deep(image, notes)
    elif image.mode == "1":
        image = image.convert("L")
    elif channels == 4:
        return _noted(image, "RGBA", notes) if image.mode != "RGBA" else image
    elif image.mode not in ("L", "RGB"):
        image = _noted(image, "RGB", notes)
    if channels == 1:
        return _gray(image, notes)
    if image.mode in ("L", "F"):
        notes.append(("W304", f"gray was repeated for {channels} channels", ""))
    return image


def _noted(image: Image.Image, mode: str, notes: Notes) -> Image.Image:
    if image.mode not in ("P", "PA", "RGBX", "RGBa", "La", "LA"):
        notes.append(("W304", f"{image.mode} was converted to {mode}", ""))
    return image.convert(mode)


def _gray(image: Image.Image, notes: Notes) -> Image.Image:
    """One channel. A color picture without any color is gray already."""
    if image.mode != "RGB":
        return image
    red, green, blue = image.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return red
    notes.append(("W304", "color was converted to gray (ITU-R 601 luma)", "save the picture as gray to be sure"))
    return image.convert("L")


def _deep(image: Image.Image, notes: Notes) -> Image.Image:
    """More than 8 bits a channel as float32: 16 bits become 0..255; other numbers stay as they are stored."""
    from PIL import Image

    values = np.array(image).astype(np.float32)
    if not (image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))):
        return Image.fromarray(values)
    largest = int(values.max(initial=0))
    if 0 < largest < _TWELVE_BITS:
        bits = 8 if largest <= 255 else 12
        text = f"has 16 bits a channel and no value over {largest:,}; 16 bits become 0..255, so that it is nearly black"
        notes.append(
            ("W303", text, f"if {bits} bits were stored in 16, multiply the values by {65535 // (2**bits - 1)}")
        )
    return Image.fromarray(values / np.float32(257))
