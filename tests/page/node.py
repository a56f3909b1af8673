"""The page's own modules, run by node: what a browser would say of elements."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import dataflow_cli.page
from dataflow_cli.render.formats.json import dumps

HERE = Path(__file__).parent
STATIC = Path(dataflow_cli.page.__file__).parent / "static"
NODE = shutil.which("node")


def explained(folder, pages):
    """What `explain` says: `pages` are (manifest, tensors, elements asked for as (name, index, sample))."""
    for source in STATIC.glob("*.js"):
        (folder / "static").mkdir(exist_ok=True)
        shutil.copy(source, folder / "static")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copy(HERE / "explained.js", folder)
    given = {"pages": [{"manifest": one, "tensors": list(texts), "asked": asked} for one, texts, asked in pages]}
    command = [NODE, "explained.js"]
    done = subprocess.run(
        command, cwd=folder, input=dumps(given), capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)
