"""Refuses a run that the machine's memory cannot hold, before it begins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import LimitError
from dataflow_cli.network.memory import estimated_peak_bytes, methods_of, stored_bytes, working_bytes
from dataflow_cli.network.opened import apart
from dataflow_cli.run.available import ADDRESSABLE, available_bytes
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.resident import resident_bytes
from dataflow_cli.sizes import bytes_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dataflow_cli.network.model import Network, Node

PLAIN = Computing()
TERM = 1000
"""Bytes of a term of an explanation, with its places, and as JSON."""
ROLE = 8
"""Bytes of what is noted of every element of the layer's inputs."""
SHARE = 16
"""Bytes of what an element carries on the way back."""


def needed_bytes(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str] = (),
    computing: Computing = PLAIN,
    *,
    whole: Collection[str] = (),
) -> int:
    """An estimate of what `samples` at once take: parameters, tensors, and what the layers work in.

    Of minibatches that follow each other, that is beside what is kept of all of them. What `keep` names stays till the
    end, what `whole` names is made as a whole.
    """
    key = (samples, dtype, frozenset(keep), frozenset(whole), computing)
    if key not in network.estimates:
        network.estimates[key] = _needed_bytes(network, samples, dtype, keep, computing, whole=whole)
    return network.estimates[key]


def _needed_bytes(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str],
    computing: Computing,
    *,
    whole: Collection[str],
) -> int:
    network, kept, fast_math = apart(network), computing.repeated, computing.fast_math
    methods = methods_of(network, samples, kept=kept, fast_math=fast_math)
    tensors = estimated_peak_bytes(network, samples, dtype, keep, whole, reused=kept, methods=methods)
    stored = stored_bytes(network, max(computing.total, samples), dtype, keep) if kept else 0
    working = working_bytes(network, samples, dtype, threads=computing.threads, kept=kept, methods=methods)
    return tensors + stored + working


def explaining_bytes(part: Network, *, back: bool = False) -> int:
    """An estimate of what explaining an element of the last layer takes, besides the run; `back`: of all before it."""
    last = part.node(part.outputs[0])
    nodes = part.nodes if back else (last,)
    terms = max(_terms(node) for node in nodes)
    sizes = [
        math.prod(shape) for shape in (*(spec.shape for spec in part.inputs), *(n.output_shape for n in part.nodes))
    ]
    shares = SHARE * sum(sizes) if back else 0
    return TERM * terms + ROLE * (sum(map(math.prod, last.input_shapes)) + max(sizes)) + shares


def _terms(node: Node) -> int:
    layer, after = node.layer, node.layer.result_activation
    return layer.terms(node.input_shapes) + (after.terms([node.output_shape]) if after else 0)


def process_bytes(needed: int, held: int = 0) -> int:
    """An estimate of the most memory that this process will have, if it needs so much, and has `held` of that."""
    return resident_bytes() - held + needed


def room(computing: Computing = PLAIN) -> float:
    """The bytes that this process may still take."""
    if computing.max_memory is None:
        return available_bytes()
    return max(computing.max_memory - resident_bytes(), 0)


def check_memory(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str] = (),
    whole: Collection[str] = (),
    *,
    held: int = 0,
    beside: int = 0,
    computing: Computing = PLAIN,
) -> None:
    """Raise LimitError if `samples` at once, and so many bytes `beside` the run, need more memory than they may have.

    That is what `computing` allows the whole process, else what there is beside the bytes that are `held` already.
    """
    needed = needed_bytes(network, samples, dtype, keep, computing, whole=whole) + beside
    given = computing.max_memory
    total = process_bytes(needed, held)
    if total <= min(given, ADDRESSABLE) if given is not None else needed <= available_bytes() + held:
        return
    most, allowed = (available_bytes() + held, "available") if given is None else (min(given, ADDRESSABLE), "allowed")
    raise LimitError(
        f"{network.name} needs about {bytes_text(needed)} for {samples} {'sample' if samples == 1 else 'samples'}, and "
        f"{bytes_text(total)} with the program; {bytes_text(int(most))} are {allowed}",
        hint=", ".join(_ways_out(samples, forced=not beside and total <= ADDRESSABLE)),
    )


def _ways_out(samples: int, *, forced: bool) -> Iterator[str]:
    """What to do about too large a run; `forced` says whether it can be had all the same."""
    yield "use a smaller input"
    if samples > 1:
        yield "or fewer samples at once (--batch)"
    yield "`dftrace params` shows which layer is large"
    if forced:
        yield "`--max-memory none` runs it all the same"
