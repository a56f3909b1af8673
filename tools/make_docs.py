"""Writes what the docs take from the program's own tables: layers, error codes, keys, examples.

Run by `make figures`; a test fails when a page is not what this would write.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import CODES
from dataflow_cli.examples import EXAMPLES, Example
from dataflow_cli.layers import KINDS
from dataflow_cli.netfile.keys import BLOCK, BLOCK_USE, INPUT, LAYER, TOP, WEIGHTS, Key
from dataflow_cli.render.layers import default_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent


def pages() -> dict[Path, str]:
    """Every generated page, or page with a generated part, as it should be."""
    network_file, readme = ROOT / "docs/network-file.md", ROOT / "README.md"
    return {
        ROOT / "docs/layers.md": layers_page(),
        ROOT / "docs/errors.md": errors_page(),
        network_file: with_part(
            with_part(network_file.read_text(encoding="utf-8"), "keys", keys_part()),
            "torch defaults",
            torch_defaults_part(),
        ),
        readme: with_part(
            with_part(readme.read_text(encoding="utf-8"), "examples", examples_part()), "explained", explained_part()
        ),
    }


def with_part(page: str, name: str, part: str) -> str:
    """The page with what stands between its two comments for `name` replaced."""
    pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{part}{found[2]}", page, flags=re.DOTALL)


def layers_page() -> str:
    """Every kind with its fields, its formula and its defaults."""
    lines = ["# Layers", "", "Generated from the table that runs them; `dftrace layers TYPE` shows the same.", ""]
    lines += ["Every layer also takes `name`, `inputs` and `weights`. Fields in **bold** are required.", ""]
    lines += [" · ".join(f"[{kind}](#{kind})" for kind in KINDS), ""]
    for name, kind in KINDS.items():
        lines += [f"## {name}", "", f"{kind.title()}.", ""]
        options = kind.options().values()
        if options:
            lines += ["| field | takes | default | |", "|---|---|---|---|"]
        for option in options:
            shown = f"**{option.name}**" if option.required else option.name
            default = "" if option.required else f"`{default_text(option.default)}`"
            if option.name in kind.torch_defaults:
                default += f"; in PyTorch `{default_text(kind.torch_defaults[option.name])}`"
            lines.append(f"| {shown} | {option.kind.describe()} | {default} | {option.doc} |")
        lines += [""] if options else []
        inner = [f"`:{inner}`, {what}" for inner, what in kind.insides.items()]
        lines += [f"Inner tensors: {'; '.join(inner)}.", ""] if inner else []
    return "\n".join(lines).rstrip() + "\n"


def errors_page() -> str:
    """Every code with its meaning."""
    lines = ["# Errors and warnings", "", "Every message carries a code that never changes its meaning.", ""]
    lines += ["| code | meaning |", "|---|---|", *(f"| {code} | {meaning} |" for code, meaning in CODES.items())]
    return "\n".join(lines) + "\n"


def keys_part() -> str:
    """The keys of the file outside of layers' own fields."""
    tables = {
        "The file": TOP,
        "`input`": INPUT,
        "`weights`": WEIGHTS,
        "Every layer": LAYER,
        "A block under `blocks`": BLOCK,
        "`type: block`": BLOCK_USE,
    }
    return "\n".join(keys_table(title, keys) for title, keys in tables.items())


def keys_table(title: str, keys: Mapping[str, Key]) -> str:
    """One table of keys."""
    rows = [f"| `{name}` | {key.kind.describe() if key.kind else ''} | {key.doc} |" for name, key in keys.items()]
    return "\n".join([f"{title}:", "", "| key | takes | |", "|---|---|---|", *rows, ""])


def torch_defaults_part() -> str:
    """The fields whose default PyTorch has otherwise, those of a family in one row."""
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for name, kind in KINDS.items():
        for field, theirs in kind.torch_defaults.items():
            ours = default_text(kind.options()[field].default)
            kinds.setdefault((field, ours, default_text(theirs)), []).append(name)
    rows = [
        f"| `{field}` of {', '.join(names)} | {ours} | {theirs} |" for (field, ours, theirs), names in kinds.items()
    ]
    note = "`leaky_relu` as an `activation` is 0.2 here, and 0.01 in PyTorch."
    return "\n".join(["| field | here, as in Keras | PyTorch |", "|---|---|---|", *rows, "", note, ""])


def examples_part() -> str:
    """The chapter's systems: section, config, command, what to see."""
    lines = ((e.section, f"[{e.name}](configs/{e.name}.yaml)", f"`{from_root(e)}`", e.see) for e in EXAMPLES)
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join(["| section | config | command | what to see |", "|---|---|---|---|", *rows, ""])


def explained_part() -> str:
    """What the README's `explain` command prints."""
    dftrace = str(Path(sys.executable).parent / "dftrace")
    command = [dftrace, "explain", "configs/conv2d-picture.yaml", "conv2d_1[1,1,0]", "--precision", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return f"```text\n{done.stdout.rstrip()}\n```\n"


def from_root(example: Example) -> str:
    """The example's command as it is typed in the project's folder."""
    return " ".join(f"configs/{word}" if word in example.files else word for word in example.command.split())


def main() -> None:
    """Write every page."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
