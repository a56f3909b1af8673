"""A picture as sixels, by the package textual-image: its encoder alone, which neither scales nor asks the terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError

if TYPE_CHECKING:
    from PIL import Image

REQUIREMENT = "textual-image>=0.12,<0.13"
"""What to install, as the package's own list of extras has it."""


def sixel_text(image: Image.Image) -> str:
    """The escape sequence that shows a picture at the cursor. Raises OutputError if the package is missing."""
    try:
        encoder = import_module("textual_image._sixel")  # `renderable` would ask the terminal as it is imported
    except ImportError as error:
        raise OutputError(
            "--terminal sixel needs the package textual-image", hint=f"install it with: pip install '{REQUIREMENT}'"
        ) from error
    options = encoder.SixelOptions(quantize="adaptive")  # grays stay apart; the default merges them
    return f"{encoder.image_to_sixels(image, options)}\n"
