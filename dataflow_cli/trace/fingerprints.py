"""What a trace that was run is to tell of its network, weights and inputs when it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.trace.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.trace.model import Trace


def provenance_of(trace: Trace, inputs: Mapping[str, str] | None = None) -> Provenance:
    """What is to be saved of a trace: of one that was loaded what it told, of one that was run what it ran with.

    `inputs` are the fingerprints of what went in, where they are known; else of what the trace kept of it.
    """
    if trace.provenance is not None or trace.origin is None:
        return trace.provenance or Provenance()
    from dataflow_cli.files.fingerprint import of_text

    network, weights = trace.origin
    text = _text_of(network)
    return Provenance(
        text,
        of_text(text) if text else "",
        weights_fingerprint(weights),
        _inputs_of(trace) if inputs is None else inputs,
        _versions(),
    )


def weights_fingerprint(weights: Any) -> str:
    """The fingerprint of all parameters, by `layer/parameter`, in the type that they are computed with."""
    from dataflow_cli.files.fingerprint import of_arrays

    return of_arrays(
        (f"{layer}/{name}", array) for layer, parameters in weights.arrays.items() for name, array in parameters.items()
    )


def _text_of(network: Any) -> str:
    """The network as a file would say it; nothing for a part of one, or for one that no file can say."""
    from dataclasses import replace

    from dataflow_cli.errors import OutputError
    from dataflow_cli.netfile.write import network_text

    if network.spec is None or not network.is_whole:
        return ""
    spec = replace(network.spec, inputs=network.inputs, classes=network.classes, weights=network.weights)
    try:
        return network_text(spec)
    except OutputError:
        return ""


def _inputs_of(trace: Trace) -> dict[str, str]:
    from dataflow_cli.files.fingerprint import fingerprint

    kept = [step.name for step in trace.steps if step.is_input and step.name in trace.values]
    return {name: fingerprint(trace.values[name]) for name in kept}


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"dftrace": version("dftrace"), "numpy": np.__version__, "python": platform.python_version()}
