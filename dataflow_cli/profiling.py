"""Profiles of whole data sets for a Python program: what `dftrace profile` does.

from dataflow_cli import load_network
from dataflow_cli.profiling import profile

result = profile(load_network("mnist-cnn.yaml"), "mnist.npz:x_test", labels="mnist.npz:y_test")
result.layer("conv2d_1").dead, result.answers.right
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, LimitError
from dataflow_cli.given import Given
from dataflow_cli.inputs.prepared import completed
from dataflow_cli.inputs.wanted import Wanted
from dataflow_cli.network.opened import opened
from dataflow_cli.profile.chunk_profile import ChunkProfile, channels_of
from dataflow_cli.profile.data import CHUNK, data_set
from dataflow_cli.profile.model import LayerProfile, Profile
from dataflow_cli.profile.run import Merging, check_labels, local_chunks
from dataflow_cli.profile.work import Work, repeated
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.parted import check_parts
from dataflow_cli.run.readings import score
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.profile.data import Chunk, DataSet
    from dataflow_cli.profile.work import Computed, Others
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Progress = Callable[[int, int], None]

PLAIN = Computing()
PART = ".part"
"""Behind the name of the file that is to hold a profile: what is done of it."""
EACH = 30.0
"""Seconds after which what is done is kept anew."""


def profile(
    network: Network,
    x: str | Path | Sequence[str],
    weights: Weights | str | Path | None = None,
    *,
    labels: str | Path | Sequence[int] | Array | None = None,
    layers: Sequence[str] = (),
    threads: int = 1,
    skip_broken: bool = False,
    histograms: bool = False,
) -> Profile:
    """What a network does over a data set.

    Args:
        network: the network.
        x: files, GLOBs, folders of pictures, or a folder with a folder a class.
        weights: parameters, or a file of them; None takes what the network file names.
        labels: the right classes by number from 0, or a file of them.
        layers: GLOBs of the tensors to look at, inner ones too; none takes all layers.
        threads: how many compute; the result does not depend on it.
        skip_broken: whether a sample that cannot be read is named and left out.
        histograms: whether values are counted by size for every channel, too, and not for layers alone.

    Raises:
        InputError: if samples or labels cannot be read or do not fit.
        WeightsError: if parameters are missing or misshapen.
        LimitError: if a chunk does not fit into memory.
        UnknownName: if there is no such layer.
    """
    words = (str(x),) if isinstance(x, str | os.PathLike) else tuple(map(str, x))
    given = Given(inputs=words, weights=weights, labels=labels)
    computing = Computing(threads=threads)
    return profiled(network, given, layers, computing=computing, skip_broken=skip_broken, histograms=histograms)


def profiled(
    network: Network,
    given: Given,
    layers: Sequence[str] = (),
    *,
    computing: Computing = PLAIN,
    skip_broken: bool = False,
    histograms: bool = False,
    progress: Progress | None = None,
    keep: str | Path | None = None,
    resume: bool = False,
    others: Others | None = None,
    judged: bool = False,
) -> Profile:
    """What `dftrace profile` does.

    `keep` is where what is done is kept while it goes on, and found again with `resume`. `others` compute the chunks in
    place of this process, in any order. `judged` says that right classes are wanted: without them it is refused before
    anything runs. Raises what `profile` raises.
    """
    work = work_of(network, given, layers, computing=computing, skip_broken=skip_broken)
    work = replace(work, by_channel=histograms)
    check_labels(work.network, work.data, needed=judged)
    merging = Merging()
    if resume and keep is not None:
        merging = _resumed(work, keep)
    chunks = (work.data.chunk(number) for number in range(merging.done, work.data.chunks))
    computed = others(work, chunks) if others else _here(work, chunks, computing)
    with _kept(work, merging, keep):
        latest = monotonic()
        for number, found, machine in computed:
            merging.add(number, found, machine)
            if progress is not None:
                progress(min(merging.done * CHUNK, work.data.samples), work.data.samples)
            if keep is not None and monotonic() - latest > EACH:
                _keep(work, merging, keep)
                latest = monotonic()
    if not merging.profile.samples:
        raise InputError("no sample could be read", hint="`dftrace run` of one of them says more", code="E303")
    return finished(work, merging)


def _here(work: Work, chunks: Iterator[Chunk], computing: Computing) -> Computed:
    return local_chunks(
        work.network,
        work.weights,
        chunks,
        work.wanted,
        replace(computing, repeated=True, total=CHUNK),
        dtype=work.dtype,
        skip_broken=work.skip_broken,
        by_channel=work.by_channel,
    )


def _sized(network: Network, given: Given) -> Network:
    """The network with the sizes of the first sample: a data set is of one size. Raises InputError if it says none."""
    if network.unsized is None:
        return network
    from dataflow_cli.network.sizing import example, sized
    from dataflow_cli.run.given import sizes_in

    found = sized(network, sizes_in(given, network))
    if any(not spec.is_sized for spec in found.inputs):
        hint = f"say them: {example(network)}"
        raise InputError("the network leaves sizes open, and the data does not say them", hint=hint, code="E301")
    return found


def work_of(
    network: Network, given: Given, layers: Sequence[str], *, computing: Computing = PLAIN, skip_broken: bool = False
) -> Work:
    """What is to be profiled, as the user says it. Raises what `profile` raises."""
    from dataflow_cli import kernels
    from dataflow_cli.inputs.labels import given_labels

    network = _sized(completed(network, given), given)
    wanted = Wanted(label_column=given.label_column, classes=network.classes)
    labels = None if given.labels is None else given_labels(given.labels, network.classes)
    data = data_set(network, given.inputs, wanted, labels, skip_broken=skip_broken)
    dtype = given.dtype or network.dtype
    weights = load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
    kernels.load_all()
    names = network.tensors_matching(layers) if layers else ()
    network = opened(network, names)
    check_parts(
        network, min(CHUNK, data.samples), dtype, held=weights.nbytes, computing=replace(computing, repeated=True)
    )
    return Work(network, weights, data, wanted, dtype, given, skip_broken, computing.fast_math)


@contextmanager
def _kept(work: Work, merging: Merging, keep: str | Path | None) -> Iterator[None]:
    """What is done is kept, whatever ends it early."""
    if keep is None:
        yield
        return
    from dataflow_cli.files.unfinished import undone_unless_finished

    with undone_unless_finished(lambda: _keep(work, merging, keep)):
        yield
    if os.path.lexists(keep):
        os.unlink(keep)  # noqa: PTH108


def _keep(work: Work, merging: Merging, path: str | Path) -> None:
    from dataflow_cli.profile.saved import save_profile

    done, found = merging.state
    if found.samples:
        save_profile(_profile(work, found, merging), path, done=done)


def _resumed(work: Work, path: str | Path) -> Merging:
    """What is done already. Raises InputError if it is of something else, or there is nothing."""
    from dataflow_cli.profile.saved import load_started

    if not os.path.lexists(path):
        raise InputError(f"{path}: there is nothing to resume", hint="leave --resume out to begin anew")
    started, done = load_started(path)
    mine = _profile(work, ChunkProfile(), Merging())
    for name in ("network", "weights_fingerprint", "data", "dtype", "chunk", "skipped_files"):
        if getattr(started, name) != getattr(mine, name):
            message = f"{path}: is of another {name.replace('_', ' ')}: {getattr(started, name)!s:.60}"
            raise InputError(message, hint="leave --resume out to begin anew")
    if any(layer.has_histograms for layer in started.layers) != work.by_channel:
        hint = "give --histograms as before, or leave --resume out to begin anew"
        raise InputError(f"{path}: was begun with{'out' if work.by_channel else ''} --histograms", hint=hint)
    names = [layer.name for layer in started.layers]
    wanted = [*(spec.name for spec in work.network.inputs), *work.network.by_name]
    if names != wanted or done > work.data.chunks:
        raise InputError(f"{path}: is of other layers, or of more samples", hint="leave --resume out to begin anew")
    found = ChunkProfile(
        tallies={layer.name: layer.tally for layer in started.layers if not layer.view_of},
        views={layer.name: layer.view_of for layer in started.layers if layer.view_of},
        answers=started.answers,
        broken=started.broken,
        samples=started.samples,
    )
    return Merging((done, found), machines=dict.fromkeys(started.machines))


def work_again(profile: Profile) -> Work:
    """What a profile was made of, to look at samples of it again.

    Raises UnknownName if the weights are others by now or there are fewer samples; and what `profile` raises where
    files are not where they were.
    """
    from dataflow_cli.errors import UnknownName
    from dataflow_cli.run.given import network_given

    given = Given(inputs=profile.data, **profile.given)
    if profile.file == "-":
        hint = "write it to a file, and profile that"
        raise UnknownName("the network came from standard input, and samples cannot be looked at again", hint=hint)
    network = network_given(profile.file, given)
    inner = [layer.name for layer in profile.layers if ":" in layer.name]
    work = work_of(network, given, inner, skip_broken=bool(profile.skipped_files))
    if work.fingerprint != profile.weights_fingerprint:
        message = f"{work.weights.source}: other weights than the profile was made with"
        raise UnknownName(message, hint="profile the network anew")
    if work.data.samples < profile.samples + len(profile.broken):
        message = f"{', '.join(profile.data)}: {work.data.samples:,} samples, {profile.samples:,} were profiled"
        raise UnknownName(message, hint="profile the data anew")
    return work


def finished(work: Work, merging: Merging) -> Profile:
    """The record of all that was computed."""
    return _profile(work, merging.state[1], merging)


def _profile(work: Work, found: ChunkProfile, merging: Merging) -> Profile:
    network = work.network
    bare = Profile(
        network=network.name,
        file=network.file,
        weights=work.weights.source,
        weights_fingerprint=work.fingerprint,
        data=work.given.inputs,
        samples=found.samples,
        chunk=CHUNK,
        dtype=work.dtype,
        layers=(),
        classes=network.classes,
        score=score(network),
        answers=found.answers,
        broken=found.broken,
        machines=tuple(sorted(merging.machines)),
        skipped_files=work.data.broken,
        given=repeated(work.given),
    )
    if not found.samples:
        return bare
    layers = tuple(_layers(network, found))
    return replace(bare, layers=layers, names=_names(work.data, layers, found))


def _layers(network: Network, found: ChunkProfile) -> Iterator[LayerProfile]:
    channels = channels_of(network)
    for spec in network.inputs:
        unit = "channel" if channels[spec.name].axis is not None else ""
        yield LayerProfile(spec.name, spec.type, spec.shape, found.tallies[spec.name], unit, is_input=True)
    for node in network.nodes:
        view = found.views.get(node.name, "")
        yield LayerProfile(
            name=node.name,
            type=node.layer.type,
            output_shape=node.output_shape,
            tally=found.tallies[view or node.name],
            unit=_unit(node, channels[node.name].axis),
            activation=node.layer.result_activation.type if node.layer.result_activation else "",
            can_die=node.layer.can_die and not view,
            view_of=view,
        )


def _unit(node: Node, axis: int | None) -> str:
    """What one of a tensor's channels is called."""
    if axis is None:
        return ""
    return "unit" if len(node.output_shape) == 1 else "channel"


def _names(data: DataSet, layers: Sequence[LayerProfile], found: ChunkProfile) -> dict[int, str]:
    """What the samples are called that the record speaks of."""
    numbers = {at for layer in layers for at in (layer.low_at, layer.high_at) if at >= 0}
    numbers |= {int(at) for layer in layers for at in layer.tally.top_at.ravel() if at >= 0}
    numbers |= set() if found.answers is None else {one.sample for one in found.answers.mistakes}
    return {number: data.name(number) for number in sorted(numbers)}


__all__ = ["LimitError", "Profile", "profile"]
