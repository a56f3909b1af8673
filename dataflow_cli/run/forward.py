"""The outputs of a network alone: nothing in between is looked at, so that nothing has to be there as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.run.memory import PLAIN, check_memory
from dataflow_cli.run.minibatch import checked, computed_in, no_sample
from dataflow_cli.run.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflow_cli.network.model import Network
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights


def forward(
    network: Network, weights: Weights, batches: Iterable[Mapping[str, Array]], *, computing: Computing = PLAIN
) -> dict[str, Array]:
    """The network's outputs (N, *shape) by name, for all samples of all minibatches.

    Minibatches are arrays (n, *shape) by the name of the network's input. Raises InputError if there is no sample,
    or one does not fit the network; LimitError if a minibatch would not fit into memory; NetworkError if values do not
    suit a layer.
    """
    parts: dict[str, list[Array]] = {name: [] for name in network.outputs}
    program: Program | None = None
    with computing.engine() as engine:
        for batch in batches:
            given, count = checked(network, weights, batch)
            if program is None or not program.fits(given):
                check_memory(
                    network,
                    count,
                    weights.stored or computed_in(given, weights),
                    held=weights.nbytes,
                    computing=computing,
                )
                program = Program(network, weights, engine)
            for name, array in program.run(given).items():
                parts[name].append(array.copy())
    if program is None:
        raise no_sample()
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}
