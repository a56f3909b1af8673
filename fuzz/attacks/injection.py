"""Hostile names wherever a name can stand: none reaches a stream as it is, and every format stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from fuzz.attacks.configs import CONFIGS
from fuzz.making.arrayfiles import npz
from fuzz.making.networks import written

if TYPE_CHECKING:
    from fuzz.case import Case

NETWORKS = (
    "xor-mlp.yaml",
    "conv-layer.yaml",
    "mlp-2-5-1.yaml",
    "conv1d-ramp.yaml",
    "mnist-cnn.yaml",
    "tiny-resnet.yaml",
)
HOSTILE = (
    *("\x1b[2J", "\x1b]0;x\x07", "\x9b31m", "\x7f", "\x07", "\r", "\n::error::x", "\x85", "\x00"),
    *("\u202eabc", "\u2066x", "\u200f", "\ufeff", "\u2028", "\u2029", "\ufffe", "\U000e0041"),
    *("|a|b|", '","', "\t", "=cmd()", "@x", "<script>", "&amp;", "[bold]x[/bold]", "`x`", "$x$", "\\x", "\\input{x}"),
    *("%0A::x", "{}", "{0}", "%s", "a\nb", "'", '"', "é", "\U0001f600", "x" * 300, "--help", "-"),
)
COMMANDS = (
    *(("check", "{net}", "-f", form) for form in ("plain", "json", "github")),
    *(
        ("params", "{net}", "-f", form)
        for form in ("table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex")
    ),
    *(
        ("run", "{net}", "-f", form, "-v")
        for form in ("table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex")
    ),
    *(("explain", "{net}", "{layer}", "-f", form) for form in ("text", "markdown", "latex", "json")),
    *(("draw", "{net}", "-f", form) for form in ("text", "svg", "dot", "mermaid")),
    ("draw", "{net}", "-f", "svg", "--title", "{text}"),
    ("draw", "{net}", "-o", "{text}.svg"),
    ("bench", "{net}", "--repeat", "1", "-f", "json"),
    ("bench", "{net}", "--repeat", "1", "-v"),
    ("run", "{net}", "-l", "{text}"),
    ("run", "{net}", "-i", "{text}"),
    ("run", "{net}", "-w", "{weights}"),
    ("run", "{net}", "--value", "{text}"),
    ("run", "{net}", "--labels", "{text}"),
    ("run", "{net}", "--fields", "{text}"),
    ("show", "{net}", "-o", "{text}.png"),
    ("explain", "{net}", "{text}"),
    ("init", "{text}"),
    ("layers", "{text}"),
    ("{text}",),
    ("completion", "{text}"),
    ("help", "{text}"),
)


def attack(case: Case) -> None:
    """Put a hostile text somewhere, and call a command that may show it."""
    text = "".join(case.rng.choice(HOSTILE) for _ in range(case.few(3)))
    tree: Any = yaml.safe_load((CONFIGS / case.rng.choice(NETWORKS)).read_text(encoding="utf-8"))
    name = place(case, tree, text)
    file = file_name(case, text)
    case.write(file, written(tree))
    for path in CONFIGS.glob("*.npz"):
        (case.folder / path.name).symlink_to(path)
    weights = case.write("w.npz", npz({f"x{text[:200]}.npy": b"x", "dense_1/kernel.npy": b"y"}))
    words = {"net": file, "layer": name, "text": text.replace("\x00", ""), "weights": weights}
    template = case.rng.choice(COMMANDS)
    encoding = "ascii" if case.chance(0.2) else "utf-8"
    case.ask(*(word.format(**words) if word.startswith("{") else word for word in template), encoding=encoding)


def place(case: Case, tree: Any, text: str) -> str:
    """Give something in a network that name; returns the name of a layer."""
    layers = tree["layers"]
    layer = case.rng.choice([one for one in layers if isinstance(one, dict)])
    which = case.rng.randrange(8)
    if which == 0:
        tree["name"] = text
    elif which == 1:
        tree["classes"] = [text, *map(str, range(9))][: case.rng.choice((1, 2, 10))]
    elif which == 2:
        layer["name"] = text
    elif which == 3:
        layer[text] = 1
    elif which == 4:
        layer["type"] = text
    elif which == 5:
        tree["weights"] = text
    elif which == 6:
        tree["input"] = {"shape": [2], "example": text}
    else:
        layer["inputs"] = [text]
    return str(layer.get("name", f"{layer.get('type')}_1"))


def file_name(case: Case, text: str) -> str:
    """The name of the network's file, hostile too now and then."""
    plain = text.replace("/", "").replace("\x00", "")[:60]
    return f"{plain}.yaml" if case.chance(0.3) and plain.strip(".-") else "net.yaml"
