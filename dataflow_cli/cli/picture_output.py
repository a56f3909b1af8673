"""Where pictures go: into a file by its ending, or into the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.cli.output import emit

if TYPE_CHECKING:
    from dataflow_cli.cli.picture_options import PictureOptions
    from dataflow_cli.render.pictures.look import Look
    from dataflow_cli.render.pictures.model import Picture


def write_picture(picture: Picture, wanted: PictureOptions) -> None:
    """To a file by its ending, or to the terminal."""
    if wanted.output is None:
        _draw(picture, wanted)
        return
    from dataflow_cli.render.pictures.as_file import as_file, ending

    form = ending(wanted.output)
    emit(as_file(picture, form, wanted.look("light")), wanted.output, form.lstrip("."))


def _draw(picture: Picture, wanted: PictureOptions) -> None:
    """The picture in the terminal: text and colors, or the pixels of a graphics protocol."""
    look = wanted.look("dark")
    if wanted.protocol in ("kitty", "sixel"):
        emit(_as_graphics(picture, look, wanted.protocol).encode("ascii"))
        return
    from dataflow_cli.render.pictures.terminal import Screen, terminal_text

    dark = look.theme == "dark"
    screen = Screen(wanted.across, wanted.protocol, dark, wanted.zoom)  # type: ignore[arg-type]
    emit(terminal_text(look.captioned(picture), screen), color=wanted.protocol != "ascii")


def _as_graphics(picture: Picture, look: Look, protocol: str) -> str:
    from dataflow_cli.render.pictures.as_file import laid_out

    whole = laid_out(picture, look)
    if protocol == "kitty":
        from dataflow_cli.render.pictures.kitty import kitty_text
        from dataflow_cli.render.pictures.png import png_bytes

        return kitty_text(png_bytes(whole))
    from dataflow_cli.render.pictures.png import image_of
    from dataflow_cli.render.pictures.textual_image import sixel_text

    return sixel_text(image_of(whole))
