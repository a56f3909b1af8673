"""Small networks and what they make of an input, for pictures whose every pixel can be worked out by hand."""

from __future__ import annotations

import numpy as np

from dataflow_cli.api import network_from_text
from dataflow_cli.network.opened import opened
from dataflow_cli.render.pictures.plan import Wanted, picture, shown_names
from dataflow_cli.run.picture_facts import offered


def names_in(network, patterns, kind):
    """The steps of a network that are drawn."""
    return shown_names(network.name, offered(network), patterns, kind, network.node)


def planned(text, values, patterns=(), labels=None, sources=None, **wanted):
    """The Picture of a network's text for values."""
    network = network_from_text(text)
    wanted = Wanted(**wanted)
    names = names_in(opened(network, network.tensors_matching(tuple(patterns))), patterns, wanted.kind)
    trace = network.trace(np.asarray(values), keep=names)
    if sources is not None:
        trace = type(trace)(**{**vars(trace), "sources": tuple(sources)})
    return picture(trace, names, wanted, labels)


def row_of(made, name):
    """The row of that name."""
    return next(row for row in made.rows if row.name == name)


def grays(pixels):
    """Pixels whose three channels are alike, as one number each."""
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0].tolist()
