"""A tokenizer.json, as models of transformers carry it, by the package tokenizers: text to numbers, numbers to words.

The package reads the file, which is data: a vocabulary and rules. It runs nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

INSTALL = "pip install 'dftrace[tokenizers]'"
LARGEST = 2**27
"""Bytes: the largest vocabularies take a tenth of that."""
_PADDING = ("[PAD]", "<pad>", "<|endoftext|>")
"""What tokens that stand for nothing are called, where the file does not say which is one."""


@dataclass(frozen=True)
class Encoded:
    """A text as the model sees it."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    """The number of the sentence that each token is in."""
    tokens: tuple[str, ...]


class Tokenizer:
    """An open tokenizer. `padding` is the number of what stands for nothing."""

    def __init__(self, data: bytes) -> None:
        """Raises FileProblem if the package is not installed, or the file is no tokenizer."""
        try:
            import tokenizers
        except ImportError:
            raise FileProblem("a tokenizer needs the package tokenizers", hint=INSTALL) from None
        try:
            self.tokenizer: Any = tokenizers.Tokenizer.from_buffer(data)
        except Exception as error:  # the package raises nothing narrower
            hint = "name the tokenizer.json beside the model's weights"
            raise FileProblem("is no tokenizer that the package tokenizers reads", hint=hint) from error
        said = (self.tokenizer.padding or {}).get("pad_id")
        known = (self.tokenizer.token_to_id(word) for word in _PADDING)
        self.padding = int(said if said is not None else next((each for each in known if each is not None), 0))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def encoded(self, text: str) -> Encoded:
        """The text with what the model wants at its ends, nothing cut off and nothing padded."""
        found = self.tokenizer.encode(text)
        return Encoded(tuple(found.ids), tuple(found.type_ids), self._words(found.ids, found.tokens))

    def _words(self, ids: Sequence[int], tokens: Sequence[str]) -> tuple[str, ...]:
        """What tokens stand for: a vocabulary of bytes does not write them as text."""
        words = (self.tokenizer.decode([number], skip_special_tokens=False).strip() for number in ids)
        return tuple(word or token for word, token in zip(words, tokens, strict=True))
