"""Where the time of networks along sequences goes: products, functions, other calls of NumPy, and what is between them.

    python benchmarks/profile_sequences.py    writes the tables of docs/benchmarks-sequences.md (two minutes)

Needs what `benchmarks/run.py --only sequences` prepares. NumPy's functions, and ours that are several of them, are
replaced by such as look at the clock before and after, in turns with a network that nobody looks at; what looking takes
is measured and taken off. All times are the processor's on one thread, of the turn that took least.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial
from time import thread_time_ns
from typing import TYPE_CHECKING, Any

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from engines import minibatch
from machine import description
from networks import SEQUENCES
from pages import put

from dataflow_cli.kernels import attention, gelu, normalization
from dataflow_cli.lazy import np as lazy
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from networks import Measured

TURN = 0.02
"""Seconds of passes at least."""
TURNS = 40
PASSES = 5
"""Passes of a turn that are looked at."""
PRODUCTS, CALLS = "products", "other calls"
KINDS = (PRODUCTS, "gelu", "softmax", "normalization", CALLS)
NUMPY = {
    **dict.fromkeys(("matmul", "dot", "einsum"), PRODUCTS),
    **dict.fromkeys(
        ("add", "subtract", "multiply", "divide", "tanh", "exp", "reciprocal", "maximum", "copyto", "square", "take"),
        CALLS,
    ),
}
OURS: tuple[tuple[Any, str, str], ...] = (
    (gelu, "gelu_in_single", "gelu"),
    (gelu, "gelu_by_exponential", "gelu"),
    (attention, "_softened", "softmax"),
)
"""What is looked at, and what its time is told as: a function within another one counts for that."""
MAKERS: tuple[tuple[Any, str, str], ...] = ((normalization, "_normalizing", "normalization"),)
"""What makes functions that are looked at."""
SHAPES = ((128, 768, 768), (128, 768, 3072), (128, 3072, 768), (197, 768, 768), (100, 128, 512))
"""Rows, inputs and units of products that there are in these networks."""


class Watch:
    """What one pass takes by kind, in nanoseconds, and how many calls and multiply-accumulates."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.within: Counter[str] = Counter()
        """Calls of functions that are watched within one of this kind."""
        self.products = 0
        self.inside = ""

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Until the block ends, functions that are watched stand in the place of others."""
        functions = [(lazy, name, kind) for name, kind in NUMPY.items()] + list(OURS)
        before = [(place, name, getattr(place, name)) for place, name, _ in (*functions, *MAKERS)]
        for place, name, kind in functions:
            setattr(place, name, Watched(getattr(place, name), kind, self))
        for place, name, kind in MAKERS:
            setattr(place, name, partial(self._made, getattr(place, name), kind))
        try:
            yield
        finally:
            for place, name, function in before:
                setattr(place, name, function)

    def _made(self, make: Callable[..., Any], kind: str, *arguments: Any) -> Watched:
        return Watched(make(*arguments), kind, self)

    def begin(self) -> None:
        """Forget what was seen."""
        self.spent.clear()
        self.calls.clear()
        self.within.clear()
        self.products = 0


class Watched:
    """A function whose time is told to a watch."""

    def __init__(self, function: Callable[..., Any], kind: str, watch: Watch) -> None:
        self._function, self._kind, self._watch = function, kind, watch

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        watch = self._watch
        if watch.inside:
            watch.within[watch.inside] += 1
            return self._function(*arguments, **options)
        watch.inside = self._kind
        started = thread_time_ns()
        result = self._function(*arguments, **options)
        watch.spent[self._kind] += thread_time_ns() - started
        watch.calls[self._kind] += 1
        watch.inside = ""
        if self._kind == PRODUCTS and isinstance(result, np.ndarray) and not isinstance(arguments[0], str):
            watch.products += result.size * arguments[0].shape[-1]
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def main() -> None:
    """Measure, and put the tables where they stand in the page."""
    lines = [*(f"- {line}" for line in description()), ""]
    lines += ["| one pass | takes | " + " | ".join(KINDS) + " | between calls | calls | products' GFLOP/s |"]
    lines += ["|---|" + "---|" * (len(KINDS) + 4)]
    looked = looking(), looking(CALLS)
    for network in SEQUENCES:
        for samples in network.batches:
            lines.append(profiled(network, samples, looked))
            print(lines[-1], file=sys.stderr)
    lines += ["", "| rows x inputs x units | NumPy's OpenBLAS | torch's MKL |", "|---|---|---|"]
    lines += [f"| {' x '.join(map(str, shape))} | {ours:.0f} GFLOP/s | {theirs:.0f} GFLOP/s |"
              for shape in SHAPES for ours, theirs in [speeds(*shape)]]  # fmt: skip
    put(lines, "profile_sequences.py")


def profiled(network: Measured, samples: int, looked: tuple[float, float]) -> str:
    """A line of the table."""
    net, weights, batch = minibatch(network.name, samples)
    watch, times, spent = Watch(), [], []
    with Computing(1, repeated=True).engine() as one, Computing(1, repeated=True).engine() as other:
        plain, watched = Program(net, weights, one), Program(net, weights, other)
        with watch.looking():
            watched.run(batch)
        for _ in range(TURNS):
            times.append(least(partial(plain.run, batch)))
            with watch.looking():
                for _ in range(PASSES):
                    watch.begin()
                    watched.run(batch)
                    spent.append({kind: _taken(watch, kind, looked) for kind in KINDS})
    alone, parts = min(times), min(spent, key=lambda one: sum(one.values()))
    whole = max(alone, sum(parts.values()))  # what is looked at has the caches less to itself
    shares = [parts[kind] / whole for kind in KINDS]
    title = network.title if network.batches == (1,) else f"{network.title}, minibatch of {samples}"
    cells = [title, f"{alone / 1e6:.3g} ms", *(f"{share:.0%}" if share else "" for share in shares)]
    cells += [f"{max(1 - sum(shares), 0):.0%}", f"{sum(watch.calls.values()):,}"]
    return f"| {' | '.join([*cells, f'{2 * watch.products / parts[PRODUCTS]:.0f}'])} |"


def _taken(watch: Watch, kind: str, looked: tuple[float, float]) -> float:
    """Nanoseconds of one kind, without looking at each call and at those within it."""
    outer, inner = looked
    return max(watch.spent[kind] - outer * watch.calls[kind] - inner * watch.within[kind], 0)


def looking(inside: str = "") -> float:
    """Nanoseconds that a function which does nothing takes longer as its kind is told; or `inside` of another kind."""
    watch = Watch()
    watch.inside = inside
    nothing = Watched(_nothing, CALLS, watch)
    return min(_looked(watch, nothing) for _ in range(TURNS))


def _nothing() -> None:
    """What looking is measured with."""


def _looked(watch: Watch, nothing: Watched) -> float:
    before, started = watch.spent[CALLS], thread_time_ns()
    for _ in range(1000):
        nothing()
    took = thread_time_ns() - started
    plain = thread_time_ns()
    for _ in range(1000):
        _nothing()
    return (took - (thread_time_ns() - plain) if watch.inside else watch.spent[CALLS] - before) / 1000


def least(action: Callable[[], object]) -> float:
    """Nanoseconds that it took at least, of as many times as there are in a turn."""
    found: list[int] = []
    while sum(found) < TURN * 1e9:
        started = thread_time_ns()
        action()
        found.append(thread_time_ns() - started)
    return min(found)


def speeds(rows: int, inputs: int, units: int) -> tuple[float, float]:
    """GFLOP/s of both libraries, in turns."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(7)
    left, right = rng.standard_normal((rows, inputs), np.float32), rng.standard_normal((inputs, units), np.float32)
    out, others = np.empty((rows, units), np.float32), (torch.from_numpy(left), torch.from_numpy(right))
    target = torch.empty(rows, units)
    actions = partial(np.matmul, left, right, out), partial(torch.mm, *others, out=target)
    turns = [[least(action) for action in actions] for _ in range(TURNS // 2)]
    ours, theirs = (2 * rows * inputs * units / min(times) for times in zip(*turns, strict=True))
    return ours, theirs


if __name__ == "__main__":
    main()
