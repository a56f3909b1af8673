"""Writes what the measurements need to build/benchmarks: parameters, inputs, and the networks for other engines.

Makes sure that all engines compute the same: their outputs must agree to 1e-4 of the largest value. What is there
already is not written again.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import torch
from networks import Measured, network
from onnx_model import to_onnx
from processes import ROOT, SCRATCH
from torch_model import TorchNetwork

from dataflow_cli import load_network
from dataflow_cli.inputs.dataset import array_samples, load_samples
from dataflow_cli.inputs.preprocess import prepare
from dataflow_cli.run.program import Program
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array

TOLERANCE = 1e-4
DIGITS = SCRATCH / "digits.npz"
"""10,000 pictures of digits, made of the shipped ones, where no path of MNIST is given."""
DIGIT_COUNT = 10_000


def main() -> None:
    """Prepare the networks that are named."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    if not DIGITS.exists():
        write_digits()
    for name in sys.argv[1:]:
        measured = network(name)
        if not up_to_date(measured):
            write(measured)


def up_to_date(measured: Measured) -> bool:
    """Whether the last file is there, and younger than the network file."""
    last = measured.torch
    return last.exists() and last.stat().st_mtime > measured.config.stat().st_mtime


def write(measured: Measured) -> None:
    """The files of one network, the last one only if all engines agree."""
    net = load_network(measured.config)
    write_weights(net, measured)
    weights = load_weights(net, measured.weights)
    write_sample(net, measured)
    x = np.load(measured.prepared)
    batch = {net.inputs[0].name: np.ascontiguousarray(x.transpose(0, 2, 3, 1))}
    expected = Program(net, weights).run(batch)[net.outputs[0]]
    onnx.save(to_onnx(net, weights), measured.onnx)
    session = onnxruntime.InferenceSession(str(measured.onnx), providers=["CPUExecutionProvider"])
    agree(f"{measured.name}: ONNX Runtime", session.run(None, {session.get_inputs()[0].name: x})[0], expected)
    with torch.inference_mode():
        module = TorchNetwork(net, weights).eval()
        agree(f"{measured.name}: torch", module(torch.from_numpy(x)).numpy(), expected)
        jit: Any = torch.jit
        jit.trace(module, torch.from_numpy(x)).save(str(measured.torch))


def agree(what: str, found: Array, expected: Array) -> None:
    """End with a message if an engine's output is another one."""
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not error <= TOLERANCE:
        sys.exit(f"{what} gives another output: the largest difference is {error:.1e} of the largest value")


def write_weights(net: Network, measured: Measured) -> None:
    """The network's own parameters, or random ones that keep values of about the same size from layer to layer."""
    own = net.weights.file if net.weights else None
    if own is not None:
        arrays = dict(np.load(own))
    else:
        rng = np.random.default_rng(7)
        arrays = {
            f"{node.name}/{name}": random_parameter(rng, parameter)
            for node in net.nodes
            for name, parameter in node.parameters.items()
        }
    np.savez(measured.weights, **arrays)


def random_parameter(rng: np.random.Generator, parameter: Parameter) -> Array:
    """Kernels by He's rule; everything else near what training starts with."""
    numbers = rng.standard_normal(parameter.shape, np.float32)
    if parameter.fill is not None:
        return np.float32(parameter.fill) + np.float32(0.01) * numbers
    fan_in = parameter.count // (parameter.shape[-1] if parameter.shape[-1] > 1 else parameter.shape[-2])
    return numbers * np.float32(np.sqrt(2 / fan_in))


def write_sample(net: Network, measured: Measured) -> None:
    """One input as a picture has it, and as it is after preprocessing, channels first."""
    spec = net.inputs[0]
    values = np.random.default_rng(1).integers(0, 256, spec.shape, dtype=np.uint8)
    np.save(measured.sample, values)
    x = prepare(array_samples(values, spec), spec)
    np.save(measured.prepared, np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def write_digits() -> None:
    """The shipped pictures of digits over and over: for the time it takes, it does not matter which."""
    spec = load_network(ROOT / "configs" / "mnist-cnn.yaml").inputs[0]
    paths = sorted(map(str, (ROOT / "configs" / "digits").rglob("*.png")))
    pictures = load_samples(paths, spec).array.astype(np.uint8)
    np.savez(DIGITS, x_test=pictures[np.arange(DIGIT_COUNT) % len(pictures)])


if __name__ == "__main__":
    main()
