"""What `Trace.show` gives: a picture that a notebook displays, that prints as characters, and that files hold."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import OutputError, UnknownName, suggestion
from dataflow_cli.files.problem import printable
from dataflow_cli.lazy import unwarned
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures import choices, plan
from dataflow_cli.render.pictures.as_file import as_file, check_ending, ending
from dataflow_cli.render.pictures.look import Look
from dataflow_cli.weights.learned_kernels import kernels_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.picture_facts import Offered

WIDTH = 100
"""Columns of what is printed, whatever the terminal."""
_WORDS = {
    "kind": (*choices.OF_TENSORS, choices.SCATTER),
    "scale": choices.SCALES,
    "map": choices.MAPS,
    "cmap": choices.COLORMAPS,
    "group": choices.GROUPS,
    "theme": choices.ON,
}
_NUMBERS = {"columns": (1, choices.MOST_COLUMNS), "font_size": choices.FONT_SIZES}


@dataclass(frozen=True)
class Shown:
    """Tensors of a trace as a picture."""

    trace: Trace
    names: tuple[str, ...]
    """Of the tensors."""
    picture: Picture
    wanted: plan.Wanted
    look: Look

    def __repr__(self) -> str:
        return f"<Picture of {self.trace.network!r}: {', '.join(self.names)}>"

    @unwarned()
    def __str__(self) -> str:
        from dataflow_cli.render.pictures.terminal import Screen, terminal_text

        picture = _planned(self.trace, self.names, replace(self.wanted, colormap="signs"))
        screen = Screen(WIDTH, "ascii", self.look.theme == "dark", self.look.zoom)
        return terminal_text(self.look.captioned(picture), screen).rstrip("\n")

    def _repr_png_(self) -> str | bytes:
        return self._as(".png")

    def save(self, path: str | Path) -> None:
        """Write the picture to a file, `.png` or `.svg`, which appears whole or not at all.

        Raises:
            OutputError: if it would be too large, or the file cannot be written.
        """
        from dataflow_cli.files.atomic import atomic_write

        check_ending(path)
        data = self._as(ending(path))
        with atomic_write(path) as stream:
            stream.write(data.encode() if isinstance(data, str) else data)

    @unwarned()
    def _as(self, form: str) -> str | bytes:
        return as_file(self.picture, form, self.look)


@unwarned()
def shown(
    trace: Trace,
    layers: Sequence[str],
    zoom: float | Fraction | None,
    *,
    invert: bool,
    top: int,
    query: int | None,
    look: Mapping[str, Any],
    **words: str,
) -> Shown:
    """What `Trace.show` does, but for writing it. Raises what that raises."""
    from dataflow_cli.trace.channels import asked, with_channels
    from dataflow_cli.trace.choosing import offered, refuse_missing

    for what, word in words.items():
        if word not in _WORDS[what]:
            hint = suggestion(str(word), _WORDS[what]) or f"there are {', '.join(_WORDS[what])}"
            raise UnknownName(f"no {what} '{printable(word)}'", hint=hint)
    for what, (low, high) in _NUMBERS.items():
        number = look.get(what)
        if number is not None and not low <= number <= high:
            raise OutputError(f"{what} is {printable(number)}", hint=f"choose from {low} to {high}")
    kind = words["kind"]
    wanted = plan.Wanted(kind, words["scale"], words["map"], words["cmap"], invert, top, words["group"], query)
    steps = offered(trace)
    which = asked(layers, [step.name for step in steps])
    names = _names(trace.network, steps, which.tensors, kind, partial(refuse_missing, trace))
    trace, names, channels = with_channels(trace, names, which)
    wanted = replace(wanted, channels=channels)
    chosen = Look(words["theme"], _zoom(zoom), **look)
    return Shown(trace, names, _planned(trace, names, wanted), wanted, chosen)


def _names(
    network: str, steps: Sequence[Offered], patterns: Sequence[str], kind: str, unknown: Callable[[str], object]
) -> tuple[str, ...]:
    if kind == choices.SCATTER:
        from dataflow_cli.render.pictures.scatter import scatter_names

        return scatter_names(network, steps, patterns, unknown)
    return plan.shown_names(network, steps, patterns, kind, unknown)


def _planned(trace: Trace, names: tuple[str, ...], wanted: plan.Wanted) -> Picture:
    if wanted.kind == choices.SCATTER:
        from dataflow_cli.render.pictures.scattered import scattered

        return scattered(trace, names, trace.labels)
    return plan.picture(trace, names, wanted, trace.labels, kernels_in(trace.origin, names))


def _zoom(zoom: float | Fraction | None) -> Fraction | None:
    """`3`: a value is 3 x 3 pixels; `1/2`: 2 x 2 values are one pixel. Raises OutputError for what is neither."""
    if zoom is None:
        return None
    exact = Fraction(zoom).limit_denominator(choices.MOST_ZOOM) if 0 < zoom <= choices.MOST_ZOOM else Fraction(0)
    if not exact or 1 not in (exact.numerator, exact.denominator):
        hint = f"give a whole number from 1 to {choices.MOST_ZOOM}, or one over it such as 1/2"
        raise OutputError(f"a zoom of {zoom}", hint=hint)
    return exact
