"""The engines that compute the same network: each does one forward pass a turn.

An engine takes the network's name, how many samples and how many threads, and the turns. What it imports, it imports
itself: a worker process has only one engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from networks import captured, network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Turns = Iterator[None]


def ours(name: str, samples: int, threads: int, turns: Turns) -> None:
    """The forward pass alone."""
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.program import Program

    net, weights, batch = minibatch(name, samples)
    with Computing(threads, repeated=True).engine() as engine:
        program = Program(net, weights, engine)
        for _ in turns:
            program.run(batch)


def traced(name: str, samples: int, threads: int, turns: Turns) -> None:
    """What `dftrace run` does: exact statistics of every tensor."""
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.recorder import run

    net, weights, batch = minibatch(name, samples)
    run(net, weights, (batch for _ in turns), computing=Computing(threads, repeated=True))


def torch_alone(name: str, samples: int, threads: int, turns: Turns) -> None:
    """What is no picture has one layout."""
    _torch(name, samples, threads, turns, "preserve_format")


def torch_contiguous(name: str, samples: int, threads: int, turns: Turns) -> None:
    """Memory as (N, channels, height, width), torch's default."""
    _torch(name, samples, threads, turns, "contiguous_format")


def torch_channels_last(name: str, samples: int, threads: int, turns: Turns) -> None:
    """Memory as (N, height, width, channels)."""
    _torch(name, samples, threads, turns, "channels_last")


def onnxruntime(name: str, samples: int, threads: int, turns: Turns) -> None:
    """ONNX Runtime with all its optimizations."""
    import numpy as np
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(network(name).onnx), options, providers=["CPUExecutionProvider"])
    x = np.repeat(np.load(network(name).prepared), samples, axis=0)
    feed = {session.get_inputs()[0].name: x}
    for _ in turns:
        session.run(None, feed)


def onnx_reference(name: str, samples: int, threads: int, turns: Turns) -> None:  # noqa: ARG001  it has no threads of its own
    """ONNX' own evaluator, which is written in NumPy too."""
    import numpy as np
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(str(network(name).onnx))
    feed = {evaluator.input_names[0]: np.repeat(np.load(network(name).prepared), samples, axis=0)}
    for _ in turns:
        evaluator.run(None, feed)


def products(name: str, samples: int, threads: int, turns: Turns) -> None:  # noqa: ARG001  there is no network
    """Matrix products as large as those of a layer: what the machine can do."""
    import numpy as np

    left, right, out = np.full((3, 256, 256), 0.5, np.float32)
    for _ in turns:
        for _ in range(50):
            np.matmul(left, right, out=out)


def weights_alone(name: str, samples: int, threads: int, turns: Turns) -> None:  # noqa: ARG001  there are no threads
    """NumPy's products of all places with every kernel of a network, one after the other as they stand in it.

    A recurrent kernel meets one step at a time.
    """
    import numpy as np

    net, weights, _ = minibatch(name, samples)
    products = []
    for node in net.nodes:
        places = samples * (node.input_shapes[0][0] if len(node.input_shapes[0]) > 1 else 1)
        for parameter, array in weights.of(node.name).items():
            if array.ndim < 2 or not parameter.endswith("kernel"):
                continue
            last = array.shape[-1] if parameter != "kernel" and parameter.startswith("output") else -1
            matrix = array.reshape(-1, last) if last > 0 else array.reshape(len(array), -1)
            is_stepwise = parameter.startswith("recurrent")
            rows = np.ones((samples if is_stepwise else places, len(matrix)), matrix.dtype)
            out = np.empty((len(rows), matrix.shape[1]), matrix.dtype)
            products += [(rows, matrix, out)] * (places // samples if is_stepwise else 1)
    for _ in turns:
        for rows, matrix, out in products:
            np.matmul(rows, matrix, out=out)


def compared(side: str) -> Callable[[str, int, int, Turns], None]:
    """`dftrace diff` of two captures."""

    def engine(name: str, samples: int, threads: int, turns: Turns) -> None:  # noqa: ARG001  one of each
        from dataflow_cli.comparing import difference
        from dataflow_cli.given import Given

        sides = str(captured(name, "a")), str(captured(name, side))
        for _ in turns:
            difference(*sides, Given(), Given())

    return engine


def subtracted(name: str, samples: int, threads: int, turns: Turns) -> None:  # noqa: ARG001  one of each
    """The least that a comparison of two captures has to do."""
    import numpy as np

    for _ in turns:
        with np.load(captured(name, "a")) as one, np.load(captured(name, "rounded")) as other:
            for tensor in one.files:
                one[tensor] - other[tensor]


ENGINES = {
    "dftrace": ours,
    "dftrace traced": traced,
    "torch": torch_alone,
    "torch contiguous": torch_contiguous,
    "torch channels_last": torch_channels_last,
    "ONNX Runtime": onnxruntime,
    "onnx.reference": onnx_reference,
    "sgemm": products,
    "NumPy's products": weights_alone,
    "dftrace diff, equal": compared("equal"),
    "dftrace diff, rounded": compared("rounded"),
    "dftrace diff, wrong": compared("wrong"),
    "numpy.load of both, and A - B": subtracted,
}
"""By the name that the tables show."""


def minibatch(name: str, samples: int) -> tuple[Any, Any, Any]:
    """A network that is measured, its parameters, and so many samples."""
    import numpy as np
    from layout import channels_last
    from loaded import loaded

    net, weights = loaded(network(name))
    x = channels_last(np.load(network(name).prepared), net.inputs[0])
    batch = {net.inputs[0].name: np.repeat(x, samples, axis=0)}
    return net, weights, batch


def _torch(name: str, samples: int, threads: int, turns: Turns, layout: str) -> None:
    import numpy as np
    import torch
    from loaded import loaded
    from torch_model import TorchNetwork

    torch.set_num_threads(threads)
    memory = getattr(torch, layout)
    module: Any = TorchNetwork(*loaded(network(name)))
    module.eval().to(memory_format=memory)
    x = torch.from_numpy(np.repeat(np.load(network(name).prepared), samples, axis=0)).to(memory_format=memory)
    with torch.inference_mode():
        for _ in turns:
            module(x)
