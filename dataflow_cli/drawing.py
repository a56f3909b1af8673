"""What `dftrace draw` and `Network.draw` do: a network, and perhaps a trace of it, as a drawing."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import OutputError, UnknownName, suggestion
from dataflow_cli.files.problem import printable
from dataflow_cli.lazy import unwarned
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.outline import Outline
    from dataflow_cli.render.diagram.look import Look, Shades
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights

VIEWS = ("boxes", "volumes", "neurons")
FORMATS = ("text", "svg", "png", "dot", "mermaid")
DIRECTIONS = ("down", "right", "up", "left")
THEMES = ("light", "dark")
COUNTED = ("params", "macs", "count")
"""Numbers by which parts can be colored without a run."""
MEASURED = ("min", "mean", "max", "std", "zeros", "nan", "inf", "seconds")
"""Numbers of a trace by which parts can be colored."""
ENDINGS = {
    ".txt": "text",
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}
"""The formats by the endings of files."""
FONT_SIZES = (6, 72)
_FLOWS = {"boxes": "down", "volumes": "right", "neurons": "right"}
"""Which way the data flows where nobody says."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user wants of a drawing."""

    view: str | None = None
    """What a picture shows; None is boxes."""
    depth: int | None = None
    """Blocks inside of so many others are drawn as one part each; None draws every layer."""
    color_by: str | None = None
    direction: str | None = None
    theme: str = "light"
    transparent: bool = False
    title: str | None = None
    """None is the network's name."""
    font_size: int = 13

    @property
    def shown(self) -> str:
        """What a picture shows."""
        return self.view or "boxes"

    @property
    def measured(self) -> bool:
        """Whether a trace is needed."""
        return self.color_by in MEASURED


def form_of(path: str | Path) -> str:
    """The format that the ending of a file stands for. Raises OutputError for one that stands for none."""
    ending = PurePath(path).suffix.lower()
    if ending not in ENDINGS:
        raise OutputError(
            f"{printable(path)}: its name does not say what to draw",
            hint=f"let it end in {', '.join(ENDINGS)}, or choose the format",
        )
    return ENDINGS[ending]


def check(wanted: Wanted, form: str) -> None:
    """Raise UnknownName for what there is not, OutputError for what cannot go together."""
    chosen: tuple[tuple[str, str | None, Collection[str]], ...] = (
        ("view", wanted.view, VIEWS),
        ("format", form, FORMATS),
        ("direction", wanted.direction, DIRECTIONS),
        ("theme", wanted.theme, THEMES),
        ("number to color by", wanted.color_by, COUNTED + MEASURED),
    )
    for what, value, known in chosen:
        if value is not None and value not in known:
            hint = suggestion(value, known) or f"there are {', '.join(known)}"
            raise UnknownName(f"no {what} '{printable(value)}'", hint=hint)
    if not FONT_SIZES[0] <= wanted.font_size <= FONT_SIZES[1]:
        raise OutputError(f"letters of {wanted.font_size} pixels", hint="choose from {} to {}".format(*FONT_SIZES))
    if wanted.view is not None and form == "text":
        raise OutputError(f"{wanted.view} are a picture, and text is a line", hint="let the file end in .svg or .png")
    if wanted.shown != "boxes" and form in ("dot", "mermaid"):
        raise OutputError(f"{form} holds boxes, no {wanted.shown}", hint="let the file end in .svg or .png")
    if wanted.shown == "neurons" and wanted.color_by is not None:
        raise OutputError("neurons are colored by their weights", hint="leave out the number to color by")


def draw(
    network: Network, path: str | Path | None, form: str | None, trace: Trace | None, given: Given, **wanted: Any
) -> str | bytes:
    """What `Network.draw` does; `wanted` are the fields of a `Wanted`."""
    from dataflow_cli.network.outlined import outlined

    drawing = Wanted(**wanted)
    form = form or ("text" if path is None else form_of(path))
    check(drawing, form)
    if drawing.measured and trace is None:
        trace = network.trace(weights=given.weights, keep=())
    weights = weights_of(network, given) if drawing.shown == "neurons" else None
    result = drawn(outlined(network), form, drawing, trace, weights)
    if path is not None:
        from dataflow_cli.files.atomic import atomic_write

        with atomic_write(path) as stream:
            stream.write(result.encode() if isinstance(result, str) else result)
    return result


@unwarned()
def drawn(
    whole: Outline,
    form: str,
    wanted: Wanted,
    trace: Trace | None = None,
    weights: Weights | None = None,
    *,
    width: int | None = None,
    color: bool = False,
) -> str | bytes:
    """The drawing of a network: text, or the bytes of a PNG.

    `trace` is needed if `wanted.measured`; `weights` are those of neurons. Text is wrapped at `width` columns, its
    names colored with `color`. Raises OutputError for what would be too large.
    """
    shown = _folded(whole, wanted.depth)
    shades = _shades(whole, shown, wanted, trace)
    if form == "text":
        from dataflow_cli.render.diagram.line import line_text

        return line_text(shown, width, shades=shades, color=color)
    from dataflow_cli.render.diagram.drawn import drawn as picture

    kernels: dict[str, Array] = {}
    if weights is not None:
        kernels = {name: arrays["kernel"] for name, arrays in weights.arrays.items() if "kernel" in arrays}
    return picture(shown, form, wanted.shown, _look(wanted, whole.name, shades), kernels)


def _folded(outline: Outline, depth: int | None) -> Outline:
    from dataflow_cli.render.diagram.folding import folded

    return outline if depth is None else folded(outline, depth)


def _shades(whole: Outline, shown: Outline, wanted: Wanted, trace: Trace | None) -> Shades | None:
    """The number that parts are colored by."""
    if wanted.color_by is None:
        return None
    from dataflow_cli.render.diagram.numbers import counted_shades, traced_shades

    if trace is None or not wanted.measured:
        return counted_shades(shown, wanted.color_by)
    return traced_shades(whole, shown, wanted.depth, trace, wanted.color_by)


def _look(wanted: Wanted, name: str, shades: Shades | None) -> Look:
    from dataflow_cli.render.diagram.look import Look

    return Look(
        theme=wanted.theme,
        transparent=wanted.transparent,
        font_size=wanted.font_size,
        direction=wanted.direction or _FLOWS[wanted.shown],  # type: ignore[arg-type]  # `check` has looked at it
        title=name if wanted.title is None else wanted.title,
        shades=shades,
    )


def weights_of(network: Network, given: Given) -> Weights | None:
    """The weights of neurons; None if the network has none and none are given. Raises WeightsError."""
    inline = any(node.inline for node in network.nodes)
    if given.weights is None and given.init is None and network.weights is None and not inline:
        return None
    from dataflow_cli.weights.load import load_weights
    from dataflow_cli.weights.model import Weights

    if isinstance(given.weights, Weights):
        return given.weights
    return load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
