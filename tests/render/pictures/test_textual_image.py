"""Sixels by a package that may be missing."""

from __future__ import annotations

import sys
import tomllib
from types import SimpleNamespace

import pytest
from PIL import Image

from dataflow_cli.errors import OutputError
from dataflow_cli.render.pictures.textual_image import sixel_text
from tests.contract.shell import ROOT


def test_sixel_uses_the_encoder_alone(monkeypatch):
    encoder = SimpleNamespace(
        image_to_sixels=lambda image, options: f"sixels {image.size} {options}",
        SixelOptions=lambda quantize: quantize,
    )
    monkeypatch.setitem(sys.modules, "textual_image", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "textual_image._sixel", encoder)
    assert sixel_text(Image.new("RGB", (3, 2))) == "sixels (3, 2) adaptive\n"


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "textual_image._sixel", None)
    with pytest.raises(OutputError) as caught:
        sixel_text(Image.new("RGB", (1, 1)))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (requirement,) = extras["sixel"]
    assert f"pip install '{requirement}'" in caught.value.hint
