"""What holds for every kind of layer: each test runs over the table of kinds and their examples."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dataflow_cli.kernels.running.engine import PLAIN_ENGINE, running
from dataflow_cli.layers import KINDS
from tests.layers.examples import EXAMPLES, MASKED, Example, arrays, make
from tests.layers.per_kind import each_kind, per_kind

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer

every_example = per_kind([*EXAMPLES, *MASKED])
every_kind = each_kind()


@every_kind
def test_every_kind_has_an_example_by_hand(kind):
    assert any(example.kind == kind and example.by_hand for example in EXAMPLES)


@every_kind
def test_the_class_answers_to_its_name(kind):
    assert KINDS[kind].type == kind
    assert kind in KINDS
    assert f"{kind}_4d" not in KINDS
    assert KINDS[kind].title()


@every_kind
def test_options_have_words_and_valid_defaults(kind):
    for name, option in KINDS[kind].options().items():
        assert option.doc, name
        assert option.kind.describe(), name
        assert isinstance(option.kind.schema(), dict), name
        if not option.required:
            assert option.kind.read(option.default) == KINDS[kind].__dataclass_fields__[name].default


@per_kind([example for example in (*EXAMPLES, *MASKED) if example.by_hand])
def test_by_hand(example):
    """What a person worked out on paper comes out, without NaN or warnings."""
    inputs, parameters = example.by_hand_arrays()
    assert {name: values.shape for name, values in parameters.items()} == {
        name: parameter.shape for name, parameter in example.layer().parameters(example.shapes).items()
    }
    found = example.layer()(inputs, parameters)
    np.testing.assert_allclose(found[0], example.by_hand.expected, rtol=1e-12, atol=1e-12)


@every_example
def test_the_engine_that_is_handed_on_does_the_work(example, monkeypatch):
    """None is looked up: threads that a run has are used, and those of another run are not."""
    monkeypatch.setattr(PLAIN_ENGINE, "spread", lambda *_: pytest.fail("computed by the plain engine"))
    inputs, parameters = arrays(example, 2)
    with running() as engine:
        example.layer()(inputs, parameters, engine)


@every_example
@pytest.mark.parametrize("samples", [1, 3])
def test_the_real_shape_is_the_predicted_one(example, samples):
    inputs, parameters = arrays(example, samples)
    layer = example.layer()
    assert layer(inputs, parameters).shape == (samples, *layer.output_shape(example.shapes))


@every_example
def test_samples_do_not_touch_each_other(example):
    inputs, parameters = arrays(example, 3)
    layer = example.layer()
    alone = [layer([x[sample : sample + 1] for x in inputs], parameters) for sample in range(3)]
    np.testing.assert_allclose(layer(inputs, parameters), np.concatenate(alone), rtol=1e-12, atol=1e-12)


@every_example
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(example, dtype):
    """Or it is the one of whole numbers that the layer says."""
    inputs, parameters = arrays(example, 2, dtype)
    layer = example.layer()
    inside = () if layer.takes_indices else map(layer.inside, layer.inner_tensors)
    for one in (layer, *inside):
        assert one(inputs, parameters).dtype == (one.result_type(example.types) or dtype)


@every_example
def test_inputs_and_parameters_are_not_modified(example):
    """Read-only arrays are enough for a layer."""
    inputs, parameters = arrays(example, 2)
    for array in [*inputs, *parameters.values()]:
        array.flags.writeable = False
    example.layer()(inputs, parameters)


@every_example
def test_views_are_as_good_as_arrays(example):
    """Inputs whose elements do not lie side by side give the same."""
    inputs, parameters = arrays(example, 2)
    scattered = [np.repeat(x, 2, axis=-1)[..., ::2] for x in inputs]
    found, expected = example.layer()(scattered, parameters), example.layer()(inputs, parameters)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@every_example
def test_counts_are_plain_integers(example):
    layer = example.layer()
    for parameter in layer.parameters(example.shapes).values():
        assert all(type(length) is int for length in parameter.shape)
        assert type(parameter.count) is int
    for factors in layer.mac_factors(example.shapes):
        assert all(type(factor) is int for factor in factors)
    assert type(layer.macs(example.shapes)) is int
    assert all(type(length) is int for length in layer.output_shape(example.shapes))
    one, two = (layer.method(example.shapes, samples) for samples in (1, 2))
    assert 0 <= one.beside <= two.beside


@every_example
def test_shape_arithmetic_is_right(example):
    """`height: (28 - 3)/1 + 1 = 26`: the numbers on both sides are equal, and the last one stands in the shape."""
    layer = example.layer()
    shape = layer.output_shape(example.shapes)
    for text in layer.shape_arithmetic(example.shapes):
        assert text
        if "=" not in text:
            continue
        formula, result = (part.replace(",", "") for part in text.split(": ")[-1].split(" = ", 1))
        formula = formula.replace("·", "*").replace("/", "//").replace("⌊", "(").replace("⌋", ")")
        for side in result.split(" = "):
            assert eval(formula) == eval(side.replace("·", "*"))  # noqa: S307 - our own text
        last = result.rsplit(" = ", maxsplit=1)[-1]
        assert "·" in last or int(last) in shape


@every_example
def test_the_layer_survives_its_own_fields(example):
    """A layer made again from its values is the same layer."""
    layer = example.layer()
    values = {name: getattr(layer, name) for name in type(layer).options()}
    assert make(example.kind, values) == layer.masked(())


# Data formats


def channels_first(example: Example) -> Layer:
    """The example's layer in the other data format, with its axes renumbered."""
    layer = example.layer(data_format="channels_first")
    dimensions = len(example.shapes[0])
    listed = {name: getattr(layer, name, None) for name in ("starts", "ends", "steps", "repeats")}
    moved = {
        name: (one[-1], *one[:-1]) for name, one in listed.items() if isinstance(one, tuple) and len(one) == dimensions
    }
    layer = dataclasses.replace(layer, **moved)
    axes = getattr(layer, "axis", None)
    if axes is None or dimensions == 1:
        return layer
    moved = [_moved(axis, dimensions) for axis in (axes if isinstance(axes, tuple) else [axes])]
    return dataclasses.replace(layer, axis=tuple(moved) if isinstance(axes, tuple) else moved[0])


def _moved(axis: int, dimensions: int) -> int:
    place = axis if axis > 0 else dimensions + 1 + axis
    return 1 if place == dimensions else place + 1


with_data_format = [
    example
    for example in EXAMPLES
    if "data_format" in KINDS[example.kind].options()
    and (len(set(map(len, example.shapes))) == 1 or KINDS[example.kind].is_recurrent)
]


def to_first(layer, array, behind=1):
    """A channels-last array, its channels where the layer has them in the other format, `behind` so many axes."""
    dimensions = array.ndim - behind
    return np.moveaxis(array, -1, layer.channels_axis(dimensions) + behind) if dimensions > 1 else array


@per_kind(with_data_format)
def test_both_data_formats_give_the_same(example):
    inputs, parameters = arrays(example, 2)
    first = channels_first(example)
    shapes = [to_first(first, np.empty(shape), 0).shape for shape in example.shapes]
    shaped = {
        name: values if values.shape == first.parameters(shapes)[name].shape else np.moveaxis(values, -1, 0)
        for name, values in parameters.items()
    }
    found = first([to_first(first, x) for x in inputs], shaped)
    assert found.shape[1:] == first.output_shape(shapes)
    np.testing.assert_allclose(found, to_first(first, example.layer()(inputs, parameters)), rtol=1e-12, atol=1e-12)


# Odds and ends of the base


def test_the_activation_field_takes_keras_functions_default():
    """In Keras the function leaky_relu has slope 0.2, the layer 0.3."""
    assert make("dense", {"units": 1, "activation": "leaky_relu"}).activation.negative_slope == 0.2
    assert make("leaky_relu", {}).negative_slope == 0.3


def test_forward_stops_before_the_activation():
    dense = make("dense", {"units": 1, "activation": "relu", "use_bias": "false"})
    x, parameters = [np.array([[-1.0]])], {"kernel": np.array([[2.0]])}
    assert dense.forward(x, parameters).item() == -2
    assert dense(x, parameters).item() == 0
    alone = make("activation", {"activation": "relu"})
    assert alone.forward(x, {}).item() == -1


def test_options_list_required_fields_first_and_the_data_format_last():
    names = list(KINDS["conv2d"].options())
    assert set(names[:2]) == {"filters", "kernel_size"}
    assert names[-1] == "data_format"


@pytest.mark.parametrize("kind", ["add", "maximum", "minimum", "relu", "max_pooling1d", "global_max_pooling1d"])
def test_nan_is_not_hidden(kind):
    """What is not a number stays visible downstream, as in every framework."""
    x = np.array([[[np.nan], [1.0]]])
    layer = make(kind, {})
    assert np.isnan(layer([x] * layer.arity[0], {})).any()
    if layer.arity[0] == 2:
        assert np.isnan(layer([np.ones_like(x), x], {})).any()
