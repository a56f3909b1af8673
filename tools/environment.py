"""Set up a virtual environment for a make target: `python tools/environment.py FOLDER SET`.

A set is a file of `requirements/`: the exact versions that `make lock` wrote there. Where the running Python is newer
than that file knows, and for the set `newest`, the ranges of pyproject.toml are taken.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
# What stands below a set in the same environment, and what pyproject.toml calls it.
BELOW = {"peers": "dev", "bench": "dev", "page": "dev"}
EXTRAS = {
    "runtime": "",
    "dev": "[dev]",
    "newest": "[dev]",
    "peers": "[dev,peers]",
    "bench": "[dev,bench]",
    "page": "[dev,page]",
}


def main(folder: str, name: str) -> None:
    """Make the environment and install the set.

    Args:
        folder: Where the environment is, or will be.
        name: runtime, dev, lowest, newest, peers, bench or page.
    """
    python = environment(Path(folder))
    if name == "newest":
        install(python, "--upgrade", "--upgrade-strategy", "eager", "--editable", f".{EXTRAS[name]}")
    elif knows_this_python(name):
        install_locked(python, name)
    else:
        install(python, "--editable", f".{EXTRAS[name]}")


def environment(folder: Path) -> Path:
    """The Python of the environment in a folder, made anew where there is none, or one cut off, or another Python's."""
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    if not (python.exists() and is_whole(python)):
        create(folder)
    return python


def create(folder: Path) -> None:
    """Make an environment; never in a folder that holds something else."""
    is_environment = (folder / "pyvenv.cfg").exists()
    if not is_environment and folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} is not a virtual environment: move it away, or make VENV=another ...")
    try:
        venv.create(folder, clear=is_environment, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError:  # Debian's Python comes in parts
        sys.exit(f"{sys.executable} cannot make a virtual environment with pip: on Debian, apt install python3-venv")


def is_whole(python: Path) -> bool:
    """Whether an environment has pip, and is of the running Python's version."""
    asked = [str(python), "-c", "import sys, pip; print(sys.version)"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == sys.version


def knows_this_python(name: str) -> bool:
    """Whether a set was locked for the running Python; says so where it was not, and stops where nothing would help."""
    first, last = pythons(lock_file(name))
    running = sys.version_info[:2]
    if running <= last:
        return True
    known = f"requirements/{name}.txt is for Python {written(first)} to {written(last)}, this is {written(running)}"
    if name not in EXTRAS:
        sys.exit(f"{known}: make PYTHON=/path/to/python{written(last)} ...")
    print(f"{known}: taking what the ranges of pyproject.toml allow instead", file=sys.stderr)
    return False


def install_locked(python: Path, name: str) -> None:
    """Install exactly what a set says, then the project itself, with the build backend that the set holds."""
    if name in BELOW:
        install_locked(python, BELOW[name])
    install(python, "--requirement", str(lock_file(name)))
    if name not in BELOW:
        install(python, "--no-deps", "--no-build-isolation", "--editable", ".")


def install(python: Path, *arguments: str) -> None:
    """Call pip in the project's folder; its own message says what went wrong."""
    done = subprocess.run([str(python), *PIP, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def lock_file(name: str) -> Path:
    """Where the versions of a set stand."""
    return ROOT / "requirements" / f"{name}.txt"


def pythons(lock: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and the last Python that a lock file is for, from its first line."""
    line = lock.read_text(encoding="utf-8").split("\n", 1)[0]
    first, last = re.findall(r"(\d+)\.(\d+)", line)
    return (int(first[0]), int(first[1])), (int(last[0]), int(last[1]))


def written(version: tuple[int, ...]) -> str:
    """(3, 11) as 3.11."""
    return ".".join(map(str, version))


if __name__ == "__main__":
    main(*sys.argv[1:])
