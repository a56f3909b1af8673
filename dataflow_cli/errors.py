"""The errors a user can meet, as a tree.

    DftraceError
    ├── FieldError      one value is not what its field takes      (raised by field types, no place yet)
    ├── LayerError      a layer's fields or input shapes disagree  (raised by layers, no place yet)
    ├── NetworkError    a network file: one or more located Problems
    ├── WeightsError    a weights file, or parameters that are missing or misshapen
    ├── InputError      an input file, or values that do not fit the network's input
    ├── OutputError     an output that cannot be written
    ├── LimitError      something that would need more memory than there is
    ├── UnknownName     a name that nothing has: a layer, a field, a format, an example
    └── FileProblem     a file that is not what it should be, not named yet  (in `files/problem.py`)

Deep code raises a short message. `network` gives a LayerError its place; `commands/main.py` prints all of them and
picks the exit code. `CODES` says what each stable code means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Severity = Literal["error", "warning"]

CODES = {
    "E101": "the file is not readable YAML",
    "E102": "the file is too large, too deep, expands too far, or has too many mistakes",
    "E103": "YAML tags are not allowed",
    "E104": "a second YAML document",
    "E105": "a key stands twice in one mapping",
    "E106": "a mapping, a list or a single value was expected, and another stands here",
    "E107": "merge keys (<<) are not allowed",
    "E108": "an alias that refers to itself or to nothing",
    "E110": "a key of the network file is missing",
    "E111": "a key that the network file does not have",
    "E112": "a value that the key does not take",
    "E113": "a version of the network file that this dftrace does not read",
    "E120": "a layer type that does not exist, or that dftrace lacks",
    "E121": "a layer type by its name in another framework",
    "E122": "a field that the layer does not have",
    "E123": "a field by its name in another framework",
    "E124": "a field that the layer needs is missing",
    "E125": "a value that the field does not take",
    "E126": "two fields of a layer contradict each other",
    "E127": "a layer written with the wrong indentation",
    "E130": "a name, in `inputs` or elsewhere, that is not defined above",
    "E131": "two layers with one name, or a reserved or malformed name",
    "E132": "the shapes of a layer's inputs differ",
    "E133": "an input shape that the layer cannot take",
    "E134": "too few or too many inputs for the layer",
    "E135": "a mask that the layer cannot take",
    "E136": "an input of a type that the layer cannot take",
    "E140": "a block that is not defined, or used inside itself",
    "E141": "a block's parameter is missing, unknown or unused",
    "E142": "blocks that expand to too many layers",
    "E150": "inline weights that do not fit the layer",
    "E151": "inline weights for a parameter that the layer does not have",
    "E152": "weights that cannot be another layer's",
    "E200": "a weights file that cannot be read",
    "E201": "a parameter that the weights do not have",
    "E202": "a parameter of another shape than the layer needs",
    "E203": "the network has no weights",
    "E204": "parameter values that are not numbers",
    "E205": "what PyTorch computes otherwise, or where that is not known, with `layout: torch` or `framework: torch`",
    "E206": "a weights file whose names count the layers as Keras does",
    "E300": "an input file that cannot be read",
    "E301": "an input of another shape than the network takes",
    "E302": "an input of another type or range than the network takes",
    "E303": "too few, too many or unknown inputs",
    "E400": "an output that cannot be written",
    "E500": "more memory than there is",
    "E600": "a name that does not exist",
    "E700": "a command line that cannot be understood",
    "E900": "a bug in dftrace",
    "W100": "a weight in the file that no layer uses",
    "W101": "NaN or infinity in the weights",
    "W102": "a default that PyTorch has otherwise, and that is not written",
    "W103": "weights that can be read in two ways",
    "W110": "an input shape whose axes look to stand in another order",
    "W135": "a mask that a layer drops",
    "W300": "raw 0..255 values in a network that expects a small range",
    "W301": "a picture that looks like the negative of what the network expects",
    "W302": "NaN or infinity in the input",
    "W303": "integers given to a network of floating-point numbers",
    "W304": "a picture whose channels were converted",
    "W305": "values that look scaled already, in a network that scales them, or that it scales twice",
    "W306": "a file of several pictures, of which the first is used",
    "W307": "a picture whose proportions change because it is resized",
    "W308": "a first row of column numbers in a table",
    "W310": "numbers that have become too large for the type that the network is computed in",
}


@dataclass(frozen=True)
class Place:
    """A stretch of one line of a file. `line` and `column` count from 1; `text` is the whole line.

    In a file that is not text, line 0 stands for no line, and `column` counts what follows each other in it.
    """

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    @property
    def position(self) -> str:
        """`:3:7`; nothing where there are no lines."""
        return f":{self.line}:{self.column}" if self.line else ""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a stable code, where, what was found, and what to write instead."""

    code: str
    message: str
    hint: str = ""
    place: Place | None = None
    severity: Severity = "error"


class DftraceError(Exception):
    """Base of all errors. `message` says what was found, `hint` what to do about it, `code` never changes."""

    default_code = "E112"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The error as records that can be shown, counted and written as JSON."""
        return (Problem(self.code, self.message, self.hint),)


class FieldError(DftraceError):
    """A value that a field does not take. `path` leads to the part at fault: `(1,)` is the second item of a list."""

    default_code = "E125"

    def __init__(self, message: str, *, hint: str = "", path: Sequence[int | str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.path = tuple(path)


class LayerError(DftraceError):
    """A layer whose fields or input shapes do not work out. `field` names the key of the file to point at.

    `wanted` says what shapes would do, in a few words, where that can be said.
    """

    default_code = "E133"

    def __init__(self, message: str, *, hint: str = "", code: str = "", field: str = "", wanted: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.field = field
        self.wanted = wanted


class NetworkError(DftraceError):
    """A network file with mistakes: all that were found, each with its place."""

    default_code = "E101"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        first = self._problems[0]
        more = f" (and {len(self._problems) - 1} more)" if len(self._problems) > 1 else ""
        where = f"{first.place.file}{first.place.position}: " if first.place else ""
        super().__init__(f"{where}{first.message}{more}", hint=first.hint, code=first.code)
        self.sound: Any = None
        """The part of the network that can be computed with (`network/sound.py`), if the file as such could be read."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems


class WeightsError(DftraceError):
    """Parameters that are missing, misshapen or unreadable. `place` is what asks for them in the network file."""

    default_code = "E200"

    def __init__(self, message: str, *, hint: str = "", code: str = "", place: Place | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.place = place

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (Problem(self.code, self.message, self.hint, self.place),)


class InputError(DftraceError):
    """An input that cannot be read or does not fit the network."""

    default_code = "E300"


class OutputError(DftraceError):
    """An output that cannot be written."""

    default_code = "E400"


class LimitError(DftraceError):
    """More memory than there is."""

    default_code = "E500"


class UnknownName(DftraceError):  # noqa: N818  it says what it is about
    """A name that nothing has."""

    default_code = "E600"


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'conv2d'?` if `word` is a slip of a known word, else nothing."""
    from dataflow_cli.spelling import closest

    return did_you_mean(closest(word, known))


def did_you_mean(names: Sequence[str]) -> str:
    """The question; nothing if there are no names, or so many that it would be a guess."""
    listed = " or ".join(f"'{name}'" for name in names)
    return f"did you mean {listed}?" if 0 < len(names) <= 3 else ""
