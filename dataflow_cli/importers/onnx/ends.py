"""What goes into a graph and what comes out of it: inputs and outputs of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import printable
from dataflow_cli.importers.described import ImportedInput, Missing
from dataflow_cli.importers.onnx.constants import BATCH
from dataflow_cli.importers.onnx.held import Held, without
from dataflow_cli.importers.onnx.state import State
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.importers.onnx.wire import damaged
from dataflow_cli.unknown import PROBE, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow_cli.importers.onnx.model import ValueInfo

_INPUT_TYPES = ("int64", "int32", "uint8", "int8", "uint16", "int16", "float64")
"""Types of inputs that are not read as float32."""
_READ = ("float32", "float16", "bfloat16", "bool", "uint32", "uint64", *_INPUT_TYPES)


class Ends(State):
    """Enters inputs, and finds what the network puts out."""

    def find_size(self, info: ValueInfo) -> None:
        """The first input of several axes says how many samples there are."""
        axis = self.batches.get(info.name, 0)
        if self.size is None and axis is not None and info.sizes and 1 < len(info.sizes) > axis:
            size = info.sizes[axis]
            self.size = size if isinstance(size, int) else self.open_size

    def input(self, info: ValueInfo, *, alone: bool) -> None:
        """An input of the network."""
        name = "input" if alone else self.names.new(info.name)
        dtype = TYPES.get(info.dtype, "")
        if info.sizes is None or dtype not in _READ:
            why = (
                f"holds {dtype or 'no tensor'}, which dftrace does not read"
                if info.sizes is not None or not dtype
                else ("does not say how many axes it has")
            )
            self.missing.append(Missing(f"input '{printable(info.name)}'", why, "export the model with a plain input"))
            self.lost.add(info.name)
            return
        batch = self.batches.get(info.name, self.first(info))
        self.leaves_size_open |= batch is not None and not isinstance(info.sizes[batch], int)
        sizes = tuple(
            self.size or BATCH if place == batch else size if isinstance(size, int) else Unknown(PROBE)
            for place, size in enumerate(info.sizes)
        )
        shape = [None if isinstance(size, Unknown) else size for size in without(sizes, batch)] or [1]
        typed = {"dtype": dtype} if dtype in _INPUT_TYPES else {}
        self.inputs.append(ImportedInput(name, {"shape": shape, **typed}, info.name, batch))
        self.values[info.name] = Held(name, sizes, batch, dtype, info.name, tuple(range(len(sizes))))

    def first(self, info: ValueInfo) -> int | None:
        """The first axis, if there are others, and it is not known to be something else than that of the samples."""
        sizes = info.sizes or ()
        if len(sizes) < 2 or (isinstance(sizes[0], int) and sizes[0] != self.size):
            return None
        return 0

    def outputs(self, names: Iterable[str]) -> tuple[str, ...]:
        """What the network puts out, by our names; an input or a constant goes through a layer."""
        found = []
        given = {each.name for each in self.inputs}
        for name in dict.fromkeys(names):
            if name in self.lost or not self.inputs:
                continue
            if name not in self.values:
                raise damaged(f"it puts out '{printable(name)}', which nothing gives")
            try:
                held = self.held(self.values[name])
            except FieldError as error:
                self.missing.append(Missing(f"output '{printable(name)}'", error.message, error.hint))
                continue
            if held.name in given or held.name in found:
                held = self.handed_on(held, name)
            found.append(held.name)
        if not found and not self.missing:
            raise damaged("it puts nothing out")
        return tuple(found)
