"""A data set that need not fit into memory: which files hold which samples, and what one chunk of them is read from.

Chunks are fixed by the number of samples alone, so that whoever computes them, in whatever order, they are the same.
Pictures are read when their chunk comes; an .npy is mapped; of other files that hold many samples one is in memory at a
time.
"""

from __future__ import annotations

import os
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import DftraceError, InputError
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.inputs.array_file import split_key
from dataflow_cli.inputs.assign import assign_inputs
from dataflow_cli.inputs.classes import ClassNames
from dataflow_cli.inputs.dataset import load_samples
from dataflow_cli.inputs.formats import is_mapped
from dataflow_cli.inputs.preprocess import prepare
from dataflow_cli.inputs.several import each_file, is_picture, natural
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array

CHUNK = 128
"""Samples a chunk."""
UNKNOWN = -1
"""In place of a right class that nobody says."""


@dataclass(frozen=True)
class Stretch:
    """Samples that follow each other in a file."""

    path: str
    first: int
    count: int


@dataclass(frozen=True)
class Chunk:
    """What is computed together."""

    number: int
    first: int
    """The number of its first sample in the data set."""
    inputs: Mapping[str, tuple[Stretch, ...]]
    labels: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        return sum(each.count for each in next(iter(self.inputs.values())))


@dataclass(frozen=True)
class DataSet:
    """Files by input, with how many samples each has; the right classes, where they are known."""

    files: Mapping[str, tuple[tuple[str, int], ...]]
    labels: Array | None = None
    broken: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    """Whole files that could not be read, and why."""

    @property
    def samples(self) -> int:
        return sum(count for _, count in next(iter(self.files.values())))

    @property
    def chunks(self) -> int:
        """How many there are."""
        return -(-self.samples // CHUNK)

    def chunk(self, number: int) -> Chunk:
        start = number * CHUNK
        stop = min(start + CHUNK, self.samples)
        labels = None if self.labels is None else tuple(map(int, self.labels[start:stop]))
        return Chunk(
            number, start, {name: _stretches(files, start, stop) for name, files in self.files.items()}, labels
        )

    def some(self, samples: Sequence[int]) -> Chunk:
        """What samples with these numbers are read from, in this order."""
        found = {
            name: tuple(each for at in samples for each in _stretches(files, at, at + 1))
            for name, files in self.files.items()
        }
        return Chunk(0, 0, found)

    def name(self, sample: int) -> str:
        """What a sample is called: `7.png`, or `digits.npy[3]` where a file has several."""
        ((path, first, _),) = ((s.path, s.first, s.count) for s in _stretches(self._first, sample, sample + 1))
        alone = dict(self._first).get(path) == 1
        return printable(path) if alone else f"{printable(path)}[{first}]"

    @property
    def _first(self) -> tuple[tuple[str, int], ...]:
        return next(iter(self.files.values()))


def _stretches(files: Sequence[tuple[str, int]], start: int, stop: int) -> tuple[Stretch, ...]:
    """Where the samples from `start` up to `stop` stand."""
    found, before = [], 0
    for path, count in files:
        first, last = max(start - before, 0), min(stop - before, count)
        if first < last:
            found.append(Stretch(path, first, last - first))
        before += count
        if before >= stop:
            break
    return tuple(found)


def data_set(
    network: Network, words: Sequence[str], wanted: Wanted, labels: Array | None, *, skip_broken: bool
) -> DataSet:
    """The data set that the words of a command line name: files, GLOBs, folders, folders of a folder a class.

    Raises InputError if there is none, if inputs have different numbers of samples, or labels are not as many; and for
    a file that cannot be read, unless it is skipped.
    """
    specs = {spec.name: spec for spec in network.inputs}
    files: dict[str, tuple[tuple[str, int], ...]] = {}
    broken: list[tuple[str, str]] = []
    known = labels
    for name, given in assign_inputs(words, network.inputs).items():
        paths, by_folder = _classified(given, network.classes)
        found = []
        for path in paths:
            try:
                found.append((path, _count(path, specs[name], wanted)))
            except DftraceError as error:
                if not skip_broken:
                    raise
                broken.append((path, str(error)))
        files[name] = tuple(found)
        if known is None:
            known = by_folder if by_folder is not None else _columns(found, specs[name], wanted)
    result = DataSet(files, known, tuple(broken))
    _check(result, network)
    return result


def _check(data: DataSet, network: Network) -> None:
    if not data.files or not data.samples:
        raise InputError("there is no sample to profile", hint="give files or a folder with -i", code="E303")
    counts = {name: sum(count for _, count in files) for name, files in data.files.items()}
    if len({*counts.values()}) > 1 or len(counts) < len(network.inputs):
        listed = ", ".join(f"'{spec.name}' {counts.get(spec.name, 0):,}" for spec in network.inputs)
        message = f"the inputs have different numbers of samples: {listed}"
        raise InputError(message, hint="give each as many samples", code="E303")
    if data.labels is not None and len(data.labels) != data.samples:
        message = f"{len(data.labels):,} labels for {data.samples:,} samples"
        raise InputError(message, hint="give one label a sample, those of broken files left out", code="E303")


def _classified(words: Sequence[str], classes: tuple[str, ...]) -> tuple[list[str], Array | None]:
    """The files, and the right class of each if they lie in folders that are called so."""
    files: list[str] = []
    labels: list[int] = []
    for word in words:
        folders = _folders(word)
        names = ClassNames(classes or tuple(map(os.path.basename, folders)))
        for folder in folders:
            inside = list(each_file([folder]))
            files += inside
            labels += [names.index(os.path.basename(folder), folder)] * len(inside)  # noqa: PTH119
        if not folders:
            files += each_file([word])
    return files, np.array(labels, np.int64) if labels and len(labels) == len(files) else None


def _folders(word: str) -> list[str]:
    """The folders in a folder that holds no data itself."""
    if not os.path.isdir(word):  # noqa: PTH112  strings, as they were given
        return []
    with reported(InputError, word), os.scandir(word) as entries:
        seen = [(each.path, each.is_dir()) for each in entries if not each.name.startswith(".")]
    return sorted((path for path, is_folder in seen if is_folder), key=natural) if all(d for _, d in seen) else []


def _count(path: str, spec: InputSpec, wanted: Wanted) -> int:
    """How many samples a file has."""
    return 1 if is_picture(path) else len(_opened(path, spec, wanted))


def _columns(files: Sequence[tuple[str, int]], spec: InputSpec, wanted: Wanted) -> Array | None:
    """The labels that stood in a column of tables, if that is said."""
    if wanted.label_column is None:
        return None
    found = [_opened(path, spec, wanted).labels for path, _ in files]
    return np.concatenate([each for each in found if each is not None]) if found else None


_latest: dict[str, tuple[object, Samples]] = {}
"""By input, the file that was read last, with all that what was read depends on."""


def _opened(path: str, spec: InputSpec, wanted: Wanted) -> Samples:
    """The samples of a file of many; that of before is let go. What is mapped is mapped anew, so that pages that were
    read do not add up.
    """
    state = (path, spec, wanted, _written(path))
    if spec.name in _latest and _latest[spec.name][0] == state:
        return _latest[spec.name][1]
    _latest.pop(spec.name, None)
    found = load_samples([path], spec, wanted=wanted)
    if not is_mapped(found.array):
        _latest[spec.name] = (state, found)
    return found


def _written(path: str) -> tuple[int, int, int] | None:
    """What changes when another file is written under the name; None where there is none, which reading it tells."""
    try:
        found = Path(split_key(path)[0]).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


Broken = tuple[int, str, str]
"""A sample's number in the chunk, its file, and what is wrong with it."""


def read_chunk(
    chunk: Chunk, inputs: Sequence[InputSpec], wanted: Wanted, dtype: str, *, folder: str = "", skip_broken: bool
) -> tuple[dict[str, Array], Array, list[Broken]]:
    """The inputs (n, *shape) of a chunk as the network takes them, which of its samples these are, and what is broken.

    Paths are relative to `folder`. Raises InputError for a sample that cannot be read, unless it is skipped.
    """
    read: dict[str, dict[int, Array]] = {}
    broken: dict[int, tuple[str, str]] = {}
    for spec in inputs:
        read[spec.name] = {}
        place = 0
        for stretch in chunk.inputs[spec.name]:
            try:
                read[spec.name][place] = _read(stretch, spec, wanted, dtype, folder)
            except InputError as error:
                if not skip_broken:
                    raise
                broken[place] = (stretch.path, str(error))
            place += stretch.count
    places = [place for place in next(iter(read.values())) if all(place in each for each in read.values())]
    arrays = {name: np.concatenate([found[place] for place in places]) for name, found in read.items() if places}
    counts = [len(next(iter(read.values()))[place]) for place in places]
    kept = [np.arange(place, place + count) for place, count in zip(places, counts, strict=True)]
    numbers = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return arrays, numbers, [(place, *what) for place, what in sorted(broken.items())]


def _read(stretch: Stretch, spec: InputSpec, wanted: Wanted, dtype: str, folder: str) -> Array:
    path = os.path.join(folder, stretch.path)  # noqa: PTH118  strings, as they were given
    if is_picture(path):
        return prepare(load_samples([path], spec, wanted=wanted), spec, dtype=dtype)
    samples = _opened(path, spec, wanted)
    one = replace(samples, array=samples.array[stretch.first : stretch.first + stretch.count])
    return prepare(one, spec, dtype=dtype)
