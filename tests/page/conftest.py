"""One browser for all tests, and the pages that they look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.page.browser import Visit, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    driver = chromium()
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The page that `dftrace show NET -i INPUT ... -o FILE.html` writes; once for each of the same arguments."""
    from tests.contract.inside import dftrace

    made: dict[tuple[str, ...], Path] = {}

    def write(*arguments: str) -> Path:
        if arguments not in made:
            path = tmp_path_factory.mktemp("page") / "page.html"
            done = dftrace("show", *arguments, "-o", str(path))
            assert done.returncode == 0, done.stderr.decode()
            made[arguments] = path
        return made[arguments]

    return write


@pytest.fixture
def four(driver: Any, written: Callable[..., Path]) -> Visit:
    """The MNIST CNN with a 4."""
    return Visit(driver, written("configs/mnist-cnn.yaml", "-i", "configs/digits/4.png"))
