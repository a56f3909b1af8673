"""What can be read from a weights file, and is perhaps not meant: warnings, before any value is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import Place, Problem
from dataflow_cli.shapes import written
from dataflow_cli.weights.hints import COUNTERS, named, parts
from dataflow_cli.weights.names import StoredNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.netfile.model import WeightsSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.wanted import Wanted

_SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center", "weight": "scale"}
"""By a parameter's name, the field that leaves it out."""


def doubts(network: Network, spec: WeightsSpec, file: WeightsFile, wanted: Sequence[Wanted]) -> Iterator[Problem]:
    """Arrays that nobody uses, defaults that PyTorch has otherwise, and what can be read in two ways."""
    if network.is_whole:
        yield from _unused(network, spec, file)
    if spec.layout == "torch":
        from dataflow_cli.weights.torch_layout import other_defaults

        yield from other_defaults(network)
    for one in wanted:
        if _either_layout(one, spec):
            what = f"'{one.stored}' {written(one.shape)} is read as (in, out)"
            message = f"{file.path}: {what}; PyTorch, which calls it so, has (out, in)"
            hint = "write `layout: torch` under `weights:`, or `layout: keras` if the file has it as it is read"
            yield _doubt("W103", message, hint, one.place)
        if one.translation is not None and not one.translation.sure:
            message = f"layout torch: {one.full} meets the numbers of two axes in the order of this file"
            hint = (
                "if PyTorch has the last axis first, write the file with `data_format: channels_first`; "
                "a picture is [height, width, 1]"
            )
            yield _doubt("W103", message, hint, one.node.place)


def _doubt(code: str, message: str, hint: str, place: Place | None) -> Problem:
    return Problem(code, message, hint, place, severity="warning")


def _unused(network: Network, spec: WeightsSpec, file: WeightsFile) -> Iterator[Problem]:
    """A warning if the file has arrays that no layer uses: any, or with a `map:` those beside arrays that are used.

    With a `map:` the file is another program's, and may hold other layers, but not other parameters of the same ones.
    """
    names = StoredNames(spec, file.shapes)
    used = {names.of(node.name, name): node for node in network.nodes for name in node.parameters}
    layers = {parts(name)[0]: node for name, node in used.items() if parts(name)[0]}
    left = [name for name in file.arrays.names if name not in used and parts(name)[1] not in COUNTERS]
    if spec.map:
        left = [name for name in left if parts(name)[0] in layers]
    if left:
        written_out = _left_out(left, layers)
        hint = "the file may belong to another network; `map:` under `weights:` translates names"
        message = f"{file.path}: no layer uses {named(left)}"
        yield _doubt("W100", message, written_out or hint, spec.place)


def _left_out(left: Sequence[str], layers: dict[str, Node]) -> str:
    """The field that leaves a parameter out that the file has."""
    for name in left:
        layer, word = parts(name)
        node, field = layers.get(layer), _SWITCHES.get(word, "")
        field = "center" if node is not None and field == "use_bias" and not hasattr(node.layer, field) else field
        if node is not None and getattr(node.layer, field, True) is False:
            return f"'{node.name}' has `{field}: false`: leave that out if the network was trained with it"
    return ""


def _either_layout(one: Wanted, spec: WeightsSpec) -> bool:
    """Whether the name is PyTorch's, the shape both layouts', and the network file does not say which it is."""
    if one.name not in one.node.layer.torch_kernels or parts(one.stored)[1] != "weight":
        return False
    if spec.layout != "keras" or spec.layout_written:
        return False
    from dataflow_cli.layers.torch_stored import kernel

    return kernel(one.shape).shape == one.shape
