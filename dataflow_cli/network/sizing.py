"""A network whose sizes were not all known, with those that the data has, or that the user gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, NetworkError, suggestion
from dataflow_cli.network.build import build_network
from dataflow_cli.network.opened import opened
from dataflow_cli.network.unsized import HOW_TO_SIZE
from dataflow_cli.shapes import written
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.netfile.model import InputSpec, NetworkSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Shape

_MOST_KEPT = 16
"""Networks of other sizes that are kept, so that the next run of such a size begins at once."""


def sized(network: Network, shapes: Mapping[str, Sequence[int]]) -> Network:
    """The network with inputs of these shapes, by name; whose shape is not given stays as it is.

    Raises InputError E301 if a shape is another than the network file says; NetworkError if a layer does not fit.
    """
    inputs = tuple(_input(spec, tuple(shapes[spec.name])) if spec.name in shapes else spec for spec in network.inputs)
    if network.unsized is None or inputs == network.inputs:
        return network
    key = tuple(spec.shape for spec in inputs)
    found = network.sizings.get(key)
    if found is None:
        found = _built(network, network.unsized, inputs)
        if len(network.sizings) >= _MOST_KEPT:
            network.sizings.clear()
        network.sizings[key] = found
    return found


def with_shapes(network: Network, shapes: Sequence[Sequence[int]], named: Mapping[str, Sequence[int]]) -> Network:
    """What `Network.sized` does."""
    names = [spec.name for spec in network.inputs]
    unknown = [name for name in named if name not in names]
    if unknown or len(shapes) > len(names):
        too_many = f"{len(shapes)} shapes for {len(names)} inputs"
        message = f"the network has no input '{unknown[0]}'" if unknown else too_many
        raise InputError(message, hint=f"its inputs: {', '.join(names)}", code="E303")
    return sized(network, dict(zip(names, shapes, strict=False)) | dict(named))


def check_sized(network: Network) -> None:
    """Raise InputError E303 if the size of an input is not known."""
    for spec in network.inputs:
        if not spec.is_sized:
            message = f"the size of input '{spec.name}' is not known: {written(spec.shape)}"
            raise InputError(message, hint=f"{HOW_TO_SIZE}, such as {example(network)}", code="E303")


def example(network: Network) -> str:
    """How the sizes of a network's inputs are given: `--shape 224,224,3`."""
    sizes = {spec.name: _likely(spec) for spec in network.inputs}
    named = len(sizes) > 1
    return " ".join(f"--shape {name}={text}" if named else f"--shape {text}" for name, text in sizes.items())


def _likely(spec: InputSpec) -> str:
    """Sizes that an input may have: those of a picture, or of a sequence."""
    size = "224" if spec.is_picture else "128"
    return ",".join(size if isinstance(n, Unknown) else str(n) for n in spec.shape)


def shapes_of(texts: Sequence[str], network: Network) -> dict[str, Shape]:
    """The shapes that `224,224,3`, or `image=224,224,3` of one input of several, write; `224,224` are the open lengths.

    Raises InputError E303 for one that is no shape, or of an input that there is not.
    """
    names, shapes = [spec.name for spec in network.inputs], {}
    for text in texts:
        name, equals, sizes = text.rpartition("=")
        if not equals and len(names) > 1:
            raise InputError(f"--shape {text}: the network has several inputs", hint=example(network), code="E303")
        if equals and name not in names:
            hint = suggestion(name, names) or f"its inputs: {', '.join(names)}"
            raise InputError(f"the network has no input '{name}'", hint=hint, code="E303")
        named = name if equals else names[0]
        (spec,) = (spec for spec in network.inputs if spec.name == named)
        shapes[named] = _whole(_shape(sizes, network), spec)
    return shapes


def _whole(said: Shape, spec: InputSpec) -> Shape:
    """The shape of a sample, of which the lengths that the file leaves open may be all that is said, in their order."""
    if len(said) >= len(spec.shape):
        return said
    opened = [place for place, length in enumerate(spec.shape) if isinstance(length, Unknown)]
    if len(opened) == len(said):
        lengths = dict(zip(opened, said, strict=True))
        return tuple(lengths.get(place, length) for place, length in enumerate(spec.shape))
    rest = iter(spec.shape)  # of a model that was read with these lengths, none of which is open any more
    return spec.shape if not opened and all(length in rest for length in said) else said


def said_shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The shapes that `224,224,3` or `image=224,224,3` write, by name, as far as they can be read without a network."""
    parts = [text.rpartition("=") for text in texts]
    pairs = [(name, sizes.replace("x", ",").split(",")) for name, _, sizes in parts]
    return {name: tuple(map(int, sizes)) for name, sizes in pairs if all(map(_is_length, sizes))}


def _is_length(text: str) -> bool:
    return text.strip().isdecimal() and len(text) < _LONGEST and int(text) > 0


def _shape(text: str, network: Network) -> Shape:
    parts = text.replace("x", ",").split(",")
    if not all(part.strip().isdecimal() and len(part) < _LONGEST and int(part) for part in parts):
        raise InputError(f"--shape {text}: expected lengths from 1 on", hint=f"write {example(network)}", code="E303")
    return tuple(map(int, parts))


_LONGEST = 18
"""Digits of a length; one with more is no length of anything."""


def _input(spec: InputSpec, shape: Shape) -> InputSpec:
    """The input of that shape. Raises InputError if the network file says another."""
    if not _fits(spec, shape):
        message = f"the shape {written(shape)} is not one of input '{spec.name}', {written(spec.shape)}"
        fixed = "the network file says these lengths: write null there for one that may be any"
        hint = fixed if spec.is_sized else "a length may be any where ? stands"
        if _fits(spec, shape[1:]):
            hint = f"a shape is that of one sample, without their number: {written(shape[1:])}"
        raise InputError(message, hint=hint, code="E301")
    return replace(spec, shape=shape)


def _fits(spec: InputSpec, shape: Shape) -> bool:
    """Whether an input may be of that shape."""
    alike = (isinstance(ours, Unknown) or ours == n for ours, n in zip(spec.shape, shape, strict=False))
    return len(shape) == len(spec.shape) and all(alike)


def _built(network: Network, spec: NetworkSpec, inputs: tuple[InputSpec, ...]) -> Network:
    """The network built anew, with the inner tensors that it has as nodes; of a part of a file, the same part."""
    inner = [node.name for node in network.nodes if node.inner]
    try:
        built = build_network(replace(spec, inputs=inputs))
    except NetworkError as error:
        part = None if error.sound is None else error.sound.network
        if network.is_whole or part is None or any(name not in part.by_name for name in network.outputs):
            raise
        built = part
    return replace(opened(built, inner), weights=network.weights, gives=network.gives)
