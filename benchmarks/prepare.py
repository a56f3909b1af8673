"""Writes what the measurements need to build/benchmarks: parameters, inputs, and the networks for other engines.

Makes sure that all engines compute the same: their outputs must agree to 1e-4 of the largest value. What is there
already is not written again.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import torch
from layout import channels_first, channels_last
from loaded import loaded
from networks import SEQUENCES, Measured, network
from onnx_model import to_onnx
from processes import ROOT, SCRATCH
from torch_model import TorchNetwork

from dataflow_cli import load_network
from dataflow_cli.inputs.dataset import array_samples, load_samples
from dataflow_cli.inputs.preprocess import prepare
from dataflow_cli.run.program import Program
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Whether all files are there, and of what stands in the network file: a checkout makes that younger."""
    last = measured.agreed
    return last.exists() and last.read_text(encoding="ascii") == _told(measured)


def _told(measured: Measured) -> str:
    """What tells one network file from another."""
    return sha256(measured.config.read_bytes()).hexdigest()


def write(measured: Measured) -> None:
    """The files of one network, the last one only if all engines agree."""
    net = load_network(measured.config)
    write_weights(net, measured)
    _, weights = loaded(measured)
    write_sample(net, measured)
    x = np.load(measured.prepared)
    batch = {net.inputs[0].name: channels_last(x, net.inputs[0])}
    expected = Program(net, weights).run(batch)[net.outputs[0]]
    onnx.save(to_onnx(net, weights), measured.onnx)
    session = onnxruntime.InferenceSession(str(measured.onnx), providers=["CPUExecutionProvider"])
    agree(f"{measured.name}: ONNX Runtime", session.run(None, {session.get_inputs()[0].name: x})[0], expected)
    with torch.inference_mode():
        module = TorchNetwork(net, weights).eval()
        agree(f"{measured.name}: torch", module(torch.from_numpy(x)).numpy(), expected)
        if measured not in SEQUENCES:  # of those nobody starts a process
            jit: Any = torch.jit
            jit.trace(module, torch.from_numpy(x)).save(str(measured.torch))
    measured.agreed.write_text(_told(measured), encoding="ascii")


def agree(what: str, found: Array, expected: Array) -> None:
    """End with a message if an engine's output is another one."""
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not error <= TOLERANCE:
        sys.exit(f"{what} gives another output: the largest difference is {error:.1e} of the largest value")


def write_weights(net: Network, measured: Measured) -> None:
    """The network's own parameters, or random ones that keep values of about the same size from layer to layer."""
    if net.weights and net.weights.file is not None:
        arrays = dict(np.load(net.weights.file))
    elif measured in SEQUENCES:
        arrays = dict(initial_parameters(net))
    else:
        rng = np.random.default_rng(7)
        arrays = {
            f"{node.name}/{name}": random_parameter(rng, parameter)
            for node in net.nodes
            for name, parameter in node.parameters.items()
        }
    np.savez(measured.weights, **arrays)


def initial_parameters(net: Network) -> Iterator[tuple[str, Array]]:
    """What the network file says; biases and the like, which are all alike then, a little apart."""
    rng = np.random.default_rng(7)
    made = load_weights(net)
    for node in net.nodes:
        for name, parameter in node.parameters.items():
            if name not in node.shared:
                values = made.of(node.name)[name]
                apart = random_parameter(rng, parameter) if parameter.fill is not None else values
                yield f"{node.name}/{name}", apart


def random_parameter(rng: np.random.Generator, parameter: Parameter) -> Array:
    """Kernels by He's rule; everything else near what training starts with."""
    numbers = rng.standard_normal(parameter.shape, np.float32)
    if parameter.fill is not None:
        return np.float32(parameter.fill) + np.float32(0.01) * numbers
    fan_in = parameter.count // (parameter.shape[-1] if parameter.shape[-1] > 1 else parameter.shape[-2])
    return numbers * np.float32(np.sqrt(2 / fan_in))


def write_sample(net: Network, measured: Measured) -> None:
    """One input as it is given, and as it is after preprocessing, for the others."""
    spec, rng = net.inputs[0], np.random.default_rng(1)
    is_picture = len(spec.shape) == 3 or spec.indices
    values = rng.integers(0, 256, spec.shape, dtype=np.uint8) if is_picture else rng.standard_normal(spec.shape, "f4")
    np.save(measured.sample, values)
    x = prepare(array_samples(values, spec), spec)
    np.save(measured.prepared, channels_first(x, spec))


def write_digits() -> None:
    """The shipped pictures of digits over and over: for the time it takes, it does not matter which."""
    spec = load_network(ROOT / "configs" / "mnist-cnn.yaml").inputs[0]
    paths = sorted(map(str, (ROOT / "configs" / "digits").rglob("*.png")))
    pictures = load_samples(paths, spec).array.astype(np.uint8)
    np.savez(DIGITS, x_test=pictures[np.arange(DIGIT_COUNT) % len(pictures)])


if __name__ == "__main__":
    main()
