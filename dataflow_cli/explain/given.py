"""An element of a network's input: the number that was read, and what its preparation made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.explain.account import Account, Setting, Subject
from dataflow_cli.explain.element import name_element, place_within
from dataflow_cli.inputs.preprocess import WHITE, in_order
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.layers.explaining.explanation import Explanation, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.model import Trace

_COLORS = ("red", "green", "blue")


def input_named(network: Network, name: str, index: Sequence[int] | str | None = (), *, back: bool = False) -> bool:
    """Whether an input of the network is called so. Raises UnknownName if one is, of which that cannot be explained."""
    spec = next((spec for spec in network.inputs if spec.name == name), None)
    if spec is None:
        return False
    if not isinstance(index, str) and not back:
        return True
    what = "--back leads no further" if back else "it has no W x + b"
    hint = "leave out --back" if back else name_element(spec)
    raise UnknownName(f"'{name}' is an input of the network: {what}", hint=hint)


def place_of(network: Network, name: str, index: Sequence[int]) -> tuple[InputSpec, Shape]:
    """The input of that name, and the place in it, from 0. Raises UnknownName as `place_in` does."""
    spec = next(spec for spec in network.inputs if spec.name == name)
    axes = axes_of(len(spec.shape), channels_first=spec.data_format == "channels_first")
    return spec, place_within(name, spec.shape, axes, index, "the input")


def given_account(spec: InputSpec, at: Shape, samples: Samples, value: float, setting: Setting) -> Account:
    """The account of an element of a sample, from what was read."""
    stored = in_order(samples.array[samples.row(setting.sample)], spec)[0]
    word = "pixel" if samples.is_picture else "read"
    return _account(spec, at, _line(word, float(stored[at])), value, setting)


def kept_account(network: Network, trace: Trace, name: str, index: Sequence[int], sample: int) -> Account:
    """The same of a trace, which keeps what the network took: what was read is worked out from that.

    Raises UnknownName if it was not kept, or there is no such sample.
    """
    if not 0 <= sample < trace.samples:
        raise UnknownName(f"the trace has no sample {sample}", hint=f"it has {trace.samples:,}, from 0 on")
    spec, at = place_of(network, name, index)
    value = float(trace.value(name)[(sample, *at)])
    tokens = trace.tokens if trace.samples == 1 else ()
    setting = Setting(network.name, network.file, trace.weights, trace.dtype, trace.source(sample), sample, tokens)
    read = _line("read, worked back" if spec.scaled else "read", _read(spec, at, value))
    return _account(spec, at, read, value, setting)


def _line(word: str, stored: float) -> Line:
    return Line(word, "{}", (stored,), stored)


def _account(spec: InputSpec, at: Shape, read: Line, value: float, setting: Setting) -> Account:
    axes = axes_of(len(spec.shape), channels_first=spec.data_format == "channels_first")
    found = _prepared(spec, at, Explanation(at, read.value, (), (), (read,)))
    if spec.resize is not None:
        found = found.noted(f"pictures of another size are resized before ({spec.resize})")
    if (len(setting.tokens),) == tuple(spec.shape) and setting.tokens[at[0]]:
        found = found.noted(f"token: {setting.tokens[at[0]]}")
    subject = Subject(spec.name, spec.type, spec.shape, is_input=True)
    return Account(setting, subject, axes, value, found, (), ())


def _prepared(spec: InputSpec, at: Shape, start: Explanation) -> Explanation:
    """The lines that lead from what was read to what the network takes."""
    found, x = start, start.total
    channel = at[0 if spec.data_format == "channels_first" else -1] if at else 0
    if spec.turns_channels:
        found = replace(found, moves=(f"channel {channel} is {_COLORS[::-1][channel]}: the network takes blue first",))
    if spec.invert:
        found = found.then("negative", f"{WHITE} - {{}}", (x,), x := WHITE - x)
    if isinstance(spec.scale, float):
        found = found.then("scale", "{} · {}", (x, spec.scale), x := x * spec.scale)
    elif spec.scale is not None:
        top, bottom = spec.scale.numerator, spec.scale.denominator
        words = "{} / {}" if top == 1 else "{} · {} / {}"
        found = found.then("scale", words, (x, bottom) if top == 1 else (x, top, bottom), x := x * top / bottom)
    if spec.mean is not None:
        mean = _of(spec.mean, channel)
        found = found.then(_name("mean", spec.mean, channel), "{} - {}", (x, mean), x := x - mean)
    if spec.std is not None:
        std = _of(spec.std, channel)
        found = found.then(_name("std", spec.std, channel), "{} / {}", (x, std), x / std)
    return found


def _read(spec: InputSpec, at: Shape, value: float) -> float:
    """What was read where the network took this: the same backwards."""
    channel = at[0 if spec.data_format == "channels_first" else -1] if at else 0
    x = value
    if spec.std is not None:
        x *= _of(spec.std, channel)
    if spec.mean is not None:
        x += _of(spec.mean, channel)
    if spec.scale:
        x /= float(spec.scale)
    return WHITE - x if spec.invert else x


def _of(numbers: Sequence[float], channel: int) -> float:
    """The number of a channel; there may be one for all."""
    return numbers[channel] if len(numbers) > 1 else numbers[0]


def _name(word: str, numbers: Sequence[float], channel: int) -> str:
    return f"{word}[{channel}]" if len(numbers) > 1 else word
