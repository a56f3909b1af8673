"""Write requirements/*.txt anew: `make lock`. What a set holds is said in pyproject.toml; here only how it is solved.

The files hold for every platform and Python of PLATFORMS and PYTHONS: each is tried with wheels alone before anything
is written. They name no index. Peers and benchmarks have no hashes, since PyTorch's CPU builds differ from its index's,
and leave out the libraries for graphics cards, which PyTorch itself asks for where its build needs them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
PLATFORMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
FOR_GRAPHICS_CARDS = re.compile(r"^(nvidia-|cuda-|triton)")


class LockSet(NamedTuple):
    """One file of requirements/ and how it is solved."""

    name: str
    extras: tuple[str, ...] = ()
    hashes: bool = True
    above: str = ""  # the set whose versions are kept
    resolution: str = "highest"


SETS = (
    LockSet("runtime"),
    LockSet("dev", ("dev",)),
    LockSet("lowest", ("dev",), resolution="lowest-direct"),
    LockSet("peers", ("peers",), hashes=False, above="dev"),
    LockSet("bench", ("bench",), hashes=False, above="dev"),
    LockSet("page", ("page",), hashes=False, above="dev"),
)


def main() -> None:
    """Solve every set, try it, and write all files, or none."""
    with tempfile.TemporaryDirectory() as folder:
        made = [write(lock_set, Path(folder)) for lock_set in SETS]
        for path in made:
            (ROOT / "requirements" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
            print(f"requirements/{path.name}")


def write(lock_set: LockSet, folder: Path) -> Path:
    """A set's file, solved and tried."""
    path = folder / f"{lock_set.name}.txt"
    lines = [line for line in solved(lock_set, folder).splitlines() if not FOR_GRAPHICS_CARDS.match(line)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pythons = (
        [python for python in PYTHONS if all(installs(path, python, platform) for platform in PLATFORMS)]
        if lock_set.hashes
        else PYTHONS
    )
    if not pythons or pythons[0] != PYTHONS[0]:
        sys.exit(f"{lock_set.name}: not every package has wheels for Python {PYTHONS[0]} on every platform")
    header = f"# Python {pythons[0]} to {pythons[-1]}; written by `make lock`, not by hand"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def solved(lock_set: LockSet, folder: Path) -> str:
    """The versions that a set's ranges lead to, with markers for every Python and platform."""
    wanted = folder / f"{lock_set.name}.in"
    wanted.write_text("\n".join(requirements(lock_set)), encoding="utf-8")
    options = ["--universal", f"--python-version={PYTHONS[0]}", "--fork-strategy=requires-python", "--no-header"]
    options += ["--no-annotate", "--no-sources", f"--resolution={lock_set.resolution}"]
    options += ["--generate-hashes"] if lock_set.hashes else []
    options += [f"--constraint={folder / lock_set.above}.txt"] if lock_set.above else []
    return uv("compile", *options, str(wanted), check=True).stdout


def requirements(lock_set: LockSet) -> list[str]:
    """What pyproject.toml says of a set, the build backend included."""
    text = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for extra in lock_set.extras for line in text["project"]["optional-dependencies"][extra]]
    return [*text["build-system"]["requires"], *text["project"]["dependencies"], *extras]


def installs(path: Path, python: str, platform: str) -> bool:
    """Whether wheels of every package exist for a Python and a platform, with hashes that the file holds."""
    where = [f"--python-version={python}", f"--python-platform={platform}", f"--target={path.parent / 'nowhere'}"]
    options = ["--dry-run", "--only-binary=:all:", "--require-hashes", "--no-deps", f"--requirement={path}"]
    done = uv("install", *where, *options, check=False)
    if done.returncode:
        print(f"{path.stem}: not on Python {python}, {platform}:\n{done.stderr}", file=sys.stderr)
    return done.returncode == 0


def uv(*arguments: str, check: bool) -> subprocess.CompletedProcess[str]:
    """Call `uv pip`, apart from any configuration of this machine."""
    command = [sys.executable, "-m", "uv", "pip", *arguments, "--no-config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if check and done.returncode:
        sys.exit(done.stderr)
    return done


if __name__ == "__main__":
    main()
