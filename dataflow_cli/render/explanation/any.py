"""Whatever was explained, as a document or as JSON: an element, a whole dense layer, or the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.explain.account import Account, Attribution, VectorAccount
from dataflow_cli.render.explanation.back import back_document
from dataflow_cli.render.explanation.element import element_document
from dataflow_cli.render.explanation.vector import vector_document

if TYPE_CHECKING:
    from dataflow_cli.render.explanation.document import Document
    from dataflow_cli.render.explanation.options import Wanted


def as_document(found: Account | VectorAccount | Attribution, wanted: Wanted) -> Document:
    """What people read."""
    if isinstance(found, Attribution):
        return back_document(found, wanted)
    return vector_document(found, wanted) if isinstance(found, VectorAccount) else element_document(found, wanted)


def as_json(found: Account | VectorAccount | Attribution) -> str:
    """What programs read: everything."""
    from dataflow_cli.render.explanation.json import back_json, element_json, vector_json

    if isinstance(found, Attribution):
        return back_json(found)
    return vector_json(found) if isinstance(found, VectorAccount) else element_json(found)
