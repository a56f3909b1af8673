"""What a trace was made from, as a saved one tells it: the network, fingerprints of all that went in, versions."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.record import Damaged
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.files.record import Record

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Provenance:
    """Fingerprints are SHA-256, as `files/fingerprint.py` makes them; what is not known is empty."""

    network_text: str = ""
    """The network as the text of a network file."""
    network: str = ""
    """The fingerprint of that text."""
    weights: str = ""
    """That of all parameters, by `layer/parameter`."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Those of what went in, (N, *shape), by the name of the input."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """By the name of the program: dftrace, numpy, python."""


def provenance_record(found: Provenance) -> dict[str, Any]:
    """As it stands in the record of a saved trace."""
    return {
        "network_text": found.network_text,
        "sha256": {"network": found.network, "weights": found.weights, "inputs": dict(found.inputs)},
        "versions": dict(found.versions),
    }


def provenance_in(record: Record) -> Provenance | None:
    """What a record says of it; None in older files. Raises Damaged."""
    if not record.has("provenance"):
        return None
    said = record.record("provenance")
    prints, versions = said.record("sha256"), said.record("versions")
    inputs = prints.record("inputs")
    return Provenance(
        said.text("network_text"),
        _print(prints, "network"),
        _print(prints, "weights"),
        {name: _print(inputs, name) for name in inputs.values},
        {name: versions.text(name) for name in versions.values},
    )


def _print(record: Record, name: str) -> str:
    text = record.text(name)
    if text and not _FINGERPRINT.fullmatch(text):
        raise Damaged(f"the fingerprint of {name[:40]!r} is none")
    return text
