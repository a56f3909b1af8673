"""Recurrent layers of Keras' that say by a cell what a step does: the layers that mean the same.

RNN(LSTMCell(8))                    LSTM(8)
RNN([LSTMCell(8), GRUCell(4)])      an LSTM(8) of all steps, then a GRU(4)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.entries import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Layer = Mapping[str, Any]

RNN, STACK = "RNN", "StackedRNNCells"
WAYS = ("forward", "backward")
"""What the two stacks are called that a Bidirectional goes along a sequence with."""
_OWN = ("keras", "tf_keras")
_CELLS = {
    "SimpleRNNCell": "SimpleRNN",
    "LSTMCell": "LSTM",
    "GRUCell": "GRU",
    "ConvLSTM1DCell": "ConvLSTM1D",
    "ConvLSTM2DCell": "ConvLSTM2D",
    "ConvLSTM3DCell": "ConvLSTM3D",
}


def cells_of(layer: Layer) -> list[Layer]:
    """The cells of a layer, the lowest first; none if it is no RNN."""
    cell = settings_of(layer).get("cell")
    if layer.get("class_name") != RNN or not isinstance(cell, dict):
        return []
    cells = settings_of(cell).get("cells") if cell.get("class_name") == STACK else [cell]
    return [each for each in cells if isinstance(each, dict)] if isinstance(cells, list) else []


def unstacked(layer: Layer) -> list[Layer]:
    """The layers that an RNN is, the lowest first; of any other layer itself. Raises FieldError for foreign cells."""
    if layer.get("class_name") != RNN:
        return [layer]
    cells = cells_of(layer)
    if not cells:
        raise FieldError("its cell is not described")
    first, *others = (_as_layer(layer, cell) for cell in cells)
    *below, last = first, *map(_in_turn, others)  # what comes out of the first goes on in the order that it has there
    return [*(_below(one) for one in below), last]


def alone(layer: Layer) -> Layer:
    """The one layer that an RNN is. Raises FieldError for a stack of cells, which is several."""
    *below, last = unstacked(layer)
    if below:
        raise FieldError("a stack of cells inside of it would be several layers")
    return last


def place_in(cells: Sequence[Any], number: int) -> str:
    """What stands before the parameters of a cell, counted from 0: the last one's are those of the whole layer."""
    return "" if number == len(cells) - 1 else str(number)


def _as_layer(layer: Layer, cell: Layer) -> Layer:
    """What goes along the sequence with one cell."""
    name = str(cell.get("class_name"))
    own = cell.get("module") is None or str(cell.get("module")).partition(".")[0] in _OWN
    if name not in _CELLS or not own or ">" in str(cell.get("registered_name") or ""):
        raise FieldError(f"its cell is of class {name[:60]}, which is none of {', '.join(list(_CELLS)[:3])}")
    fields = {key: value for key, value in settings_of(layer).items() if key != "cell"}
    return {"class_name": _CELLS[name], "name": layer.get("name"), "config": {**settings_of(cell), **fields}}


def goes_back(layers: Sequence[Layer]) -> bool:
    """Whether the first of several layers that an RNN is begins at the end."""
    return len(layers) > 1 and settings_of(layers[0]).get("go_backwards") is True


def both_ways(layer: Layer) -> list[Layer]:
    """What a Bidirectional goes along a sequence with, there and back; none for a cell alone, and other layers."""
    config = settings_of(layer)
    inner, back = config.get("layer"), config.get("backward_layer")
    if "merge_mode" not in config or not isinstance(inner, dict):
        return []
    if not isinstance(back, dict):
        turned = settings_of(inner).get("go_backwards") is not True
        back = {**inner, "config": {**settings_of(inner), "go_backwards": turned}}
    return [inner, back] if len(cells_of(inner)) > 1 or len(cells_of(back)) > 1 else []


def _in_turn(layer: Layer) -> Layer:
    return {**layer, "config": {**layer["config"], "go_backwards": False}}


def _below(layer: Layer) -> Layer:
    """A layer that another one goes along: that takes all of its steps, and sets none to zero."""
    return {**layer, "config": {**layer["config"], "return_sequences": True, "zero_output_for_mask": False}}
