"""The rule of a run, blocks that are told alike: how the places and numbers of their cells follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.formulas import contribution_formula, role_formula, same, subtotal_formula, terms_formula
from dataflow_cli.page.recipes.gathered import Gather, close, gathered
from dataflow_cli.page.recipes.numbers import Numbers, numbers
from dataflow_cli.page.recipes.records import words
from dataflow_cli.page.recipes.unfit import found
from dataflow_cli.tensors import inner_name, layer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.page.recipes.gathered import Name, Sources
    from dataflow_cli.page.recipes.numbers import Alike
    from dataflow_cli.page.recipes.records import Record, Run
    from dataflow_cli.shapes import Array


def run_rule(alike: Alike, number: int, sources: Sources) -> dict[str, Any]:
    """The rule of a run of blocks that are told alike. Raises Unfit."""
    first = alike.records[0].runs[number]
    tensor = _tensor_of(alike, first)

    def run(each: Record) -> Run:
        return each.runs[number]

    places = _places(alike, lambda each: run(each).places)
    values = _values(alike, run, tensor, sources, number)
    terms = terms_formula(alike.records, number)
    return {
        "count": len(first.blocks),
        "shape": list(first.shape),
        "name": _name(alike, number),
        **_named(alike, first.blocks[0]),
        "places": places,
        "inside": _inside(alike, run, tensor, sources),
        "values": values,
        "coefficients": _coefficients(alike, run, sources),
        "parameter_at": None
        if first.parameter_places is None
        else _places(alike, lambda each: run(each).parameter_places),
        "terms": terms if terms is not None else _row(alike, lambda each: run(each).terms, sources, "terms", number),
        "beside": [
            [title, _row(alike, _column(number, column), sources, title)]
            for column, (title, _) in enumerate(first.columns)
        ],
        "subtotal": subtotal_formula(alike.records, number)
        or ("numbers", _scalars(alike, lambda each: run(each).subtotals, sources)),
        "roles": role_formula(alike.records, number),
        "contributions": contribution_formula(alike.records, number) or _scaled(alike, run, sources),
    }


def _named(alike: Alike, block: Block) -> dict[str, Any]:
    """What its blocks are of, and what their columns are called: all of them have that in common."""
    return {
        "kind": block.kind,
        "input": None if block.input == OWN else block.input,
        "recalled": None if block.recalled is None else inner_name(layer_of(alike.asked.node.name), block.recalled),
        "combine": block.combine,
        "parameter": block.parameter,
        "after": block.after,
        "term": block.term_name,
        "value_name": block.value_name,
        "coefficient_name": block.coefficient_name,
        "place_name": block.place_name,
    }


def _scaled(alike: Alike, run: Callable[[Record], Run], sources: Sources) -> Any:
    """("scaled", row) where the terms of a block carry so many times what they are; None where that is not so."""
    if not run(alike.records[0]).terms.size:
        return None
    if not all(
        same(_factors(run(each), 0.0)[:, np.newaxis] * _flat(run(each)), _carried(run(each))) for each in alike.records
    ):
        return None
    factors = np.array([_factors(run(each), np.nan) for each in alike.records])
    known = factors[~np.isnan(factors)]
    if known.size and same(known, np.full_like(known, known[0])):
        return ("scaled", ("number", Numbers(float(known[0]))))
    taken = gathered(alike, lambda each: _factors(run(each), np.nan), sources)
    return None if taken is None else ("scaled", ("element", taken))


def _flat(run: Run) -> Array:
    return run.terms.reshape(len(run.blocks), -1)


def _carried(run: Run) -> Array:
    return run.contributions.reshape(len(run.blocks), -1)


def _factors(run: Run, unknown: float) -> Array:
    """How many times its largest term a block carries of it; `unknown` where all are zeros."""
    terms = _flat(run)
    largest = (np.arange(len(terms)), np.abs(terms).argmax(axis=1))
    with np.errstate(all="ignore"):
        found: Array = np.where(terms[largest] != 0, _carried(run)[largest] / terms[largest], unknown)
    return found


def _name(alike: Alike, number: int) -> list[Any]:
    """The name of a run's blocks: as a text, but every number has a cell a block."""
    first = alike.records[0].runs[number]
    said = words(first.blocks[0].name)
    if not said.numbers:
        return [said.text, None, []]
    return [said.text, [found(numbers(alike, lambda each: each.runs[number].names), "a name")], [*said.grouped]]


def _tensor_of(alike: Alike, run: Run) -> Name | None:
    """The tensor that a run's values are elements of, at its places."""
    block = run.blocks[0]
    if block.recalled is not None:
        return ("values", inner_name(layer_of(alike.asked.node.name), block.recalled))
    return None if block.input == OWN else ("values", alike.asked.node.inputs[block.input])


def _places(alike: Alike, get: Callable[[Record], Any]) -> list[Numbers]:
    """The places, axis by axis."""
    count = get(alike.records[0]).shape[-1]
    return [found(numbers(alike, _axis(get, axis)), "the places") for axis in range(count)]


def _axis(get: Callable[[Record], Array], axis: int) -> Callable[[Record], Array]:
    return lambda each: get(each)[..., axis]


def _inside(alike: Alike, run: Callable[[Record], Run], tensor: Name | None, sources: Sources) -> Any:
    """Whether all places are inside that are in the tensor (True), or how it follows."""
    if tensor is not None and tensor[1] in sources.values:
        shape = np.array(sources.values[tensor[1]].shape[1:])
        if all(_is_within(run(each), shape) for each in alike.records):
            return True
    if all(run(each).inside.all() for each in alike.records):
        return True if tensor is None else None
    return found(numbers(alike, lambda each: run(each).inside.astype(np.int64)), "what is inside")


def _is_within(run: Run, shape: Array) -> bool:
    within = ((run.places >= 0) & (run.places < shape)).all(axis=-1)
    return bool((within == run.inside).all())


def _values(alike: Alike, run: Callable[[Record], Run], tensor: Name | None, sources: Sources, number: int) -> Any:
    """("places",) where the values are those of the tensor at the places, and 0 where there is padding."""
    if tensor is None or tensor[1] not in sources.values:
        return _row(alike, lambda each: run(each).values, sources, "values", number)
    rounding = sources.rounding(tensor)
    if all(_are_taken(run(each), sources.of(tensor, point[0]), rounding) for each, point in _pairs(alike)):
        return ("places",)
    return _row(alike, lambda each: run(each).values, sources, "values", number)


def _pairs(alike: Alike) -> Any:
    return zip(alike.records, alike.points, strict=True)


def _are_taken(run: Run, tensor: Array, rounding: float) -> bool:
    places = np.where(run.inside[..., np.newaxis], run.places, 0)
    if (places < 0).any() or (places >= np.array(tensor.shape)).any():
        return False
    taken = tensor[tuple(np.moveaxis(places, -1, 0))].astype(np.float64)
    found = np.where(run.inside, taken, 0.0)
    return same(found, run.values) or (rounding > 0 and close(found, run.values, rounding))


def _coefficients(alike: Alike, run: Callable[[Record], Run], sources: Sources) -> Any:
    """("parameter",) where they are those of the parameter at its places."""
    first = run(alike.records[0])
    if first.coefficients is None:
        return None
    if first.blocks[0].parameter and first.parameter_places is not None:
        tensor = sources.parameters[first.blocks[0].parameter]
        if all(_are_of(run(each), tensor) for each in alike.records):
            return ("parameter",)
    return _row(alike, lambda each: run(each).coefficients, sources, "coefficients")


def _are_of(run: Run, tensor: Array) -> bool:
    at = tuple(np.moveaxis(np.asarray(run.parameter_places), -1, 0))
    return same(tensor[at].astype(np.float64), run.coefficients)


def _column(run: int, column: int) -> Callable[[Record], Array]:
    return lambda each: each.runs[run].columns[column][1]


def _row(alike: Alike, get: Callable[[Record], Any], sources: Sources, what: str, before: int = 0) -> Any:
    """Numbers of all cells: the subtotals of a run `before`, elements of a tensor, or a table."""
    for number, run in enumerate(alike.records[0].runs[:before]):
        cells = get(alike.records[0])
        if len(run.blocks) == cells.size and all(
            same(np.asarray(get(each)).reshape(-1), each.runs[number].subtotals) for each in alike.records
        ):
            return ("subtotals", number)
    if not alike.stacked(get).size:
        return ("number", Numbers())
    rule = numbers(alike, get, whole=False) if _is_constant(alike, get) else None
    taken: Gather | None = gathered(alike, get, sources) if rule is None else None
    if taken is not None:
        return ("element", taken)
    return ("number", found(rule if rule is not None else numbers(alike, get, whole=False), what))


def _is_constant(alike: Alike, get: Callable[[Record], Any]) -> bool:
    values = alike.stacked(get)
    return bool(np.array_equal(values, np.broadcast_to(values[:1], values.shape), equal_nan=True))


def _scalars(alike: Alike, get: Callable[[Record], Any], sources: Sources) -> Any:
    """The subtotals of a run, which no formula gives, as a row."""
    return _row(alike, get, sources, "subtotals")
