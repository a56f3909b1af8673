"""The shipped configs, changed until they are no longer what somebody wrote."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from fuzz.answers import document
from fuzz.findings import require
from fuzz.making.mutations import mutated, reworded, transplanted
from fuzz.making.networks import written

if TYPE_CHECKING:
    from fuzz.case import Case

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FILE = "net.yaml"
_SMALL = 30_000_000
"""Parameters up to which a network is run."""


@cache
def files() -> tuple[Path, ...]:
    """The networks, by name."""
    return tuple(sorted(CONFIGS.glob("*.yaml")))


def changed(case: Case, text: bytes) -> bytes:
    """A network file after changes of its bytes, its words or its tree."""
    how = case.rng.randrange(3)
    if how == 0:
        return mutated(case.rng, text)
    if how == 1:
        return reworded(case.rng, text)
    return written(transplanted(case.rng, yaml.safe_load(text))).encode(errors="surrogatepass")


def with_neighbours(case: Case) -> None:
    """Let the case's folder have what networks name: weights and pictures."""
    for path in CONFIGS.iterdir():
        if path.suffix != ".yaml":
            (case.folder / path.name).symlink_to(path)


def attack(case: Case) -> None:
    """Ask a changed config for everything."""
    case.write(FILE, changed(case, case.rng.choice(files()).read_bytes()))
    with_neighbours(case)
    sound = case.ask("check", FILE, "-f", "json").code == 0
    form = case.rng.choice(("json", "table", "csv", "markdown"))
    counted = case.ask("params", FILE, "-f", form, "--by", case.rng.choice(("layer", "tensor")))
    require(counted.code == 0 or not sound, "check is fine, params is not", counted.messages)
    if counted.code == 0 and form == "json" and b'"layers"' in counted.out:
        run(case, document(counted.out.decode()), sound=sound)


def run(case: Case, counted: dict[str, Any], *, sound: bool) -> None:
    """Run, explain or show it, if it is small."""
    if counted["totals"].get("params", 0) > _SMALL:
        return
    which = case.rng.randrange(3)
    if which == 0:
        ran = case.ask("run", FILE, "--max-memory", "500MiB", "-f", case.rng.choice(("json", "table", "tsv")))
        excused = any(code in ran.messages for code in ("E203", "E300", "E301", "E302", "E303", "E500"))
        require(ran.code == 0 or not sound or excused, f"check is fine, run is not: {ran.first}")
    elif which == 1 and counted["layers"]:
        row = case.rng.choice(counted["layers"])
        at = ",".join(str(case.rng.randrange(length)) for length in row.get("output_shape", ()))
        case.ask("explain", FILE, f"{row['name']}[{at}]", "-f", case.rng.choice(("text", "json", "latex", "markdown")))
    else:
        case.ask("show", FILE, "-o", "picture.png")
        draw(case)


def draw(case: Case) -> None:
    """Draw the network, whose shapes are known: that is refused only for what a view cannot be of."""
    view, ending = case.rng.choice(("boxes", "volumes", "neurons")), case.rng.choice(("svg", "png"))
    depth = ["--depth", "0"] if case.chance(0.5) else []
    drawn = case.ask("draw", FILE, "--as", view, "-o", f"drawing.{ending}", *depth)
    require(drawn.code == 0 or "E400" in drawn.messages or view == "neurons", f"draw: {drawn.first}")
