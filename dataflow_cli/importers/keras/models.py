"""What an entry that is a model says of itself: whether it is a chain, and what stands only between its lines."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.entries import layers_of, name_of, settings_of
from dataflow_cli.importers.keras.fields import is_foreign
from dataflow_cli.importers.keras.inbound import references_in, tensors_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    Layer = Mapping[str, Any]


def is_chain(model: Layer) -> bool:
    """Whether each layer takes what the one before gives: a Sequential, or the list that Keras 2.0 wrote for one."""
    config = model.get("config")
    return isinstance(config, list) or "input_layers" not in settings_of(model)


def is_model(layer: Layer) -> bool:
    """Whether it is made of layers that the file describes."""
    config = layer.get("config")
    listed = config if isinstance(config, list) else settings_of(layer).get("layers")
    return isinstance(listed, list) and not is_foreign(layer)


def chain_shape(model: Layer) -> Any:
    """The input's shape where no InputLayer says it: at the first layer, or the model."""
    config = settings_of(model)
    for layer in [*layers_of(model)[:1], model]:
        own, built = settings_of(layer), layer.get("build_config")
        found = own.get("batch_input_shape", own.get("batch_shape"))
        found = found or (built.get("input_shape") if isinstance(built, dict) else None)
        if found:
            return found
        first = layers_of(layer)
        if first and layer is not model:
            return chain_shape(layer)
    return config.get("build_input_shape")


def call_offsets(model: Layer) -> dict[str, int]:
    """Models in a model whose calls are counted from 1: their own making was the first, to Keras before 3."""
    counts = {name_of(layer): _count(layer.get("inbound_nodes")) for layer in layers_of(model) if is_model(layer)}
    named: dict[str, set[int]] = defaultdict(set)
    for layer in layers_of(model):
        for each in tensors_in(layer.get("inbound_nodes")):
            named[each.layer].add(each.call)
    for each in references_in(settings_of(model).get("output_layers", [])):
        named[each.layer].add(each.call)
    return {
        name: 1 for name, count in counts.items() if named[name] and 0 not in named[name] and max(named[name]) >= count
    }


def _count(nodes: Any) -> int:
    return len(nodes) if isinstance(nodes, list) else 0
