"""The page has the colours of what `show` and `draw` draw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dataflow_cli.render.diagram import look
from dataflow_cli.render.diagram.look import written
from dataflow_cli.render.pictures.themes import THEMES

BASE = (Path(look.__file__).parents[2] / "page" / "static" / "base.css").read_text(encoding="utf-8")
NAMES = {"paper": "background", "ink": "ink", "muted": "muted", "line": "line", "accent": "accent", "rest": "rest"}


@pytest.mark.parametrize(("variable", "name"), NAMES.items())
def test_light_and_dark_are_those_of_the_pictures(variable, name):
    found = re.search(rf"--{variable}: light-dark\((#\w+), (#\w+)\);", BASE)
    assert found.groups() == tuple(written(getattr(THEMES[theme], name)) for theme in ("light", "dark"))


def test_curves_are_those_of_the_pictures():
    found = re.findall(r"--curve-\d: light-dark\((#\w+), (#\w+)\);", BASE)
    pairs = zip(THEMES["light"].curves, THEMES["dark"].curves, strict=True)
    assert found == [(written(light), written(dark)) for light, dark in pairs]


def test_families_have_the_hues_of_drawings():
    found = dict(re.findall(r'\[data-family="(\w+)"\] \{\s*--hue: (#\w+);', BASE))
    known = {name: written(hue) for name, hue in look._FAMILIES.items()}
    assert found == {name: hue for name, hue in known.items() if name not in ("block", "regularization")}
    assert f"--hue: {known['regularization']};" in BASE
