"""Masks at recurrent layers: who hands them on, what people read, and that no mask of another length is taken."""

import json

import numpy as np
import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text
from tests.layers.examples import make

LSTM = {"type": "lstm", "units": 2}
TABLE = {"type": "embedding", "input_dim": 5, "output_dim": 3, "mask_zero": True}


def network_of(*layers, **others):
    inputs = {"words": {"shape": [4], "dtype": "int32"}} | others
    init = {"init": "glorot_uniform", "seed": 3}
    layers = [TABLE | {"inputs": "words"}, *layers]
    return network_from_text(json.dumps({"dftrace": 1, "inputs": inputs, "weights": init, "layers": layers}))


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
def test_a_mask_goes_on_with_the_steps(wrapped, sequences):
    inner = LSTM | {"return_sequences": sequences}
    layer = {"type": "bidirectional", "layer": inner} if wrapped else inner
    network = network_of(layer)
    assert network.nodes[-1].inputs == ("embedding_1", "embedding_1:mask")
    assert network.nodes[-1].layer.hands_mask_on == sequences
    if sequences:
        assert network_of(layer, {"type": "gru", "units": 1}).nodes[-1].inputs[1] == "embedding_1:mask"
    assert network_of(layer | {"mask": "none"}).nodes[-1].inputs == ("embedding_1",)


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(NetworkError, match=r"its mask has shape \(3,\), and the steps are \(4,\)"):
        network_of(LSTM | {"mask": "other"}, other={"shape": [3]})


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("backwards", [False, True])
def test_padding_at_either_end_changes_nothing(kind, backwards):
    """What is last of a padded sequence is what is last of it alone, whatever the padding holds."""
    rng = np.random.default_rng(2)
    layer = make(kind, {"units": 3, "go_backwards": backwards})
    parameters = {name: rng.standard_normal(one.shape) for name, one in layer.parameters([(3, 2)]).items()}
    x, padding = rng.standard_normal((2, 3, 2)), np.full((2, 2, 2), np.nan)
    alone, masked = layer([x], parameters), layer.masked((0,))
    ones, zeros = np.ones((2, 3)), np.zeros((2, 2))
    for parts in ([(x, ones), (padding, zeros)], [(padding, zeros), (x, ones)]):
        both = [np.concatenate(part, axis=1) for part in zip(*parts, strict=True)]
        np.testing.assert_allclose(masked(both, parameters), alone, rtol=1e-12)


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_a_masked_step_is_said_to_be_and_refers_to_the_one_before(kind):
    rng = np.random.default_rng(2)
    layer = make(kind, {"units": 2, "return_sequences": True}).masked((0,))
    parameters = {name: rng.standard_normal(one.shape) for name, one in layer.parameters([(3, 2)]).items()}
    x, mask = rng.standard_normal((1, 3, 2)), np.array([[1.0, 0, 0]])
    found = layer.explanation((2, 1), [x, mask], parameters)
    before, said = found.blocks
    assert (before.recalled, before.places.ravel().tolist()) == ("hidden", [1, 1])
    assert (said.name, said.input, said.values.tolist()) == ("mask", 1, [0])
    assert found.notes == ("the step is masked: the state before it is handed on",)
    assert found.lines == ()


def test_a_mask_that_came_along_of_other_places_can_be_gone_without():
    text = """
dftrace: 1
data_format: channels_first
input: [3, 9]
layers:
- masking
- {type: global_average_pooling1d}
"""
    with pytest.raises(NetworkError, match=r"its mask has shape \(3,\), and the steps are \(9,\)") as refused:
        network_from_text(text)
    assert "`mask: none`" in refused.value.problems[0].hint
    assert network_from_text(text.replace("1d}", "1d, mask: none}")).nodes[-1].output_shape == (3,)


@pytest.mark.parametrize(("shape", "mask"), [([3], [3]), ([3, 2], [2])])
def test_a_merge_takes_a_named_mask_of_its_steps_alone(shape, mask):
    inputs = {"x": {"shape": shape}, "m": {"shape": mask}}
    document = {"dftrace": 1, "inputs": inputs, "layers": [{"type": "multiply", "inputs": ["x", "x"], "mask": "m"}]}
    with pytest.raises(NetworkError, match="its mask") as refused:
        network_from_text(json.dumps(document))
    assert {problem.code for problem in refused.value.problems} == {"E135"}


def test_single_numbers_have_no_steps_to_mask():
    number = {"type": "reshape", "target_shape": [], "name": "n"}
    product = {"type": "multiply", "inputs": ["n", "n"], "mask": "n"}
    with pytest.raises(NetworkError, match="its mask is of steps"):
        network_from_text(json.dumps({"dftrace": 1, "input": [1], "layers": [number, product]}))
