"""A network file, read and checked: plain data with places, before any wiring."""

from __future__ import annotations

import math
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from dataflow_cli.netfile.nodes import Mapping as FileMapping
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.errors import Place
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.netfile.nodes import Node
    from dataflow_cli.shapes import Shape

DataFormat = Literal["channels_last", "channels_first"]
Background = Literal["dark", "light"]
Framework = Literal["keras", "torch"]


@dataclass(frozen=True)
class Ratio:
    """A fraction of two whole numbers, in lowest terms: 1/255. Importing Python's takes longer than reading a file."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, over: int, under: int) -> Ratio:
        """`over / under`; `under` is not 0."""
        divisor = math.gcd(over, under) * (-1 if under < 0 else 1)
        return cls(over // divisor, under // divisor)

    def __float__(self) -> float:
        return self.numerator / self.denominator

    def __bool__(self) -> bool:
        return self.numerator != 0

    def __str__(self) -> str:
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True)
class InputSpec:
    """One input of the network: the shape of a sample, and how a picture or array becomes one.

    The fields apply in this order: grayscale (implied by one channel), crop, resize, channel_order, invert, scale, mean
    and std.
    """

    type: ClassVar[str] = "input"
    """What is written where a layer has its kind."""
    name: str
    shape: Shape
    dtype: str = "float32"
    data_format: DataFormat = "channels_last"
    crop: Literal["center"] | None = None
    """What is left of a picture of other proportions, before it is resized; without it the picture is squeezed."""
    resize: str | None = None
    """`nearest` or `bilinear`; without it a picture of another size is an error."""
    shorter_side: int | None = None
    """What pictures are resized to on their shorter side, in pixels, before the middle is cut out."""
    channel_order: Literal["rgb", "bgr"] = "rgb"
    """The order in which the network takes the channels of a color picture."""
    invert: bool = False
    """255 - x, before scaling."""
    scale: Ratio | float | None = None
    mean: tuple[float, ...] | None = None
    """One number a channel, or one for all; subtracted after scaling."""
    std: tuple[float, ...] | None = None
    indices: bool = False
    """Whether an embedding takes the values, as they are or in another shape: then integers stay integers."""
    pad: float | None = None
    """What samples that are shorter than others are filled up with; without it all have one length."""
    text: str | None = None
    """What of a text it takes: `ids`, `types` or `mask`."""
    tokens: tuple[str, ...] = ()
    """What whole numbers stand for, from 0."""
    background: Background | None = None
    """What the network learned pictures on, as they reach it, after `invert`."""
    stated: bool = True
    """Whether it is known how a picture becomes this input: files of other tools do not say it."""
    any_size: bool = False
    """Whether its sizes are those of the data: the network file leaves them open."""
    asked: frozenset[str] = frozenset()
    """Which of these fields the user asks for beside the network file."""
    example: Node | None = None
    """The sample (or path of a file) that `run` takes without --input."""
    place: Place | None = None

    @property
    def scaled(self) -> bool:
        """Whether values are not taken as they are stored."""
        return self.invert or any(number is not None for number in (self.scale, self.mean, self.std))

    @property
    def is_sized(self) -> bool:
        """Whether the length of every axis is known before the data comes."""
        return is_known(self.shape)

    @property
    def turns_channels(self) -> bool:
        """Whether blue comes first where pictures have red."""
        return self.channel_order == "bgr"

    @property
    def resizes(self) -> bool:
        """Whether pictures may be of another size."""
        return self.resize is not None or self.crop is not None

    @property
    def is_picture(self) -> bool:
        """Whether the sample has height, width and channels."""
        return len(self.shape) == 3

    @property
    def channels(self) -> int:
        """The length of the channels axis (the only axis of a vector)."""
        return self.shape[0] if self.data_format == "channels_first" else self.shape[-1]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a picture."""
        height, width = self.shape[1:] if self.data_format == "channels_first" else self.shape[:2]
        return height, width


@dataclass(frozen=True)
class Reference:
    """A name in `inputs` or `outputs`, and the value of the file that it stands in."""

    name: str
    node: Node

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.node.place


NO_MASK = "none"
"""In place of a mask's name: the layer goes without."""


ALL = ""
"""In place of a parameter's name: all that are not written out."""


@dataclass(frozen=True)
class Sharing:
    """What of a layer's weights are those of a layer above."""

    layer: str
    """Whose they are, by its full name."""
    node: Node
    """What of the file says so."""
    parameter: str = ""
    """Which one of them; nothing for those of the same name."""
    transpose: bool = False
    if_any: bool = False
    """Whether the layer need not have weights: it stands in a block of which that is said."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.node.place


@dataclass(frozen=True)
class LayerSpec:
    """One layer of the file, blocks already expanded: its rules, its name, and where its parts stand."""

    name: str
    layer: Layer
    inputs: tuple[Reference, ...]
    kind: Node
    """Its type as it stands in the file."""
    item: FileMapping
    """All of it as it stands in the file."""
    weights: Mapping[str, Node] = field(default_factory=dict)
    """Inline parameters as they stand in the file."""
    mask: Reference | None = None
    """What `mask` names; NO_MASK for none, although its inputs have one."""
    shares: Mapping[str, Sharing] = field(default_factory=dict)
    """The weights that are other layers', by parameter; ALL stands for those that are not here."""

    @property
    def place(self) -> Place:
        """Where its type stands."""
        return self.kind.place

    @property
    def source(self) -> str:
        """What it is called in the model that it was imported from; nothing where the file does not say."""
        node = self.item.values.get("source")
        return "" if node is None else str(node.plain)

    def place_of(self, *fields: str) -> Place:
        """Where the value of the first of these fields that it has stands; else the type."""
        return next((self.item.values[name] for name in fields if name in self.item.values), self.kind).place

    def place_of_weight(self, name: str) -> Place:
        """Where the name of an inline parameter stands."""
        own = self.item.values["weights"]
        return own.keys[name].place if isinstance(own, FileMapping) else own.place


@dataclass(frozen=True)
class WeightsSpec:
    """Where the parameters come from: a file, or an initializer."""

    path: str | None = None
    """The file, as text: only what opens it needs more."""
    map: Mapping[str, str] = field(default_factory=dict)
    """Our `layer/parameter` to the name in the file."""
    layout: Framework = "keras"
    init: str | None = None
    seed: int = 0
    place: Place | None = None
    map_keys: Mapping[str, Node] = field(default_factory=dict)
    """The keys of `map` as they stand in the file."""
    layout_written: bool = False
    """Whether the network file says the layout itself."""
    arrays: Mapping[str, Any] | None = field(default=None, compare=False)
    """By `layer/parameter`, what an importer made of the arrays in the file (`importers.described.StoredArray`)."""

    def stored_name(self, layer: str, parameter: str) -> str:
        """The name that the file has for a layer's parameter."""
        full = f"{layer}/{parameter}"
        if not self.map:
            return full
        from dataflow_cli.netfile.name_map import stored_name

        return stored_name(self.map, full) or full

    def place_of(self, parameter: str) -> Place | None:
        """Where `map` speaks of a parameter, else where the weights are named."""
        return self.map_keys[parameter].place if parameter in self.map_keys else self.place

    @cached_property
    def file(self) -> Path | None:
        """The file of parameters."""
        from pathlib import Path

        return None if self.path is None else Path(self.path)


@dataclass(frozen=True)
class NetworkSpec:
    """The whole file."""

    file: str
    name: str
    inputs: tuple[InputSpec, ...]
    layers: tuple[LayerSpec, ...]
    outputs: tuple[Reference, ...] = ()
    weights: WeightsSpec | None = None
    classes: tuple[str, ...] = ()
    classes_place: Place | None = None
    data_format: DataFormat = "channels_last"
    data_format_written: bool = False
    """Whether the file says so itself."""
    framework: Framework = "keras"
    """Whose defaults, layout of weights and order of elements hold."""
    tokenizer: str | None = None
    """The path of the tokenizer that makes numbers of a text."""
    base: str = ""
    """The path of the folder that relative paths in the file are relative to."""

    @cached_property
    def folder(self) -> Path:
        """What relative paths in the file are relative to."""
        from pathlib import Path

        return Path(self.base)
