"""What the make targets install: exact versions with hashes, in the ranges that pyproject.toml gives, from no index."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
HASHED = {"runtime": (), "dev": ("dev",), "lowest": ("dev",)}
EXACT = {"peers": ("peers",), "bench": ("bench",)}


def loaded(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environment = loaded("environment")


def text(name: str) -> str:
    return environment.lock_file(name).read_text(encoding="utf-8")


def pinned(name: str) -> list[Requirement]:
    """The requirements of a file, without hashes."""
    lines = [line for line in text(name).splitlines() if line and not line.startswith(("#", " "))]
    return [Requirement(line.removesuffix("\\").strip()) for line in lines]


def wanted(name: str) -> list[Requirement]:
    """What pyproject.toml says of a set."""
    extras = [line for extra in (HASHED | EXACT)[name] for line in EXTRAS[extra]]
    return [
        Requirement(line)
        for line in [*PROJECT["build-system"]["requires"], *extras, *PROJECT["project"]["dependencies"]]
    ]


@pytest.mark.parametrize("name", [*HASHED, *EXACT])
@pytest.mark.parametrize("python", ["3.11", "3.15"])
def test_a_set_holds_what_the_project_asks_for_once_and_in_range(name, python):
    here = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    versions = [pin for pin in pinned(name) if pin.marker is None or pin.marker.evaluate(here)]
    by_name = {canonicalize_name(pin.name): pin for pin in versions}
    assert len(by_name) == len(versions)
    for ask in (ask for ask in wanted(name) if ask.marker is None or ask.marker.evaluate(here)):
        (exact,) = by_name[canonicalize_name(ask.name)].specifier
        assert exact.operator == "=="
        assert ask.specifier.contains(exact.version), ask


def test_the_lowest_versions_are_the_floors():
    lowest = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pinned("lowest")}
    for ask in wanted("lowest")[1:]:
        floor = next(part.version for part in ask.specifier if part.operator in {">=", "=="})
        assert Requirement(f"x=={floor}").specifier.contains(lowest[canonicalize_name(ask.name)]), ask


@pytest.mark.parametrize("name", HASHED)
def test_every_version_has_a_hash(name):
    entries = re.split(r"\n(?=[a-z])", text(name))[1:]
    assert len(entries) == len(pinned(name))
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", [*HASHED, *EXACT])
def test_no_index_is_named(name):
    assert not re.search(r"https?:|--(extra-)?index|--find-links|file:", text(name))


@pytest.mark.parametrize("name", EXACT)
def test_what_stands_above_keeps_the_versions_below(name):
    below = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in pinned("dev")}
    names = {package for package, _ in below}
    above = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in pinned(name)}
    assert {pin for pin in above if pin[0] in names} <= below


def test_a_newer_python_takes_the_ranges_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert not environment.knows_this_python("dev")
    assert "this is 3.99: taking what the ranges" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="make PYTHON="):
        environment.knows_this_python("lowest")


@pytest.mark.parametrize("page", [".github/workflows/ci.yml", ".pre-commit-config.yaml", ".ci/run", "CONTRIBUTING.md"])
def test_the_make_targets_that_are_named_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    written = (ROOT / page).read_text(encoding="utf-8")
    named = {*re.findall(r"make ([a-z-]+)", written), *re.findall(r"test-[a-z]+", written)}
    assert named
    assert named <= targets
