"""A run -> one HTML file, as large as is wanted, and what did not fit into it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import LimitError
from dataflow_cli.layers import family, kind_named
from dataflow_cli.lazy import np
from dataflow_cli.page import manifest
from dataflow_cli.page.beside import NOTHING
from dataflow_cli.page.document import html
from dataflow_cli.page.fitting import Fitted, Need, Wish, fitted
from dataflow_cli.page.pictures import pictures_of
from dataflow_cli.page.recipes.every import Recipes, refused
from dataflow_cli.records import dataclass
from dataflow_cli.render.formats.json import dumps
from dataflow_cli.render.text import several

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network
    from dataflow_cli.page.beside import Beside
    from dataflow_cli.page.recipes.every import Recipe
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step, Trace
    from dataflow_cli.weights.model import Weights

MAX_SIZE = 8_000_000
"""Bytes of a page, unless another size is wanted."""
PIXELS = 250_000
"""Of a picture; of a larger one several values are one pixel."""
_FEWEST_PIXELS = 250
_BESIDE = 400
"""Bytes that are said of a tensor once it is known what fits, about: what it needs, or why it is not explained."""
_PACKED = 1.5
"""Bytes of a picture's pixel in a page, about; colors of one kind take less."""
_SAID = 1_000
"""Bytes that are said of what does not fit, about."""
_DRAWN = ("pictures", "their_pictures", "difference_pictures")
_SHARE = 0.4
"""The part of a page that pictures may take."""


@dataclass(frozen=True, eq=False)
class Data:
    """What the page holds: the manifest, and tensors as text."""

    manifest: dict[str, Any]
    tensors: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """The finished file."""

    text: str
    omitted: tuple[str, ...] = ()
    """What did not fit, in words."""


def build(
    trace: Trace, origin: tuple[Network, Weights] | None, max_size: int = MAX_SIZE, beside: Beside = NOTHING
) -> Page:
    """The page of a run, of the tensors that it kept. `origin` is what was run, if that is known: else nothing is
    explained. `beside` is what else is told of the network. Raises LimitError if not even the pictures fit.
    """
    whole = data(trace, origin, max_size, beside)
    text = html(trace.network, whole.manifest, whole.tensors)
    if len(text.encode()) > max_size:
        least = data(trace, origin, 0, beside)
        raise _too_small(len(html(trace.network, least.manifest, least.tensors).encode()), max_size)
    return Page(text, tuple(whole.manifest["omitted"]))


def data(
    trace: Trace, origin: tuple[Network, Weights] | None, max_size: int = MAX_SIZE, beside: Beside = NOTHING
) -> Data:
    """What the page holds."""
    network = None if origin is None else origin[0]
    layers = {step.name: _facts(trace, step, network) | dict(beside.facts.get(step.name, {})) for step in trace.steps}
    head = manifest.head(trace, max_size) | dict(beside.head)
    bare = len(html(trace.network, {**head, "layers": [*layers.values()]}, ()).encode()) + _BESIDE * len(layers) + _SAID
    _draw(trace, layers, min(_SHARE * max_size, max_size - bare), beside)
    recipes = None if origin is None else Recipes(trace, *origin)
    told = len(html(trace.network, {**head, "layers": [*layers.values()]}, ()).encode())
    told += _BESIDE * len(layers) + _SAID
    needs = {step.name: _need(trace, step, recipes) for step in trace.steps if step.name in trace.values}
    needs |= {f"{name} of the other side": Need(_of_side("theirs", name, one)) for name, one in beside.theirs.items()}
    own = {step.name: _values(trace, step.name) for step in trace.steps if step.name in trace.values}
    fit = fitted(needs, max_size - told, own)
    for step in trace.steps:
        recipe = None if recipes is None or step.name in fit.left_out else recipes.known(step)
        layers[step.name] |= _held(trace, step, recipe, fit, explainable=origin is not None)
    for name in beside.theirs:
        layers[name]["theirs"] = _numbers("theirs", name, trace, fit)
    omitted = list(_omitted(fit))
    whole = {**head, "omitted": omitted, "layers": [*layers.values()], "tensors": fit.tensors.told}
    return Data(whole, tuple(fit.tensors.texts))


def _facts(trace: Trace, step: Step, network: Network | None) -> dict[str, Any]:
    kind = kind_named(step.type)
    return {"family": "input" if step.is_input else "" if kind is None else family(kind)} | manifest.facts(
        trace, step, network
    )


def _draw(trace: Trace, layers: dict[str, dict[str, Any]], room: float, beside: Beside) -> None:
    """Give every tensor its pictures, with as many pixels as there is room for."""
    most = _pixels(trace, room)
    while True:
        for step in trace.steps:
            layers[step.name] |= _drawn(trace, step.name, most, beside)
        if sum(len(dumps(layer.get(key))) for layer in layers.values() for key in _DRAWN) <= room:
            return
        if most <= _FEWEST_PIXELS:
            return
        most //= 4


def _pixels(trace: Trace, room: float) -> int:
    """How many pixels a picture may have, so that all of them may have room."""
    sizes = [trace.samples * math.prod(step.output_shape) for step in trace.steps if step.name in trace.values]
    most = PIXELS
    while most > _FEWEST_PIXELS and _PACKED * sum(min(size, trace.samples * most) for size in sizes) > 2 * room:
        most //= 4
    return most


def _drawn(trace: Trace, name: str, most: int, beside: Beside) -> dict[str, list[Any]]:
    """The pictures of a tensor, and beside it of the other side's, on the same scale, and of the difference."""
    if name not in trace.values:
        return {"pictures": [None] * trace.samples}
    if name not in beside.theirs:
        return {"pictures": pictures_of(trace, name, most)}
    both = pictures_of(beside.both(trace, name), name, most)
    difference = pictures_of(beside.apart(trace, name), name, most)
    ours, theirs = both[: trace.samples], both[trace.samples :]
    return {"pictures": ours, "their_pictures": theirs, "difference_pictures": difference}


def _need(trace: Trace, step: Step, recipes: Recipes | None) -> Need:
    """What a step's values and arithmetic need."""
    if recipes is None:
        return Need(_values(trace, step.name))
    names = dict.fromkeys([step.name, *recipes.tensors(step)])
    first = [wish for name in names for wish in _values(trace, name)]
    return Need([*first, *recipes.parameters(step)], partial(_explained, trace, step, recipes))


def _explained(trace: Trace, step: Step, recipes: Recipes) -> tuple[int, list[Wish]]:
    """How much is said of how a step's elements came about, and all tensors that it needs."""
    recipe = recipes.of(step)
    if recipe is None:
        return 0, _values(trace, step.name)
    names = dict.fromkeys([step.name, *(name for name in recipe.tensors if name in trace.values)])
    values = [wish for name in names for wish in _values(trace, name)]
    return len(dumps(recipe.plain)) + len(dumps(recipe.regions)), [*values, *recipe.wishes]


def _values(trace: Trace, name: str) -> list[Wish]:
    return _of_side("values", name, trace.value(name))


def _of_side(side: str, name: str, array: Array) -> list[Wish]:
    """The numbers of a tensor (N, *shape), one wish a sample."""
    size = 2 * math.prod(array.shape[1:])
    return [Wish((side, name, sample), size, partial(_sample, array, sample)) for sample in range(len(array))]


def _numbers(side: str, name: str, trace: Trace, fit: Fitted) -> list[int | None]:
    """Which tensors of the page these are, by sample; None for one that did not fit."""
    keys = [(side, name, sample) for sample in range(trace.samples)]
    return [fit.tensors.number(key) if key in fit.held else None for key in keys]


def _sample(array: Any, sample: int) -> Any:
    return np.asarray(array[sample])


def _held(trace: Trace, step: Step, recipe: Recipe | None, fit: Fitted, *, explainable: bool) -> dict[str, Any]:
    """What is said of a step once it is known what fits."""
    told: dict[str, Any] = {"values": _numbers("values", step.name, trace, fit)}
    if recipe is None or step.name in fit.left_out:
        why = refused(trace, step, known=explainable, fits=step.name not in fit.left_out)
        return told | {"explained": step.is_input, "refused": why, "recipe": None}
    more = {"explained": True, "refused": "", "recipe": recipe.told(fit.tensors)}
    return told | more | ({"regions": recipe.regions} if recipe.regions else {})


def _omitted(fit: Fitted) -> tuple[str, ...]:
    """What there was no room for, in words."""
    words = []
    rounded = sum(told["rounded"] for told in fit.tensors.told)
    if rounded:
        are = "is" if rounded == 1 else "are"
        words.append(
            f"{several(rounded, 'tensor')} {are} rounded to float16: exact numbers need more room (--max-size)"
        )
    unexplained = [name for name in fit.left_out if name in fit.alone]
    pictured = [name for name in fit.left_out if name not in fit.alone]
    if unexplained:
        words.append(
            f"of {several(len(unexplained), 'tensor')} the numbers are there, how they came about needs more room "
            f"(--max-size): {_some(unexplained)}"
        )
    if pictured:
        words.append(
            f"of {several(len(pictured), 'tensor')} there are pictures alone, the numbers need more room (--max-size): "
            f"{_some(pictured)}"
        )
    return tuple(words)


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")


def _too_small(needed: int, max_size: int) -> LimitError:
    return LimitError(
        f"the page needs {needed:,} bytes with nothing but small pictures, --max-size allows {max_size:,}",
        hint=f"give --max-size {-(-(needed + _SAID) // 1000)}kB, or fewer inputs",
    )
