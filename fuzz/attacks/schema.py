"""Documents by the schema, and just beside it: the schema and the parser judge alike, as far as a schema can."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema

from dataflow_cli import network_from_text
from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile.json_schema import network_schema
from fuzz.bounds import bounded
from fuzz.findings import require
from fuzz.making.mutations import transplanted
from fuzz.making.networks import network, written
from fuzz.making.values import Values

if TYPE_CHECKING:
    from fuzz.case import Case

FILE = "net.yaml"
UNSAYABLE = frozenset(
    {
        *("E126", "E130", "E132", "E133", "E134", "E136", "E141", "E142", "E150", "E151"),
        *("E131", "E140"),  # names that stand twice, blocks that are not there
    }
)
"""What only shapes, types, names and arithmetic tell."""
_UNSAYABLE_WORDS = re.compile(
    "class names|numbers for|classes|stands twice|several inputs|is taken|is reserved|any memory|axes; at most"
    r"|list of [0-9]|map: the network|found '\.nan'|expected a number, found \[|fraction such as 1/255, found '[^']*/"
    "|is that of pictures|can be cut out of|of a color picture|are no sequences|stand for a row|no size to bring"
)


@cache
def validator() -> jsonschema.Draft7Validator:
    """The schema, ready."""
    return jsonschema.Draft7Validator(network_schema())


def attack(case: Case) -> None:
    """One document before both judges."""
    document = drawn(case)
    text = written(document)
    case.write(FILE, text)
    with bounded():
        codes, said = refusals(text)
        valid = validator().is_valid(document)
    if valid:
        structural = [words for code, words in zip(codes, said, strict=True) if code not in UNSAYABLE]
        wrong = [words for words in structural if not _UNSAYABLE_WORDS.search(words)]
        require(not wrong, "the schema accepts what the parser refuses", *wrong, text)
    else:
        require(codes, "the schema refuses what the parser takes", *(e.message for e in faults(document)), text)


def drawn(case: Case) -> Any:
    """A document by the schema alone, or a sound network with something changed."""
    if case.chance(0.5):
        return Values(case, as_text=True).of(network_schema())
    document: Any = network(case, 3).document
    return transplanted(case.rng, document, 2)


def faults(document: Any) -> Any:
    """What the schema holds against a document."""
    return sorted(validator().iter_errors(document), key=str)[:3]


def refusals(text: str) -> tuple[list[str], list[str]]:
    """Codes and messages of what the parser holds against it."""
    try:
        network_from_text(text)
    except NetworkError as error:
        problems = [problem for problem in error.problems if problem.severity == "error"]
        return [problem.code for problem in problems], [f"{p.code} {p.message}" for p in problems]
    return [], []
