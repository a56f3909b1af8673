"""The axis along which samples lie, which no file names: it is assumed, and others are tried where that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.importers.onnx.constants import BATCH
from dataflow_cli.importers.onnx.functions import inlined
from dataflow_cli.importers.onnx.held import Misplaced
from dataflow_cli.importers.onnx.masking import without_masks
from dataflow_cli.importers.onnx.translation import Translation

if TYPE_CHECKING:
    from dataflow_cli.importers.described import Imported
    from dataflow_cli.importers.onnx.model import Model


def translated(model: Model) -> Imported:
    """The model in our words. Raises FileProblem for a graph that is none.

    Samples lie along an axis, of which it is not known how many there are. Operations that mix that axis with others
    make sense for one sample, which is tried next; then all that goes in may be one sample.
    """
    model = inlined(model)
    model = replace(model, graph=without_masks(model.graph))
    names = [info.name for info in model.graph.inputs]
    found: Imported | None = None
    for size, assumed in ((BATCH, {}), (1, {}), (BATCH, dict.fromkeys(names))):
        again = _assumed(model, size, assumed, 2 * len(names) + 2, final=bool(assumed))
        if again is not None and not again.missing:
            return again
        if found is None or (again is not None and len(again.missing) < len(found.missing)):
            found = again
    if found is None:
        raise FileProblem("its operations work along different axes of a minibatch", hint="export it for one sample")
    return found


def _assumed(model: Model, size: int, batches: dict[str, int | None], tries: int, *, final: bool) -> Imported | None:
    """The model where the samples of inputs lie as is assumed, or as layers ask for it; None where they differ.

    `size` is how many samples there are where the file leaves that open. Raises FileProblem for a graph that is none.
    """
    for _ in range(tries):
        try:
            return Translation(model, batches, size).whole()
        except Misplaced as wish:
            if wish.root in batches:
                return None
            batches[wish.root] = wish.axis
        except FileProblem:
            if final:
                return None
            raise
    return None
