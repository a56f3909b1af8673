"""The HTML file: a template, filled with the data, one style sheet and one script.

Its content security policy lets nothing be loaded and nothing run but that script, told by its hash. What comes from
files stands in the JSON of the manifest alone, which no parser of HTML takes for markup.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

from dataflow_cli.page.scripts import script, source, style_sheet
from dataflow_cli.render.formats.json import dumps
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATE = "page.html"


def html(title: str, manifest: Mapping[str, Any], tensors: Sequence[str]) -> str:
    """The whole file. `tensors` are packed already."""
    filled = {
        "{{csp}}": f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
        "{{title}}": escape(safe(title)),
        "{{style}}": f"<style>{style_sheet()}</style>",
        "{{data}}": _data(manifest, tensors),
        "{{script}}": f"<script>{script()}</script>",
    }
    parts = _template()
    return "".join(filled.get(part, part) for part in parts)


def _template() -> list[str]:
    """The template, cut at what is filled in: what is filled in is never searched itself."""
    import re

    return re.split(r"(\{\{\w+\}\})", source(TEMPLATE))


def _policy() -> str:
    """Nothing but what stands in the file: pictures as data, the style sheet and the script by their hashes."""
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            f"style-src {_hash(style_sheet())}",
            f"script-src {_hash(script())}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _data(manifest: Mapping[str, Any], tensors: Sequence[str]) -> str:
    """The manifest, in which no `<` stands as it is, and every tensor in an element of its own."""
    told = dumps(manifest).replace("<", "\\u003c")
    lines = [f'<script type="application/json" id="manifest">{told}</script>']
    lines += [f'<script type="text/plain" id="tensor-{number}">{text}</script>' for number, text in enumerate(tensors)]
    return "\n".join(lines)
