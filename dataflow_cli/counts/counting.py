"""Network -> Summary: what every layer takes, gives and costs, from the description alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.counts.summary import ParameterCount, StepCount, Summary, Unfit
from dataflow_cli.network.types import whole_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.network.sound import Sound


def summary(network: Network) -> Summary:
    """What a network costs. Needs neither weights nor NumPy."""
    types = whole_types(network)
    steps = [*map(_input, network.inputs), *map(step_count, network.nodes)]
    if types:
        steps = [replace(step, dtype=types.get(step.name, "")) for step in steps]
    return Summary(network.name, network.file, network.dtype, tuple(steps), network.outputs)


def sound_summary(sound: Sound) -> Summary:
    """What can be counted of a network that does not build, and where that ends."""
    stopped = sound.stopped
    unfit = None
    if stopped is not None:
        unfit = Unfit(stopped.name, stopped.type, stopped.inputs, stopped.input_shapes, stopped.wanted)
    return replace(summary(sound.network), unfit=unfit)


def _input(spec: InputSpec) -> StepCount:
    return StepCount(spec.name, spec.type, spec.shape, is_input=True)


def step_count(node: Node) -> StepCount:
    """What one layer costs."""
    layer = node.layer
    return StepCount(
        name=node.name,
        type=layer.type,
        output_shape=node.output_shape,
        inputs=node.inputs,
        input_shapes=node.input_shapes,
        activation=layer.result_activation.type if layer.result_activation else "",
        window=layer.window_size,
        parameters=tuple(_parameter(node, name, one) for name, one in node.parameters.items()),
        macs=node.macs,
        cached=_cached(node),
        receptive_field=node.receptive_field,
        total_stride=node.total_stride,
        offset=node.offset,
        arithmetic=tuple(_arithmetic(node)),
    )


def _cached(node: Node) -> int:
    """The numbers of keys and values; those of a layer that inner tensors are of are counted where it stands."""
    return 0 if node.inner else sum(map(math.prod, node.layer.cache_factors(node.input_shapes)))


def _parameter(node: Node, name: str, parameter: Parameter) -> ParameterCount:
    share = node.shared.get(name)
    return ParameterCount(name, parameter.shape, parameter.trainable, str(share) if share else "", parameter.dtype)


def _arithmetic(node: Node) -> Iterator[str]:
    """How a layer's shape and counts follow from its fields, with its own numbers."""
    yield from node.layer.shape_arithmetic(node.input_shapes)
    if node.inner:  # the rest is counted where the layer stands
        return
    if node.parameters:
        own, shared = node.own_parameters, node.shared
        named = (f"{name} {'·'.join(map(str, parameter.shape)) or 1}" for name, parameter in own.items())
        if own:
            yield f"parameters: {' + '.join(named)} = {node.parameter_count:,}{_fixed(node)}"
        if shared:
            theirs = ", ".join(f"{name} is {share}" for name, share in shared.items())
            yield f"{'parameters' if not own else 'others'}: {theirs}; counted there"
    factors = node.layer.mac_factors(node.input_shapes)
    if factors:
        products = " + ".join("·".join(map(str, product)) for product in factors)
        yield f"MACs: {products} = {node.macs:,}"
    cached = node.layer.cache_factors(node.input_shapes)
    if cached:
        products = " + ".join("·".join(map(str, product)) for product in cached)
        yield f"key-value cache: {products} = {sum(map(math.prod, cached)):,} numbers for one sample"
    if node.layer.shares_weights:
        yield _dense_instead(node)


def _fixed(node: Node) -> str:
    """Which of the parameters training does not change, if there are any."""
    names = [name for name, parameter in node.own_parameters.items() if not parameter.trainable]
    return f", {node.non_trainable_count:,} of them not trainable: {' and '.join(names)}" if names else ""


def _dense_instead(node: Node) -> str:
    """The dense layer between the same tensors, which a convolution saves."""
    inputs, outputs = math.prod(node.input_shapes[0]), math.prod(node.output_shape)
    return (
        f"a dense layer instead: {inputs:,}·{outputs:,} = {inputs * outputs:,} weights + {outputs:,} biases, "
        f"beside {node.parameter_count:,} parameters here"
    )
