"""Results made by hand, so that what shows them is tested alone."""

from __future__ import annotations

import numpy as np

from dataflow_cli.errors import Place, Problem
from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.receptive_fields.receptive_field import AxisField, ReceptiveField
from dataflow_cli.netfile.model import InputSpec
from dataflow_cli.network.model import Network, Node
from dataflow_cli.trace.model import Statistics, Step, Trace
from tests.layers.examples import make

CONV = make("conv2d", {"filters": 2, "kernel_size": 3, "activation": "relu"})
DENSE = make("dense", {"units": 3, "activation": "softmax"})
NORM = make("batch_normalization", {})


def sees(size):
    return ReceptiveField((AxisField().through(Link(taps=size)),) * 2)


FIELDS = dict.fromkeys(("conv2d_1", "norm"), sees(3)) | dict.fromkeys(("flatten_1", "dense_1"), ReceptiveField(None))
NETWORK = Network(
    name="tiny \x1b[31mnet",
    file="tiny.yaml",
    inputs=(InputSpec("input", (5, 5, 1)),),
    nodes=(
        Node(
            "conv2d_1",
            CONV,
            ("input",),
            ((5, 5, 1),),
            (3, 3, 2),
            {"kernel": Parameter((3, 3, 1, 2)), "bias": Parameter((2,), fill=0)},
            macs=162,
            receptive_fields=FIELDS,
        ),
        Node(
            "norm",
            NORM,
            ("conv2d_1",),
            ((3, 3, 2),),
            (3, 3, 2),
            NORM.parameters([(3, 3, 2)]),
            macs=0,
            receptive_fields=FIELDS,
        ),
        Node("flatten_1", make("flatten", {}), ("norm",), ((3, 3, 2),), (18,), {}, macs=0, receptive_fields=FIELDS),
        Node(
            "dense_1",
            DENSE,
            ("flatten_1",),
            ((18,),),
            (3,),
            DENSE.parameters([(18,)]),
            macs=54,
            receptive_fields=FIELDS,
        ),
    ),
    outputs=("dense_1",),
)


def step(name, kind, inputs, values, **facts):
    values = np.asarray(values, "float32")
    return Step(
        name=name,
        type=kind,
        inputs=inputs,
        output_shape=values.shape[1:],
        parameters=facts.get("parameters", 0),
        macs=facts.get("macs", 0),
        statistics=Statistics.of(moments(values), histogram(values) if facts.get("histogram") else None),
        seconds=facts.get("seconds", 0.0),
        note=facts.get("note", ""),
        is_input=not inputs,
        trainable=facts.get("trainable", facts.get("parameters", 0)),
        window=facts.get("window", ()),
    )


PICTURE = np.linspace(0, 1, 25).reshape(1, 5, 5, 1)
HIDDEN = np.maximum(np.linspace(-1, 2, 18).reshape(1, 3, 3, 2), 0)
HIDDEN_FACTS = {
    "parameters": 20,
    "trainable": 16,
    "macs": 162,
    "window": (3, 3),
    "seconds": 0.0123,
    "histogram": True,
}
ANSWER = np.array([[0.0325, 0.9, 0.0675]])
WARNING = Problem("W300", "input 'input' gets raw values", "write `scale: 1/255`", severity="warning")


def trace(**changes):
    """One picture through a small network."""
    facts = {
        "network": "tiny",
        "file": "tiny.yaml",
        "weights": "tiny.npz",
        "sources": ("7.png",),
        "samples": 1,
        "dtype": "float32",
        "steps": (
            step("input", "input", (), PICTURE),
            step("conv2d_1", "conv2d", ("input",), HIDDEN, **HIDDEN_FACTS),
            step("dense_1", "dense", ("conv2d_1",), ANSWER, parameters=57, macs=54, seconds=4e-6, note="[last]"),
        ),
        "outputs": ("dense_1",),
        "values": {"conv2d_1": HIDDEN.astype("f4"), "dense_1": ANSWER.astype("f4")},
        "classes": ("zero", "one", "<b>two</b>"),
        "warnings": (WARNING,),
        "score": "probability",
    }
    return Trace(**facts | changes)


PLACE = Place("net.yaml", 12, 7, 4, "  - { type: dense }")
