"""What the user gave: one record from the command line's options, or a Python program's arguments, to what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from typing import BinaryIO

BATCH = 128
"""Samples a minibatch: more is slower and takes more memory."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """The inputs, parameters and labels that the user gives. What is not given, the network file says."""

    inputs: tuple[str, ...] = ()
    """Files as on the command line: `FILE` or `name=FILE`."""
    literals: tuple[str, ...] = ()
    """Inputs written as numbers."""
    text: tuple[str, ...] = ()
    """Texts, of which a tokenizer makes the inputs."""
    tokenizer: Any = None
    """The tokenizer's file, where it is not the one that the network file names."""
    x: Any = None
    """In place of both: a file, an array of one sample or of N, or a mapping of them by the name of the input."""
    input_invert: bool = False
    """Whether pictures are turned into their negative, 255 - x, where the network file does not."""
    input_resize: str | None = None
    """How pictures of another size are resized, where the network file does not say: `nearest` or `bilinear`."""
    input_crop: bool = False
    """Whether pictures are cut to the proportions that the network takes."""
    preprocess: str | None = None
    """How pictures become inputs, by the name of a preset, where the network file does not say."""
    input_scale: Any = None
    """What values are multiplied by, where the network file does not say: a number, or text such as `1/255`."""
    input_mean: Any = None
    """What is subtracted then: numbers, or text such as `0.5,0.5,0.5`."""
    input_std: Any = None
    """What is divided by then."""
    channel_order: str | None = None
    """The order in which the network takes a color picture's channels: `rgb` or `bgr`."""
    classes: Any = None
    """What classes are called, where the network file does not say: a file of names, or names."""
    shape: tuple[str, ...] = ()
    """Sizes that the network file leaves open, as on the command line: `224,224,3`, or `image=224,224,3`."""
    weights: Any = None
    """Parameters: `Weights`, or the path of a file of them."""
    init: str | None = None
    """The rule by which random parameters are made."""
    seed: int = 0
    """Of the random parameters."""
    dtype: str | None = None
    """What is computed in, `float32` or `float64`."""
    batch: int | None = None
    """Samples a minibatch; None leaves it to what is done with them."""
    labels: Any = None
    """The right classes: a file of them, or numbers or names."""
    label_column: str | None = None
    """The column of a table that has them, by its number from 0 or its heading."""
    stdin: BinaryIO | None = None
    """Where `-` among the files is read from."""

    @property
    def prepares(self) -> bool:
        """Whether pictures are prepared otherwise than the network file says."""
        values = (self.preprocess, self.input_scale, self.input_mean, self.input_std, self.channel_order)
        size = self.input_invert or self.input_crop or self.input_resize is not None
        return size or any(value is not None for value in values)

    @property
    def has_data(self) -> bool:
        """Whether files, numbers or texts are given to go through the network."""
        return bool(self.inputs or self.literals or self.text)

    @property
    def says_input(self) -> bool:
        """Whether anything is said of what goes through the network."""
        return bool(self.inputs or self.literals or self.prepares)


__all__ = ["BATCH", "Given"]
