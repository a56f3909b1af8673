"""What a recurrent layer does not do with masks it says, where the mask comes from another layer too."""

import json

import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

LSTM = {"type": "lstm", "units": 2}


@pytest.mark.parametrize("layer", [LSTM, {"type": "bidirectional", "layer": LSTM}])
def test_a_mask_is_refused_and_the_hint_helps(layer):
    table = {"type": "embedding", "input_dim": 5, "output_dim": 3, "mask_zero": True}
    network = {"dftrace": 1, "input": [4], "layers": [table, layer]}
    with pytest.raises(NetworkError, match="does not leave masked steps out"):
        network_from_text(json.dumps(network))
    network["layers"][1] = layer | {"mask": "none"}
    assert network_from_text(json.dumps(network)).nodes[-1].output_shape[-1] in {2, 4}
