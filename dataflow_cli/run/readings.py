"""Network -> how its outputs are read, for the record of a run. The kinds say what their numbers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.trace.reading import Reading

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network


def score(network: Network) -> str:
    """What the numbers of the first output mean if they are one row of classes: probabilities or logits; or nothing."""
    output = network.outputs[0]
    found = reading(network, output)
    return found.score if found is not None and len(network.by_name[output].output_shape) == 1 else ""


def readings(network: Network) -> dict[str, Reading]:
    """How the outputs are read that are classes and not the first one's row."""
    found = {name: reading(network, name) for name in network.outputs}
    plain = {network.outputs[0]} if score(network) else set()
    return {name: one for name, one in found.items() if one is not None and name not in plain}


def reading(network: Network, output: str) -> Reading | None:
    """Probabilities after softmax or sigmoid, logits if the output has classes, or after log_softmax; else nothing."""
    node = network.by_name[output]
    shape, kind = node.output_shape, node.layer.result_activation or node.layer
    axis = kind.classes_along(len(shape), channels_first=network.inputs[0].data_format == "channels_first")
    if not network.is_whole or not shape or axis is None or 0 in shape:
        return None
    named = bool(network.classes) and output == network.outputs[0]
    two = kind.meaning == "probability" and shape[axis] == 1 and (len(shape) == 1 or named)
    if kind.meaning == "distribution" or two:
        return Reading("probability", axis)
    return Reading("logit", axis) if named or kind.meaning == "log-probability" else None
