"""What `dftrace show` draws: the tensors of a run or of a saved trace as a picture, or what a network has learned."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.explain.origin import known_origin
from dataflow_cli.globs import ours
from dataflow_cli.lazy import np
from dataflow_cli.network.opened import opened
from dataflow_cli.render.pictures import plan
from dataflow_cli.run.picture_facts import offered
from dataflow_cli.trace import choosing
from dataflow_cli.trace.channels import asked, with_channels
from dataflow_cli.weights.learned_kernels import kernels_in, kernels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.render.pictures.plan import Wanted
    from dataflow_cli.render.pictures.scale import Map
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.channels import Asked
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


def asked_of(network: Network, layers: tuple[str, ...]) -> Asked:
    """Which tensors of a network are asked for, and which of their channels. Raises UnknownName."""
    names = ours(layers, network.tensors, network.sources)
    return asked(names, [*(spec.name for spec in network.inputs), *network.by_name])


def tensors_to_draw(network: Network, layers: tuple[str, ...], kind: str, before: str | None = None) -> tuple[str, ...]:
    """The tensors that a kind of picture draws of what `layers` match; `before` says which before their activation."""
    steps = offered(opened(network, network.tensors_matching(layers)))
    if kind == "confusion":
        return ()
    if kind == "scatter":
        from dataflow_cli.render.pictures.scatter import scatter_names

        return scatter_names(network.name, steps, layers, network.node)
    names = plan.shown_names(network.name, steps, layers, kind, network.node)
    if before is None:
        return names
    from dataflow_cli.network.before import before_activation

    return before_activation(network, names, before)


def tensors_under(network: Network, names: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs that some tensors may be drawn over."""
    steps = offered(opened(network, names))
    return tuple({one for step in steps if step.name in names for one in step.under})


def picture_of(trace: Trace, names: tuple[str, ...], which: Asked, options: Wanted, given: Given) -> Picture:
    """What tensors look like; small ones with their numbers, beside the kernels where it is known what was run."""
    trace, names, channels = with_channels(trace, names, which)
    if options.kind == "scatter":
        from dataflow_cli.render.pictures.scattered import scattered

        return scattered(trace, names, _labels(trace, given), given.weights)
    kernels = kernels_in(known_origin(trace, given.weights), names)
    labels = _labels(trace, given, options.kind)
    return plan.picture(trace, names, replace(options, channels=channels), labels, kernels)


def picture_of_saved(trace: Trace, layers: tuple[str, ...], options: Wanted, given: Given) -> Picture:
    """What the tensors look like that a trace was saved with. Raises UnknownName for those that it has not."""
    steps, missing = choosing.offered(trace), partial(choosing.refuse_missing, trace)
    kept = [step.name for step in steps]
    which = asked(ours(layers, kept, trace.step_sources), kept)
    if options.kind == "scatter":
        from dataflow_cli.render.pictures.scatter import scatter_names

        names = scatter_names(trace.network, steps, which.tensors, missing)
    else:
        names = plan.shown_names(trace.network, steps, which.tensors, options.kind, missing)
    return picture_of(trace, names, which, options, given)


def picture_of_kernels(network: Network, parameters: Weights, layers: tuple[str, ...], options: Wanted) -> Picture:
    """What layers have learned."""
    from dataflow_cli.render.pictures.kernels import kernels_picture

    names = network.matching(layers) if layers else tuple(network.by_name)
    found = kernels_of(network, parameters, names)
    how: Map = "minmax" if options.map == "minmax" else "zero"
    return kernels_picture(found, how=how, scale=options.scale, colormap=options.colormap)


def _labels(trace: Trace, given: Given, kind: str = "auto") -> Array | None:
    """The right classes, one a sample: those that are given, else those of the trace. Raises InputError."""
    if given.labels is None:
        return trace.labels
    from dataflow_cli.inputs.labels import load_labels
    from dataflow_cli.trace.readings import places_of

    if kind == "confusion" and (places := places_of(trace, trace.outputs[0])):
        return _at_places(trace, given.labels, (trace.samples, *places))
    labels = np.concatenate([load_labels(file, trace.classes) for file in given.labels])
    if len(labels) != trace.samples:
        what = f"{', '.join(given.labels)}: {len(labels):,} labels for {trace.samples:,} samples"
        raise InputError(what, hint="give one label a sample", code="E303")
    return labels


def _at_places(trace: Trace, files: Sequence[str], shape: Shape) -> Array:
    """Labels of every place of every sample. Raises InputError."""
    from dataflow_cli.inputs.targets import given_targets

    labels = np.concatenate([given_targets(file, trace.classes).reshape(-1) for file in files])
    if labels.size != math.prod(shape):
        message = f"{', '.join(files)}: {labels.size:,} labels for {math.prod(shape):,} places"
        raise InputError(message, hint="give one label a place: a row a sample", code="E303")
    return labels.reshape(shape).astype("int64")
