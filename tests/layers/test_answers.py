"""What the kinds say of themselves is true of what they compute: held over the table of examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.layers.bases.activated import ALONE, ARITHMETIC, FUNCTIONS
from dataflow_cli.layers.torch_order import channels_in_front
from dataflow_cli.weights.torch_layout import Translation
from tests.layers.examples import EXACT, EXAMPLES, arrays, make, whole_numbers
from tests.layers.per_kind import per_kind

LAYERS = [
    example for example in EXAMPLES if not whole_numbers(example) and not example.whole and example.kind not in EXACT
]


def kinds(answer):
    """The kinds that say so."""
    return {kind for kind in KINDS if getattr(KINDS[kind], answer)}


def kinds_where(holds, examples=LAYERS):
    """The kinds for all of whose examples it holds."""
    return {example.kind for example in examples} - {example.kind for example in examples if not holds(example)}


def crooked(x):
    """Neither linear nor monotone, and 0 for 0: only what is handed on, whatever it is, comes out of it the same."""
    return x * x - 2 * x


def fitted(example, layer, x):
    """Parameters as training would start with them, statistics as it would end with them."""
    parameters = layer.parameters(example.shapes)
    found = {name: np.full(one.shape, one.fill if one.fill is not None else 0.5) for name, one in parameters.items()}
    if "moving_mean" in found:
        axes = tuple(axis for axis in range(x.ndim) if axis != layer.position(x.shape[1:]) + 1)
        found |= {"moving_mean": x.mean(axes), "moving_variance": x.var(axes)}
    return found


def test_what_hands_on_gives_its_inputs_numbers():
    def commutes(example):
        inputs, parameters = arrays(example, 2)
        layer = example.layer()
        shaped = layer([crooked(x) for x in inputs], parameters)
        return np.array_equal(shaped, crooked(layer(inputs, parameters)))

    assert kinds("hands_on") == kinds_where(commutes)


def test_what_hands_on_keeps_integers():
    def keeps(example):
        layer = example.layer()
        return layer([np.ones((2, *shape), np.int16) for shape in example.shapes], {}).dtype == np.int16

    handing = [example for example in LAYERS if KINDS[example.kind].hands_on]
    assert kinds("hands_on") == kinds_where(keeps, handing)


def test_what_selects_keeps_long_whole_numbers():
    """Whole numbers that float32 would round come out as they went in, of their type; no other layer says so."""
    chosen = [example for example in LAYERS if example.layer().selects and not example.masks]
    assert {"max_pooling2d", "global_max_pooling1d", "relu", "maximum", "less", "reduce_min"} <= {
        example.kind for example in chosen
    }
    for example in chosen:
        random = np.random.default_rng(2)
        inputs = [random.integers(2**24, 2**24 + 9, (2, *shape), np.int32) for shape in example.shapes]
        found = example.layer()(inputs, {})
        assert found.dtype == np.int32, example
        assert np.array_equal(found, example.layer()([x.astype(np.float64) for x in inputs], {})), example
        types = ["int32"] * len(inputs)
        assert example.layer().result_type(types) == "int32"


def test_what_rescales_takes_numbers_of_any_range():
    def indifferent(example):
        (x, *others), _ = arrays(example, 50)
        layer, near, far = example.layer(), 10 * x, 1000 * x + 5000
        one, other = (layer([some, *others], fitted(example, layer, some)) for some in (near, far))
        return np.allclose(one, other, atol=0.05)

    assert kinds("rescales") == kinds_where(indifferent)


def test_what_is_not_redrawn_has_its_inputs_numbers_in_their_order():
    def still(example):
        inputs, parameters = arrays(example, 2)
        return np.array_equal(example.layer()(inputs, parameters).ravel(), inputs[0].ravel())

    assert KINDS.keys() - kinds("redrawn") <= kinds_where(still)


def test_what_is_monotone_never_falls_where_inputs_rise():
    def never_falls(example):
        both, parameters = arrays(example, 4)
        inputs, risen = [x[:2] for x in both], [x[:2] + np.abs(x[2:]) for x in both]
        layer = example.layer()
        return np.all(layer(risen, parameters) >= layer(inputs, parameters))

    alone = [example for example in LAYERS if example.layer().result_activation is None]
    assert kinds("is_monotone") <= kinds_where(never_falls, alone)
    assert {"max_pooling2d", "average_pooling2d", "reduce_min", "add"} <= kinds("is_monotone")


def test_what_takes_moments_does_not_see_where_its_input_lies():
    def unmoved(example):
        (x,), parameters = arrays(example, 2)
        layer = example.layer()
        return np.allclose(layer([x + 1.0], parameters), layer([x], parameters))

    alone = [example for example in LAYERS if len(example.shapes) == 1]
    assert {"layer_normalization", "group_normalization"} == kinds("takes_moments") <= kinds_where(unmoved, alone)


def test_what_copies_gives_its_input_before_the_activation():
    def same(example):
        inputs, parameters = arrays(example, 2)
        return np.array_equal(example.layer().forward(inputs, parameters), inputs[0])

    assert kinds("copies") <= kinds_where(same)


def test_what_goes_element_by_element_does_not_mind_a_shuffle():
    def unmoved(example):
        inputs, parameters = arrays(example, 1)
        order = np.random.default_rng(0).permutation(inputs[0].size)
        shuffled = [x.reshape(-1)[order].reshape(x.shape) for x in inputs]
        layer = example.layer()
        before, after = layer.forward(inputs, parameters), layer.forward(shuffled, parameters)
        return before.shape == inputs[0].shape and np.array_equal(before.reshape(-1)[order], after.reshape(-1))

    several = [example for example in EXAMPLES if len(example.shapes) > 1 and len(set(example.shapes)) == 1]
    assert kinds("element_by_element") == kinds_where(unmoved, several)


def test_what_shares_weights_is_linear_with_fewer_of_them_than_a_dense_layer():
    def linear(example):
        layer = example.layer()
        (x, *others), parameters = arrays(example, 1)
        (y, *_), _ = arrays(example, 2)
        several = (layer.forward([each, *others], parameters) for each in (0 * x, x, y[1:], x + y[1:]))
        none, one, other, both = (each.astype(float) for each in several)
        rounding = 2 if layer.result_type(example.types) else 0  # of four whole numbers
        return np.allclose(both + none, one + other, atol=rounding)

    def sparing(example):
        layer = example.layer()
        pairs = math.prod(example.shapes[0]) * math.prod(layer.output_shape(example.shapes))
        return sum(one.count for name, one in layer.parameters(example.shapes).items() if name != "bias") < pairs

    sharing = [example for example in EXAMPLES if KINDS[example.kind].shares_weights]
    assert kinds("shares_weights") == kinds_where(linear, sharing)
    assert kinds("shares_weights") == {example.kind for example in sharing if sparing(example)}


def test_what_has_units_has_a_column_for_each():
    def columns(example):
        layer = example.layer()
        return layer.parameters(example.shapes)["kernel"].shape[-1] == layer.output_shape(example.shapes)[-1]

    assert kinds("has_units") == kinds_where(columns, [one for one in EXAMPLES if KINDS[one.kind].has_units])


@per_kind(EXAMPLES)
def test_numbers_are_what_their_kind_says(example):
    """Distributions sum to 1, probabilities lie from 0 to 1, log-probabilities are the logarithms of a distribution."""
    layer = example.layer()
    meaning = (layer.result_activation or layer).meaning
    found = layer(*arrays(example, 2)) if meaning else None
    if meaning == "probability":
        assert ((found >= 0) & (found <= 1)).all()
    elif meaning:
        axes = tuple(position + 1 for position in (layer.result_activation or layer).positions(found.shape[1:]))
        chances = np.exp(found) if meaning == "log-probability" else found
        np.testing.assert_allclose(chances.sum(axes), 1)


def test_there_are_as_many_names_as_axes():
    for example in EXAMPLES:
        layer = example.layer()
        rank = len(layer.output_shape(example.shapes))
        for first in (False, True):
            names = layer.axes(rank, channels_first=first)
            assert len(set(names)) == len(names) == rank, example
        alone = "attention_axes" in example.fields  # whose places have axes beside that of the sequence
        assert not layer.has_sequences or alone or 2 in (rank, *map(len, example.shapes)), example
        assert len(layer.window_size) in (0, getattr(layer, "rank", 0)), example


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_there_are_names_for_any_number_of_axes(data_format):
    layer = make("add", {"data_format": data_format})
    assert [len(layer.names(dimensions)) for dimensions in range(6)] == list(range(6))


def test_pytorch_has_every_number_of_a_parameter_once():
    """What is said of PyTorch's storage fits the parameter: the same numbers, each in one place of ours."""
    for example in EXAMPLES:
        layer = example.layer()
        parameters = layer.parameters(example.shapes)
        order = channels_in_front(len(example.shapes[0]), first=False)
        for name, one in parameters.items():
            stored = layer.torch_stored(name, one.shape, example.shapes, order)
            tensors = np.arange(one.count).reshape(1 + stored.stacked, *stored.shape)
            there = Translation(stored)
            ours = there.of_two(*tensors) if stored.stacked else there(tensors[0])
            assert ours.shape == one.shape, (example, name)
            assert len(np.unique(ours)) == one.count, (example, name)


def test_pytorch_s_storage_is_said_of_parameters_and_fields_that_there_are():
    for kind in KINDS.values():
        layers = [(example.layer(), example.shapes) for example in EXAMPLES if example.kind == kind.type]
        named = {name for layer, shapes in layers for name in layer.parameters(shapes)}
        assert kind.torch_kernels | kind.torch_rows <= named, kind
        assert kind.torch_defaults.keys() <= kind.options().keys(), kind


def test_what_an_activation_field_names_are_the_functions():
    functions = {name for name in KINDS if issubclass(KINDS[name], ActivationFunction)}
    assert set(FUNCTIONS) == functions - set(ALONE)
    needy = {name for name in functions if any(option.required for option in KINDS[name].options().values())}
    assert set(ARITHMETIC) <= functions & set(ALONE)
    assert functions & set(ALONE) - set(ARITHMETIC) == needy - set(ARITHMETIC)


def test_the_gradient_of_a_kernel_is_that_of_what_it_makes():
    """A sum of products is linear in its kernel: the gradient times the kernel is `by` times the output."""

    def holds(example):
        (x, *_), parameters = arrays(example, 2)
        layer = example.layer()
        by = np.random.default_rng(3).standard_normal((2, *layer.output_shape(example.shapes)))
        found = layer.kernel_gradient(x, by)
        if found is None:
            return False
        alone = {name: array if name == "kernel" else 0 * array for name, array in parameters.items()}
        assert found.shape == parameters["kernel"].shape, example
        assert np.vdot(found, alone["kernel"]) == pytest.approx(np.vdot(by, layer.forward([x], alone))), example
        return True

    tried = [each for each in LAYERS if KINDS[each.kind].sums_products]
    assert {each.kind for each in tried if not holds(each)} == {"separable_conv1d", "separable_conv2d"}


def test_kinds_that_sum_products_on_the_way_say_of_how_many():
    multiplying = {each.kind for each in LAYERS if each.layer().mac_factors(each.shapes)}
    saying = {each.kind for each in LAYERS if each.layer().longest_sum(each.shapes) > 1}
    assert saying <= multiplying
    assert multiplying - saying == {"mel_spectrogram"}
