"""A program may call on us for days: what was made for one network has gone when that network has."""

import gc
import weakref
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dataflow_cli import garbage, load_network
from tests.contract.inside import dftrace

CONFIGS = Path(__file__).parents[2] / "configs"
MLP = CONFIGS / "mlp-2-5-1.yaml"
TRANSFORMER = CONFIGS / "sort-transformer.yaml"


def commands(folder):
    """What is done with networks, well and with a mistake."""
    yield from ([word, TRANSFORMER] for word in ("params", "check", "run"))
    yield ["explain", TRANSFORMER, "sorted[0, 0]"]
    yield ["run", MLP, "--save", folder / "saved.npz", "-f", "json"]
    yield ["show", MLP, "-o", folder / "page.html"]
    yield ["show", MLP, "-o", folder / "picture.png"]
    yield ["profile", MLP, "-i", CONFIGS / "mlp-2-5-1-test.csv"]
    yield ["diff", MLP, MLP]
    yield ["explain", MLP, "nowhere[0]"]
    yield ["run", MLP, "-i", folder / "nothing.npy"]


@contextmanager
def unsearched():
    """Python does not look for circles; yields what of ours a search found at the end among what was made since."""
    gc.disable()
    gc.freeze()
    found = Counter()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found.update(type(one).__qualname__ for one in gc.garbage if is_ours(one))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()


def is_ours(one):
    return isinstance(one, np.ndarray) or type(one).__module__.startswith("dataflow_cli")


def test_nothing_of_a_network_waits_for_a_search_for_circles(tmp_path):
    for words in commands(tmp_path):
        with unsearched() as left:
            dftrace(*words)
        assert not left, words


class Circle:
    """Somebody's object that only a search finds."""

    def __init__(self):
        self.itself = self


def test_circles_of_a_program_that_reads_network_after_network_are_found(monkeypatch):
    garbage.search()
    monkeypatch.setattr(garbage._Unsearched, "most", 20_000)  # it depends on how much there is in this process
    waiting = weakref.ref(Circle())
    read = 0
    while waiting() is not None and read < 1000:
        load_network(MLP)
        read += 1
    assert waiting() is None
    assert read > 1  # who reads one network waits for no search
