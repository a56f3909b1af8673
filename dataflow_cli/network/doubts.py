"""Inputs whose shapes can be computed with and are hardly meant: channels at the other end, samples counted too.

A doubt needs a reader: only a layer that tells height and width from channels makes a mistake of their order. Where the
network can be wired all the same it is a warning with both readings; where it cannot, it is what the error advises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.netfile.axes import other_end
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Shape


class Doubts:
    """Follows tensors that have the axes of an input, and notes who reads them."""

    def __init__(self, inputs: Sequence[InputSpec], *, data_format_written: bool) -> None:
        self.data_format_written = data_format_written
        self.inputs = inputs
        self.axes_of = {spec.name: spec for spec in inputs}
        """The input that each tensor has its axes from."""
        self.found: dict[str, Problem] = {}
        self.spatial: set[str] = set()
        """Inputs that a layer over space reads."""

    def follow(self, node: Node) -> None:
        """Note what a wired layer reads, and hand the axes on."""
        spec = self.origin(node.inputs)
        if spec is None:
            return
        if isinstance(node.layer, Spatial) and spec.name not in self.spatial:
            self.spatial.add(spec.name)
            self.note(spec)
        if len(node.output_shape) == len(spec.shape):
            self.axes_of[node.name] = spec

    def origin(self, names: Sequence[str]) -> InputSpec | None:
        """The input that a layer has its axes from."""
        return next((self.axes_of[name] for name in names if name in self.axes_of), None)

    def note(self, spec: InputSpec) -> None:
        """Doubt an input that a layer over space reads as its axes are."""
        first = spec.data_format == "channels_first"
        moved = other_end(spec.shape, channels_first=first)
        if moved is None or (self.data_format_written and not first):
            return
        read, other = _read(spec.shape, first=first), _read(moved, first=first)
        message = f"{spec.name}: {_list(spec.shape)} means {read}; perhaps it is {other}"
        meant = "" if first else "; if it is meant as it stands, write `data_format: channels_last`"
        problem = Problem("W110", message, f"if {_turned(spec, moved)}{meant}", spec.place, severity="warning")
        self.found.setdefault(spec.name, problem)

    def problems(self, output: Shape, seen: Callable[[], ReceptiveField | None]) -> tuple[Problem, ...]:
        """All doubts. `output` is the shape of the network's first output: an axis of one may have come through.

        `seen` gives what an element of it sees of the input.
        """
        for spec in self.inputs:
            axes = len(spec.shape)
            through = axes == 4 or (axes == len(output) == 2 and output[0] == 1)
            if spec.shape[0] == 1 and through and spec.name not in self.spatial:
                message = f"{spec.name}: {_list(spec.shape)} means {axes} axes a sample, the first of length 1"
                hint = f"if the first counts the samples, leave it out: write {_list(spec.shape[1:])}"
                self.found[spec.name] = Problem("W110", message, hint, spec.place, severity="warning")
            if _may_count(spec) and len(output) == axes and _alone(seen()):
                message = f"{spec.name}: {_list(spec.shape)} means that a sample has a first axis of any length"
                self.found[spec.name] = Problem("W110", message, self.counted(), spec.place, severity="warning")
        return tuple(self.found.values())

    def counted(self) -> str:
        """What to do if the first axis of an input, of unknown length, counts the samples; nothing if none may."""
        spec = next(filter(_may_count, self.inputs), None)
        return "" if spec is None else f"if null counts the samples, leave it out: write {_list(spec.shape[1:])}"

    def hint(self, layer: Layer, names: Sequence[str]) -> str:
        """What to do about an input's shape if that is why this layer cannot be wired; nothing if it is not."""
        spec = self.origin(names)
        if spec is None or not isinstance(layer, Spatial):
            return ""
        first = spec.data_format == "channels_first"
        if len(spec.shape) == layer.rank + 2:
            moved = other_end(spec.shape[1:], channels_first=first)
            with_order = f" with `data_format: channels_{_end(spec)}`, or {_list(moved)}" if moved else ""
            return f"{spec.name} counts the samples too: leave N out, write {_list(spec.shape[1:])}{with_order}"
        moved = other_end(spec.shape, channels_first=first) if len(spec.shape) == layer.rank + 1 else None
        return f"in {spec.name} {_list(spec.shape)} {_turned(spec, moved)}" if moved else ""


def _may_count(spec: InputSpec) -> bool:
    """Whether only the first of several axes is of unknown length, as a minibatch's is elsewhere."""
    return len(spec.shape) > 1 and not is_known(spec.shape[:1]) and is_known(spec.shape[1:])


def _alone(seen: ReceptiveField | None) -> bool:
    """Whether nothing looks along the first axis: what stands at one place of it is made from that place alone."""
    first = seen.axes[0] if seen is not None and seen.axes else None
    return first is not None and first.size() == 1


def _turned(spec: InputSpec, moved: Shape) -> str:
    """Where the channels seem to stand, and both ways to say so."""
    end = _end(spec)
    return f"channels stand {end}: write `data_format: channels_{end}` at the top level, or the shape {_list(moved)}"


def _end(spec: InputSpec) -> str:
    """The end at which the file does not say that channels stand."""
    return "last" if spec.data_format == "channels_first" else "first"


def _read(shape: Shape, *, first: bool) -> str:
    """A shape in words: `height 3, width 224, channels 224`."""
    spatial = AXES[len(shape) - 1]
    names = ("channels", *spatial) if first else (*spatial, "channels")
    return ", ".join(f"{name} {length}" for name, length in zip(names, shape, strict=True))


def _list(shape: Shape) -> str:
    return f"[{', '.join('null' if isinstance(length, Unknown) else str(length) for length in shape)}]"
