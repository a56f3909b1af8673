"""What is wrong with the examples of a network file, without NumPy: numbers that do not fit, files that are not there.

Of a file of numbers the header is read; what is in a picture or a table only a run tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, Problem
from dataflow_cli.files import npy
from dataflow_cli.files.problem import reported
from dataflow_cli.files.source import from_path
from dataflow_cli.inputs.array_file import split_key
from dataflow_cli.inputs.fit import fitted
from dataflow_cli.inputs.literal import spread
from dataflow_cli.inputs.table_rows import number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network


def example_problems(network: Network) -> Iterator[Problem]:
    """An error for every input whose example a run would refuse for its shape, or could not open."""
    for spec in network.inputs:
        if spec.example is None:
            continue
        try:
            _look_at(spec, spec.example.plain, network.folder)
        except InputError as error:
            yield Problem(error.code, error.message, error.hint, spec.example.place)


def _look_at(spec: InputSpec, plain: object, folder: Path) -> None:
    if isinstance(plain, str) and number(plain) is None:
        path, _ = split_key(str(folder / plain))
        with reported(InputError, folder / plain):
            source = from_path(path)
            if source.head().startswith(npy.MAGIC):
                with source.open() as stream:
                    fitted(npy.read_header(stream).shape, spec)
    elif plain is not None:
        with reported(InputError, f"example of input '{spec.name}'"):
            fitted(spread(plain)[0], spec, flat=True)  # that it holds numbers was seen when it was read
