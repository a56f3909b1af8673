"""What holds for the explanation of every kind of layer, at every position of its examples."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.explaining.explanation import OWN
from tests.layers.examples import (
    EXACT,
    EXAMPLES,
    MASKED,
    PUTTING,
    Example,
    random_inputs,
    random_integers,
    random_numbers,
    whole_numbers,
)
from tests.layers.per_kind import Cases, by_family, each_kind

SMALL, LARGE = 1e-4, 1e3
RTOL = {"float32": 1e-5, "float64": 1e-10}


@dataclasses.dataclass(frozen=True)
class Case:
    """One layer with the arrays of one sample."""

    layer: object
    inputs: list
    parameters: dict
    whole: dict = dataclasses.field(default_factory=dict)
    """Inputs that are whole numbers from 0 on, and how many there are of them."""

    def values(self):
        with np.errstate(all="ignore"):
            return self.layer(self.inputs, self.parameters)

    def positions(self):
        return list(product(*map(range, self.values().shape[1:])))

    def explained(self, at):
        return self.layer.explanation(at, self.inputs, self.parameters)

    def changed(self, number, place, amount):
        """The same with one element of an input changed."""
        inputs = [x.copy() for x in self.inputs]
        if number in self.whole:
            inputs[number][(0, *place)] = (inputs[number][(0, *place)] + 1) % self.whole[number]
        elif number >= len(inputs) - len(getattr(self.layer, "masks", ())):
            inputs[number][(0, *place)] = 1 - inputs[number][(0, *place)]
        elif inputs[number].dtype.kind in "iu":
            inputs[number][(0, *place)] = moved(inputs[number][(0, *place)], amount)
        else:
            inputs[number][(0, *place)] += amount
        return dataclasses.replace(self, inputs=inputs)


def moved(number, amount):
    """A whole number by a step, or to the end of its type for a large amount."""
    ends = np.iinfo(number.dtype)
    step = int(np.sign(amount)) * (1 if abs(amount) < 1 else ends.max)
    return np.clip(int(number) + step, ends.min, ends.max)


def random_case(example: Example, dtype: str, *, first: bool = False) -> Case:
    rng = np.random.default_rng(7)
    layer = example.layer(data_format="channels_first") if first else example.layer()
    shapes = [_channels_first(layer, shape) if first else shape for shape in example.shapes]
    whole = whole_numbers(example)
    inputs = random_inputs(rng, example, layer, shapes, (1, dtype))
    parameters = {
        name: random_integers(rng, name, spec)
        if spec.dtype
        else (random_numbers(rng, name, spec.shape) * rng.choice([-1, 1], spec.shape)).astype(dtype)
        for name, spec in layer.parameters(shapes).items()
    }
    for name in [name for name in parameters if name.endswith(("variance", "scale"))]:
        parameters[name] = np.abs(parameters[name])
    return Case(layer, inputs, parameters, whole)


def _channels_first(layer, shape):
    """A shape, its channels where the layer has them in the other format."""
    where = layer.channels_axis(len(shape))
    return (*shape[:-1][:where], shape[-1], *shape[:-1][where:])


def by_hand_case(example: Example, dtype: str) -> Case:
    inputs, parameters = example.by_hand_arrays(dtype)
    return Case(example.layer(), inputs, parameters, whole_numbers(example))


def both_formats(example: Example) -> bool:
    """Whether the example can also be put with its channels first; axes that it names by number are another matter."""
    ranks = set(map(len, example.shapes))
    numbered = getattr(example.layer(), "axis", None) is not None
    alike = len(ranks) == 1 or KINDS[example.kind].is_recurrent
    return "data_format" in KINDS[example.kind].options() and not numbered and alike and ranks != {1}


CASES = [
    *((example, "random") for example in (*EXAMPLES, *MASKED)),
    *((example, "by hand") for example in (*EXAMPLES, *MASKED) if example.by_hand),
    *((example, "channels first") for example in EXAMPLES if both_formats(example)),
]


def make(example: Example, how: str, dtype: str) -> Case:
    if how == "by hand":
        return by_hand_case(example, dtype)
    return random_case(example, dtype, first=how == "channels first")


BY_FAMILY = by_family(CASES, lambda case: case[0].kind)


@pytest.fixture(scope="module", params=BY_FAMILY)
def doubles(request):
    """The cases of a family in float64, each with what is explained of all its positions; all tests share them."""
    cases = [(one, make(*one, "float64")) for one in BY_FAMILY[request.param]]
    return [(one, (case, {at: case.explained(at) for at in case.positions()})) for one, case in cases]


def of_all(test):
    """Makes of a test of a case and its explanations one of all cases of a family."""

    def all_of(doubles):
        cases = Cases()
        for which, double in doubles:
            with cases.named(which):
                test(*double)
        cases.finish()

    all_of.__doc__ = test.__doc__
    return all_of


def shown(case, number, place, amount, before):
    """Which values become others, in a row, when an element becomes larger, or smaller, by an amount."""
    after = [case.changed(number, place, sign * amount).values()[0] for sign in (1, -1)]
    return np.any([(values != before).ravel() for values in after], axis=0)


def assert_total_is_value(case, explanations, tolerance):
    values = case.values()[0]
    for at, explained in explanations.items():
        scale = max(abs(explained.total), explained.magnitude, abs(explained.offset), 1e-30)
        assert explained.at == at
        assert abs(explained.total - float(values[at])) <= tolerance * scale, at


@of_all
def test_the_total_is_the_value(case, explanations):
    """At every position, and so does the sum of what the elements carry, where the arithmetic is a sum."""
    assert_total_is_value(case, explanations, RTOL["float64"])


@each_kind()
def test_the_total_is_the_value_in_float32_too(kind):
    for which in [one for one in CASES if one[0].kind == kind]:
        case = make(*which, "float32")
        assert_total_is_value(case, {at: case.explained(at) for at in case.positions()}, RTOL["float32"])


@of_all
def test_sources_change_the_value_and_nothing_else_does(case, explanations):
    """A small change of any source shows; the largest change of an element that takes no part does not."""
    before = case.values()[0]
    for number, x in enumerate(case.inputs):
        roles = np.array([explained.roles[number] for explained in explanations.values()])
        for place in product(*map(range, x.shape[1:])):
            shows, role = shown(case, number, place, SMALL, before), roles[(slice(None), *place)]
            assert not ((role == 2) & ~shows).any(), ("a source that does not show", number, place)
            if (role == 0).any():
                ever = shows | shown(case, number, place, LARGE, before)
                assert not ((role == 0) & ever).any(), ("a change of something else", number, place)


@of_all
def test_a_raised_candidate_changes_the_value(case, explanations):
    """What lost a comparison or is cut off shows once it is large (or small) enough."""
    if case.layer.type in EXACT or getattr(case.layer, "dtype", "") == "bool":
        return
    before = case.values()[0]
    for at, explained in explanations.items():
        elsewhere = case.whole if case.layer.type in PUTTING else {}
        for number in range(len(case.inputs)):
            for place in explained.candidates(number)[: 0 if number in elsewhere else 4]:
                amounts = (LARGE, -LARGE, 100 * LARGE, -100 * LARGE)
                changes = (case.changed(number, place, amount).values()[0][at] for amount in amounts)
                assert any(value != before[at] for value in changes), (at, number, place)


@of_all
def test_blocks_add_up_and_say_where_they_are_from(case, explanations):
    """Values are the input's own at the places that are named, coefficients the parameter's."""
    for explained in explanations.values():
        for block in explained.blocks:
            assert block.values.shape == block.terms.shape == block.roles.shape == block.inside.shape
            assert block.places.shape[:-1] == block.values.shape
            if block.input != OWN:
                x = case.inputs[block.input][0]
                named = block.places[block.inside]
                assert (block.values[block.inside] == x[tuple(np.moveaxis(named, -1, 0))]).all()
            if block.parameter:
                tensor = case.parameters[block.parameter]
                assert (block.coefficients == tensor[tuple(np.moveaxis(block.parameter_places, -1, 0))]).all()
            if block.combine == "sum":
                np.testing.assert_allclose(block.terms.sum(), block.subtotal, rtol=1e-12, atol=1e-12)
        for use in explained.uses:
            assert case.parameters[use.parameter][use.at] == use.value
        for line in explained.lines:
            assert line.expression.count("{}") in (0, len(line.numbers))


def test_every_kind_explains_itself():
    assert {example.kind for example, _ in CASES} == set(KINDS)
