"""dftrace: traces the data that flows through a neural network, layer by layer.

    from dataflow_cli import load_network

    network = load_network("mnist-cnn.yaml")
    trace = network.trace("digits/7.png")
    trace.step("conv2d_1").output_shape, trace.value("conv2d_1")[0, 3, 5, 0]

Importing it loads nothing at all, so that the program can heed signals from its first moment; the names below load what
they need when they are first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from dataflow_cli.api import load_network, network_from_text
    from dataflow_cli.errors import DftraceError
    from dataflow_cli.network.model import Network
    from dataflow_cli.trace.model import Statistics, Step, Trace
    from dataflow_cli.trace.saved import load_trace, save_trace
    from dataflow_cli.weights.load import load_weights
    from dataflow_cli.weights.model import Weights

_HOMES = {
    "DftraceError": "errors",
    "Network": "network.model",
    "Statistics": "trace.model",
    "Step": "trace.model",
    "Trace": "trace.model",
    "Weights": "weights.model",
    "load_network": "api",
    "load_trace": "trace.saved",
    "load_weights": "weights.load",
    "network_from_text": "api",
    "save_trace": "trace.saved",
}

__all__ = [
    "DftraceError",
    "Network",
    "Statistics",
    "Step",
    "Trace",
    "Weights",
    "load_network",
    "load_trace",
    "load_weights",
    "network_from_text",
    "save_trace",
]


def __getattr__(name: str) -> "Any":
    return _exports()[0](name)


def __dir__() -> "list[str]":
    return _exports()[1]()


def _exports() -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    from dataflow_cli.lazy import exports, imported

    return exports(__name__, __all__, lambda name: imported(f"{__name__}.{_HOMES[name]}.{name}"))
