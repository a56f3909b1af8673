"""What a record shows of itself in a Python program: as text where it is printed, as a page in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import unwarned
from dataflow_cli.render.formats import Style, write
from dataflow_cli.render.html import report_html
from dataflow_cli.render.params import params_report
from dataflow_cli.render.trace import trace_report

if TYPE_CHECKING:
    from dataflow_cli.counts.summary import Summary
    from dataflow_cli.explain.account import Account
    from dataflow_cli.render.report import Report
    from dataflow_cli.trace.model import Trace

WIDTH = 100
"""Columns of what is printed, whatever the terminal: it is the same in a file, a log and a test."""
_CLASSES = 3
"""Of a prediction."""
_ANSWERS = 10
"""Samples whose answers are shown."""


_OFFER = '<p><code>trace.page("page.html")</code> writes a page to click through, from an answer back to a pixel.</p>'
"""What stands below a trace in a notebook."""


def params_text(counted: Summary) -> str:
    """What a network costs, as a table."""
    return _text(params_report(counted))


def params_html(counted: Summary) -> str:
    """The same as HTML."""
    return report_html(params_report(counted))


@unwarned()
def trace_text(trace: Trace) -> str:
    """Every step, and the answers, as a table."""
    return _text(_report(trace))


@unwarned()
def trace_html(trace: Trace) -> str:
    """The same as HTML."""
    return report_html(_report(trace)) + _OFFER


@unwarned()
def account_text(account: Account, form: str) -> str:
    """How an element came about, as `text` or `markdown`."""
    from dataflow_cli.render.explanation import write as write_document
    from dataflow_cli.render.explanation.element import element_document
    from dataflow_cli.render.explanation.options import Wanted

    return write_document(element_document(account, Wanted()), form, Style())


def _report(trace: Trace) -> Report:
    from dataflow_cli.trace.heads import heads
    from dataflow_cli.trace.prediction import predictions

    answers, others = predictions(trace, _CLASSES, most=_ANSWERS), heads(trace, _CLASSES, most=_ANSWERS)
    return trace_report(trace, [step.name for step in trace.steps], answers, right=trace.right, heads=others)


def _text(report: Report) -> str:
    return write(report, "table", Style(width=WIDTH, wider="")).rstrip("\n")
