"""A described model -> NetworkSpec, as if its network file had been read. Every layer stands at a place of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, Place
from dataflow_cli.globs import plain
from dataflow_cli.importers.described import FOLLOWING
from dataflow_cli.layers import KINDS
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.keys import INPUT
from dataflow_cli.netfile.layer_item import Conventions, read_layer
from dataflow_cli.netfile.model import ALL, InputSpec, LayerSpec, NetworkSpec, Reference, Sharing, WeightsSpec
from dataflow_cli.netfile.report import Report
from dataflow_cli.netfile.writing.scalars import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.importers.described import Imported, ImportedInput, ImportedLayer
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.netfile.model import DataFormat

MISSING = "E120"


def network_spec(model: Imported, file: str, report: Report) -> NetworkSpec:
    """The network that a model file describes. All that is missing is noted, and fields that no kind takes."""
    whole = Place(file, 0, 0)
    for number, one in enumerate(model.missing):
        hint = one.hint or "import what stands before it: --until NAME"
        report.add(MISSING, Place(file, 0, number), f"{one.told}: {one.why}", hint)
    data_format: DataFormat = "channels_first" if model.data_format == "channels_first" else "channels_last"
    inputs = (_input(each, data_format, whole, report) for each in model.inputs)
    conventions = Conventions(data_format, "keras")
    layers = (_layer(each, number, file, conventions, report) for number, each in enumerate(model.layers))
    return NetworkSpec(
        file=file,
        name=model.name,
        inputs=tuple(each for each in inputs if each is not None),
        layers=tuple(each for each in layers if each is not None),
        outputs=tuple(Reference(name, _node(name, whole)) for name in model.outputs),
        weights=WeightsSpec(path=file, place=whole),
        data_format=data_format,
        data_format_written=data_format == "channels_first",
    )


def _input(entry: ImportedInput, data_format: DataFormat, place: Place, report: Report) -> InputSpec | None:
    try:
        fields = {name: _typed(name, value) for name, value in entry.fields.items()}
    except FieldError as error:
        report.add("E112", place, f"input '{entry.name}': {error.message}", error.hint)
        return None
    return InputSpec(entry.name, **fields, data_format=data_format, stated=False, place=place)


def _typed(name: str, value: Any) -> Any:
    kind = INPUT[name].kind
    return value if kind is None else kind.read(value)


def _layer(entry: ImportedLayer, number: int, file: str, conventions: Conventions, report: Report) -> LayerSpec | None:
    place = Place(file, 0, number + 1)
    source = {"source": entry.source} if _is_renamed(entry) else {}
    weights = {"weights": dict(entry.written)} if entry.written else {}
    item = _node({"type": entry.kind, **source, **entry.fields, **weights}, place)
    assert isinstance(item, nodes.Mapping)  # noqa: S101  a mapping was given
    layer = read_layer(item, KINDS[entry.kind], conventions, report)
    if layer is None:
        return None
    inputs = tuple(Reference(name, _node(name, place)) for name in entry.inputs)
    mask = Reference(entry.mask, _node(entry.mask, place)) if entry.mask else None
    shares = {ALL: Sharing(entry.shares, item.values["type"], if_any=True)} if entry.shares else {}
    inline = {name: _node(value, place) for name, value in entry.written.items()}
    return LayerSpec(entry.name, layer, inputs, item.values["type"], item, inline, mask=mask, shares=shares)


def _is_renamed(entry: ImportedLayer) -> bool:
    """Whether its name does not tell what it is called there: one in a block differs by its marks alone."""
    if not entry.source or entry.source == entry.name or entry.source.endswith(FOLLOWING):
        return False
    return "/" not in entry.name or plain(entry.source) != plain(entry.name)


def made(kind: str, fields: Mapping[str, Any], conventions: Conventions) -> Layer:
    """The layer alone, whose rules say what shape it gives. Raises FieldError if the kind refuses the fields.

    Most layers of a network are like others of it; a layer holds rules alone, so these are one.
    """
    return _made(kind, repr(sorted(fields.items())), _Written(fields), conventions)


class _Written:
    """Fields that a cache does not tell apart: what they are is said beside them."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written)

    def __hash__(self) -> int:
        return 0


@lru_cache(128)
def _made(kind: str, _said: str, written: _Written, conventions: Conventions) -> Layer:
    item = _node({"type": kind, **written.fields}, _NOWHERE)
    assert isinstance(item, nodes.Mapping)  # noqa: S101  a mapping was given
    report = Report()
    layer = read_layer(item, KINDS[kind], conventions, report)
    if layer is None:
        raise FieldError(report.problems[0].message, hint=report.problems[0].hint)
    return layer


_NOWHERE = Place("", 0, 0)


def _node(value: Any, place: Place) -> nodes.Node:
    """Plain data as it would have been read from a network file."""
    if isinstance(value, dict):
        keys = {str(name): nodes.Scalar(place, str(name)) for name in value}
        return nodes.Mapping(place, keys, {str(name): _node(each, place) for name, each in value.items()})
    if isinstance(value, list | tuple):
        return nodes.Sequence(place, tuple(_node(each, place) for each in value))
    if isinstance(value, str):
        return nodes.Scalar(place, value, quoted=True)
    return nodes.Scalar(place, scalar(value))


def translation(model: Imported) -> Mapping[str, str]:
    """By our layers' names, those that stand for them in the file of weights, where they differ."""
    return {layer.name: layer.source for layer in model.layers if layer.source and layer.source != layer.name}
