"""How many axes the tensors of a model have, which its files say of inputs alone: worked out layer by layer."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.importers.spec import made
from dataflow_cli.netfile.layer_item import Conventions
from dataflow_cli.unknown import PROBE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.described import ImportedInput, ImportedLayer
    from dataflow_cli.shapes import Shape

_CONVENTIONS = Conventions("channels_last", "keras")


class Sizes:
    """What is known so far of a model that grows."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}
        self._done = 0

    def ranks(
        self, names: Sequence[str], inputs: Sequence[ImportedInput], layers: Sequence[ImportedLayer]
    ) -> list[int | None]:
        """How many axes a sample of each of these tensors has; None where it is not known."""
        for each in inputs:
            self._shapes.setdefault(each.name, tuple(size or PROBE for size in each.fields["shape"]))
        for layer in layers[self._done :]:
            given = [self._shapes.get(name) for name in layer.inputs]
            known = [shape for shape in given if shape is not None]
            if len(known) == len(given):
                with suppress(FieldError, LayerError):
                    found = made(layer.kind, layer.fields, _CONVENTIONS).output_shape(known)
                    self._shapes[layer.name] = tuple(found)
        self._done = len(layers)
        shapes = [self._shapes.get(name) for name in names]
        return [None if shape is None else len(shape) for shape in shapes]
