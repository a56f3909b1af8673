"""An explanation as JSON, `dftrace.explanation/1`: everything, whatever --terms says; NaN and infinities as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, OWN, SOURCE
from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.places import listed
from dataflow_cli.render.formats.json import Rows, document

if TYPE_CHECKING:
    from dataflow_cli.explain.account import (
        Account,
        Attribution,
        AttributionStage,
        Origin,
        Setting,
        Subject,
        VectorAccount,
    )
    from dataflow_cli.explain.description import Description
    from dataflow_cli.layers.explaining.explanation import Block

ROLES = {NOTHING: "none", CANDIDATE: "candidate", SOURCE: "source"}


def element_json(account: Account) -> str:
    """One element."""
    return _written(_element(account))


def back_json(attribution: Attribution) -> str:
    """One element and the way back."""
    back = {"back": [_stage(stage) for stage in attribution.stages]}
    made = {"made": [_origin(one) for one in attribution.origins]} if attribution.origins else {}
    return _written({**_element(attribution.account), **back, **made})


def vector_json(account: VectorAccount) -> str:
    """A dense layer as a whole, in column form."""
    return _written(
        {
            **_head("vector", account.setting, account.subject),
            "formula": "activation(matrix x + bias)",
            "matrix": account.matrix.tolist(),
            "x": account.operand.values.tolist(),
            "bias": None if account.bias is None else account.bias.tolist(),
            "sums": account.sums.tolist(),
            "activation": account.activation or None,
            "values": account.values.tolist(),
        }
    )


def words_json(about: Description) -> str:
    """A layer in words."""
    layer = about.counted
    pairs = zip(layer.inputs, layer.input_shapes, strict=True)
    return _written(
        {
            "schema": schemas.EXPLANATION,
            "about": "layer",
            "network": about.network,
            "layer": layer.name,
            "type": layer.type,
            "summary": about.title,
            "inputs": [{"name": name, "shape": size} for name, size in pairs],
            "output_shape": layer.output_shape,
            "receptive_field": "all" if layer.receptive_field is None else layer.receptive_field,
            "arithmetic": list(layer.arithmetic),
            "parameters": [
                {"name": one.name, "shape": one.shape} | ({"owner": one.owner} if one.owner else {})
                for one in layer.parameters
            ],
        }
    )


def _head(about: str, setting: Setting, subject: Subject) -> dict[str, Any]:
    return {
        "schema": schemas.EXPLANATION,
        "about": about,
        "network": setting.network,
        "file": setting.file,
        "weights": setting.weights,
        "dtype": setting.dtype,
        "source": setting.source,
        "sample": setting.sample,
        "layer": subject.name,
        "type": subject.type,
        "output_shape": subject.output_shape,
    }


def _element(account: Account) -> dict[str, Any]:
    explanation = account.explanation
    return {
        **_head("element", account.setting, account.subject),
        "at": account.at,
        "axes": account.axes,
        "value": account.value,
        "total": explanation.total,
        "agrees": account.agrees,
        "inputs": [{"name": one.name, "shape": one.values.shape, "axes": one.axes} for one in account.operands],
        "receptive_field": [
            {"input": one.input, "axes": one.axes, "spans": "all" if one.spans is None else one.spans}
            for one in account.regions
        ],
        "moves": explanation.moves,
        "blocks": [_block(account, block) for block in explanation.blocks],
        "lines": [
            {"name": line.name, "expression": line.expression, "numbers": line.numbers, "value": line.value}
            for line in explanation.lines
        ],
        "parameters": [{"name": use.parameter, "at": use.at, "value": use.value} for use in explanation.uses],
        "offset": explanation.offset,
        "sources": [len(explanation.sources(number)) for number in range(len(account.operands))],
        "candidates": [len(explanation.candidates(number)) for number in range(len(account.operands))],
        "notes": (*explanation.notes, *account.remarks, *([] if account.unsound is None else [account.unsound.words])),
    }


def _block(account: Account, block: Block) -> dict[str, Any]:
    """Arrays as nested lists of one shape; a padded place has no index."""
    flat = block.values.reshape(-1)
    places = listed(block.places).tolist()
    indices = [
        place if inside else None for place, inside in zip(places, block.inside.reshape(-1).tolist(), strict=True)
    ]
    return {
        "name": block.name,
        "kind": block.kind,
        "input": None if block.input == OWN else block.input,
        "recalled": None if block.recalled is None else names.source(account, block),
        "shape": block.values.shape,
        "values": flat.tolist(),
        "beside": {title: numbers.reshape(-1).tolist() for title, numbers in block.columns},
        "at": indices,
        "coefficients": None if block.coefficients is None else block.coefficients.reshape(-1).tolist(),
        "parameter": block.parameter or None,
        "parameter_at": None
        if block.parameter_places is None or not block.parameter
        else listed(block.parameter_places).tolist(),
        "terms": block.terms.reshape(-1).tolist(),
        "term": block.term_name,
        "roles": [ROLES[int(role)] for role in block.roles.reshape(-1)],
        "contributions": block.contributions.reshape(-1).tolist(),
        "combine": block.combine,
        "subtotal": block.subtotal,
    }


def _stage(stage: AttributionStage) -> dict[str, Any]:
    return {
        "step": stage.step,
        "type": stage.type,
        "shape": stage.shape,
        "elements": stage.elements,
        "share": stage.share,
        "reached": [{"at": one.at, "value": one.value, "share": one.share} for one in stage.reached],
    }


def _origin(one: Origin) -> dict[str, Any]:
    sources = [{"step": name, "at": at, "value": value} for name, at, value in one.sources]
    return {"step": one.step, "type": one.type, "at": one.at, "value": one.value, "of": one.of, "sources": sources}


def _written(record: dict[str, Any]) -> str:
    """One key a line, one block a line."""
    return document({key: Rows(value) if _is_of_records(value) else value for key, value in record.items()})


def _is_of_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
