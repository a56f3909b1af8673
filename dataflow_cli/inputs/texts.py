"""Texts as inputs: a tokenizer makes their numbers, and those of the sentences that tokens are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import reported
from dataflow_cli.files.source import from_path
from dataflow_cli.files.tokenizers import LARGEST, Encoded, Tokenizer
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network

_LONGEST_NAME = 60


def text_samples(
    network: Network, texts: Sequence[str], tokenizer: str | Path | None, wanted: Wanted
) -> dict[str, Samples]:
    """The samples of every input that takes something of a text.

    An input whose length is open gets that of the longest text. Raises InputError: E300 for a tokenizer that cannot be
    read, E301 for a text that is too long, E303 if there is no tokenizer, or no input that takes tokens.
    """
    parts = _parts(network)
    found = _opened(network, tokenizer)
    encoded = [found.encoded(text) for text in texts]
    longest = max(len(one.ids) for one in encoded)
    first = wanted.only or 0
    sources = tuple((_called(text), 1) for text in texts)
    if wanted.only is not None:
        encoded = encoded[first : first + 1]

    def samples(spec: InputSpec, part: str) -> Samples:
        length = _length(spec, longest)
        rows = np.array([_row(one, part, length, found.padding) for one in encoded], np.int64)
        tokens = _places(encoded[0].tokens, length) if len(encoded) == 1 else ()
        return Samples(rows.reshape(-1, length), sources, frozenset({"value"}), tokens=tokens, first=first)

    return {spec.name: samples(spec, part) for spec, part in parts}


def _parts(network: Network) -> list[tuple[InputSpec, str]]:
    """What of a text each input takes: as the network file says, or the one that takes numbers of things their ids."""
    said = [(spec, spec.text) for spec in network.inputs if spec.text is not None]
    if said:
        return said
    ids = [spec for spec in network.inputs if spec.indices and len(spec.shape) == 1]
    if len(ids) == 1:
        return [(ids[0], "ids")]
    why = "several inputs could take the tokens" if ids else "no input takes the numbers of tokens"
    hint = "write `text: ids` beside the shape of the one that does" if ids else "give it with -i"
    raise InputError(f"--text: {why}", hint=hint, code="E303")


def _opened(network: Network, tokenizer: str | Path | None) -> Tokenizer:
    path = tokenizer if tokenizer is not None else network.tokenizer
    if path is None:
        hint = "name the tokenizer.json of the model: --tokenizer FILE, or `tokenizer: FILE` at the top level"
        raise InputError("--text: no tokenizer makes numbers of it", hint=hint, code="E303")
    with reported(InputError, str(path)):
        return Tokenizer(from_path(path).read(LARGEST))


def _length(spec: InputSpec, longest: int) -> int:
    """The length of an input. Raises InputError E301 if a text has more tokens."""
    if not spec.is_sized:
        return longest
    (length,) = spec.shape
    if longest > length:
        message = f"--text: {longest} tokens, input '{spec.name}' takes {length}"
        raise InputError(message, hint="give it in parts, or write a longer shape", code="E301")
    return length


def _places(tokens: tuple[str, ...], length: int) -> tuple[str, ...]:
    """A token a place; nothing where there is padding."""
    return (*tokens, *("",) * (length - len(tokens)))


def _row(one: Encoded, part: str, length: int, padding: int) -> list[int]:
    """What an input takes of a text, padded to a length."""
    more = length - len(one.ids)
    if part == "ids":
        return [*one.ids, *[padding] * more]
    return [*(one.types if part == "types" else (1,) * len(one.ids)), *[0] * more]


def _called(text: str) -> str:
    """A text as the name of a sample."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 3] + '...'}'"
