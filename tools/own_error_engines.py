"""One layer as other engines compute it, of our inputs and parameters: its output in our order, or None."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array

    Compute = Callable[[Network, Node, list[Array], dict[str, Array]], Array | None]


def torch_there(_: Network, node: Node, inputs: list[Array], parameters: dict[str, Array]) -> Array | None:
    """PyTorch, channels first."""
    return _torch(node, inputs, parameters, channels_last=False)


def torch_channels_last(_: Network, node: Node, inputs: list[Array], parameters: dict[str, Array]) -> Array | None:
    """PyTorch with its other layout in memory, which convolutions have kernels of their own for."""
    pictures = all(x.ndim == 4 for x in inputs) and "kernel" in parameters
    return _torch(node, inputs, parameters, channels_last=True) if pictures else None


def _torch(node: Node, inputs: list[Array], parameters: dict[str, Array], *, channels_last: bool) -> Array | None:
    import torch
    from torch_model import _activation, _layer, _Part

    layer: Any = node.layer
    if getattr(layer, "flip_kernel", False):
        return None
    dtype = torch.float64 if any(x.dtype == np.float64 for x in inputs) else torch.float32
    try:
        with torch.no_grad():
            torch.set_default_dtype(dtype)
            module = _layer(_Part(node, layer, parameters)).to(dtype).eval()
            given = [torch.from_numpy(np.array(_first(x), order="C")) for x in inputs]  # some modules overwrite them
            given = [x if x.dtype in {torch.float32, torch.float64} else x.long() for x in given]
            if channels_last:
                cast("Any", module).to(memory_format=torch.channels_last)  # an overload that its types lack
                given = [x.to(memory_format=torch.channels_last) for x in given]
            found = module(*given)
            if layer.result_activation:
                found = _activation(layer.result_activation)(found)
        return _ours(found.numpy(), node)
    except (KeyError, AttributeError, TypeError, RuntimeError):  # a kind that those modules do not have
        return None


def onnxruntime_there(network: Network, node: Node, inputs: list[Array], parameters: dict[str, Array]) -> Array | None:
    """ONNX Runtime on one thread more than none, without rewriting the graph."""
    import onnx
    import onnx_model
    import onnxruntime
    from onnx import helper, numpy_helper

    there: Any = onnx_model  # in benchmarks/
    there.first_axis_reordered = lambda *given: given[-1]  # inputs come in our order
    given = {name: _first(x) for name, x in zip(node.inputs, inputs, strict=True)}
    given = {name: x if x.dtype.kind == "f" else x.astype(np.int64) for name, x in given.items()}
    double = any(x.dtype == np.float64 for x in given.values())
    if getattr(node.layer, "flip_kernel", False):
        return None
    if double and (hasattr(node.layer, "epsilon") or node.layer.inner_tensors):
        return None  # the file holds numbers such as epsilon in float32
    try:
        graph = there._Graph(network, _Only(parameters))  # noqa: SLF001  one node of it
        graph.add_node(node)
        constants = [_typed(numpy_helper.to_array(each), each.name, double=double) for each in graph.constants]
        made = helper.make_graph(
            graph.nodes,
            "one",
            [_told(name, x) for name, x in given.items()],
            [onnx.ValueInfoProto(name=node.name)],
            constants,
        )
        opset = [helper.make_opsetid("", onnx_model.OPSET)]
        model = helper.make_model(made, opset_imports=opset, ir_version=onnx_model.IR)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        (found,) = session.run([node.name], given)
        return _ours(found, node)
    except Exception:  # noqa: BLE001  an operation that it does not have in this type, or a kind without one
        return None


def _told(name: str, x: Array) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)


class _Only:
    """The parameters of one layer in place of a network's."""

    def __init__(self, parameters: dict[str, Array]) -> None:
        self.parameters = parameters

    def of(self, name: str) -> dict[str, Array]:
        return self.parameters


def _typed(array: Array, name: str, *, double: bool) -> Any:
    from onnx import numpy_helper

    wide = np.float64 if double else np.float32
    return numpy_helper.from_array(array.astype(wide) if array.dtype.kind == "f" else array, name)


def keras_there(_: Network, node: Node, inputs: list[Array], parameters: dict[str, Array]) -> Array | None:
    """Keras, on PyTorch, channels last."""
    import keras

    layer: Any = node.layer
    words = "".join(word.capitalize() for word in layer.type.split("_"))
    name = {"Relu": "ReLU", "LeakyRelu": "LeakyReLU", "Lstm": "LSTM", "Gru": "GRU"}.get(words, words)
    for rank in "123":
        name = name.replace(f"{rank}d", f"{rank}D")
    cls = getattr(keras.layers, name, None)
    dtype = "float64" if any(x.dtype == np.float64 for x in inputs) else "float32"
    if cls is None:
        return None
    taken = inspect.signature(cls.__init__).parameters
    if any(
        key not in taken and getattr(layer, key) not in {None, False}
        for key in ("activation", "flip_kernel")
        if hasattr(layer, key)
    ):
        return None  # it would leave that out
    fields = {key: getattr(layer, key) for key in type(layer).options() if key in taken and key != "activation"}
    if layer.result_activation and "activation" in taken:
        fields["activation"] = layer.result_activation.type
    try:
        pads = layer.pads(node.input_shapes[0][:-1]) if not isinstance(fields.get("padding", ""), str) else None
        if pads is not None:
            fields["padding"] = "valid"
            inputs = [np.pad(inputs[0], ((0, 0), *pads, (0, 0)))]
        made = cls(**fields, dtype=dtype)
        inputs = [keras.ops.convert_to_tensor(x, dtype if x.dtype.kind == "f" else "int32") for x in inputs]
        attends = "num_heads" in fields  # of itself, and Keras wants both
        several: list[Any] = inputs * 2 if attends else [inputs] if len(inputs) > 1 else inputs
        made(*several)
        made.set_weights([np.asarray(array) for array in parameters.values()])
        found = made(*several).detach().cpu().numpy()
        return np.asarray(found) if found.shape[1:] == node.output_shape else None
    except Exception:  # noqa: BLE001  fields that Keras does not have, or not these values
        return None


def _first(x: Array) -> Array:
    """Pictures with their channels first."""
    return np.moveaxis(x, -1, 1) if x.ndim == 4 else x


def _ours(found: Array, node: Node) -> Array | None:
    if len(node.output_shape) == 3:
        found = np.moveaxis(found, 1, -1)
    if found.ndim == len(node.output_shape) + 2:  # of a recurrent layer all states
        found = found[:, -1]
    return found if found.shape[1:] == node.output_shape else None


ENGINES: dict[str, Compute] = {
    "PyTorch": torch_there,
    "PyTorch, channels last": torch_channels_last,
    "ONNX Runtime": onnxruntime_there,
    "Keras": keras_there,
}
