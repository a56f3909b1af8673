"""What holds for the tensors that layers work out on the way, of every kind that names one."""

from itertools import product

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import Activated
from tests.layers.examples import EXAMPLES, MASKED, arrays, make
from tests.layers.per_kind import per_kind

OPEN = [example for example in (*EXAMPLES, *MASKED) if example.layer().inner_tensors]
every_open = per_kind(OPEN)


def test_every_kind_with_an_activation_shows_its_sum():
    with_field = {kind for kind in KINDS if issubclass(KINDS[kind], Activated)}
    assert {kind for kind in KINDS if "sum" in KINDS[kind].insides} == with_field
    opened = {example.kind for example in OPEN}
    of_their_layer = {"time_distributed", "spectral_normalization"}
    assert opened - {kind for kind in KINDS if KINDS[kind].insides} == of_their_layer
    assert {kind for kind in KINDS if KINDS[kind].insides} <= opened


@every_open
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_inner_tensor_has_its_shape_and_the_rest_makes_the_output_of_it(example, dtype):
    inputs, parameters = arrays(example, 2, dtype)
    layer = example.layer()
    ends = {"": layer} | {name: layer.inside(name) for name in layer.inner_tensors}
    starts = ends | ({layer.bundle: layer.inside(layer.bundle)} if layer.bundle else {})
    values = {name: start(inputs, parameters) for name, start in starts.items()}
    for name, found in values.items():
        assert found.shape == (2, *starts[name].output_shape(example.shapes))
        for end in ends.keys() - {name} if name else ():
            rest = layer.onward(name, end)
            if rest is not None:
                np.testing.assert_array_equal(rest([found.copy()], parameters), values[end])


@every_open
def test_the_explanation_ends_where_the_inner_tensor_ends(example):
    """Its total is the tensor's value, and the activation has no line in it."""
    inputs, parameters = arrays(example, 1)
    layer = example.layer()
    for name in layer.inner_tensors:
        inner = layer.inside(name)
        values = inner(inputs, parameters)[0]
        for at in list(product(*map(range, values.shape)))[:20]:
            explanation = inner.explanation(at, inputs, parameters)
            assert explanation.total == pytest.approx(values[at], rel=1e-10, abs=1e-12)
            last = layer.result_activation
            assert last is None or last.type not in {line.name for line in explanation.lines}


@per_kind([one for one in OPEN if "normalized" in KINDS[one.kind].insides])
def test_what_is_normalized_becomes_the_output_by_gamma_and_beta(example):
    inputs, parameters = arrays(example, 2)
    layer, plain = example.layer(), example.layer(center="false", scale="false")
    kept = {name: values for name, values in parameters.items() if name.startswith("moving")}
    if layer.inner_tensors:
        np.testing.assert_array_equal(layer.inside("normalized")(inputs, parameters), plain(inputs, kept))


def test_the_middle_of_a_separable_convolution_is_a_depthwise_one():
    (example,) = [one for one in OPEN if one.kind == "separable_conv2d" and "depth_multiplier" in one.fields]
    inputs, parameters = arrays(example, 2)
    fields = {"kernel_size": 3, "depth_multiplier": 2, "padding": "same", "use_bias": "false"}
    alone = make("depthwise_conv2d", fields)(inputs, {"kernel": parameters["depthwise_kernel"]})
    np.testing.assert_allclose(example.layer().inside("depthwise")(inputs, parameters), alone, rtol=1e-12)
