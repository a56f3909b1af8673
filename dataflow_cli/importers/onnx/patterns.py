"""Functions that exporters write as several operations, as the one layer that each of them is.

    silu: a · sigmoid(a)        hard_silu: a · hard_sigmoid(a)        mish: a · tanh(softplus(a))
    gelu: a · (1 + erf(a / √2)) / 2, the halves wherever they stand
    layer normalization: d / sqrt(mean(d²) + epsilon) · gamma + beta, d = a - mean(a)

What is joined is read nowhere else, so that no tensor goes that anybody asks for but in the middle of a function.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.importers.described import Imported, ImportedLayer, StoredArray

_NEAR = 1e-5
"""How far a number may be from what it stands for, in parts of it: exporters round."""
_ROOT_OF_TWO = math.sqrt(2)


@dataclass(frozen=True)
class _Found:
    """What several layers are together."""

    kind: str
    fields: Mapping[str, Any]
    input: str
    gone: tuple[ImportedLayer, ...]
    """Those that are no layers of their own any more, beside the last one."""
    parameters: Mapping[str, StoredArray]


class _Layers:
    """Layers by name, and how often each is read."""

    def __init__(self, model: Imported) -> None:
        self.by_name = {layer.name: layer for layer in model.layers}
        self.uses = Counter(
            layer_of(name) for layer in model.layers if layer.kind != "constant" for name in layer.inputs
        )
        self.uses.update(layer_of(name) for name in model.outputs)

    def only(self, name: str, kind: str, uses: int = 1) -> ImportedLayer | None:
        """The layer of this name, if it is of the kind and read so often."""
        layer = self.by_name.get(name)
        return layer if layer is not None and layer.kind == kind and self.uses[name] == uses else None

    def pairs(self, layer: ImportedLayer | None, kind: str) -> Sequence[tuple[str, str]]:
        """The two inputs of a layer of this kind, both ways round; none of another one."""
        if layer is None or layer.kind != kind or len(layer.inputs) != 2 or "activation" in layer.fields:
            return ()
        one, other = layer.inputs
        return ((one, other), (other, one))

    def scaled(self, name: str, scale: float, offset: float = 0.0) -> ImportedLayer | None:
        """The layer of this name, if it is `scale` times its input plus `offset`, and read once."""
        layer = self.only(name, "rescaling")
        if layer is None:
            return None
        found = (layer.fields.get("scale", [1.0]), layer.fields.get("offset", [0.0]))
        return layer if all(map(_alike, found, (scale, offset))) else None


def _alike(found: Any, wanted: float) -> bool:
    return len(found) == 1 and abs(found[0] - wanted) <= _NEAR * max(abs(wanted), 1)


def joined(model: Imported) -> Imported:
    """The same network with those functions as layers."""
    layers = _Layers(model)
    kept: dict[str, ImportedLayer] = {}
    names: dict[str, str] = {}
    stems: dict[str, str] = {}
    for layer in model.layers:
        found = _gated(layers, layer) or _gelu(layers, layer) or _normalized(layers, layer)
        if found is None:
            kept[layer.name] = layer
            continue
        for each in found.gone:
            del kept[each.name]
            names[each.name] = found.input
        fields, parameters = found.fields, found.parameters
        kept[layer.name] = replace(layer, kind=found.kind, fields=fields, inputs=(found.input,), parameters=parameters)
        layers.by_name[layer.name] = kept[layer.name]
        stem = _stem(layer, found.gone, layers.by_name)
        if stem and stem not in stems.values():
            stems[layer.name] = stem
            kept[layer.name] = replace(kept[layer.name], source=stem)
    # What only says how many samples there are may say so from before a function.
    anchored = (
        replace(layer, inputs=tuple(_before(name, names) for name in layer.inputs))
        if layer.kind == "constant"
        else layer
        for layer in kept.values()
    )
    return replace(model, layers=tuple(anchored)).renamed(stems) if names else model


def _stem(layer: ImportedLayer, gone: Sequence[ImportedLayer], taken: Mapping[str, object]) -> str:
    """What the layer of a module is called, whose operations have names of their own: `norm1` for `norm1.add_1`."""
    whole = next((each.name for each in gone if layer.name.startswith(f"{each.name}.")), "")
    stem = whole or layer.name.rpartition(".")[0]
    alike = all(each.name.startswith(f"{stem}.") or each.name == stem for each in gone if each.kind != "constant")
    return stem if stem and alike and (whole or stem not in taken) else ""


def _before(name: str, names: Mapping[str, str]) -> str:
    while name in names:
        name = names[name]
    return name


def _gated(layers: _Layers, layer: ImportedLayer) -> _Found | None:
    """A tensor times a function of it."""
    for value, gate in layers.pairs(layer, "multiply"):
        sigmoid = layers.only(gate, "sigmoid")
        if sigmoid and sigmoid.inputs == (value,):
            return _Found("silu", {}, value, (sigmoid,), {})
        hard = layers.only(gate, "hard_sigmoid")
        if hard and hard.inputs == (value,) and _is_sixth(hard):
            return _Found("hard_silu", {}, value, (hard,), {})
        tanh = layers.only(gate, "tanh")
        softplus = layers.only(tanh.inputs[0], "softplus") if tanh else None
        if tanh and softplus and softplus.inputs == (value,):
            return _Found("mish", {}, value, (softplus, tanh), {})
    return None


def _is_sixth(layer: ImportedLayer) -> bool:
    return _alike([layer.fields.get("alpha", 0.0)], 1 / 6) and layer.fields.get("beta", 0.5) == 0.5


def _gelu(layers: _Layers, layer: ImportedLayer) -> _Found | None:
    """Half of a tensor times one plus the error function."""
    half = layer if layers.scaled(layer.name, 0.5) or (layer.kind == "rescaling" and _is_half(layer)) else None
    if half:
        product = layers.only(half.inputs[0], "multiply")
        for value, gate in layers.pairs(product, "multiply"):
            inner = _error_function(layers, gate, value)
            if inner and product:
                return _Found("gelu", {}, value, (*inner, product), {})
    for halved, gate in layers.pairs(layer, "multiply"):
        before = layers.scaled(halved, 0.5)
        inner = _error_function(layers, gate, before.inputs[0]) if before else ()
        if before and inner:
            return _Found("gelu", {}, before.inputs[0], (*inner, before), {})
    return None


def _is_half(layer: ImportedLayer) -> bool:
    return _alike(layer.fields.get("scale", [1.0]), 0.5) and _alike(layer.fields.get("offset", [0.0]), 0.0)


def _error_function(layers: _Layers, name: str, value: str) -> tuple[ImportedLayer, ...]:
    """The layers of 1 + erf(value / √2); none if it is not that."""
    more = layers.scaled(name, 1.0, 1.0)
    erf = layers.only(more.inputs[0], "erf") if more else None
    divided = layers.scaled(erf.inputs[0], 1 / _ROOT_OF_TWO) if erf else None
    return (divided, erf, more) if more and erf and divided and divided.inputs == (value,) else ()


def _normalized(layers: _Layers, layer: ImportedLayer) -> _Found | None:
    """Layer normalization along the last axis."""
    for product, beta in layers.pairs(layer, "add"):
        shift, scaled = layers.only(beta, "constant"), layers.only(product, "multiply")
        for quotient, gamma in layers.pairs(scaled, "multiply"):
            factor, moments = layers.only(gamma, "constant"), _standardized(layers, quotient)
            if shift and scaled and factor and moments and shift.fields == factor.fields:
                value, axis, epsilon, inner = moments
                fields = {"axis": axis, "epsilon": epsilon}
                parameters = {"gamma": factor.parameters["value"], "beta": shift.parameters["value"]}
                if len(factor.fields["shape"]) == 1:
                    return _Found("layer_normalization", fields, value, (*inner, factor, shift, scaled), parameters)
    return None


def _standardized(layers: _Layers, name: str) -> tuple[str, list[int], float, tuple[ImportedLayer, ...]] | None:
    """The value, axis and epsilon of (a - mean) / deviation, and its layers."""
    quotient = layers.only(name, "divide")
    if quotient is None or len(quotient.inputs) != 2:
        return None
    centered, root = layers.only(quotient.inputs[0], "subtract", 2), layers.only(quotient.inputs[1], "sqrt")
    more = layers.only(root.inputs[0], "rescaling") if root else None
    variance = layers.only(more.inputs[0], "reduce_mean") if more else None
    square = layers.only(variance.inputs[0], "square") if variance else None
    if not (centered and root and more and variance and square and square.inputs == (centered.name,)):
        return None
    mean = layers.only(centered.inputs[1], "reduce_mean")
    value = centered.inputs[0]
    if mean is None or mean.inputs != (value,) or mean.fields != variance.fields or more.fields.get("scale") != [1.0]:
        return None
    axis = variance.fields.get("axis")
    if not isinstance(axis, list) or len(axis) != 1 or not variance.fields.get("keepdims"):
        return None
    (epsilon,) = more.fields.get("offset", [0.0])
    return value, axis, epsilon, (mean, centered, square, variance, more, root, quotient)
