"""The saved profile: an .npz with a record as JSON and the arrays of every tally; also of one that is to go on.

No time and no name of a machine's user stands in it: the same profile is the same bytes. It may come from anywhere, so
every value is checked for its type and its place.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.errors import InputError
from dataflow_cli.files.json import plain
from dataflow_cli.files.npz import holds_array, open_npz
from dataflow_cli.files.npz_write import write_npz
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.lazy import np
from dataflow_cli.profile.answers import Answers, Mistake
from dataflow_cli.profile.model import LayerProfile, Profile
from dataflow_cli.profile.tally import TOP, Tally, tally_of
from dataflow_cli.profile.work import REPEATED
from dataflow_cli.sizes import ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.files.npz import Npz
    from dataflow_cli.shapes import Array

RECORD = "profile.json"
CONFUSION = "confusion"
_MOST = 64 * 1024 * 1024
_LARGEST = dict.fromkeys(("class_sums", "by_channel"), 1 << 30)
"""Bytes of the arrays that have a number for every channel and every class, or every size."""
_PLAIN = ("network", "file", "weights", "weights_fingerprint")
_OF_LAYER = ("name", "type", "unit", "activation", "view_of")
_SCORES = ("", "probability", "logit")
_BINS = {"float32": 1 << 13, "float64": 1 << 16}


def save_profile(profile: Profile, path: str | Path, *, done: int | None = None) -> None:
    """Write a profile to an .npz that appears whole or not at all; `done` chunks of one that is to go on.

    Raises OutputError.
    """
    arrays: dict[str, Array] = {RECORD: np.frombuffer(json.dumps(_record(profile, done)).encode(), np.uint8)}
    for number, layer in enumerate(profile.layers):
        if not layer.view_of:
            arrays |= {f"{number}/{name}": array for name, array in layer.tally.arrays().items()}
    if profile.answers is not None:
        arrays[CONFUSION] = profile.answers.confusion
    write_npz(path, arrays)


def _record(profile: Profile, done: int | None) -> dict[str, Any]:
    answers = profile.answers
    record: dict[str, Any] = {name: getattr(profile, name) for name in (*_PLAIN, "score")}
    record |= {
        "schema": schemas.SAVED_PROFILE,
        "done": done,
        "data": profile.data,
        "samples": profile.samples,
        "chunk": profile.chunk,
        "dtype": profile.dtype,
        "classes": profile.classes,
        "machines": profile.machines,
        "broken": profile.broken,
        "skipped_files": profile.skipped_files,
        "given": profile.given,
        "names": [[number, name] for number, name in sorted(profile.names.items())],
        "layers": [_layer_record(layer) for layer in profile.layers],
        "unsound": None if answers is None else answers.unsound,
        "mistakes": [] if answers is None else [asdict(one) for one in answers.mistakes],
    }
    found: dict[str, Any] = plain(record)
    return found


def _layer_record(layer: LayerProfile) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in (*_OF_LAYER, "output_shape", "can_die", "is_input")}


def is_saved_profile(path: str | Path) -> bool:
    """Whether a file is a saved profile, damaged or not: a .npz that holds a record of one."""
    return holds_array(path, RECORD)


def load_profile(path: str | Path) -> Profile:
    """Read a profile that `save_profile` wrote. Raises InputError if it is none, or damaged."""
    return _loaded(path)[0]


def load_started(path: str | Path) -> tuple[Profile, int]:
    """The same of one that is to go on, and how many chunks are done. Raises InputError."""
    profile, done = _loaded(path)
    if done is None:
        raise InputError(f"{printable(path)}: a finished profile", hint="there is nothing to resume")
    return profile, done


def _loaded(path: str | Path) -> tuple[Profile, int | None]:
    with reported(InputError, path), open_npz(path) as npz:
        if RECORD not in npz.names:
            hint = "write one with `dftrace profile NET -i DATA --save profile.npz`"
            raise InputError(f"{printable(path)}: not a saved profile", hint=hint)
        try:
            record = Record(json.loads(npz.read(RECORD, limit=_MOST).tobytes()), "the record")
            return _profile(record, npz), record.known("done", Record.count)
        except (Damaged, ValueError, RecursionError, KeyError) as error:
            message = f"{printable(path)}: the profile's record is damaged: {printable(error)}"
            raise InputError(message, hint="save the profile again") from error


def _profile(record: Record, npz: Npz) -> Profile:
    if record.values.get("schema") != schemas.SAVED_PROFILE:
        raise Damaged(f"schema {str(record.values.get('schema'))[:40]!r}, expected {schemas.SAVED_PROFILE!r}")
    dtype = record.choice("dtype", tuple(ITEM_SIZE))
    texts: dict[str, Any] = {name: record.text(name) for name in _PLAIN}
    result = Profile(
        **texts,
        score=record.choice("score", _SCORES),
        data=record.texts("data"),
        samples=record.count("samples"),
        chunk=record.count("chunk"),
        dtype=dtype,
        classes=record.texts("classes"),
        machines=record.texts("machines"),
        names=dict(map(_name, record.list("names"))),
        broken=tuple(map(_broken, record.list("broken"))),
        given=_given(record.values.get("given", {})),
        skipped_files=tuple((path, why) for path, why in map(_texts, record.list("skipped_files"))),
        layers=_layers(record, npz),
    )
    if {layer.tally.samples for layer in result.layers} - {result.samples} or not result.chunk:
        raise Damaged("layers of other numbers of samples")
    return replace(result, answers=_answers(record, npz))


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(each, str) for each in value):
        raise Damaged("a skipped file is not two texts")
    return tuple(value)


def _name(value: Any) -> tuple[int, str]:
    number, name = value if isinstance(value, list) and len(value) == 2 else (None, None)
    if not isinstance(number, int) or not isinstance(name, str) or number < 0:
        raise Damaged("a name is not a number and a text")
    return number, name


def _broken(value: Any) -> tuple[int, str, str]:
    number, *texts = value if isinstance(value, list) and len(value) == 3 else (None,)
    if not isinstance(number, int) or not all(isinstance(each, str) for each in texts):
        raise Damaged("a broken sample is not a number and two texts")
    return number, texts[0], texts[1]


def _given(value: Any) -> dict[str, Any]:
    """What was said beside the network file; of an older profile nothing is known."""
    if not isinstance(value, dict) or not value.keys() <= set(REPEATED):
        raise Damaged("what was given is not known")
    read = {name: tuple(each) if isinstance(each, list) else each for name, each in value.items()}
    plain_values = (each for one in read.values() for each in (one if isinstance(one, tuple) else (one,)))
    if not all(isinstance(each, str | int | float) for each in plain_values):
        raise Damaged("what was given is no text and no number")
    return read


def _layers(record: Record, npz: Npz) -> tuple[LayerProfile, ...]:
    layers: list[LayerProfile] = []
    known: dict[str, LayerProfile] = {}
    for number, each in enumerate(record.records("layers", "a layer")):
        texts = {name: each.text(name) for name in _OF_LAYER}
        if texts["view_of"] and texts["view_of"] not in known:
            raise Damaged("a view of what is no layer before")
        own = known[texts["view_of"]].tally if texts["view_of"] else _tally(number, npz)
        layer = LayerProfile(
            **texts,
            output_shape=each.shape("output_shape"),
            can_die=each.flag("can_die"),
            is_input=each.flag("is_input"),
            tally=own,
        )
        layers.append(layer)
        known[layer.name] = layer
    if not layers or len(known) < len(layers):
        raise Damaged("no layers, or two with one name")
    return tuple(layers)


def _tally(number: int, npz: Npz) -> Tally:
    named = {each.name: f"{number}/{each.name}" for each in fields(Tally)}
    there = {name: key for name, key in named.items() if name not in _LATER or key in npz.names}
    arrays = {name: npz.read(key, limit=_LARGEST.get(name, _MOST)) for name, key in there.items()}
    if _LATER - arrays.keys():
        arrays |= {"used": np.zeros(0, np.int64), "by_channel": np.zeros((len(arrays["mean"]), 0), np.int64)}
    return checked_tally(arrays)


def checked_tally(arrays: Mapping[str, Array]) -> Tally:
    """A tally of arrays that nobody vouches for. Raises Damaged."""
    for name in ("samples", "places"):
        if arrays[name].shape != () or arrays[name].dtype.kind != "i" or arrays[name] < 0:
            raise Damaged(f"{name} is no count")
    channels = arrays["mean"].shape
    classes = len(arrays["class_counts"])
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(_BY_CHANNEL, channels),
        "top": (*channels, TOP),
        "top_at": (*channels, TOP),
        "class_sums": (classes, *channels),
        "class_counts": (classes,),
        "by_channel": (*channels, arrays["used"].size),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape or len(channels) != 1 or arrays[name].dtype.kind != _KINDS.get(name, "f"):
            raise Damaged(f"{name} is not of the shape and type that it should be")
    if arrays["near"].shape not in ((0,), channels) or arrays["counts"].shape not in ((n,) for n in _BINS.values()):
        raise Damaged("counts of what there is not")
    used = arrays["used"]
    rising = used.ndim == 1 and used.dtype.kind == "i" and (np.diff(used) > 0).all()
    if not rising or (used.size and not 0 <= used[0] <= used[-1] < len(arrays["counts"])):
        raise Damaged("used are no bins")
    for name in ("nans", "infinities", "zeros", "near", "counts", "class_counts", "by_channel"):
        if arrays[name].dtype.kind != "i" or (arrays[name] < 0).any():
            raise Damaged(f"{name} are no counts")
    return tally_of(dict(arrays))


_LATER = {"used", "by_channel"}
"""What files of before do not have."""
_BY_CHANNEL = ("nans", "infinities", "zeros", "mean", "m2", "low", "low_at", "high", "high_at")
_KINDS = dict.fromkeys(
    ("nans", "infinities", "zeros", "low_at", "high_at", "top_at", "class_counts", "by_channel"), "i"
)


def _answers(record: Record, npz: Npz) -> Answers | None:
    if CONFUSION not in npz.names:
        return None
    confusion = npz.read(CONFUSION, limit=_MOST)
    square = confusion.ndim == 2 and confusion.shape[0] == confusion.shape[1]
    if not square or confusion.dtype.kind != "i" or (confusion < 0).any():
        raise Damaged("the confusion matrix is none")
    mistakes = tuple(map(_mistake, record.records("mistakes", "a mistake")))
    if any(max(one.right, one.answer) >= len(confusion) for one in mistakes):
        raise Damaged("a mistake of a class that there is not")
    return Answers(confusion, record.count("unsound"), mistakes)


def _mistake(record: Record) -> Mistake:
    return Mistake(
        sample=record.count("sample"),
        right=record.count("right"),
        answer=record.count("answer"),
        score=record.number("score"),
        right_score=record.number("right_score"),
    )
