"""The recipes of all tensors of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import DftraceError
from dataflow_cli.explain.account import Setting
from dataflow_cli.explain.explainer import Explainer
from dataflow_cli.explain.given import kept_account
from dataflow_cli.layers.explaining.together import together
from dataflow_cli.lazy import np
from dataflow_cli.page.fitting import Wish
from dataflow_cli.page.recipes.asked import Asked, Given, asked_of
from dataflow_cli.page.recipes.gathered import Sources
from dataflow_cli.page.recipes.recipe import recipe
from dataflow_cli.page.recipes.told import Naming, told
from dataflow_cli.page.recipes.unfit import Unfit
from dataflow_cli.page.seen import regions
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import inner_name, layer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.page.recipes.asked import Point
    from dataflow_cli.page.tensors import Tensors
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step, Trace
    from dataflow_cli.weights.model import Weights


WORTH_PARTING = 200_000
"""Bytes of a parameter from which on rows that meet nothing but zeros are left out."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """The recipe of a tensor as JSON, and the numbers that it needs."""

    layer: str
    plain: dict[str, Any]
    naming: Naming
    parameters: Mapping[str, Array]
    rows: Mapping[str, Array]
    """By parameter which of its rows meet anything but zeros, where some do not."""
    regions: Sequence[Mapping[str, Any]] = ()
    """What an element sees of the network's input."""

    @property
    def tensors(self) -> list[str]:
        """The tensors of the run that it needs."""
        return [name for kind, name in self.naming.tensors if kind == "values"]

    @property
    def wishes(self) -> list[Wish]:
        """The parameters and tables that it needs."""
        return [*self._parameter_wishes(), *self._table_wishes()]

    def _parameter_wishes(self) -> list[Wish]:
        names = [name for kind, name in self.naming.tensors if kind == "parameter"]
        return [wish for name in names for wish in _wishes_of(self.parameters[name], self.rows.get(name))]

    def _table_wishes(self) -> list[Wish]:
        tables = self.naming.tables.items()
        return [Wish(key, 2 * array.size, partial(np.asarray, array), exact=True) for key, array in tables]

    def told(self, tensors: Tensors) -> dict[str, Any]:
        """The recipe, with the numbers of its tensors in the page."""
        return {
            **self.plain,
            "tensors": [self._tensor(kind, name, tensors) for kind, name in self.naming.tensors],
            "tables": [tensors.number(key) for key in self.naming.tables],
        }

    def _tensor(self, kind: str, name: str, tensors: Tensors) -> dict[str, Any]:
        if kind == "values":
            return {"of": name}
        key = _key(self.parameters[name])
        if name not in self.rows:
            return {"parameter": name, "number": tensors.number(key)}
        shape = self.parameters[name].shape
        return {
            "parameter": name,
            "number": tensors.number(("part", key)),
            "rows": tensors.number(("rows", key)),
            "shape": list(shape),
        }


def _wishes_of(array: Array, rows: Array | None) -> list[Wish]:
    """A parameter; or the rows of it that meet anything but zeros, and which these are."""
    key = _key(array)
    if rows is None:
        return [Wish(key, 2 * array.size, partial(np.asarray, array))]
    size = 2 * rows.size * (array.size // len(array))
    return [
        Wish(("rows", key), 2 * rows.size, partial(np.asarray, rows), exact=True),
        Wish(("part", key), size, partial(_rows, array, rows)),
    ]


def _rows(array: Array, rows: Array) -> Array:
    return np.asarray(array[rows])


def _key(array: Array) -> tuple[Any, ...]:
    """What a parameter is called: that of two layers which share it is one, also turned."""
    return ("parameter", array.__array_interface__["data"][0], array.shape, array.strides)


class Recipes:
    """The recipes of a run's tensors, each found when it is first asked for."""

    def __init__(self, trace: Trace, network: Network, weights: Weights) -> None:
        self.trace, self.network, self.weights = trace, network, weights
        self._explainers = _explainers(trace, network, weights)
        self._known: dict[str, Recipe | None] = {}

    def of(self, step: Step) -> Recipe | None:
        """The recipe of a tensor; None if no rule was found."""
        if step.name not in self._known:
            with together():
                self._known[step.name] = self._found(step)
        return self._known[step.name]

    def _found(self, step: Step) -> Recipe | None:
        if step.is_input:
            return _recipe_of_input(self.trace, self.network, step)
        return _recipe_of(self.trace, self.network, self.weights, self._explainers, step)

    def known(self, step: Step) -> Recipe | None:
        """The same, of one that was asked for."""
        return self._known.get(step.name)

    def tensors(self, step: Step) -> list[str]:
        """Which tensors of the run the recipe takes from, if there is one: those that go in, or are recalled."""
        if step.is_input:
            return []
        node = self.network.node(step.name)
        return [name for name in (*node.inputs, *node.recalled) if name in self.trace.values]

    def parameters(self, step: Step) -> list[Wish]:
        """The parameters that it needs, if there is one."""
        if step.is_input:
            return []
        parameters = dict(self.weights.of(step.name))
        rows = _rows_that_meet(self.trace, self.network.node(step.name), parameters)
        return [wish for name in parameters for wish in _wishes_of(parameters[name], rows.get(name))]


def _explainers(trace: Trace, network: Network, weights: Weights) -> list[Explainer]:
    return [
        Explainer(
            network,
            weights,
            {name: array[sample : sample + 1] for name, array in trace.values.items()},
            Setting(network.name, network.file, weights.source, trace.dtype, trace.source(sample), sample),
            trace.steps,
        )
        for sample in range(trace.samples)
    ]


def _recipe_of(
    trace: Trace, network: Network, weights: Weights, explainers: list[Explainer], step: Step
) -> Recipe | None:
    node = network.node(step.name)
    needed = {*node.inputs, step.name}
    if not needed <= trace.values.keys() or 0 in step.output_shape:
        return None
    parameters = dict(weights.of(step.name))
    layer = layer_of(step.name)
    own = [name for name in trace.values if layer_of(name) == layer]
    on_the_way = frozenset(own) - {step.name}
    sources = Sources({name: trace.values[name] for name in [*node.inputs, *own]}, parameters, on_the_way)

    def explanation(point: Point) -> Explanation:
        return explainers[point[0]].explanation(node, point[1:])

    asked = Asked(explanation, asked_of(node), trace.values[step.name])
    try:
        naming = Naming()
        plain = told(recipe(asked, sources), naming)
    except (Unfit, DftraceError):
        return None
    for name in (*node.inputs, *(inner_name(layer, one) for one in node.layer.recalls)):
        if name in trace.values:
            naming.tensor(("values", name))
    rows = _rows_that_meet(trace, node, parameters)
    return Recipe(step.name, plain, naming, parameters, rows, regions(explainers[0], node))


def _recipe_of_input(trace: Trace, network: Network, step: Step) -> Recipe | None:
    """How what went in was made of what was read."""
    if step.name not in trace.values or 0 in step.output_shape:
        return None
    values = trace.values[step.name]

    def explanation(point: Point) -> Explanation:
        return kept_account(network, trace, step.name, point[1:], point[0]).explanation

    try:
        naming = Naming()
        plain = told(recipe(Asked(explanation, Given(step.name), values), Sources({step.name: values}, {})), naming)
    except (Unfit, DftraceError):
        return None
    return Recipe(step.name, plain, naming, {}, {})


def _rows_that_meet(trace: Trace, node: Node, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """By parameter which rows meet any number but zero, where a row is laid over each element of a vector."""
    if not node.layer.has_units or len(node.input_shapes[0]) != 1 or "kernel" not in parameters:
        return {}
    if parameters["kernel"].nbytes < WORTH_PARTING or node.inputs[0] not in trace.values:
        return {}
    values = trace.values[node.inputs[0]]
    met = (values != 0).any(axis=0)
    if met.mean() > 0.9 or len(met) != len(parameters["kernel"]):
        return {}
    return {"kernel": np.flatnonzero(met).astype(np.int32)}


def refused(trace: Trace, step: Step, *, known: bool, fits: bool) -> str:
    """Why the page does not explain a tensor's elements. Nothing for an input, which nothing computed."""
    if step.is_input or step.name not in trace.values:
        return "" if step.is_input else f"The values of {step.name} were not kept."
    if not known:
        return "What was run is not known here: neither the network nor its weights are there."
    missing = next((name for name in step.inputs if name not in trace.values), None)
    if missing is not None:
        return f"The values of {missing}, which {step.name} is made from, were not kept."
    why = "no rule is short enough to tell" if fits else "there was no room (--max-size) to tell"
    return f"In this page {why} how elements of {step.name} came about."
