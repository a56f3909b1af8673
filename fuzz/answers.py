"""What holds for every answer of the command line, whatever it was asked."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, NoReturn

from dataflow_cli.render.formats import MACHINE_FORMATS
from fuzz.findings import Finding, require

if TYPE_CHECKING:
    from fuzz.command import Answer

FINE, NEGATIVE, TROUBLE = 0, 1, 2
_CODE = re.compile(r"\[?\b([EW][0-9]{3})\b")
_WARNING = re.compile(r"\b[A-Z][A-Za-z]*Warning\b: ")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_HIDDEN = frozenset(("Cc", "Cs", "Zl", "Zp"))


def hold(answer: Answer, *, drawn: bool = False, colored: bool = False) -> None:
    """Raise a Finding for what no answer may be. Escape sequences are meant where it is `drawn` or `colored`."""
    messages = answer.messages
    require(not answer.crash, "crashed", answer.crash)
    require("E900" not in messages, f"a bug in dftrace: {answer.first.rpartition('dftrace: ')[2]}", messages)
    require("Traceback" not in messages or "--debug" in answer.words, "a traceback", messages)
    require(not _WARNING.search(messages), "a warning of Python's", messages)
    require("out of memory" not in messages, "ran out of memory before it said so", messages)
    require(answer.code in (FINE, NEGATIVE, TROUBLE), f"left with {answer.code}", messages)
    if answer.code == TROUBLE:
        require(_CODE.search(messages), "trouble without a code", messages)
        require(not answer.out or _ends_early(answer), "wrote to stdout all the same", messages, answer.out[:2000])
    if not colored:
        _visible(answer.err, "stderr")
    if not drawn and not colored and not is_binary(answer):
        _visible(answer.out, "stdout")
    if answer.out:
        _well_formed(answer)


def _ends_early(answer: Answer) -> bool:
    """Whether people are shown the layers of a network that are sound, up to the one at fault."""
    return answer.words[:1] == ("params",) and format_of(answer.words) not in MACHINE_FORMATS


def is_binary(answer: Answer) -> bool:
    """Whether stdout is a file of NumPy's or a picture."""
    return answer.out.startswith((b"\x93NUMPY", b"\x89PNG"))


def _visible(written: bytes, where: str) -> None:
    try:
        text = written.decode()
    except UnicodeDecodeError as error:
        raise Finding(f"{where} is not UTF-8: {error}") from None
    for one in text:
        if one not in "\n\t" and (unicodedata.category(one) in _HIDDEN or one in _BIDI):
            raise Finding(f"{where} holds U+{ord(one):04X}\n{text[:2000]!r}")


def _well_formed(answer: Answer) -> None:
    """What is written for machines can be read by them."""
    form = format_of(answer.words)
    text = answer.out.decode(errors="replace")
    if is_binary(answer) or "help" in answer.words or not _is_data(answer):
        return
    try:
        if form == "json":
            document(text)
        elif form == "jsonl":
            for line in text.splitlines():
                document(line)
        elif form in ("csv", "tsv"):
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="," if form == "csv" else "\t"))
            require(len(set(map(len, rows))) <= 1, f"rows of different lengths in {form}", text[:2000])
    except ValueError as error:
        raise Finding(f"stdout is no {form}: {error}\n{text[:2000]}") from None


def _is_data(answer: Answer) -> bool:
    return not {"-h", "--help", "-V", "--version"} & set(answer.words) and bool(answer.words)


def format_of(words: tuple[str, ...]) -> str:
    """The format that the last -f on a command line chooses."""
    form = ""
    for before, word in zip(("", *words), words, strict=False):
        if before in ("-f", "--format"):
            form = word
        elif word.startswith("--format="):
            form = word.partition("=")[2]
        elif re.fullmatch(r"-f[a-z]+", word):
            form = word[2:]
    return form


def document(text: str) -> Any:
    """JSON as the standard has it. Raises ValueError."""
    return json.loads(text, parse_constant=_refused)


def _refused(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
