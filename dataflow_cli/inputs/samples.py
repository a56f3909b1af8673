"""What was read: samples of one input of the network, with the values that the files hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.errors import Problem
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array


Format = Literal["picture", "npy", "npz", "idx", "text", "value"]


@dataclass(frozen=True)
class Samples:
    """Samples as they were stored, before any preprocessing."""

    array: Array
    """(N, *shape of the input), in the type of the file: uint8 for most pictures."""
    sources: tuple[tuple[str, int], ...]
    """Each file's name and how many samples it gave."""
    formats: frozenset[Format]
    """The formats of the files."""
    problems: tuple[Problem, ...] = ()
    """Warnings about what was converted while reading."""
    labels: Array | None = None
    """The right classes (N,), int64, if the files had a column of them."""

    tokens: tuple[str, ...] = ()
    """What stands at the places of the input, if it is one text: a token, or nothing where there is padding."""
    first: int = 0
    """The number of the first sample in `array`, if only one was read."""

    def __len__(self) -> int:
        return sum(count for _, count in self.sources)

    def row(self, index: int) -> slice:
        """Where `array` has one sample."""
        return slice(index - self.first, index - self.first + 1)

    @property
    def is_picture(self) -> bool:
        """Whether all samples came from picture files, so that values run from 0 to 255."""
        return self.formats == {"picture"}

    def name(self, index: int) -> str:
        """What to call one sample: `7.png`, or `digits.npy[3]` where a file gave several."""
        for name, count in self.sources:
            if index < count:
                return name if count == 1 else f"{name}[{index}]"
            index -= count
        raise IndexError(index)


def named(sources: Mapping[str, str]) -> str:
    """What one sample is called, by what that of each input is: `7.png`, or `left=7.png, right=3.png`."""
    return ", ".join(sources.values() if len(sources) == 1 else (f"{name}={one}" for name, one in sources.items()))


def tokens_of(samples: Mapping[str, Samples], inputs: Sequence[InputSpec], sample: int) -> tuple[str, ...]:
    """What stands at the places of one sample: the tokens of a text, or what an input's numbers stand for."""
    found = next((each.tokens for each in samples.values() if each.tokens), ())
    for spec in inputs:
        if found or not spec.tokens or len(spec.shape) != 1:
            continue
        numbers = samples[spec.name].array[samples[spec.name].row(sample)][0].tolist()
        found = tuple(_token(spec.tokens, number) for number in numbers)
    return found


def _token(tokens: Sequence[str], number: float) -> str:
    """What a number stands for; nothing if there is no such, or it is none."""
    return tokens[int(number)] if 0 <= number < len(tokens) and number == int(number) else ""
