"""The digit network as a .tflite, built by the object API of the format's own schema: no converter is needed."""

from __future__ import annotations

import numpy as np


class Graph:
    """Tensors, buffers and operators of one model."""

    def __init__(self, schema):
        self.schema = schema
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.subgraphs = 3, [self.graph]
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.graph.tensors, self.graph.operators = [], []
        self.codes = []

    def tensor(self, name, shape, array=None):
        """A tensor's number; of a constant with its numbers."""
        made = self.schema.TensorT()
        made.name, made.shape, made.buffer = name, list(shape), 0
        made.type = self.schema.TensorType.FLOAT32
        if array is not None:
            made.type = made.type if array.dtype.kind == "f" else self.schema.TensorType.INT32
            buffer = self.schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
            made.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def layer(self, code, options, taken, name, shape, *constants, **fields):
        """An operation with its constants and the options called so; the number of its output."""
        builtin = getattr(self.schema.BuiltinOperator, code)
        if builtin not in self.codes:
            self.codes.append(builtin)
            known = self.schema.OperatorCodeT()
            known.builtinCode, known.deprecatedBuiltinCode, known.version = builtin, min(builtin, 127), 1
            self.model.operatorCodes.append(known)
        made, given = self.schema.OperatorT(), getattr(self.schema, f"{options}T")()
        for key, value in fields.items():
            setattr(given, key, value)
        made.opcodeIndex, made.builtinOptions = self.codes.index(builtin), given
        made.builtinOptionsType = getattr(self.schema.BuiltinOptions, options)
        made.inputs = [taken, *(self.tensor(f"{name}/{n}", each.shape, each) for n, each in enumerate(constants))]
        made.outputs = [self.tensor(name, shape)]
        self.graph.operators.append(made)
        return made.outputs[0]


def digit(weights):
    """The bytes of the file."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    made, relu = Graph(schema), schema.ActivationFunctionType.RELU
    conv = {"padding": schema.Padding.VALID, "strideW": 1, "strideH": 1, "fusedActivationFunction": relu}
    pool = {"padding": schema.Padding.VALID, "strideW": 2, "strideH": 2, "filterWidth": 2, "filterHeight": 2}
    kernels = {name: (own["kernel"], own["bias"]) for name, own in weights.items()}

    def turned(name, order):
        kernel, bias = kernels[name]
        return kernel.transpose(order), bias

    made.graph.inputs = [last := made.tensor("x", (1, 28, 28, 1))]
    for name, ours, shape in (("first", "conv2d_1", (1, 26, 26, 32)), ("second", "conv2d_2", (1, 24, 24, 64))):
        last = made.layer("CONV_2D", "Conv2DOptions", last, name, shape, *turned(ours, (3, 0, 1, 2)), **conv)
    last = made.layer("MAX_POOL_2D", "Pool2DOptions", last, "pool", (1, 12, 12, 64), **pool)
    flat = np.array([1, 9216], np.int32)
    last = made.layer("RESHAPE", "ReshapeOptions", last, "flat", (1, 9216), flat, newShape=[1, 9216])
    for name, ours, units, after in (("hidden", "dense_1", 128, relu), ("logits", "dense_2", 10, 0)):
        both = turned(ours, (1, 0))
        fields = {"fusedActivationFunction": after}
        last = made.layer("FULLY_CONNECTED", "FullyConnectedOptions", last, name, (1, units), *both, **fields)
    made.graph.outputs = [made.layer("SOFTMAX", "SoftmaxOptions", last, "answer", (1, 10), beta=1.0)]
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
