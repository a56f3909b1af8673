"""The keys of a network file outside of its layers, with their types: read by the parser and by the schema."""

from __future__ import annotations

import math
import re
from typing import Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.bases.channels import DATA_FORMAT
from dataflow_cli.layers.fields import (
    Boolean,
    Choice,
    FieldType,
    Integer,
    JSONSchema,
    List,
    Number,
    Optional,
    Positive,
    refuse,
)
from dataflow_cli.layers.scalars import read_integer, read_number, shown
from dataflow_cli.netfile.axes import without_samples
from dataflow_cli.netfile.limits import MAX_INPUTS
from dataflow_cli.netfile.model import Ratio
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import PROBE, Unknown

VERSION = 1
_EXACT = 2**53
"""Up to here a float holds every whole number."""
DTYPES = ("float32", "float64", "int32", "int64", "uint8", "int8", "int16", "uint16", "float16", "bfloat16")
RESIZINGS = ("nearest", "bilinear")
TEXT_PARTS = ("ids", "types", "mask")
FRAMEWORKS = ("keras", "torch")
CHANNEL_ORDERS = ("rgb", "bgr")
PREPROCESSINGS = ("torchvision", "keras-caffe", "keras-tf", "unit")
INITIALIZERS = ("glorot_uniform", "he_normal", "zeros")


@dataclass(frozen=True)
class Text:
    """Any text."""

    longest: int = 4096

    def read(self, value: Any) -> str:
        """The typed value. Raises FieldError."""
        if not isinstance(value, str) or not 0 < len(value) <= self.longest:
            raise refuse(self, value)
        return value

    def describe(self) -> str:
        """In words."""
        return "text"

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        return {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True)
class Name:
    """A name that can stand in a path and on a terminal: letters, digits, `_`, `-` and `.`."""

    pattern = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")

    def read(self, value: Any) -> str:
        """The typed value. Raises FieldError."""
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise refuse(self, value, "letters, digits, '_', '-' and '.'; a letter or '_' first; at most 128")
        return value

    def describe(self) -> str:
        """In words."""
        return "a name"

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        from dataflow_cli.layers.patterns import text

        return {"anyOf": [text(self.pattern.pattern), {"type": "boolean"}]}  # which YAML makes of `name: true`


@dataclass(frozen=True)
class Factor:
    """A number or a fraction of two numbers, such as 1/255. Of whole numbers it stays exact."""

    def read(self, value: Any) -> Ratio | float:
        """The typed value. Raises FieldError."""
        number = read_number(value)
        if number is not None:
            return number
        over, _, under = value.partition("/") if isinstance(value, str) else ("", "", "")
        top, bottom = read_number(over.strip()), read_number(under.strip())
        if top is None or not bottom or not math.isfinite(top / bottom):
            raise refuse(self, value)
        if max(abs(top), abs(bottom)) <= _EXACT and top.is_integer() and bottom.is_integer():
            return Ratio.of(int(top), int(bottom))
        return top / bottom

    def describe(self) -> str:
        """In words."""
        return "a number or a fraction such as 1/255"

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        from dataflow_cli.layers.patterns import NOT_ZERO, NUMBER, reference, text

        return {"anyOf": [reference("number"), text(rf"\s*{NUMBER}\s*/\s*[+-]?{NOT_ZERO}{NUMBER}\s*")]}


@dataclass(frozen=True)
class Version:
    """The version of the network file."""

    def read(self, value: Any) -> int:
        """The typed value. Raises FieldError."""
        if read_integer(value) != VERSION:
            raise FieldError(
                f"version {shown(value)} of the network file", hint=f"this dftrace reads version {VERSION}"
            )
        return VERSION

    def describe(self) -> str:
        """In words."""
        return f"the version, {VERSION}"

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        from dataflow_cli.layers.patterns import text

        return {"anyOf": [{"const": VERSION}, text(rf"\+?(0_?)*{VERSION}(\.0*)?")]}


@dataclass(frozen=True)
class ShareUse:
    """Whether the uses of a block share their weights, or the name of the use that has them."""

    def read(self, value: Any) -> bool | str:
        """The typed value. Raises FieldError."""
        try:
            return Boolean().read(value)
        except FieldError:
            if isinstance(value, str):
                return Name().read(value)
            raise refuse(self, value) from None

    def describe(self) -> str:
        """In words."""
        return "true, false or a name"

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        return {"anyOf": [Boolean().schema(), *Name().schema()["anyOf"]]}


@dataclass(frozen=True)
class Key:
    """One key: its type (None: the parser reads its parts itself) and what it is for."""

    kind: FieldType | None
    doc: str


@dataclass(frozen=True)
class SampleShape:
    """The lengths of the axes of one sample; null for one that is not known before the data comes."""

    lengths = List(Optional(Integer(1)))

    def read(self, value: Any) -> tuple[int, ...]:
        """The lengths, at least one."""
        left = without_samples(value)
        if left is not None and not Optional.is_nothing(value[0]):
            hint = f"leave the number of samples out: write [{', '.join(map(str, left))}]"
            raise FieldError(f"expected an integer >= 1, found {shown(value[0])}", hint=hint, path=(0,))
        shape = self.lengths.read(value) if isinstance(value, list | tuple) else ()
        if not shape:
            raise refuse(self, value, "write `[height, width, channels]`, or `[features]`")
        return tuple(Unknown(PROBE) if length is None else length for length in shape)

    def describe(self) -> str:
        """In words."""
        return self.lengths.describe()

    def schema(self) -> JSONSchema:
        """As JSON Schema."""
        return self.lengths.schema() | {"minItems": 1}


SHAPE = SampleShape()
NETWORK_NAME = Text(128)

TOP = {
    "dftrace": Key(None, "marks the file and its version"),
    "name": Key(NETWORK_NAME, "the network's name"),
    "data_format": Key(DATA_FORMAT, "where the channels stand in every tensor"),
    "framework": Key(Choice(FRAMEWORKS), "whose defaults, layout of weights and order of flattened elements hold"),
    "input": Key(None, "the shape of one sample, or a mapping with more"),
    "inputs": Key(None, "several inputs by name"),
    "weights": Key(None, "a file of parameters, or how to initialize them"),
    "tokenizer": Key(Text(), "the path of a tokenizer.json that makes numbers of a text, relative to this file"),
    "classes": Key(List(Text(128)), "what the outputs stand for, in their order"),
    "blocks": Key(None, "groups of layers to use several times"),
    "layers": Key(None, "the layers, in the order in which the data flows"),
    "outputs": Key(
        List(Text(512), most=MAX_INPUTS), "names of the layers whose outputs are the network's; the last one if absent"
    ),
}

INPUT = {
    "shape": Key(SHAPE, "one sample, without N: [height, width, channels] or [features]; null is any length"),
    "dtype": Key(
        Choice(DTYPES),
        "what numbers the values are; integers stay integers for an embedding and for quantized layers, all else is "
        "computed in floating point: float16 and bfloat16 in float32, rounded where they are stored",
    ),
    "crop": Key(Choice(("center",)), "cut the middle out of pictures of other proportions, before they are resized"),
    "resize": Key(Choice(RESIZINGS), "resize pictures of another size; without it they are an error"),
    "shorter_side": Key(
        Integer(1), "resize pictures so that their shorter side has so many pixels, then cut the middle out"
    ),
    "channel_order": Key(
        Choice(CHANNEL_ORDERS),
        "the order in which the network takes a color picture's channels; mean and std are in it",
    ),
    "invert": Key(Boolean(), "255 - x, before scaling"),
    "background": Key(
        Choice(("dark", "light")), "what the network learned pictures on; one that looks like the negative is told so"
    ),
    "scale": Key(Factor(), "what values are multiplied by: 1/255 makes 0..255 to 0..1"),
    "mean": Key(List(Number(), single=True), "subtracted after scaling: one number a channel, or one for all"),
    "std": Key(List(Positive(), single=True), "divided by after subtracting the mean"),
    "text": Key(
        Choice(TEXT_PARTS),
        "what of a text it takes: the numbers of its tokens (ids), of the sentence each is in (types), or 1 where "
        "there is one (mask)",
    ),
    "tokens": Key(List(Text(128)), "what its whole numbers stand for, from 0: shown beside a row of them"),
    "pad": Key(
        Number(),
        "what samples of unequal length are filled up with at their ends, to the length of the input or the longest",
    ),
    "example": Key(None, "a sample, or the path of a file with one, that `run` takes without --input"),
}

WEIGHTS = {
    "file": Key(Text(), "the path of a file of weights (.npz, .safetensors, .pt, .h5, .keras), relative to this file"),
    "map": Key(None, "our layer/parameter: the name in the file"),
    "layout": Key(Choice(FRAMEWORKS), "how the file's tensors are laid out; the framework's if absent"),
    "init": Key(Choice(INITIALIZERS), "make the parameters instead of reading them"),
    "seed": Key(Integer(0), "of the random numbers"),
}

INPUTS = List(Text(512), single=True, most=MAX_INPUTS)
"""What `inputs` of a layer takes."""

MASK_NAME = Optional(Text(512))
SOURCE = Text(512)
LAYER = {
    "type": Key(None, "the kind of layer"),
    "name": Key(Name(), "the layer's name; <type>_<n> if absent"),
    "inputs": Key(INPUTS, "names of layers above, or `layer:inner`; what stands before it if absent"),
    "mask": Key(
        MASK_NAME,
        "which steps count: an input, an inner tensor, or none; the masks of its inputs, as in Keras, if absent",
    ),
    "weights": Key(None, "the layer's parameters, written out, or `share: LAYER` for those of a layer above"),
    "source": Key(SOURCE, "what the layer is called in the model that it was imported from"),
}

SHARED = {
    "share": Key(Text(1024), "the parameter of a layer above, `layer/parameter`, that it is"),
    "transpose": Key(Boolean(), "whether its axes stand in the opposite order"),
}
"""A parameter under a layer's `weights` that is another layer's."""

BLOCK_USE = {
    "type": LAYER["type"],
    "use": Key(Name(), "the block's name under `blocks:`"),
    "name": LAYER["name"],
    "repeat": Key(Integer(1), "how many times, one after the other"),
    "share": Key(ShareUse(), "whether all have the weights of the first, or the name of a use above whose they have"),
    "with": Key(None, "values for the block's parameters"),
    "inputs": LAYER["inputs"],
}

BLOCK = {
    "params": Key(None, "parameters with their defaults; `$name` stands for the value"),
    "layers": Key(None, "the layers of the block"),
}
