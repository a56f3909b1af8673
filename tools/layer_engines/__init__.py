"""Other engines, layer by layer: of our inputs and parameters the output in our order, or None for what they lack.

What runs through a whole network is a capture of it: every layer is given what the same engine made before.
"""

from __future__ import annotations

import io
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.layers.base import suited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Compute = Callable[[Node, list[Array], dict[str, Array], str], Array | None]

LACKING = (KeyError, AttributeError, TypeError, NotImplementedError)
"""What an engine raises of a kind, or of fields, that it does not have."""


def of_torch(
    node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str, *, channels_last: bool = False
) -> Array | None:
    """PyTorch, with pictures channels first in memory, or last."""
    import torch

    from layer_engines.torch_layers import Layer

    if channels_last and not (len(node.input_shapes[0]) == 3 and "kernel" in parameters):
        return of_torch(node, inputs, parameters, dtype)
    with torch.no_grad():
        found = Layer(node, parameters, channels_last=channels_last)(*(torch.from_numpy(np.array(x)) for x in inputs))
    return np.ascontiguousarray(found.numpy())


def of_onnxruntime(node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str) -> Array | None:
    """ONNX Runtime with its own optimizations, of what PyTorch exports."""
    import onnxruntime
    import torch

    from layer_engines.torch_layers import Layer

    given = tuple(torch.from_numpy(np.array(x)) for x in inputs)
    stream: Any = io.BytesIO()
    names = [f"x{number}" for number in range(len(given))]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Layer(node, parameters), given, stream, input_names=names, opset_version=20, dynamo=False, verbose=False
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    states: Any = onnxruntime.capi.onnxruntime_pybind11_state
    try:
        session = onnxruntime.InferenceSession(stream.getvalue(), options, providers=["CPUExecutionProvider"])
        feed = {each.name: np.array(inputs[names.index(each.name)]) for each in session.get_inputs()}
        found: Array = session.run(None, feed)[0]
    except (states.NotImplemented, states.RuntimeException):
        if dtype == "float32":
            raise
        return None  # an operation that it lacks in float64
    return found


def of_keras(node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str) -> Array | None:
    """Keras on whatever KERAS_BACKEND says, with its own float64 where that has one."""
    from layer_engines.keras_layers import computed

    return computed(node, inputs, parameters, dtype=dtype)


def ours(node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str) -> Array:
    """The layer by itself, as we compute it."""
    with computing():
        return np.asarray(node.layer(suited(node.layer, inputs, np.dtype(dtype).type), parameters), dtype)


ENGINES: dict[str, Compute] = {
    "dftrace": ours,
    "PyTorch": of_torch,
    "PyTorch, channels last": partial(of_torch, channels_last=True),
    "ONNX Runtime": of_onnxruntime,
    "Keras": of_keras,
}


def captured(
    compute: Compute, network: Network, weights: Weights, inputs: Mapping[str, Array], dtype: str
) -> dict[str, Array]:
    """What an engine makes of the inputs (N, *shape), by the names of inputs and layers; without what it lacks."""
    made = {name: _as(array, dtype) for name, array in inputs.items()}
    found = dict(made)
    for node in network.nodes:
        given = [made[name] for name in node.inputs]
        parameters = {name: _as(array, dtype) for name, array in weights.of(node.name).items()}
        got: Any = None
        if not node.inner:
            try:
                got = compute(node, given, parameters, dtype)
            except LACKING:
                got = None
        if got is not None:
            found[node.name] = got
        made[node.name] = ours(node, given, parameters, dtype) if got is None else got
    return found


def _as(array: Array, dtype: str) -> Array:
    return np.asarray(array, dtype) if np.asarray(array).dtype.kind == "f" else np.asarray(array)
