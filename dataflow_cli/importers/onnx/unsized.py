"""What is said where a model reckons with sizes that its inputs leave open: which these are, and how to give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.problem import printable
from dataflow_cli.importers.described import Missing
from dataflow_cli.importers.onnx.constants import UNSIZED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.described import ImportedInput
    from dataflow_cli.importers.onnx.model import ValueInfo

_SUCH_AS = 128


def together(
    missing: Sequence[Missing], inputs: Sequence[ImportedInput], infos: Sequence[ValueInfo]
) -> tuple[Missing, ...]:
    """What is missing, with all that hangs on open sizes as one, which names the inputs and says what to write."""
    unsized = [each for each in missing if each.hint == UNSIZED]
    by_name = {info.name: info for info in infos}
    opened = [each for each in inputs if None in each.fields["shape"]]
    if not unsized or not opened:
        return tuple(missing)
    shown = ", ".join(f"{printable(each.source)} ({_axes(by_name[each.source])})" for each in opened)
    flags = " ".join(f"--shape {_flag(each, alone=len(inputs) == 1)}" for each in opened)
    first = unsized[0]
    more = f", as do {len(unsized) - 1} more operations" if len(unsized) > 1 else ""
    why = f"it depends on sizes that are not known{more}; the file leaves some open: {shown}"
    said = Missing(first.told, why, f"give the sizes of a sample, such as {flags}", first.names)
    return tuple(said if each is first else each for each in missing if each is first or each not in unsized)


def _axes(info: ValueInfo) -> str:
    return ", ".join("?" if size is None else printable(str(size)) for size in info.sizes or ())


def _flag(entry: ImportedInput, *, alone: bool) -> str:
    sizes = ",".join(str(_SUCH_AS if size is None else size) for size in entry.fields["shape"])
    return sizes if alone else f"{entry.name}={sizes}"
