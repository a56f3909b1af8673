"""What is wrong with a text that is not YAML: where, in words, and what to write instead.

A parser tells where it could not go on, which is seldom where the mistake is: a bracket that is never closed is
noticed lines later, and nesting may be too deep for the parser before it is too deep for us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import yaml

if TYPE_CHECKING:
    from dataflow_cli.netfile.nodes import Source
    from dataflow_cli.netfile.report import Report

_CLOSING = {
    yaml.FlowSequenceEndToken: yaml.FlowSequenceStartToken,
    yaml.FlowMappingEndToken: yaml.FlowMappingStartToken,
}
_BRACKETS = {
    yaml.FlowSequenceStartToken: ("[", "write `]` where the list ends"),
    yaml.FlowMappingStartToken: ("{", "write `}` where the mapping ends"),
}


def refuse(text: str, error: yaml.MarkedYAMLError, loader: Any, source: Source, report: Report) -> NoReturn:
    """Raise NetworkError for a text that the parser could not read."""
    opening = _never_closed(text, loader)
    if opening is not None:
        bracket, hint = _BRACKETS[opening.__class__]
        _stop(source, report, opening.start_mark, f"'{bracket}' is never closed", hint)
    start = error.context_mark
    if start and error.context == "while scanning a quoted scalar" and "end of stream" in (error.problem or ""):
        quote = text[start.index : start.index + 1]
        _stop(source, report, start, f"the quote {quote} is never closed", "write it where the text ends")
    mark = error.problem_mark or error.context_mark
    words = f"not YAML: {error.problem or error.context}"
    place = source.place(mark.line, mark.column, 1) if mark else source.place(0, 0, 1)
    tab = place.text[place.column - 1 : place.column] == "\t"
    hint = "indent with blanks, not with tabs" if tab else "check indentation, brackets and quotes"
    report.stop("E101", place, words, hint)


def _stop(source: Source, report: Report, mark: Any, what: str, hint: str) -> NoReturn:
    report.stop("E101", source.place(mark.line, mark.column, 1), f"not YAML: {what}", hint)


def _never_closed(text: str, loader: Any) -> Any:
    """The token of a bracket that nothing closes; None if all are closed, or if the tokens end in a mistake."""
    openings: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=loader):
            if token.__class__ in _BRACKETS:
                openings.append(token)
            elif openings and token.__class__ in _CLOSING:
                if openings[-1].__class__ is not _CLOSING[token.__class__]:
                    return openings[-1]
                openings.pop()
    except yaml.YAMLError:
        return None
    return openings[0] if openings else None
