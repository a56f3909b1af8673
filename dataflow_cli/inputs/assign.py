"""Which files are for which input of the network: `-i FILE`, or `-i name=FILE` for a network with several inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, suggestion
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec


def assign_inputs(arguments: Sequence[str], specs: Sequence[InputSpec]) -> dict[str, list[str]]:
    """The paths for each input that is given any, in the order of `specs`.

    An argument with an equals sign is a path if a file has that name. Inputs with an example may be left out.
    Raises InputError E303 for an unknown input, an unnamed file where there are several inputs, or a missing input.
    """
    names = [spec.name for spec in specs]
    found: dict[str, list[str]] = {name: [] for name in names}
    for argument in arguments:
        name, path = _parted(argument, names)
        found[name].append(path)
    missing = [spec.name for spec in specs if not found[spec.name] and spec.example is None]
    if missing:
        raise InputError(f"no data for {_inputs(missing)}", hint=_how(missing if len(names) > 1 else []), code="E303")
    return {name: paths for name, paths in found.items() if paths}


def check_counts(samples: Mapping[str, Samples]) -> int:
    """The number of samples, which all inputs must agree on. Raises InputError E303."""
    counts = {name: len(each) for name, each in samples.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"'{name}' {count}" for name, count in counts.items())
        raise InputError(
            f"the inputs have different numbers of samples: {listed}", hint="give each as many samples", code="E303"
        )
    return next(iter(counts.values()), 0)


def _parted(argument: str, names: Sequence[str]) -> tuple[str, str]:
    name, equals, path = argument.partition("=")
    if equals and name in names:
        return name, path
    if equals and not Path(argument).exists() and (len(names) > 1 or Path(path).exists()):
        hint = suggestion(name, names) or f"the network's {_inputs(names)}"
        raise InputError(f"the network has no input '{printable(name)}'", hint=hint, code="E303")
    if len(names) > 1:
        raise InputError(
            f"{printable(argument)}: the network has several inputs, this could be for any",
            hint=_how(names),
            code="E303",
        )
    return names[0], argument


def _inputs(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    if len(quoted) == 1:
        return f"input {quoted[0]}"
    return f"inputs {', '.join(quoted[:-1])} and {quoted[-1]}"


def _how(names: Sequence[str]) -> str:
    return "write " + (" ".join(f"-i {name}=FILE" for name in names) if names else "-i FILE")
